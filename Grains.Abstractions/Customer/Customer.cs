using System.Collections.Immutable;
using Q2C.Contracts;

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

/// <summary>What the customer owes in one currency changed: an invoice was issued, paid or withdrawn.</summary>
[GenerateSerializer, Immutable, Alias("customer.receivable-changed.v1")]
public sealed record ReceivableChanged(string InvoiceId, Money Outstanding, Money Balance, DateTimeOffset At) : Event;

/// <summary>Money received beyond what was owed; it stays the customer's.</summary>
[GenerateSerializer, Immutable, Alias("customer.credit-received.v1")]
public sealed record CreditReceived(string PaymentId, Money Amount, Money Credit, DateTimeOffset At) : Event;

[Alias("q2c.customer-grain")]
public interface ICustomerGrain : IAggregateGrain
{
    [Alias("read")]
    Task<CustomerView?> Read();
}

[GenerateSerializer, Immutable, Alias("customer-view")]
public sealed record CustomerView(
    string Id, long GrainVersion, CustomerProfile Profile, ImmutableArray<string> Contracts,
    ImmutableArray<Money> Outstanding, ImmutableArray<Money> Credit);
