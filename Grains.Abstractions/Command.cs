using System.Collections.Immutable;

namespace Q2C;

/// <summary>
/// What somebody wants of a grain. The <c>[Alias]</c> of a command is its stored name: add members, never rename or
/// reuse one.
/// </summary>
[GenerateSerializer, Alias("command")]
public abstract record Command;

/// <summary>
/// A command on its way: who wants it, under which idempotency key (unique per grain, at most
/// <see cref="MaxKeyLength"/> characters), and what it follows from.
/// </summary>
/// <param name="Key">The vendor's delivery id, the id of the event, effect or run that caused it, or a caller's key.</param>
/// <param name="Correlation">The same for everything that one delivery or request set off.</param>
/// <param name="Causation">The key or event that led to this command, if any.</param>
/// <param name="BusinessTime">When the fact happened in the outside world, if it is known.</param>
/// <param name="Source">Set for what arrives over a stream: the journal position of the event that caused it.</param>
/// <param name="Principal">Set when a caller of the API chose the key: it is then unique in all that this caller sends.</param>
[GenerateSerializer, Immutable, Alias("command-envelope")]
public sealed record CommandEnvelope(
    string Key,
    Command Command,
    Actor Actor,
    string Correlation,
    string? Causation = null,
    DateTimeOffset? BusinessTime = null,
    StreamSource? Source = null,
    string? Principal = null)
{
    public const int MaxKeyLength = 255;
}

/// <summary>The position of a delivered event: the row of its grain and the row before it that went to the same target.</summary>
[GenerateSerializer, Immutable, Alias("stream-source")]
public sealed record StreamSource(string Grain, long Version, long Previous);

/// <summary>Who acts: a person or machine, with the roles it holds.</summary>
[GenerateSerializer, Immutable, Alias("actor")]
public sealed record Actor(string Id, ImmutableArray<string> Roles)
{
    /// <summary>Q2C itself: pumps, executors, due commands.</summary>
    public static Actor System { get; } = new("system", []);

    public static Actor Connection(string connection) => new($"{ConnectionPrefix}{connection}", []);

    private const string ConnectionPrefix = "connection:";

    /// <summary>Whether Q2C itself or one of its connections acts; no caller of the API can have such an id.</summary>
    public bool IsInternal() => Id == System.Id || Id.StartsWith(ConnectionPrefix, StringComparison.Ordinal);

    public bool Has(string role) => !Roles.IsDefault && Roles.Contains(role);
}

/// <summary>The roles that the deciders know.</summary>
public static class Roles
{
    public const string Sales = "sales";
    public const string Delivery = "delivery";
    public const string Finance = "finance";
    public const string FinanceApprover = "finance_approver";
    public const string Auditor = "auditor";
    public const string Operator = "operator";
    public const string Administrator = "administrator";
    public const string Machine = "machine";

    /// <summary>A customer's portal: no command accepts it.</summary>
    public const string Customer = "customer";
}

[GenerateSerializer, Alias("outcome")]
public enum Outcome
{
    /// <summary>Events were recorded.</summary>
    Changed = 0,

    /// <summary>Accepted; nothing had to change.</summary>
    Unchanged = 1,

    /// <summary>Refused; <see cref="Receipt.Problems"/> says why. Nothing changed.</summary>
    Refused = 2,

    /// <summary>Older than what was applied already. Nothing changed.</summary>
    Stale = 3,
}

/// <summary>
/// The recorded answer to one command. Sending the command again under its key gives this receipt again, forever.
/// </summary>
/// <param name="Version">The grain's version after the command; every recorded command is one version.</param>
/// <param name="Token">Opaque freshness token: read models that have reached it have seen this command.</param>
[GenerateSerializer, Immutable, Alias("receipt")]
public sealed record Receipt(string Grain, long Version, Outcome Outcome, ImmutableArray<Problem> Problems, string Token)
{
    public bool IsRefused => Outcome == Outcome.Refused;
}

/// <summary>
/// One reason for a refusal, complete for the person who has to act on it.
/// </summary>
/// <param name="Code">Stable, upper snake case, listed in <c>docs/errors.md</c>.</param>
/// <param name="Path">Where in the command: <c>lines[2].cap</c>; empty for the command as a whole.</param>
/// <param name="Message">Plain language, with the offending value.</param>
/// <param name="Remedy">What to do about it.</param>
[GenerateSerializer, Immutable, Alias("problem")]
public sealed record Problem(string Code, string Path, string Message, string Remedy);

/// <summary>Codes that any grain can answer with.</summary>
public static class ProblemCodes
{
    public const string IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";
    public const string IdempotencyKeyInvalid = "IDEMPOTENCY_KEY_INVALID";
    public const string UnsupportedCommand = "UNSUPPORTED_COMMAND";
    public const string NotFound = "NOT_FOUND";
    public const string Forbidden = "FORBIDDEN";

    /// <summary>Of an effect that a system did not take: waiting does not help, somebody has to renew the credentials.</summary>
    public const string CredentialsRefused = "CREDENTIALS_REFUSED";
}

/// <summary>The result of a step taken outside: the answer to an effect, addressed to the grain that asked for it.</summary>
[GenerateSerializer, Immutable, Alias("effect.report.v1")]
public sealed record ReportEffect(string EffectId, EffectOutcome Outcome) : Command;

/// <summary>Events of another grain, addressed to this one, in the order in which they happened.</summary>
[GenerateSerializer, Immutable, Alias("stream.observe.v1")]
public sealed record Observe(string Source, ImmutableArray<Event> Events) : Command;

/// <summary>An operator wants a failed step tried again as it is.</summary>
[GenerateSerializer, Immutable, Alias("exception.retry.v1")]
public sealed record RetryStep(string ExceptionId, string Reason) : Command;

/// <summary>An operator gives up a step that cannot go on; the process continues as if it had been done.</summary>
[GenerateSerializer, Immutable, Alias("exception.skip.v1")]
public sealed record SkipStep(string ExceptionId, string Reason) : Command;
