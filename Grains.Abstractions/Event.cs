using System.Collections.Immutable;

namespace Q2C;

/// <summary>
/// A fact, in the past tense. The <c>[Alias]</c> of an event (<c>invoice.issued.v1</c>) and its members are the
/// storage format: add, never rename or reuse.
/// </summary>
[GenerateSerializer, Alias("event")]
public abstract record Event;

/// <summary>An event that other grains must hear of. Addressed by grain id, never to its own grain.</summary>
public interface IDelivered
{
    ImmutableArray<string> To { get; }
}

/// <summary>An event that asks for a step outside.</summary>
public interface IAsksEffect
{
    EffectRequest Effect { get; }
}

/// <summary>An event that wants a command sent to its own grain at a later time. The key makes it happen once.</summary>
public interface ISchedules
{
    DueCommand Due { get; }
}

/// <summary>An event that ties its grain to a record in another system.</summary>
public interface IReferences
{
    ExternalReference Reference { get; }
}

[GenerateSerializer, Immutable, Alias("due-command")]
public sealed record DueCommand(string Key, DateTimeOffset At, Command Command);

/// <summary>A record of another system: <c>salesforce / Account / 001…</c>.</summary>
[GenerateSerializer, Immutable, Alias("external-reference")]
public sealed record ExternalReference(string System, string Type, string Id);

/// <summary>What a stream carries: the events of one journal row of <paramref name="Source"/> for one target.</summary>
[GenerateSerializer, Immutable, Alias("delivery")]
public sealed record Delivery(
    StreamSource Source, string Target, string Correlation, DateTimeOffset At, ImmutableArray<Event> Events);

/// <summary>Streams: one provider, one namespace per kind of receiving grain, the grain's id as the stream's key.</summary>
public static class DeliveryStreams
{
    public const string Provider = "deliveries";
    public const string Contract = "q2c.contract";
    public const string Project = "q2c.project";
    public const string Invoice = "q2c.invoice";
    public const string Customer = "q2c.customer";
    public const string BillingRun = "q2c.billing-run";
    public const string CreditMemo = "q2c.credit-memo";
    public const string Revenue = "q2c.revenue";
    public const string NumberSeries = "q2c.number-series";
    public const string Intercompany = "q2c.intercompany";

    /// <summary>Throws for a kind that nobody listens for: a delivery without a subscriber is a mistake, not a loss.</summary>
    public static string NamespaceFor(string grain) => Ids.KindOf(grain) switch
    {
        Ids.Contract => Contract,
        Ids.Project => Project,
        Ids.Invoice => Invoice,
        Ids.Customer => Customer,
        Ids.BillingRun => BillingRun,
        Ids.CreditMemo => CreditMemo,
        Ids.Revenue => Revenue,
        Ids.NumberSeries => NumberSeries,
        Ids.Intercompany => Intercompany,
        var kind => throw new InvalidOperationException($"No grain of kind '{kind}' subscribes to deliveries ({grain})."),
    };
}

/// <summary>
/// Work for a person: something cannot go on by itself. Resolved by an operator, or by itself when a later run of the
/// same thing succeeds.
/// </summary>
/// <param name="Id">Unique in the grain: the step or effect that is stuck.</param>
/// <param name="Step">The step of the process in words: <c>Customer in ERP</c>.</param>
/// <param name="OwnerRole">One of <see cref="Roles"/>.</param>
/// <param name="Held">The money that waits for it, if it is known.</param>
[GenerateSerializer, Immutable, Alias("work-item")]
public sealed record WorkItem(
    string Id, ExceptionCategory Category, string Code, string Step, string Message, string Remedy, string OwnerRole,
    string? Connection, Money? Held);

[GenerateSerializer, Alias("exception-category")]
public enum ExceptionCategory { Business, Data, Policy, Technical }

[GenerateSerializer, Immutable, Alias("exception.raised.v1")]
public sealed record ExceptionRaised(WorkItem Item, DateTimeOffset At) : Event;

/// <param name="Resolution">retried, corrected, skipped, compensated, succeeded, or withdrawn.</param>
[GenerateSerializer, Immutable, Alias("exception.resolved.v1")]
public sealed record ExceptionResolved(string ItemId, string Resolution, string? Reason, string By, DateTimeOffset At) : Event;
