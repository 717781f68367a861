using System.Collections.Immutable;

namespace Q2C.Alerts;

/// <summary>What is watched. The names in kebab case are those of <c>alerts.yaml</c>.</summary>
[GenerateSerializer, Alias("alert-rule")]
public enum AlertRule
{
    /// <summary>A quote was accepted and no project runs.</summary>
    ProjectNotCreated,

    /// <summary>Approved time is on no invoice.</summary>
    UnbilledTime,

    /// <summary>An invoice was drafted and is not in the books.</summary>
    InvoiceNotPosted,

    /// <summary>Something waits for a connection, or came over it and is not processed.</summary>
    ConnectionLag,

    /// <summary>The lists, or what follows from events, are behind the journal.</summary>
    ProjectionLag,

    /// <summary>Exceptions of one cause are late.</summary>
    SlaBreached,

    /// <summary>Deliveries of one connection do not have the shape that they had.</summary>
    SchemaDrift,

    /// <summary>Much was raised in a short time.</summary>
    ExceptionRate,

    /// <summary>Invoices are unpaid after their day.</summary>
    ReceivablesOverdue,

    /// <summary>A field of a vendor's records is new, or one that a mapping reads is missing; nothing has failed of it.</summary>
    SchemaNotice,
}

/// <summary>Something crossed its threshold. The alert of one rule and subject is always the same object.</summary>
/// <param name="Subject">What it is about: an object's id, a group of exceptions, <c>connection/netsuite</c>.</param>
/// <param name="ContractId">The engagement, if it is about one.</param>
[GenerateSerializer, Immutable, Alias("alert.raise.v1")]
public sealed record RaiseAlert(AlertRule Rule, string Subject, string Title, string Text, string? ContractId) : Command;

/// <summary>It is below its threshold again.</summary>
[GenerateSerializer, Immutable, Alias("alert.clear.v1")]
public sealed record ClearAlert : Command;

/// <summary>Somebody has seen it.</summary>
[GenerateSerializer, Immutable, Alias("alert.acknowledge.v1")]
public sealed record AcknowledgeAlert(string Note) : Command;

/// <param name="Severity">low, normal, high or critical, as the policy said then.</param>
/// <param name="Channels">Connections that tell people.</param>
[GenerateSerializer, Immutable, Alias("alert.raised.v1")]
public sealed record AlertRaised(
    AlertRule Rule, string Subject, string Title, string Text, string? ContractId, string Severity, ImmutableArray<string> Channels,
    DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("alert.cleared.v1")]
public sealed record AlertCleared(DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("alert.acknowledged.v1")]
public sealed record AlertAcknowledged(string Note, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("alert.notification-asked.v1")]
public sealed record NotificationAsked(EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("alert.notification-sent.v1")]
public sealed record NotificationSent(string EffectId, DateTimeOffset At) : Event;

/// <summary>Something has crossed a threshold: told to people, acknowledged by one, and cleared when it is over.</summary>
[Alias("q2c.alert-grain")]
public interface IAlertGrain : IAggregateGrain;
