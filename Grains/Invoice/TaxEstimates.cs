using System.Collections.Immutable;
using Q2C.Grains.Billing.Tax;
using Q2C.Invoices;
using Q2C.Policies;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>
/// What becomes of a draft while the tax engine does not answer: it waits, or is taxed by the percents of the policy. The
/// engine is still asked; its answer replaces the estimate while the ERP cannot have it, and is trued up afterwards.
/// </summary>
internal static class TaxEstimates
{
    private const string Jurisdiction = "estimate";
    private const decimal Percent = 100;

    /// <summary>What follows from an outage: nothing, a time to estimate at, or the estimate.</summary>
    public static ImmutableArray<Event> After(Existing state, InvoiceStep step, EffectOutcome outcome, DecisionContext context)
    {
        if (state is not Taxing || step != InvoiceStep.Tax || outcome is EffectOutcome.Refused) return [];
        var draft = state.Head.Draft;
        if (PolicyOf(draft, context) is not { Estimate: true } policy || !Missing(draft, policy).IsEmpty) return [];
        if (policy.After <= TimeSpan.Zero) return Estimate(draft, context);

        // An outage is told of more than once, and the time counts from the first.
        if (IsOut(state)) return [];
        var effect = state.Head.Errands.ByKey[InvoiceErrands.Key(InvoiceStep.Tax)].EffectId;
        return [new TaxEstimateDue(new($"{effect}/estimate", context.Now + policy.After, new EstimateTax(null)), context.Now)];
    }

    public static ImmutableArray<Problem> ProblemsOf(Existing state, EstimateTax c, DecisionContext context)
    {
        var (draft, isPerson) = (state.Head.Draft, !context.Actor.IsInternal());
        var missing = Missing(draft, PolicyOf(draft, context));
        return
        [
            .. isPerson ? OperatorRules.NeedsRole(context.Actor, [Roles.Finance]) : [],
            .. isPerson ? OperatorRules.NeedsReason(c.Reason) : [],
            .. state is not Taxing
                ? [new(TaxEstimateProblems.NotTaxing, "", $"The invoice does not wait for its tax; it is {Invoice.StatusOf(state)}.", "Read the invoice again.")]
                : !IsOut(state)
                ? [new(TaxEstimateProblems.EngineAvailable, "", "Nothing says that the tax engine does not answer.",
                    "Wait for its answer; what it refuses is corrected, not estimated.")]
                : (Problem[])[],
            .. missing.IsEmpty
                ? (Problem[])[]
                : [new(TaxEstimateProblems.EstimateMissing, "", $"The policy of {draft.Routing.LegalEntity} has no percent for {string.Join(", ", missing)}.",
                    "Add it to 'tax-outage' of the legal entity's policy, or wait for the tax engine.")],
        ];
    }

    public static ImmutableArray<Event> Estimate(InvoiceDraft draft, DecisionContext context)
    {
        var percents = PolicyOf(draft, context)!.Percents;
        var taxed = Taxation.Calculate(
            [.. draft.Lines.Select(line => new TaxableLine(line.Id, line.Net, [new(Jurisdiction, percents[line.TaxCategory])]))],
            TaxRounding.Line, draft.Routing.Rounding);
        var categories = draft.Lines.ToDictionary(line => line.Id, line => line.TaxCategory);
        ImmutableArray<TaxAnswerLine> lines =
            [.. taxed.Lines.Select(line => new TaxAnswerLine(line.Id, line.Tax, percents[categories[line.Id]] / Percent, Jurisdiction))];
        return Invoice.Taxed(draft, new(lines, taxed.Tax), context.Now, estimated: true);
    }

    /// <summary>The engine answers after all.</summary>
    public static ImmutableArray<Event> Answered(Existing state, string effectId, TaxAnswer? answer, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        if (answer is null || !InvoiceRules.Covers(answer, draft))
            return
            [
                new ExceptionRaised(Invoice.Incomplete(
                    state, InvoiceStep.Tax, effectId, InvoiceExceptions.TaxAnswerIncomplete,
                    "The tax engine's answer does not cover exactly the lines of the invoice."), now),
            ];
        return state is AwaitingApproval || (state is BeingPosted posting && !InvoiceRules.ErpMayHaveIt(posting))
            ? [new InvoiceTaxed(answer.Lines, answer.Total, draft.Net + answer.Total, now)]
            : [new TaxAnswered(answer.Lines, answer.Total, now)];
    }

    public static ImmutableArray<Event> TrueUp(Issued state, Money tax, DateTimeOffset now)
    {
        var (draft, estimated) = (state.Head.Draft, state.Taxes.Tax);
        var difference = tax - estimated;
        var trued = new TaxTruedUp(
            draft.InvoiceId, estimated, tax, difference,
            Postings.Of((Accounts.TaxVariance, difference), (Accounts.TaxPayable, -difference)), now, draft.ContractId,
            draft.Routing.LegalEntity, draft.Date);
        return difference.IsZero ? [trued] : [trued, new ExceptionRaised(Differs(draft, estimated, tax), now)];
    }

    private static WorkItem Differs(InvoiceDraft draft, Money estimated, Money tax) => new(
        $"{draft.InvoiceId}/tax-estimate", ExceptionCategory.Business, InvoiceExceptions.TaxEstimateDiffers, "Estimated tax",
        $"The invoice went out with an estimated tax of {estimated}; the tax engine says {tax}. The difference is in {Accounts.TaxVariance}.",
        "Credit the invoice and bill it anew if the customer is to pay the right tax, or bear the difference; then close this with the reason.",
        Roles.Finance, draft.Routing.Tax, tax - estimated);

    private static bool IsOut(Existing state) =>
        state.Head.Errands.Items.Any(item => Errands.ResolvesItself(item)
            && state.Head.Errands.KeyOfItem(item.Id) == InvoiceErrands.Key(InvoiceStep.Tax));

    private static ImmutableArray<string> Missing(InvoiceDraft draft, TaxOutagePolicy? policy) =>
    [
        .. draft.Lines.Select(line => line.TaxCategory).Distinct().Where(category => policy?.Percents.ContainsKey(category) != true)
            .Order(StringComparer.Ordinal),
    ];

    private static TaxOutagePolicy? PolicyOf(InvoiceDraft draft, DecisionContext context) =>
        InvoiceRules.BillingOf(draft, context.Policies)?.TaxOutage;
}
