using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>The codes with which a change of a draft is refused. Listed in <c>docs/errors.md</c>.</summary>
public static class DraftProblems
{
    public const string NotInReview = "INVOICE_NOT_IN_REVIEW";
    public const string RefreshInProgress = "REFRESH_IN_PROGRESS";
    public const string LineUnknown = "INVOICE_LINE_UNKNOWN";
    public const string LineNotOverridable = "LINE_NOT_OVERRIDABLE";
    public const string NothingToOverride = "NOTHING_TO_OVERRIDE";
    public const string OverrideNotPositive = "OVERRIDE_NOT_POSITIVE";
    public const string BillShared = "BILL_SHARED";
}

/// <summary>What people do about a draft before the ERP has it: look at it, set what its lines come to, have it made anew.</summary>
internal static class DraftReview
{
    private static readonly ImmutableArray<string> Reviewers = [Roles.Finance, Roles.Operator];

    /// <summary>The days of review of the legal entity, if it has any.</summary>
    public static ImmutableArray<Event> Begin(InvoiceDraft draft, DecisionContext context) =>
        InvoiceRules.BillingOf(draft, context.Policies)?.ReviewDays is { } days and > 0
            ? [new ReviewStarted(
                context.Today(draft.Routing.TimeZone).AddDays(days),
                new($"{draft.InvoiceId}/review", context.Now.AddDays(days), new FinalizeInvoice(null)), context.Now)]
            : [];

    public static ImmutableArray<Problem> ProblemsOf(Existing state, FinalizeInvoice c, Actor actor) =>
    [
        .. actor.IsInternal() ? [] : OperatorRules.NeedsRole(actor, Reviewers),
        .. actor.IsInternal() ? [] : OperatorRules.NeedsReason(c.Reason),
        .. state is Reviewing
            ? (Problem[])[]
            : [new(DraftProblems.NotInReview, "", $"The invoice is not in review; it is {Invoice.StatusOf(state)}.", "Read the invoice again.")],
    ];

    public static ImmutableArray<Problem> ProblemsOf(Existing state, RefreshInvoice c, Actor actor) =>
    [
        .. OperatorRules.NeedsRole(actor, Reviewers), .. OperatorRules.NeedsReason(c.Reason), .. Unchangeable(state),
        .. state.Head.Draft.Bill is null
            ? (Problem[])[]
            : [new(DraftProblems.BillShared, "", "The items of the draft are on the invoices of other payers too.",
                "Reject the drafts of all payers and start another run.")],
    ];

    public static ImmutableArray<Problem> ProblemsOf(Existing state, OverrideInvoiceLine c, Actor actor)
    {
        var draft = state.Head.Draft;
        var line = draft.Lines.FirstOrDefault(one => one.Id == c.LineId);
        return
        [
            .. OperatorRules.NeedsRole(actor, [Roles.Finance]), .. OperatorRules.NeedsReason(c.Reason), .. Unchangeable(state),
            .. c is { Quantity: null, Rate: null, Description: null }
                ? [new(DraftProblems.NothingToOverride, "", "Nothing is set.", "Give a quantity, a rate or a description.")]
                : (Problem[])[],
            .. c.Quantity is < 0 || c.Rate is < 0 || (line is not null && NetOf(draft, line, c).Minor <= 0)
                ? [new(DraftProblems.OverrideNotPositive, "", "The line would come to nothing or less.", "Write the work off, or reject the draft.")]
                : (Problem[])[],
            .. line switch
            {
                null => [new(DraftProblems.LineUnknown, "lineId", $"The invoice has no line '{c.LineId}'.", "Read the invoice's lines.")],
                { Net.Minor: <= 0 } => [Fixed(line, "it is a reversal")],
                _ when line.Items.Any(item => ItemIds.IsDownPayment(item.ItemId)) => [Fixed(line, "it is a down payment")],
                _ when (line.Adjustments ?? []).Any(adjustment => adjustment.Kind == LineAdjustment.DownPayment) =>
                    [Fixed(line, "a down payment is deducted from it")],
                _ => (Problem[])[],
            },
        ];
    }

    public static RefreshAsked Ask(InvoiceDraft draft, RefreshInvoice c, DecisionContext context) => new(
        draft.InvoiceId, draft.RunId,
        [.. draft.Lines.GroupBy(line => line.ProjectId ?? draft.ProjectId)
            .Select(part => new RefreshPart(part.Key, [.. part.SelectMany(line => line.Items).Select(item => item.ItemId)]))],
        c.Reason, context.Actor.Id, context.Now);

    public static InvoiceLineOverridden Override(InvoiceDraft draft, OverrideInvoiceLine c, DecisionContext context)
    {
        var line = draft.Lines.Single(one => one.Id == c.LineId);
        var set = new LineOverride(
            line.ContractLineId, line.ProjectId ?? draft.ProjectId, [.. line.Items.Select(item => item.SourceId).Distinct()],
            c.Quantity ?? line.Quantity, c.Rate ?? line.Rate, c.Description, context.Actor.Id);
        return new(With(draft, line, set), set, c.Reason, context.Actor.Id, context.Now);
    }

    /// <summary>What the run answered to a refresh.</summary>
    public static ImmutableArray<Event> After(Refreshing state, DraftRefreshed e, DateTimeOffset now)
    {
        var head = state.Head;
        if (e.Refused is { } why) return [new RefreshRefused(why, now)];
        if (e.Draft is { } draft) return [new InvoiceRefreshed(With(draft, head.Overrides), [.. head.Overrides.Where(one => Find(draft, one) is null)], now)];
        return Invoice.Reject(state, "Nothing was left to invoice when the draft was made anew.", Actor.System.Id, [], now);
    }

    /// <summary>The draft with the overrides of people in force; each is of the line that has most of its records.</summary>
    private static InvoiceDraft With(InvoiceDraft draft, ImmutableArray<LineOverride> overrides) => overrides.Aggregate(draft, (now, one) =>
        Find(now, one) is { } line ? now with { Lines = now.Lines.Replace(line, With(draft, line, one)) } : now);

    /// <summary>The newer override of a line takes the place of the older one.</summary>
    public static ImmutableArray<LineOverride> With(ImmutableArray<LineOverride> known, LineOverride added) =>
        [.. known.Where(one => one.ContractLineId != added.ContractLineId || !one.Sources.Intersect(added.Sources).Any()), added];

    private static InvoiceLine? Find(InvoiceDraft draft, LineOverride one) => draft.Lines
        .Where(line => line.ContractLineId == one.ContractLineId && (line.ProjectId ?? draft.ProjectId) == one.ProjectId)
        .Select(line => (Line: line, Shared: line.Items.Count(item => one.Sources.Contains(item.SourceId))))
        .Where(line => line.Shared > 0).OrderByDescending(line => line.Shared).Select(line => line.Line).FirstOrDefault();

    private static InvoiceLine With(InvoiceDraft draft, InvoiceLine line, LineOverride one)
    {
        var others = (line.Adjustments ?? []).RemoveAll(adjustment => adjustment.Kind == LineAdjustment.Override);
        var before = line.Net - (line.Adjustments ?? []).Where(adjustment => adjustment.Kind == LineAdjustment.Override)
            .Aggregate(Money.Zero(line.Net.Currency), (sum, adjustment) => sum + adjustment.Amount);
        var net = Money.Round(one.Quantity * one.Rate, line.Net.Currency, draft.Routing.Rounding);
        return line with
        {
            Quantity = one.Quantity, Rate = one.Rate, Description = one.Description ?? line.Description, Net = net,
            Priced = line.Priced is { } priced ? Money.Round(net.Amount / draft.Exchange!.Rate, priced.Currency, draft.Routing.Rounding) : null,
            Adjustments = net == before
                ? others
                : others.Add(new(LineAdjustment.Override, LineAdjustment.Override, "Set by a person", net - before)),
        };
    }

    private static Money NetOf(InvoiceDraft draft, InvoiceLine line, OverrideInvoiceLine c) =>
        Money.Round((c.Quantity ?? line.Quantity) * (c.Rate ?? line.Rate), line.Net.Currency, draft.Routing.Rounding);

    private static ImmutableArray<Problem> Unchangeable(Existing state) => state switch
    {
        Issued or Rejected => [new(DraftProblems.NotInReview, "", $"The invoice is no draft any more; it is {Invoice.StatusOf(state)}.",
            "Credit what is issued; bill anew what was rejected.")],
        Refreshing => [new(DraftProblems.RefreshInProgress, "", "The draft is being made anew.", "Wait until its projects have answered.")],
        BeingPosted posting when InvoiceRules.ErpMayHaveIt(posting) => [InvoiceRules.InProgress()],
        _ => [],
    };

    private static Problem Fixed(InvoiceLine line, string why) => new(
        DraftProblems.LineNotOverridable, "lineId", $"Line '{line.Id}' stays as it is: {why}.", "Correct the work or the terms behind it.");
}
