using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Grains.Journal;
using Q2C.Invoices;

namespace Q2C.Grains.Customers;

/// <param name="Profile">Null until a source system or a quote has told of the customer.</param>
/// <param name="Versions">Per source system, the version of its record that was taken last.</param>
/// <param name="Open">What is owed for each invoice that is not paid in full.</param>
/// <param name="Credits">Payment → what was received beyond what was owed.</param>
public sealed record CustomerState(
    CustomerProfile? Profile, ImmutableDictionary<string, DateTimeOffset> Versions, ImmutableArray<string> Contracts,
    ImmutableDictionary<string, Money> Open, ImmutableDictionary<string, Money> Credits)
{
    public static CustomerState Unknown { get; } = new(
        null, ImmutableDictionary<string, DateTimeOffset>.Empty, [], ImmutableDictionary<string, Money>.Empty,
        ImmutableDictionary<string, Money>.Empty);
}

/// <summary>The codes with which a customer refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class CustomerProblems
{
    public const string SourceMissing = "SOURCE_MISSING";
    public const string NameMissing = "NAME_MISSING";
    public const string CustomerOwnParent = "CUSTOMER_OWN_PARENT";
    public const string CountryUnknown = "COUNTRY_UNKNOWN";
    public const string CurrencyUnknown = "CURRENCY_UNKNOWN";
    public const string TooManyReferences = "TOO_MANY_REFERENCES";
    public const string RecordOlder = "RECORD_OLDER";
}

/// <summary>A customer: its profile as its source has it, its contracts, what it owes and what it is owed.</summary>
public static class Customer
{
    public const int MaxReferences = 50;
    public const int MaxNameLength = 300;

    public static Decider<CustomerState> Decider { get; } = new(CustomerState.Unknown, Decide, Evolve) { Version = 1 };

    public static Decision Decide(CustomerState state, Command command, DecisionContext context) => command switch
    {
        UpsertCustomer c => Upsert(state, c, context),
        Observe c => Hear(state, c, context),
        _ => Decision.Unsupported(command),
    };

    public static CustomerState Evolve(CustomerState state, Event @event) => @event switch
    {
        CustomerRegistered e => Take(state, e.Record),
        CustomerChanged e => Take(state, e.Record),
        ContractLinked e => state with { Contracts = state.Contracts.Add(e.ContractId) },
        ReceivableChanged { Outstanding.IsZero: true } e => state with { Open = state.Open.Remove(e.InvoiceId) },
        ReceivableChanged e => state with { Open = state.Open.SetItem(e.InvoiceId, e.Outstanding) },
        CreditReceived e => state with { Credits = state.Credits.Add(e.PaymentId, e.Amount) },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    /// <summary>Null for a customer that nobody has told of.</summary>
    public static CustomerView? Render(CustomerState state, string id, long version) => state.Profile is null
        ? null
        : new(id, version, state.Profile, state.Contracts, Totals(state.Open.Values), Totals(state.Credits.Values));

    private static Decision Upsert(CustomerState state, UpsertCustomer c, DecisionContext context)
    {
        ImmutableArray<Problem> problems = [.. Check(c, context.Grain)];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        if (state.Profile is null) return Decision.Accept(new CustomerRegistered(context.Grain, c, context.Now));
        if (state.Versions.TryGetValue(c.Source, out var taken) && c.SourceVersion < taken)
            return Decision.Stale(new(CustomerProblems.RecordOlder, "sourceVersion",
                $"The record is of {c.SourceVersion:u}; {c.Source}'s record of {taken:u} was taken already.",
                "Nothing to do: the newer record holds."));
        return SameProfile(state.Profile, c) ? Decision.Nothing : Decision.Accept(new CustomerChanged(c, context.Now));
    }

    private static IEnumerable<Problem> Check(UpsertCustomer c, string id)
    {
        if (string.IsNullOrWhiteSpace(c.Source))
            yield return new(CustomerProblems.SourceMissing, "source", "The record does not say which system it comes from.",
                "Name the connection that it comes from.");
        if (c.Profile is not { Name.Length: <= MaxNameLength } || string.IsNullOrWhiteSpace(c.Profile.Name))
            yield return new(CustomerProblems.NameMissing, "profile.name",
                $"A customer has a name of 1 to {MaxNameLength} characters.", "Fill in the name in the source system.");
        if (c.Profile?.ParentId == id)
            yield return new(CustomerProblems.CustomerOwnParent, "profile.parentId", "The customer is given as its own parent.",
                "Leave the parent empty, or name another customer.");
        if (!Countries.IsKnown(c.Profile?.BillTo?.Country))
            yield return new(CustomerProblems.CountryUnknown, "profile.billTo.country",
                $"'{c.Profile?.BillTo?.Country}' is not a two-letter ISO 3166 country code.", "Use a code such as DE, FR or US.");
        if (!Currencies.IsKnown(c.Profile?.Currency))
            yield return new(CustomerProblems.CurrencyUnknown, "profile.currency",
                $"'{c.Profile?.Currency}' is not an active ISO 4217 currency code.", "Use a code such as EUR or USD.");
        if (c.Profile?.References is { IsDefault: false, Length: > MaxReferences and var count })
            yield return new(CustomerProblems.TooManyReferences, "profile.references",
                $"There are {count} references; {MaxReferences} are allowed.", "Send those of systems that are connected here.");
    }

    private static Decision Hear(CustomerState state, Observe c, DecisionContext context)
    {
        var events = ImmutableArray.CreateBuilder<Event>();
        foreach (var heard in c.Events)
        {
            if (After(state, heard, context) is not { } following) return Decision.Unsupported(c);
            events.AddRange(following);
            state = following.Aggregate(state, Evolve);
        }

        return Decision.Accept(events.ToImmutable());
    }

    /// <summary>Null for an event that customers do not listen to.</summary>
    private static ImmutableArray<Event>? After(CustomerState state, Event heard, DecisionContext context) => heard switch
    {
        QuoteAccepted e => [.. Register(state, e, context), .. Link(state, e.ContractId, context)],
        ContractActivated e => [.. Link(state, e.ContractId, context)],
        InvoiceIssued e when state.Open.ContainsKey(e.InvoiceId) || e.Total.IsZero => [],
        InvoiceIssued e => [Owes(state, e.InvoiceId, e.Total, context)],
        PaymentApplied e =>
        [
            .. state.Open.TryGetValue(e.InvoiceId, out var open) && open != e.Outstanding
                ? (ImmutableArray<Event>)[Owes(state, e.InvoiceId, e.Outstanding, context)]
                : [],
            .. e.Excess.IsZero || state.Credits.ContainsKey(e.Payment.PaymentId)
                ? (ImmutableArray<Event>)[]
                : [new CreditReceived(e.Payment.PaymentId, e.Excess, Total(state.Credits.Values, e.Excess.Currency) + e.Excess, context.Now)],
        ],
        _ => null,
    };

    // A quote can arrive before the customer's own record does: its profile serves until then.
    private static IEnumerable<Event> Register(CustomerState state, QuoteAccepted e, DecisionContext context)
    {
        if (state.Profile is null)
            yield return new CustomerRegistered(
                context.Grain, new(e.Quote.Connection, e.Quote.SourceVersion, e.Quote.Customer), context.Now);
    }

    private static IEnumerable<Event> Link(CustomerState state, string contractId, DecisionContext context)
    {
        if (!state.Contracts.Contains(contractId)) yield return new ContractLinked(contractId, context.Now);
    }

    private static ReceivableChanged Owes(CustomerState state, string invoiceId, Money outstanding, DecisionContext context)
    {
        var others = Total(state.Open.Remove(invoiceId).Values, outstanding.Currency);
        return new(invoiceId, outstanding, others + outstanding, context.Now);
    }

    private static CustomerState Take(CustomerState state, UpsertCustomer record) => state with
    {
        Profile = record.Profile,
        Versions = state.Versions.SetItem(record.Source, record.SourceVersion),
    };

    // Profiles hold an array, which records compare by reference: their stored form says whether they are the same.
    private static bool SameProfile(CustomerProfile known, UpsertCustomer c) =>
        WireFormat.Fingerprint(c with { Profile = known }).Span.SequenceEqual(WireFormat.Fingerprint(c).Span);

    private static Money Total(IEnumerable<Money> amounts, string currency) =>
        amounts.Where(amount => amount.Currency == currency).Aggregate(Money.Zero(currency), (sum, amount) => sum + amount);

    private static ImmutableArray<Money> Totals(IEnumerable<Money> amounts) =>
        [.. amounts.Select(amount => amount.Currency).Distinct().Order().Select(currency => Total(amounts, currency))];
}
