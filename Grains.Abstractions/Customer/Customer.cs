using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Invoices;

namespace Q2C.Customers;

/// <summary>A customer as a source system has it now.</summary>
[GenerateSerializer, Immutable, Alias("customer.upsert.v1")]
public sealed record UpsertCustomer(string Source, DateTimeOffset SourceVersion, CustomerProfile Profile) : Command;

[GenerateSerializer, Immutable, Alias("customer.registered.v1")]
public sealed record CustomerRegistered(string CustomerId, UpsertCustomer Record, DateTimeOffset At) : Event, IReferences
{
    public ExternalReference Reference =>
        Record.Profile.References.IsDefaultOrEmpty ? new(Record.Source, "customer", CustomerId) : Record.Profile.References[0];
}

[GenerateSerializer, Immutable, Alias("customer.changed.v1")]
public sealed record CustomerChanged(UpsertCustomer Record, DateTimeOffset At) : Event;

[GenerateSerializer, Immutable, Alias("customer.contract-linked.v1")]
public sealed record ContractLinked(string ContractId, DateTimeOffset At) : Event;

/// <summary>What the customer owes in one currency changed: an invoice was issued, paid, credited or written off.</summary>
/// <param name="Terms">Set when the invoice was issued.</param>
/// <param name="Paid">Money received for the invoice so far, less what was paid back.</param>
/// <param name="Cash">Set when it changed because money arrived.</param>
/// <param name="AllocationId">The settlement that it answers, where the customer asked for one.</param>
[GenerateSerializer, Immutable, Alias("customer.receivable-changed.v1")]
public sealed record ReceivableChanged(
    string InvoiceId, Money Outstanding, Money Balance, DateTimeOffset At, ReceivableTerms? Terms = null, Money? Paid = null,
    CashReceived? Cash = null, string? AllocationId = null) : Event;

/// <summary>Money received, or credited, beyond what was owed; it stays the customer's.</summary>
/// <param name="PaymentId">The payment, credit memo or allocation that it came from.</param>
/// <param name="LegalEntity">With which the customer has it; null where it was received before this was recorded.</param>
/// <param name="IsMoney">False for what was credited; null for money.</param>
/// <param name="Cash">Set when it arose because money arrived.</param>
[GenerateSerializer, Immutable, Alias("customer.credit-received.v1")]
public sealed record CreditReceived(
    string PaymentId, Money Amount, Money Credit, DateTimeOffset At, string? LegalEntity = null, bool? IsMoney = null,
    CashReceived? Cash = null) : Event;

/// <summary>Money that a legal entity received from the customer.</summary>
[GenerateSerializer, Immutable, Alias("cash-received")]
public sealed record CashReceived(string LegalEntity, Money Amount);

/// <summary>Invoices of the customer are shown to this project, whose retainers may pay them.</summary>
[GenerateSerializer, Immutable, Alias("customer.pool-noted.v1")]
public sealed record PoolNoted(string ProjectId, DateTimeOffset At) : Event;

/// <summary>An invoice that retainers of other projects may pay.</summary>
[GenerateSerializer, Immutable, Alias("customer.invoice-pooled.v1")]
public sealed record InvoicePooled(InvoiceIssued Invoice, ImmutableArray<string> Projects, DateTimeOffset At) : Event, IDelivered
{
    public ImmutableArray<string> To => Projects;
}

[Alias("q2c.customer-grain")]
public interface ICustomerGrain : IAggregateGrain
{
    [Alias("read")]
    Task<CustomerView?> Read();
}

/// <param name="Refunds">Asked for, and waiting for a second person.</param>
[GenerateSerializer, Immutable, Alias("customer-view")]
public sealed record CustomerView(
    string Id, long GrainVersion, CustomerProfile Profile, ImmutableArray<string> Contracts,
    ImmutableArray<Money> Outstanding, ImmutableArray<Money> Credit, ImmutableArray<OpenReceivable> Receivables,
    ImmutableArray<WorkItem> Exceptions, ImmutableArray<BillingHold>? Holds = null, ImmutableArray<ProposedRefund>? Refunds = null);

/// <summary>An issued invoice that is not settled.</summary>
[GenerateSerializer, Immutable, Alias("open-receivable")]
public sealed record OpenReceivable(
    string InvoiceId, string? Number, string? LegalEntity, DateOnly? Date, Money Outstanding, ImmutableArray<Instalment> Instalments,
    bool Disputed);
