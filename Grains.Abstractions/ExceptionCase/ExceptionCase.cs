using System.Collections.Immutable;

namespace Q2C.ExceptionCases;

/// <summary>
/// What a case is about: one exception, or all that have a cause in common. Its id is derived from it
/// (<c>q2c_read.short_hash</c>), so everybody who acts on the same thing meets in the same case.
/// </summary>
/// <param name="ExceptionId"><c>{object}/{item}</c>; null for a cause.</param>
/// <param name="Cause">Null for one exception.</param>
/// <param name="ContractId">The engagement that the exception belongs to, if it does.</param>
[GenerateSerializer, Immutable, Alias("case-subject")]
public sealed record CaseSubject(string? ExceptionId, ExceptionCause? Cause, string? ContractId = null);

/// <summary>What exceptions of one group have in common.</summary>
/// <param name="VendorError">What the other system said, without the values in it.</param>
[GenerateSerializer, Immutable, Alias("exception-cause")]
public sealed record ExceptionCause(string Code, string Step, string? Connection, string? VendorError);

/// <param name="Assignee">The id of a person; null takes it from whoever has it.</param>
[GenerateSerializer, Immutable, Alias("exception-case.assign.v1")]
public sealed record AssignCase(CaseSubject Subject, string? Assignee, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("exception-case.note.v1")]
public sealed record NoteCase(CaseSubject Subject, string Text) : Command;

[GenerateSerializer, Immutable, Alias("exception-case.tag.v1")]
public sealed record TagCase(
    CaseSubject Subject, ImmutableArray<string> Add, ImmutableArray<string> Remove, string Reason) : Command;

/// <param name="Until">Null ends a snooze.</param>
[GenerateSerializer, Immutable, Alias("exception-case.snooze.v1")]
public sealed record SnoozeCase(CaseSubject Subject, DateTimeOffset? Until, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("exception-case.opened.v1")]
public sealed record CaseOpened(CaseSubject Subject, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("exception-case.assigned.v1")]
public sealed record CaseAssigned(string? Assignee, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("exception-case.noted.v1")]
public sealed record CaseNoted(string Text, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("exception-case.tagged.v1")]
public sealed record CaseTagged(
    ImmutableArray<string> Added, ImmutableArray<string> Removed, string Reason, string By, DateTimeOffset At) : Event;

/// <summary>What was raised before this rests until then; what is raised later does not.</summary>
[GenerateSerializer, Immutable, Alias("exception-case.snoozed.v1")]
public sealed record CaseSnoozed(DateTimeOffset? Until, string Reason, string By, DateTimeOffset At) : Event;

/// <summary>What people do about exceptions besides settling them.</summary>
[Alias("q2c.exception-case-grain")]
public interface IExceptionCaseGrain : IAggregateGrain;
