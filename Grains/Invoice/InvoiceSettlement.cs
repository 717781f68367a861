using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Customers;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>
/// How an issued invoice comes to be settled: by payments, credit memos, money and credit of the customer, discounts for
/// early payment and write-offs. Total = outstanding + all that settled it, always.
/// </summary>
internal static class InvoiceSettlement
{
    public static ImmutableArray<Event> Pay(Issued state, RecordPayment payment, DateTimeOffset now)
    {
        if (payment.Foreign is { } foreign) return ForeignPayments.Pay(state, payment, foreign, now);
        var recovered = Recover(state, payment.Amount, payment.Date, payment.PaymentId, now);
        var outstanding = state.Outstanding + Recovered(recovered, state.Outstanding.Currency);
        var applied = Money.Min(payment.Amount, outstanding);
        var excess = payment.Amount - applied;
        var draft = state.Head.Draft;
        return
        [
            .. recovered,
            new PaymentApplied(
                draft.InvoiceId, draft.ContractId, draft.CustomerId, payment, applied, excess, outstanding - applied,
                Postings.Of((Accounts.Cash, payment.Amount), (Accounts.Receivable, -applied), (Accounts.CustomerCredit, -excess)), now,
                draft.Routing.LegalEntity, Contracts(draft) is { Length: > 1 } several ? several : null, WaitingProjects(draft)),
            .. EarlyDiscount(state, outstanding - applied, payment, now),
        ];
    }

    /// <summary>What follows from an event elsewhere; null for one that invoices do not listen to.</summary>
    public static ImmutableArray<Event>? After(Issued state, Event heard, DateTimeOffset now) => heard switch
    {
        CreditMemoIssued e => Credited(state, e, now),
        CreditMemoRejected e => state.Ledger.Credits.ContainsKey(e.CreditMemoId) ? [new CreditRevoked(e.CreditMemoId, e.Reason, now)] : [],
        MoneyAllocated e => Settle(state, new(e.AllocationId, SettlementKind.CustomerMoney, e.Amount, e.Date, IsMoney: e.IsMoney), now),
        RetainerPaid { ProjectId: { } project, Date: { } date } e =>
            Settle(state, new($"prepaid/{project}", SettlementKind.Prepaid, e.Amount, date, ProjectId: project), now),
        CustomerRefunded e => Settle(state, new(e.Refund.RefundId, SettlementKind.Refund, -e.FromInvoice, e.Refund.Date, e.Refund.Reason), now),
        _ => null,
    };

    /// <summary>
    /// Applies as much as is outstanding; the rest is the customer's. What arrives for a receivable that was written off takes
    /// the write-off back first, and a credit of what retainers paid gives it back to them. Nothing if the settlement is known.
    /// </summary>
    public static ImmutableArray<Event> Settle(Issued state, Settlement settlement, DateTimeOffset now)
    {
        if (state.Ledger.Settled.ContainsKey(settlement.Id)) return [];
        var recovered = settlement.Kind is SettlementKind.CreditMemo or SettlementKind.CustomerMoney
            ? Recover(state, settlement.Amount, settlement.Date, settlement.Id, now)
            : [];
        if (settlement.Kind == SettlementKind.CreditMemo)
            recovered = recovered.AddRange(GiveBack(state, settlement, Recovered(recovered, state.Outstanding.Currency), now));
        var outstanding = state.Outstanding + Recovered(recovered, state.Outstanding.Currency);
        var applied = settlement.Amount.Minor < 0 ? settlement.Amount : Money.Min(settlement.Amount, outstanding);
        return [.. recovered, Applied(state, settlement, applied, outstanding, now)];
    }

    /// <summary>What a credit memo of a billing run gives back; nobody owes it, so all of it is the customer's.</summary>
    public static ImmutableArray<Event> GiveToCustomer(Issued state, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        return
        [
            Applied(
                state, new($"credit/{draft.InvoiceId}", SettlementKind.CreditMemo, Money.Zero(draft.Currency), draft.Date), state.Outstanding,
                state.Outstanding, now),
        ];
    }

    public static Issued Applied(Issued state, SettlementApplied e)
    {
        var ledger = state.Ledger;
        var settlement = e.Settlement;
        ledger = ledger with { Settled = ledger.Settled.Add(settlement.Id, settlement with { Amount = e.Applied }) };
        if (settlement.Kind == SettlementKind.CreditMemo && ledger.Credits.TryGetValue(settlement.Id, out var memo))
            ledger = ledger with { Credits = ledger.Credits.SetItem(settlement.Id, memo with { Issued = true }) };
        if (settlement is { Kind: SettlementKind.CustomerMoney, IsMoney: true } && !e.Applied.IsZero)
            ledger = ledger with
            {
                CustomerMoney = ledger.CustomerMoney.Add(new(
                    settlement.Id, state.Head.Draft.Routing.Payments, e.Applied, settlement.Date, settlement.Id)),
            };
        return state with { Outstanding = e.Outstanding, Ledger = ledger };
    }

    public static ImmutableArray<Problem> ProblemsOfWriteOff(Issued state, WriteOffReceivable c, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, [Roles.FinanceApprover]),
        .. OperatorRules.NeedsReason(c.Reason),
        .. state.Ledger.Proposed is { } proposed
            ? [new(SettlementProblems.WriteOffPending, "", $"A write-off of {proposed.Amount} waits for a second person.",
                "Approve or decline it first.")]
            : (Problem[])[],
        .. (c.Amount, state.Outstanding) switch
        {
            (_, { Minor: <= 0 }) => [new(SettlementProblems.NothingOutstanding, "", "Nothing is outstanding.", "Read the invoice again.")],
            ({ } amount, var open) when amount.Currency != open.Currency =>
            [
                new(InvoiceProblems.CurrencyMismatch, "amount", $"The amount is in '{amount.Currency}', the invoice in '{open.Currency}'.",
                    "Write off in the currency of the invoice."),
            ],
            ({ } amount, var open) when amount.Minor <= 0 || amount > open =>
            [
                new(SettlementProblems.WriteOffExceedsOutstanding, "amount", $"{amount} cannot be written off of {open} outstanding.",
                    $"Write off more than nothing and at most {open}."),
            ],
            _ => (Problem[])[],
        },
    ];

    public static ImmutableArray<Problem> ProblemsOfApproval(Issued state, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, [Roles.FinanceApprover]),
        .. NothingProposed(state),
        .. state.Ledger.Proposed is { } proposed ? Thresholds.NeedsAnother(actor, proposed.By, "write-off") : [],
        .. state.Ledger.Proposed is { } asked && asked.Amount > state.Outstanding
            ? [new(SettlementProblems.WriteOffExceedsOutstanding, "", $"{asked.Amount} cannot be written off: {state.Outstanding} are outstanding by now.",
                "Decline it and write off what is left.")]
            : (Problem[])[],
    ];

    public static IEnumerable<Problem> NothingProposed(Issued state)
    {
        if (state.Ledger.Proposed is null)
            yield return new(SettlementProblems.NothingProposed, "", "No write-off waits for a second person.", "Read the invoice again.");
    }

    public static ImmutableArray<Event> WriteOff(Issued state, ProposedWriteOff c, DateTimeOffset now) =>
        Settle(state, new(c.Id, SettlementKind.WriteOff, c.Amount, c.Date, c.Reason), now);

    public static ImmutableArray<Problem> ProblemsOfDispute(Issued state, DisputeInvoice c, Actor actor)
    {
        var lines = state.Head.Draft.Lines.Select(line => line.Id).ToHashSet();
        return
        [
            .. OperatorRules.NeedsRole(actor, [Roles.Finance, Roles.Sales, Roles.Delivery]),
            .. OperatorRules.NeedsReason(c.Reason),
            .. state.Ledger.Disputed is not null
                ? [new(SettlementProblems.AlreadyDisputed, "", "The invoice is disputed already.", "Release the dispute first, or credit what is disputed.")]
                : (Problem[])[],
            .. state.Outstanding.Minor <= 0
                ? [new(SettlementProblems.NothingOutstanding, "", "Nothing is outstanding.", "Credit the invoice if it is wrong.")]
                : (Problem[])[],
            .. Ids(c).Where(line => !lines.Contains(line)).Select(line => new Problem(
                CreditingProblems.InvoiceLineUnknown, "lineIds", $"The invoice has no line '{line}'.", "Read the invoice's lines.")),
        ];
    }

    public static ImmutableArray<Problem> ProblemsOfRelease(Issued state, ReleaseRetention c, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, [Roles.Finance]),
        .. OperatorRules.NeedsReason(c.Reason),
        .. state.Ledger.Retained is null
            ? [new(SettlementProblems.NothingRetained, "", "Nothing of the invoice is held back.", "Read the invoice again.")]
            : (Problem[])[],
        .. c.Due < state.Head.Draft.Date
            ? [new(SettlementProblems.DueBeforeInvoice, "due", $"{c.Due:O} is before the invoice's date, {state.Head.Draft.Date:O}.",
                "Choose the day on which the retention becomes due.")]
            : (Problem[])[],
    ];

    public static InvoiceDisputed Disputed(Issued state, DisputeInvoice c, DecisionContext context)
    {
        var (draft, ids) = (state.Head.Draft, Ids(c));
        var tax = state.Taxes.Lines.ToDictionary(line => line.LineId, line => line.Tax);
        var amount = ids.IsEmpty
            ? state.Outstanding
            : draft.Lines.Where(line => ids.Contains(line.Id))
                .Aggregate(Money.Zero(draft.Currency), (sum, line) => sum + line.Net + tax[line.Id]);
        return new(draft.InvoiceId, draft.CustomerId, ids, Money.Min(amount, state.Outstanding), c.Reason, context.Actor.Id, context.Now);
    }

    private static ImmutableArray<Event> Credited(Issued state, CreditMemoIssued e, DateTimeOffset now)
    {
        var memo = e.Memo;
        if (!state.Ledger.Credits.ContainsKey(memo.CreditMemoId)) return [];
        var settled = Settle(state, new(memo.CreditMemoId, SettlementKind.CreditMemo, e.Total, memo.Date, memo.Reason), now);
        if (settled.IsEmpty) return [];
        var after = (Issued)settled.Aggregate((InvoiceState)state, Invoice.Evolve);
        return
        [
            .. settled, .. Mirroring.Of(after, memo, e.Number, now),
            .. EndsDispute(state, memo) ? [new DisputeEnded(memo.InvoiceId, memo.CustomerId, true, memo.Reason, memo.PreparedBy, now)] : (Event[])[],
        ];
    }

    /// <summary>The disputed lines, or the whole invoice, are credited with this memo at the latest.</summary>
    private static bool EndsDispute(Issued state, CreditMemoDraft memo)
    {
        if (state.Ledger.Disputed is not { } lines) return false;
        var zero = Money.Zero(memo.Currency);
        var credits = state.Ledger.Credits.Where(one => one.Value.Issued || one.Key == memo.CreditMemoId).SelectMany(one => one.Value.Lines)
            .GroupBy(line => line.LineId).ToDictionary(line => line.Key, line => line.Aggregate(zero, (sum, one) => sum + one.Net));
        return state.Head.Draft.Lines.Where(line => lines.IsEmpty || lines.Contains(line.Id))
            .All(line => credits.GetValueOrDefault(line.Id, zero) == line.Net);
    }

    /// <summary>The part of a write-off that this amount, being more than is outstanding, takes back.</summary>
    internal static ImmutableArray<Event> Recover(Issued state, Money amount, DateOnly date, string because, DateTimeOffset now)
    {
        var recovered = Money.Min(amount - Money.Min(amount, state.Outstanding), state.Ledger.WrittenOff(amount.Currency));
        if (recovered.Minor <= 0) return [];
        var reversal = new Settlement($"recovered/{because}", SettlementKind.WriteOffReversed, -recovered, date, because);
        return [Applied(state, reversal, -recovered, state.Outstanding, now)];
    }

    /// <summary>The part of a credit beyond what is outstanding that retainers had paid.</summary>
    /// <param name="recovered">What is outstanding again already.</param>
    private static IEnumerable<Event> GiveBack(Issued state, Settlement credit, Money recovered, DateTimeOffset now)
    {
        var outstanding = state.Outstanding + recovered;
        var beyond = credit.Amount - Money.Min(credit.Amount, outstanding);
        foreach (var paid in state.Ledger.Settled.Values.Where(one => one.Kind == SettlementKind.Prepaid)
            .GroupBy(one => one.ProjectId!).OrderBy(project => project.Key, StringComparer.Ordinal))
        {
            var back = Money.Min(beyond, paid.Aggregate(Money.Zero(beyond.Currency), (sum, one) => sum + one.Amount));
            if (back.Minor <= 0) continue;
            yield return Applied(
                state, new($"returned/{credit.Id}/{paid.Key}", SettlementKind.Prepaid, -back, credit.Date, credit.Reason, ProjectId: paid.Key),
                -back, outstanding, now);
            outstanding += back;
            beyond -= back;
        }
    }

    internal static Money Recovered(ImmutableArray<Event> events, string currency) => events.OfType<SettlementApplied>()
        .Aggregate(Money.Zero(currency), (sum, reversal) => sum - reversal.Applied);

    private static SettlementApplied Applied(Issued state, Settlement settlement, Money applied, Money outstanding, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        var excess = settlement.Amount - applied;
        return new(
            draft.InvoiceId, draft.CustomerId, Contracts(draft), draft.Routing.LegalEntity, settlement, applied, excess,
            outstanding - applied, PostingsOf(state, settlement, applied, excess), now,
            settlement.ProjectId is { } project ? [project] : WaitingProjects(draft));
    }

    private static ImmutableArray<Posting> PostingsOf(Issued state, Settlement settlement, Money applied, Money excess) => settlement.Kind switch
    {
        // The memo itself lowered the receivable by its total; what nobody owed becomes the customer's.
        SettlementKind.CreditMemo => Postings.Of((Accounts.Receivable, excess), (Accounts.CustomerCredit, -excess)),
        SettlementKind.CustomerMoney => Postings.Of((Accounts.CustomerCredit, applied), (Accounts.Receivable, -applied)),
        SettlementKind.WriteOff or SettlementKind.WriteOffReversed =>
            Postings.Of((Accounts.BadDebt, applied), (Accounts.Receivable, -applied)),
        SettlementKind.EarlyPaymentDiscount => PostingsOfDiscount(state, applied),

        // Revenue was booked with the top-up and again with the invoice; the contract's revenue takes it from what is deferred.
        SettlementKind.Prepaid => Postings.Of((Accounts.Revenue, applied), (Accounts.Receivable, -applied)),

        // The refund's own postings are the customer's event; here the debt comes back.
        SettlementKind.Refund => [],
        _ => throw new ArgumentOutOfRangeException(nameof(settlement)),
    };

    private static ImmutableArray<Posting> PostingsOfDiscount(Issued state, Money discount)
    {
        var (tax, total) = (state.Taxes.Tax, state.Taxes.Total);
        var reducesTax = InvoiceErrands.Terms(state.Head.Draft).Discount?.Tax != EarlyDiscountTax.Kept;
        var ofTax = reducesTax && !total.IsZero
            ? Money.Round(discount.Amount * tax.Amount / total.Amount, discount.Currency, state.Head.Draft.Routing.Rounding)
            : Money.Zero(discount.Currency);
        return Postings.Of(
            (Accounts.EarlyPaymentDiscount, discount - ofTax), (Accounts.TaxPayable, ofTax), (Accounts.Receivable, -discount));
    }

    /// <summary>What is left after a payment within the days of the discount, if the discount covers it.</summary>
    internal static ImmutableArray<Event> EarlyDiscount(Issued state, Money left, RecordPayment payment, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        if (InvoiceErrands.Terms(draft).Discount is not { } discount || left.IsZero) return [];
        if (payment.Date > draft.Date.AddDays(discount.Days)) return [];
        var credited = state.Ledger.Credits.Values.Where(memo => memo.Issued).SelectMany(memo => memo.Lines).ToArray();
        var (net, tax) = credited.Aggregate((draft.Net, state.Taxes.Tax), (rest, line) => (rest.Item1 - line.Net, rest.Item2 - line.Tax));
        var basis = discount.Tax == EarlyDiscountTax.Kept ? net : net + tax;
        var most = Money.Round(basis.Amount * discount.Percent / 100, left.Currency, draft.Routing.Rounding);
        var due = left - (state.Ledger.Retained ?? Money.Zero(left.Currency));
        if (due.Minor <= 0 || due > most) return [];
        var settlement = new Settlement($"early-payment/{payment.PaymentId}", SettlementKind.EarlyPaymentDiscount, due, payment.Date);
        return [Applied(state, settlement, due, left, now)];
    }

    /// <summary>Projects whose down payment this is: their work may wait for the money.</summary>
    internal static ImmutableArray<string>? WaitingProjects(InvoiceDraft draft) =>
        draft.Lines.Where(line => line.Items.Any(item => ItemIds.IsDownPayment(item.ItemId))).Select(line => line.ProjectId ?? draft.ProjectId)
            .Distinct().ToImmutableArray() is { IsEmpty: false } projects ? projects : null;

    internal static ImmutableArray<string> Contracts(InvoiceDraft draft) => [.. draft.Parts.Select(part => part.ContractId).Distinct()];

    private static ImmutableArray<string> Ids(DisputeInvoice c) => c.LineIds.IsDefault ? [] : c.LineIds;
}
