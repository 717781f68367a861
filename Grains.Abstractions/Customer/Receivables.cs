using System.Collections.Immutable;
using Q2C.Invoices;

namespace Q2C.Customers;

/// <summary>Money that a customer paid to a legal entity, not through the payment of one invoice.</summary>
/// <param name="PaymentId">The payment system's or bank's id; one is counted once.</param>
/// <param name="Allocations">
/// As told by the payer; what is for an invoice that is not issued yet waits for it. Null allocates to the oldest invoices
/// first; empty leaves the money unallocated.
/// </param>
/// <param name="Foreign">What was received, where that was another currency: the amount is what it is worth at the recorded rate.</param>
[GenerateSerializer, Immutable, Alias("customer.receive-payment.v1")]
public sealed record ReceivePayment(
    string PaymentId, string LegalEntity, string Connection, Money Amount, DateOnly Date, string Reference,
    ImmutableArray<Allocation>? Allocations = null, ForeignReceipt? Foreign = null) : Command;

/// <param name="Rate">Of the amount's currency for one unit of what was paid.</param>
[GenerateSerializer, Immutable, Alias("foreign-receipt")]
public sealed record ForeignReceipt(Money Paid, AppliedRate Rate)
{
    public Money Worth(string currency) => Money.Round(Paid.Amount * Rate.Rate, currency, Rounding.HalfUp);
}

[GenerateSerializer, Immutable, Alias("allocation")]
public sealed record Allocation(string InvoiceId, Money Amount);

/// <summary>Settles open invoices with money or credit that the customer has with the legal entity.</summary>
/// <param name="Allocations">Null for the oldest invoices first, as far as the credit goes.</param>
[GenerateSerializer, Immutable, Alias("customer.apply-credit.v1")]
public sealed record ApplyCredit(
    string LegalEntity, string Currency, DateOnly Date, ImmutableArray<Allocation>? Allocations = null) : Command;

/// <summary>
/// Pays money back: from the customer's credit first, then from what was paid for the invoice named, which is owed again.
/// Never more than was received. Above the threshold of the legal entity it waits for a second person.
/// </summary>
/// <param name="Connection">The payment system that pays it back; null if it was paid back otherwise already.</param>
/// <param name="InvoiceId">Needed for what goes beyond the credit.</param>
[GenerateSerializer, Immutable, Alias("customer.refund.v1")]
public sealed record RefundCustomer(
    string RefundId, string LegalEntity, Money Amount, DateOnly Date, string? Connection, string? InvoiceId, string Reason) : Command;

/// <summary>A second person agrees to the refund that was asked for.</summary>
[GenerateSerializer, Immutable, Alias("customer.approve-refund.v1")]
public sealed record ApproveRefund(string RefundId, string LegalEntity, string? Note) : Command;

/// <summary>The refund that was asked for is not paid.</summary>
[GenerateSerializer, Immutable, Alias("customer.decline-refund.v1")]
public sealed record DeclineRefund(string RefundId, string LegalEntity, string Reason) : Command;

[GenerateSerializer, Immutable, Alias("proposed-refund")]
public sealed record ProposedRefund(RefundCustomer Refund, string By, DateTimeOffset At);

/// <param name="Threshold">Null where the legal entity has none in this currency: every refund is above it.</param>
[GenerateSerializer, Immutable, Alias("customer.refund-proposed.v1")]
public sealed record RefundProposed(ProposedRefund Proposed, Money? Threshold, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("customer.refund-approved.v1")]
public sealed record RefundApproved(string RefundId, string By, string? Note, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("customer.refund-declined.v1")]
public sealed record RefundDeclined(string RefundId, string Reason, string By, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("customer.payment-received.v1")]
public sealed record CustomerPaymentReceived(ReceivePayment Payment, Money Credit, ImmutableArray<Posting> Postings, DateTimeOffset At)
    : Event;

/// <summary>Money or credit of the customer goes to an invoice, which answers how much of it took effect.</summary>
/// <param name="AllocationId">Unique in the customer.</param>
/// <param name="IsMoney">From payments; otherwise from credit memos.</param>
/// <param name="Sources">The payments or credit memos that it came from, oldest first.</param>
/// <param name="Credit">What the customer has left with the legal entity.</param>
[GenerateSerializer, Immutable, Alias("customer.money-allocated.v1")]
public sealed record MoneyAllocated(
    string CustomerId, string AllocationId, string InvoiceId, Money Amount, bool IsMoney, ImmutableArray<CreditSource> Sources,
    DateOnly Date, Money Credit, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => [InvoiceId];
}

/// <summary>Money that was meant for an invoice is the customer's to use: the invoice came to nothing, or cannot take it.</summary>
[GenerateSerializer, Immutable, Alias("customer.earmark-released.v1")]
public sealed record EarmarkReleased(string PaymentId, string InvoiceId, Money Amount, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("credit-source")]
public sealed record CreditSource(string SourceId, Money Amount);

/// <param name="FromCredit">Paid from what the customer had with us.</param>
/// <param name="FromInvoice">Paid from what was received for the invoice.</param>
[GenerateSerializer, Immutable, Alias("customer.refunded.v1")]
public sealed record CustomerRefunded(
    string CustomerId, RefundCustomer Refund, Money FromCredit, ImmutableArray<CreditSource> Sources, Money FromInvoice, Money Credit,
    ImmutableArray<Posting> Postings, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => FromInvoice.IsZero ? [] : [Refund.InvoiceId!];
}

[GenerateSerializer, Immutable, Alias("customer.step-asked.v1")]
public sealed record CustomerStepAsked(EffectRequest Effect, DateTimeOffset At) : Event, IAsksEffect;

[GenerateSerializer, Immutable, Alias("customer.step-confirmed.v1")]
public sealed record CustomerStepConfirmed(string EffectId, string ExternalId, DateTimeOffset At) : Event;

/// <summary>What of an invoice was disputed or is no longer, as its customer knows it.</summary>
[GenerateSerializer, Immutable, Alias("customer.dispute-noted.v1")]
public sealed record DisputeNoted(string InvoiceId, bool Disputed, DateTimeOffset At) : Event;

/// <summary>What was held back of an invoice is due on this day.</summary>
[GenerateSerializer, Immutable, Alias("customer.retention-due.v1")]
public sealed record RetentionDue(string InvoiceId, DateOnly Due, DateTimeOffset At) : Event;

/// <summary>What a receivable is due by: kept with its customer for allocation, ageing and dunning.</summary>
/// <param name="Instalments">In order of their due dates; sum to the total.</param>
[GenerateSerializer, Immutable, Alias("receivable-terms")]
public sealed record ReceivableTerms(
    string Number, string LegalEntity, DateOnly Date, ImmutableArray<Instalment> Instalments);
