using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Customers;

namespace Q2C.Grains.Customers;

/// <summary>What is known of a customer. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Profile">Null until a source system or a quote has told of the customer.</param>
/// <param name="Versions">Per source system, the version of its record that was taken last.</param>
/// <param name="Open">Invoices that are not settled.</param>
/// <param name="Closed">Invoices that are: what was paid for them can be paid back.</param>
/// <param name="Credits">Payment, credit memo or returned allocation → what is left of it.</param>
/// <param name="Cash">Legal entity and currency → money received and not paid back.</param>
/// <param name="Payments">Payments received here, and not for one invoice, with their amounts.</param>
/// <param name="Earmarks">Money that is meant for an invoice that is not issued yet.</param>
/// <param name="Pending">Allocations that their invoices have not answered.</param>
/// <param name="Dunned">Legal entity and currency → reminders made.</param>
/// <param name="Repayments">Errand → refund that a payment system was asked for.</param>
/// <param name="Proposed">Refunds that wait for a second person.</param>
/// <param name="Holds">Nothing of the customer is billed while there is one.</param>
public sealed record CustomerState(
    CustomerProfile? Profile, ImmutableDictionary<string, DateTimeOffset> Versions, ImmutableArray<string> Contracts,
    ImmutableDictionary<string, CustomerInvoice> Open, ImmutableDictionary<string, CustomerInvoice> Closed,
    ImmutableDictionary<string, CustomerCredit> Credits, ImmutableDictionary<string, Money> Cash,
    ImmutableDictionary<string, Money> Payments, ImmutableArray<Earmark> Earmarks,
    ImmutableDictionary<string, Allocation> Pending, ImmutableHashSet<string> Refunds,
    ImmutableDictionary<string, Repayment> Repayments, Errands? Errands, ImmutableDictionary<string, DunningProgress> Dunned,
    ImmutableDictionary<string, ProposedRefund> Proposed, ImmutableArray<BillingHold> Holds)
{
    /// <summary>Projects whose retainers may pay invoices of other contracts.</summary>
    public ImmutableHashSet<string> Pools { get; init; } = [];

    public static CustomerState Unknown { get; } = new(
        null, ImmutableDictionary<string, DateTimeOffset>.Empty, [], ImmutableDictionary<string, CustomerInvoice>.Empty,
        ImmutableDictionary<string, CustomerInvoice>.Empty, ImmutableDictionary<string, CustomerCredit>.Empty,
        ImmutableDictionary<string, Money>.Empty, ImmutableDictionary<string, Money>.Empty, [],
        ImmutableDictionary<string, Allocation>.Empty, [], ImmutableDictionary<string, Repayment>.Empty, null,
        ImmutableDictionary<string, DunningProgress>.Empty, ImmutableDictionary<string, ProposedRefund>.Empty, []);

    internal static string CashKey(string legalEntity, string currency) => $"{legalEntity}/{currency}";

    internal CustomerState With(CashReceived? cash)
    {
        if (cash is not { LegalEntity: var entity, Amount: var amount }) return this;
        var key = CashKey(entity, amount.Currency);
        return this with { Cash = Cash.SetItem(key, Cash.GetValueOrDefault(key, Money.Zero(amount.Currency)) + amount) };
    }
}

/// <param name="Paid">Money received for it, less what was paid back.</param>
/// <param name="Terms">Null for invoices that were issued before terms were kept.</param>
public sealed record CustomerInvoice(Money Outstanding, Money Paid, ReceivableTerms? Terms, bool Disputed);

/// <param name="LegalEntity">Null where it was received before this was recorded: good for any.</param>
/// <param name="Order">Older ones are used first.</param>
public sealed record CustomerCredit(Money Left, string? LegalEntity, bool IsMoney, long Order);

public sealed record Earmark(string PaymentId, string InvoiceId, Money Amount, DateOnly Date);

public sealed record Repayment(Money Amount, string Connection, string RefundId, ImmutableArray<string> Payments, string Reason);

/// <summary>What one command brings about, one event after another, and the state that they lead to.</summary>
internal sealed class CustomerTurn(CustomerState state, DecisionContext context)
{
    private readonly ImmutableArray<Event>.Builder _events = ImmutableArray.CreateBuilder<Event>();

    public CustomerState State { get; private set; } = state;

    public DecisionContext Context => context;

    public DateTimeOffset Now => context.Now;

    /// <summary>An id that no other event of this customer has.</summary>
    public string NewId(string kind) => Ids.Derive(context.Region, kind, context.Grain, context.Key, $"{_events.Count}");

    public void Add(params ReadOnlySpan<Event> events)
    {
        foreach (var @event in events)
        {
            _events.Add(@event);
            State = Customer.Evolve(State, @event);
        }
    }

    public Decision Finish() => Decision.Accept(_events.ToImmutable());
}
