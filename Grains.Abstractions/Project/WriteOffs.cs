using System.Collections.Immutable;

namespace Q2C.Projects;

/// <summary>Gives up open items, wholly or in part. Above the legal entity's threshold a second person approves it.</summary>
/// <param name="Percent">Of what would be billed of each item; null is all of it, with what a cap holds back.</param>
[GenerateSerializer, Immutable, Alias("project.write-off.v1")]
public sealed record WriteOffWork(ImmutableArray<string> ItemIds, decimal? Percent, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("project.approve-write-off.v1")]
public sealed record ApproveWriteOff(string WriteOffId, string? Note) : Command;

/// <summary>Takes a write-off back, approved or not: what of it is not gone since can be billed again.</summary>
[GenerateSerializer, Immutable, Alias("project.reverse-write-off.v1")]
public sealed record ReverseWriteOff(string WriteOffId, string Reason) : Command;

/// <summary>Lets work be billed beyond a cap whose terms allow that with approval.</summary>
/// <param name="Cap">The line's id, or the name of a shared cap.</param>
[GenerateSerializer, Immutable, Alias("project.approve-beyond-cap.v1")]
public sealed record ApproveBeyondCap(string Cap, Money? Amount, decimal? Hours, string Reason) : Command;

/// <summary>Work that somebody gave up.</summary>
/// <param name="Approved">False while it waits for a second person.</param>
[GenerateSerializer, Immutable, Alias("work-write-off")]
public sealed record WorkWriteOff(
    string Id, Money Amount, string Reason, string By, bool Approved, DateTimeOffset At, ImmutableArray<GivenUp> Items);

/// <param name="Amount">Given up of the item.</param>
[GenerateSerializer, Immutable, Alias("given-up")]
public sealed record GivenUp(string ItemId, Money Amount);

/// <summary>The write-off is above the threshold: it holds when somebody else approves it.</summary>
[GenerateSerializer, Immutable, Alias("project.write-off-proposed.v1")]
public sealed record WriteOffProposed(
    string WriteOffId, ImmutableArray<GivenUp> Parts, Money Amount, Money Threshold, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("project.work-written-off.v1")]
public sealed record WorkWrittenOff(
    string WriteOffId, ImmutableArray<GivenUp> Parts, Money Amount, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("project.write-off-reversed.v1")]
public sealed record WriteOffReversed(string WriteOffId, string Reason, string By, DateTimeOffset At) : Event;

/// <param name="Limit">The limit's key in the terms in force.</param>
/// <param name="Units">Minor units, or billionths of an hour.</param>
[GenerateSerializer, Immutable, Alias("project.cap-extended.v1")]
public sealed record CapExtended(string Cap, string Limit, long Units, string Reason, string By, DateTimeOffset At) : Event;

/// <summary>A cap left a part of an invoiced item: it stays, to be billed when the cap is raised.</summary>
[GenerateSerializer, Immutable, Alias("project.rest-kept.v1")]
public sealed record RestKept(BillableItem Rest, DateTimeOffset At) : Event;
