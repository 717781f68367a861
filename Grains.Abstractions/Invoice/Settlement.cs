using System.Collections.Immutable;

namespace Q2C.Invoices;

/// <summary>
/// Something other than a payment of this invoice changed what is owed for it. A positive amount lowers it, a negative one
/// raises it again.
/// </summary>
/// <param name="Id">Unique in the invoice: one is counted once.</param>
/// <param name="IsMoney">Of <see cref="SettlementKind.CustomerMoney"/>: money was received for it, it is no credit.</param>
/// <param name="ProjectId">Of <see cref="SettlementKind.Prepaid"/>: the project whose retainers paid.</param>
[GenerateSerializer, Immutable, Alias("settlement")]
public sealed record Settlement(
    string Id, SettlementKind Kind, Money Amount, DateOnly Date, string? Reason = null, bool IsMoney = false,
    string? ProjectId = null);

[GenerateSerializer, Alias("settlement-kind")]
public enum SettlementKind
{
    /// <summary>Of an invoice; a credit memo that a billing run made gives all of it to the customer.</summary>
    CreditMemo,

    /// <summary>Money or credit that the customer had with us.</summary>
    CustomerMoney,

    EarlyPaymentDiscount,
    WriteOff,
    WriteOffReversed,

    /// <summary>Money received for the invoice was paid back: it is owed again.</summary>
    Refund,

    /// <summary>Paid from a retainer in money; less than zero where a credit memo gives it back.</summary>
    Prepaid,
}

/// <param name="Applied">The part of the settlement that took effect here.</param>
/// <param name="Excess">The rest; it is the customer's.</param>
[GenerateSerializer, Immutable, Alias("invoice.settlement-applied.v1")]
public sealed record SettlementApplied(
    string InvoiceId, string CustomerId, ImmutableArray<string> Contracts, string LegalEntity, Settlement Settlement, Money Applied,
    Money Excess, Money Outstanding, ImmutableArray<Posting> Postings, DateTimeOffset At, ImmutableArray<string>? Projects = null)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [.. Contracts, CustomerId, .. Projects ?? []];
}

/// <summary>
/// Gives up what is outstanding of an issued invoice, or a part of it. Reversible. Above the threshold of the legal entity
/// it waits for a second person.
/// </summary>
/// <param name="Amount">Null for all that is outstanding.</param>
[GenerateSerializer, Immutable, Alias("invoice.write-off.v1")]
public sealed record WriteOffReceivable(Money? Amount, DateOnly Date, string Reason) : Command;

/// <summary>A second person agrees to the write-off that was proposed.</summary>
[GenerateSerializer, Immutable, Alias("invoice.approve-write-off.v1")]
public sealed record ApproveReceivableWriteOff(string? Note) : Command;

/// <summary>The write-off that was proposed is not made.</summary>
[GenerateSerializer, Immutable, Alias("invoice.decline-write-off.v1")]
public sealed record DeclineReceivableWriteOff(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("proposed-write-off")]
public sealed record ProposedWriteOff(string Id, Money Amount, DateOnly Date, string Reason, string By, DateTimeOffset At);

[GenerateSerializer, Immutable, Alias("invoice.write-off-proposed.v1")]
public sealed record ReceivableWriteOffProposed(
    string InvoiceId, string CustomerId, string LegalEntity, ProposedWriteOff WriteOff, Money Threshold, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("invoice.write-off-declined.v1")]
public sealed record ReceivableWriteOffDeclined(string WriteOffId, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("invoice.write-off-approved.v1")]
public sealed record ReceivableWriteOffApproved(string WriteOffId, string By, string? Note, DateTimeOffset At) : Event;

/// <summary>Takes every write-off of the invoice back: the amounts are owed again.</summary>
[GenerateSerializer, Immutable, Alias("invoice.restore-receivable.v1")]
public sealed record RestoreReceivable(DateOnly Date, string Reason) : Command;

/// <summary>The customer disputes the invoice, or some of its lines: dunning waits.</summary>
/// <param name="LineIds">Empty for the invoice as a whole.</param>
[GenerateSerializer, Immutable, Alias("invoice.dispute.v1")]
public sealed record DisputeInvoice(ImmutableArray<string> LineIds, string Reason) : Command;

/// <summary>The dispute ends and the invoice is due as before. A credit of what is disputed ends it too.</summary>
[GenerateSerializer, Immutable, Alias("invoice.release-dispute.v1")]
public sealed record ReleaseDispute(string Reason) : Command;

[GenerateSerializer, Immutable, Alias("invoice.disputed.v1")]
public sealed record InvoiceDisputed(
    string InvoiceId, string CustomerId, ImmutableArray<string> LineIds, Money Amount, string Reason, string By, DateTimeOffset At)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [CustomerId];
}

/// <param name="Credited">True if a credit memo ended it, false if it was released.</param>
[GenerateSerializer, Immutable, Alias("invoice.dispute-ended.v1")]
public sealed record DisputeEnded(string InvoiceId, string CustomerId, bool Credited, string Reason, string By, DateTimeOffset At)
    : Event, IDelivered
{
    public ImmutableArray<string> To => [CustomerId];
}
