using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Grains.BillingRuns;

namespace Q2C.Grains.Customers;

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

/// <summary>The codes with which a customer refuses what is to be done with its money. Listed in <c>docs/errors.md</c>.</summary>
public static class CustomerMoneyProblems
{
    public const string LegalEntityMissing = "LEGAL_ENTITY_MISSING";
    public const string PaymentIdInvalid = "PAYMENT_ID_INVALID";
    public const string PaymentIdReused = "PAYMENT_ID_REUSED";
    public const string PaymentNotPositive = "PAYMENT_NOT_POSITIVE";
    public const string AllocationNotPositive = "ALLOCATION_NOT_POSITIVE";
    public const string AllocationExceedsMoney = "ALLOCATION_EXCEEDS_MONEY";
    public const string AllocationExceedsInvoice = "ALLOCATION_EXCEEDS_INVOICE";
    public const string AllocationDuplicate = "ALLOCATION_DUPLICATE";
    public const string InvoiceNotOpen = "INVOICE_NOT_OPEN";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string ExchangeRateInvalid = "EXCHANGE_RATE_INVALID";
    public const string NoCredit = "NO_CREDIT";
    public const string RefundIdInvalid = "REFUND_ID_INVALID";
    public const string RefundNotPositive = "REFUND_NOT_POSITIVE";
    public const string RefundExceedsReceived = "REFUND_EXCEEDS_RECEIVED";
    public const string RefundNeedsInvoice = "REFUND_NEEDS_INVOICE";
    public const string RefundPending = "REFUND_PENDING";
    public const string RefundUnknown = "REFUND_UNKNOWN";
    public const string ApproverIsPreparer = "APPROVER_IS_PREPARER";
    public const string NoDunningPolicy = "NO_DUNNING_POLICY";
}

/// <summary>A customer: its profile as its source has it, its contracts, what it owes and what it is owed.</summary>
public static class Customer
{
    public const int MaxReferences = 50;
    public const int MaxNameLength = 300;

    private static readonly ImmutableArray<string> Keepers = [Roles.Sales, Roles.Finance, Roles.Machine];

    public static Decider<CustomerState> Decider { get; } = new(CustomerState.Unknown, Decide, Evolve) { Version = 5 };

    public static Decision Decide(CustomerState state, Command command, DecisionContext context) => command switch
    {
        UpsertCustomer c => Upsert(state, c, context),
        ReceivePayment c => Money(state, context, CustomerMoney.ProblemsOf(state, c, context), turn => CustomerMoney.Receive(turn, c)),
        ApplyCredit c => Money(state, context, CustomerMoney.ProblemsOf(state, c, context), turn => CustomerMoney.Apply(turn, c)),
        RefundCustomer c when state.Refunds.Contains(c.RefundId) || state.Proposed.GetValueOrDefault(c.RefundId ?? "")?.Refund == c => Decision.Nothing,
        RefundCustomer c => Money(state, context, CustomerRefunds.ProblemsOf(state, c, context), turn => CustomerRefunds.Ask(turn, c)),
        ApproveRefund c => Money(state, context, CustomerRefunds.ProblemsOf(state, c, context), turn => CustomerRefunds.Approve(turn, c)),
        DeclineRefund c => Money(state, context, CustomerRefunds.ProblemsOf(state, c, context), turn => CustomerRefunds.Decline(turn, c)),
        HoldBilling c => Holds.Place(c, context, state.Contracts, MustBeKnown(state, context)),
        ReleaseBilling c => Holds.Release(state.Holds, c, context, state.Contracts),
        ProposeDunning c => Money(state, context, CustomerDunning.ProblemsOf(c, context), turn => CustomerDunning.Propose(turn, c)),
        ReportEffect c => Report(state, c, context),
        RetryStep c => Resolve(state, OperatorRules.ProblemsOfRetry(ErrandsOf(state, context), c.ExceptionId, c.Reason, context.Actor),
            new(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now), context),
        SkipStep c => Resolve(state, OperatorRules.ProblemsOfSkip(ErrandsOf(state, context), c.ExceptionId, c.Reason, context.Actor),
            new(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now), context),
        Observe c => Hear(state, c, context),
        _ => Decision.Unsupported(command),
    };

    public static CustomerState Evolve(CustomerState state, Event @event) => @event switch
    {
        CustomerRegistered e => Take(state, e.Record),
        CustomerChanged e => Take(state, e.Record),
        ContractLinked e => state with { Contracts = state.Contracts.Add(e.ContractId) },
        ReceivableChanged e => CustomerMoney.Changed(state, e),
        CreditReceived e => CustomerMoney.Credited(state, e.PaymentId, e.Amount, e.LegalEntity, e.IsMoney ?? true).With(e.Cash),
        CustomerPaymentReceived e => CustomerMoney.Received(state, e.Payment),
        MoneyAllocated e => CustomerMoney.Allocated(state, e),
        EarmarkReleased e => CustomerMoney.Released(state, e),
        CustomerRefunded e => CustomerRefunds.Refunded(state, e),
        RefundProposed e => state with { Proposed = state.Proposed.Add(e.Proposed.Refund.RefundId, e.Proposed) },
        RefundApproved e => state with { Proposed = state.Proposed.Remove(e.RefundId) },
        RefundDeclined e => state with { Proposed = state.Proposed.Remove(e.RefundId) },
        BillingHeld e => state with { Holds = Holds.After(state.Holds, e) },
        BillingHoldReleased e => state with { Holds = Holds.After(state.Holds, e) },
        DisputeNoted e => CustomerMoney.Noted(state, e),
        RetentionDue e => CustomerMoney.Due(state, e),
        DunningProposed e => CustomerDunning.Proposed(state, e),
        DunningResolved e => state with { Dunned = state.Dunned.Remove(CustomerState.CashKey(e.LegalEntity, e.Currency)) },
        DunningFinished or InvoicePooled => state,
        PoolNoted e => state with { Pools = state.Pools.Add(e.ProjectId) },
        CustomerStepAsked e => state with { Errands = (state.Errands ?? Errands.None(e.Effect.Subject)).Asked(e.Effect, e.At) },
        CustomerStepConfirmed e => state with { Errands = state.Errands!.Confirmed(e.EffectId, e.At) },
        ExceptionRaised e => state with { Errands = state.Errands!.Raised(e.Item, e.At) },
        ExceptionResolved e => state with { Errands = state.Errands!.Resolved(e) },
        _ => throw new UnreachableException(@event.GetType().Name),
    };

    /// <summary>Null for a customer that nobody has told of.</summary>
    public static CustomerView? Render(CustomerState state, string id, long version) => state.Profile is null
        ? null
        : new(
            id, version, state.Profile, state.Contracts, Totals(state.Open.Values.Select(invoice => invoice.Outstanding)),
            Totals(state.Credits.Values.Select(credit => credit.Left)), CustomerMoney.OldestFirst(state), state.Errands?.Items ?? [],
            state.Holds, [.. state.Proposed.Values.OrderBy(one => one.At).ThenBy(one => one.Refund.RefundId, StringComparer.Ordinal)]);

    private static Decision Money(
        CustomerState state, DecisionContext context, ImmutableArray<Problem> problems, Action<CustomerTurn> what)
    {
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var turn = new CustomerTurn(state, context);
        what(turn);
        return turn.Finish();
    }

    private static Decision Report(CustomerState state, ReportEffect c, DecisionContext context)
    {
        var errands = ErrandsOf(state, context);
        if (errands.KeyOf(c.EffectId) is not { } key) return Decision.Nothing;
        return (errands.ByKey[key].Status, c.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Decision.Accept(
                [new CustomerStepConfirmed(c.EffectId, accepted.ExternalId, context.Now), .. errands.Succeeded(key, context.Now)]),
            (ErrandStatus.Waiting, _) => Decision.Accept(errands.Trouble(
                c.EffectId, c.Outcome, new("Refund", Roles.Finance, state.Repayments.GetValueOrDefault(key)?.Amount), context.Now)),
            _ => Decision.Nothing,
        };
    }

    private static Decision Resolve(
        CustomerState state, ImmutableArray<Problem> problems, ExceptionResolved resolved, DecisionContext context)
    {
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        var turn = new CustomerTurn(state, context);
        turn.Add(resolved);
        foreach (var key in turn.State.Errands!.ByKey.Keys.Where(turn.State.Errands.Wants)) CustomerRefunds.Repay(turn, key);
        return turn.Finish();
    }

    private static Errands ErrandsOf(CustomerState state, DecisionContext context) => state.Errands ?? Errands.None(context.Grain);

    private static Decision Upsert(CustomerState state, UpsertCustomer c, DecisionContext context)
    {
        ImmutableArray<Problem> problems = [.. OperatorRules.MayReport(context.Actor, Keepers), .. Check(c, context.Grain)];
        if (!problems.IsEmpty) return Decision.Refuse(problems);
        if (state.Profile is null) return Decision.Accept(new CustomerRegistered(context.Grain, c, context.Now));
        if (state.Versions.TryGetValue(c.Source, out var taken) && c.SourceVersion < taken)
            return Decision.Stale(new(CustomerProblems.RecordOlder, "sourceVersion",
                $"The record is of {c.SourceVersion:u}; {c.Source}'s record of {taken:u} was taken already.",
                "Nothing to do: the newer record holds."));

        // A newer record that says the same is taken too: what came between may come later.
        return taken == c.SourceVersion && SameProfile(state.Profile, c.Profile) ? Decision.Nothing : Decision.Accept(new CustomerChanged(c, context.Now));
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
        var turn = new CustomerTurn(state, context);
        foreach (var heard in c.Events)
        {
            if (!Hear(turn, heard)) return Decision.Unsupported(c);
        }

        CustomerDunning.Resolve(turn);

        return turn.Finish();
    }

    /// <summary>False for an event that customers do not listen to.</summary>
    private static bool Hear(CustomerTurn turn, Event heard)
    {
        switch (heard)
        {
            case QuoteAccepted e:
                turn.Add([
                    .. Register(turn.State, e, turn.Context),
                    .. e.Quote.CustomerId == turn.Context.Grain ? Link(turn.State, e.ContractId, turn.Context) : [],
                ]);
                return true;
            case ContractAmended e:
                turn.Add([.. Register(turn.State, e.ContractId, e.At, e.Terms, turn.Context)]);
                return true;
            case ContractActivated e:
                turn.Add([.. Link(turn.State, e.ContractId, turn.Context)]);
                return true;
            default:
                return CustomerMoney.Hear(turn, heard);
        }
    }

    // A quote can arrive before the customer's own record does: its profile serves until then.
    private static IEnumerable<Event> Register(CustomerState state, QuoteAccepted e, DecisionContext context)
    {
        if (e.Quote.CustomerId != context.Grain) return Register(state, e.Quote.Connection, e.Quote.SourceVersion, e.Terms, context);
        return state.Profile is null
            ? [new CustomerRegistered(context.Grain, new(e.Quote.Connection, e.Quote.SourceVersion, e.Quote.Customer), context.Now)]
            : [];
    }

    // One of several payers of a contract: its holds hold its own invoices, not the contract.
    private static IEnumerable<Event> Register(
        CustomerState state, string source, DateTimeOffset version, Terms terms, DecisionContext context)
    {
        if (state.Profile is null && (terms.Conditions?.Payers ?? []).FirstOrDefault(payer => payer.CustomerId == context.Grain) is { } payer)
            yield return new CustomerRegistered(context.Grain, new(source, version, payer.Customer), context.Now);
    }

    private static IEnumerable<Event> Link(CustomerState state, string contractId, DecisionContext context)
    {
        if (state.Contracts.Contains(contractId)) yield break;
        yield return new ContractLinked(contractId, context.Now);

        // What holds for the customer holds for a contract that comes later.
        foreach (var hold in state.Holds) yield return new BillingHeld(hold, [contractId], context.Now);
    }

    private static ImmutableArray<Problem> MustBeKnown(CustomerState state, DecisionContext context) => state.Profile is null
        ? [new(ProblemCodes.NotFound, "", $"There is no customer '{context.Grain}'.", "Check the id.")]
        : [];

    private static CustomerState Take(CustomerState state, UpsertCustomer record) => state with
    {
        Profile = record.Profile,
        Versions = state.Versions.SetItem(record.Source, record.SourceVersion),
    };

    // Records compare an array by reference: it is compared by itself.
    private static bool SameProfile(CustomerProfile known, CustomerProfile given) =>
        known with { References = given.References } == given && known.References.AsSpan().SequenceEqual(given.References.AsSpan());

    private static ImmutableArray<Money> Totals(IEnumerable<Money> amounts) =>
    [
        .. amounts.GroupBy(amount => amount.Currency).OrderBy(same => same.Key, StringComparer.Ordinal)
            .Select(same => same.Aggregate(Q2C.Money.Zero(same.Key), (sum, amount) => sum + amount)),
    ];
}
