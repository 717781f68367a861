using System.Collections.Immutable;

namespace Q2C.Policies;

/// <summary>What can be said of policy documents without changing any: what there is, what is wrong with a text, what it would change.</summary>
[Alias("q2c.policy-desk-grain")]
public interface IPolicyDeskGrain : IGrainWithStringKey
{
    /// <summary>Every document that this installation has or may have, by name.</summary>
    [Alias("documents")]
    Task<ImmutableArray<KnownDocument>> Documents();

    /// <summary>All that is wrong with a text, as if it were in force now; empty if nothing is.</summary>
    [Alias("check")]
    Task<ImmutableArray<DocumentProblem>> Check(string document, string text);

    /// <summary>What a text would have made of what was recorded. Changes nothing anywhere.</summary>
    [Alias("try-out")]
    Task<PolicyTrial> TryOut(PolicyTrialOrder order);
}

/// <summary>What a document is about.</summary>
[GenerateSerializer, Alias("policy-kind")]
public enum PolicyKind
{
    /// <summary>Rules of the firm.</summary>
    Rules,

    /// <summary>How records of one connection become ours, or ours theirs.</summary>
    Mapping,

    /// <summary>A document of a connection that only its vendor's code reads.</summary>
    Table,
}

/// <param name="Shipped">The text that comes with Q2C, and holds as long as there is no version; null if none does.</param>
[GenerateSerializer, Immutable, Alias("known-document")]
public sealed record KnownDocument(string Document, PolicyKind Kind, string? Connection, string? Shipped);

/// <param name="Line">1 for the first; so is the column.</param>
[GenerateSerializer, Immutable, Alias("document-problem")]
public sealed record DocumentProblem(string Document, int Line, int Column, string Message);

/// <param name="Connection">Of which connection records are tried; null for all that the document may concern.</param>
/// <param name="Last">So many of the newest records of each connection, at most.</param>
/// <param name="Since">None from before; null for no limit.</param>
[GenerateSerializer, Immutable, Alias("policy-trial-order")]
public sealed record PolicyTrialOrder(string Document, string Text, string? Connection, int Last, DateTimeOffset? Since);

/// <summary>Of each recorded delivery and effect what the text would change.</summary>
[GenerateSerializer, Immutable, Alias("policy-trial")]
public sealed record PolicyTrial(ImmutableArray<DocumentProblem> Problems, ImmutableArray<TriedRecord> Records);

[GenerateSerializer, Alias("trial-outcome")]
public enum TrialOutcome
{
    /// <summary>The same comes of it.</summary>
    Same,

    /// <summary>Something else comes of it.</summary>
    Different,

    /// <summary>It would be refused, and was not.</summary>
    Refused,

    /// <summary>It was refused, and would not be.</summary>
    Accepted,

    /// <summary>It could not be tried: a system that has to be read did not answer.</summary>
    NotTried,
}

/// <param name="Id">Of a delivery its number, of an effect its id.</param>
/// <param name="Subject">What it is about: the key of a delivery, the object of an effect.</param>
/// <param name="Message">Why it is refused or could not be tried; null otherwise.</param>
[GenerateSerializer, Immutable, Alias("tried-record")]
public sealed record TriedRecord(
    string Id, bool IsEffect, string Connection, string Subject, DateTimeOffset At, TrialOutcome Outcome, string? Message,
    ImmutableArray<ValueDifference> Differences);

/// <summary>One value that differs.</summary>
/// <param name="Path">From the name of the command, event or payload on.</param>
/// <param name="Before">As JSON; null if it is not there.</param>
/// <param name="After">The same.</param>
[GenerateSerializer, Immutable, Alias("value-difference")]
public sealed record ValueDifference(string Path, string? Before, string? After);
