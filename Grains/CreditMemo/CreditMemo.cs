using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Q2C.CreditMemos;
using Q2C.Grains.Invoices;
using Q2C.Grains.Numbering;
using Q2C.Invoices;
using Q2C.Numbering;
using static Q2C.Grains.CreditMemos.CreditMemoState;

namespace Q2C.Grains.CreditMemos;

/// <summary>Where a credit memo stands. Snapshots are stored: change the decider's version with the shape.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(NotDrafted), "not-drafted")]
[JsonDerivedType(typeof(AwaitingApproval), "awaiting-approval")]
[JsonDerivedType(typeof(BeingPosted), "posting")]
[JsonDerivedType(typeof(Issued), "issued")]
[JsonDerivedType(typeof(Rejected), "rejected")]
public abstract record CreditMemoState
{
    private CreditMemoState() { }

    public sealed record NotDrafted : CreditMemoState;

    /// <param name="Ticket">Null where the ERP numbers it.</param>
    public abstract record Existing(CreditMemoDraft Memo, Errands Errands, NumberTicket? Ticket) : CreditMemoState;

    public sealed record AwaitingApproval(CreditMemoDraft Memo, Errands Errands, NumberTicket? Ticket) : Existing(Memo, Errands, Ticket);

    /// <param name="ErpHolds">The ERP has said that it holds the document, whatever it refused since.</param>
    public sealed record BeingPosted(CreditMemoDraft Memo, Errands Errands, NumberTicket? Ticket, bool ErpHolds = false)
        : Existing(Memo, Errands, Ticket);

    public sealed record Issued(CreditMemoDraft Memo, Errands Errands, NumberTicket? Ticket, string Number) : Existing(Memo, Errands, Ticket);

    public sealed record Rejected(CreditMemoDraft Memo, Errands Errands, NumberTicket? Ticket) : Existing(Memo, Errands, Ticket);
}

/// <summary>The codes with which a credit memo refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class CreditMemoProblems
{
    public const string NotAwaitingApproval = "NOT_AWAITING_APPROVAL";
    public const string ApproverIsPreparer = "APPROVER_IS_PREPARER";
    public const string CreditMemoIssued = "CREDIT_MEMO_ISSUED";
    public const string PostingInProgress = "POSTING_IN_PROGRESS";
    public const string NotRetryable = "EXCEPTION_NOT_RETRYABLE";
}

/// <summary>A credit memo from the grant of its invoice over approval to the ERP; the tax engine hears of it when it is issued.</summary>
public static class CreditMemo
{
    public static Decider<CreditMemoState> Decider { get; } = new(new NotDrafted(), Decide, Evolve) { Version = 2 };

    public static Decision Decide(CreditMemoState state, Command command, DecisionContext context) => (state, command) switch
    {
        (NotDrafted s, Observe { Events: [CreditGranted granted] }) => Draft(s, granted, context),
        (Existing, Observe { Events: [CreditGranted] }) => Decision.Nothing,
        (Existing s, Observe { Events: [NumberAssigned assigned] }) => Number(s, assigned, context),
        (Existing s, ReportEffect c) => Report(s, c, context),
        (Existing s, ApproveCreditMemo c) => Approve(s, c, context),
        (Existing s, RejectCreditMemo c) => Reject(s, c, context),
        (Existing s, RetryStep c) => Retry(s, c, context),
        (Existing s, SkipStep c) => Skip(s, c, context),
        (NotDrafted, ReportEffect or ApproveCreditMemo or RejectCreditMemo or RetryStep or SkipStep) => Decision.Refuse(NotFound(context.Grain)),
        _ => Decision.Unsupported(command),
    };

    public static ImmutableArray<Event> Next(CreditMemoState state, DateTimeOffset now) => state switch
    {
        BeingPosted { Ticket: { SeriesId: null } ticket } s =>
            [ticket.Ask(s.Memo.CreditMemoId, s.Memo.Routing.LegalEntity, s.Memo.Date, now)],
        BeingPosted s when NumberTicket.IsReady(s.Ticket) =>
            Wanted(s, CreditMemoStep.Posting, s.Memo.Routing.Erp, new PostErpCreditMemo(Document(s)), now),
        Issued s => Wanted(
            s, CreditMemoStep.Tax, s.Memo.Routing.Tax,
            new RecordTaxCredit(Document(s), s.Memo.Routing.ShipFrom, s.Memo.Customer.TaxNumber), now),
        _ => [],
    };

    public static CreditMemoState Evolve(CreditMemoState state, Event @event) => (state, @event) switch
    {
        (NotDrafted, CreditMemoDrafted e) => new BeingPosted(e.Memo, Errands.None(e.Memo.CreditMemoId), NumberTicket.Of(e.Numbering)),
        (BeingPosted s, CreditApprovalRequired) => new AwaitingApproval(s.Memo, s.Errands, s.Ticket),
        (AwaitingApproval s, CreditMemoApproved) => new BeingPosted(s.Memo, s.Errands, s.Ticket),
        (Existing s, NumberAsked e) => s with { Ticket = s.Ticket!.After(e) },
        (Existing s, DocumentNumbered e) => s with { Ticket = s.Ticket!.After(e) },
        (Existing s, CreditMemoStepAsked e) => s with { Errands = s.Errands.Asked(e.Effect, e.At) },
        (Existing s, CreditMemoStepConfirmed e) => s with { Errands = s.Errands.Confirmed(e.EffectId, e.At) },
        (BeingPosted s, CreditMemoIssued e) => new Issued(s.Memo, s.Errands, s.Ticket, e.Number),
        (AwaitingApproval or BeingPosted, CreditMemoRejected) when state is Existing s => new Rejected(s.Memo, s.Errands, s.Ticket),
        (BeingPosted s, ExceptionRaised e) => s with
        {
            Errands = s.Errands.Raised(e.Item, e.At), ErpHolds = s.ErpHolds || InvoiceExceptions.ErpHoldsIt(e.Item.Code),
        },
        (Existing s, ExceptionRaised e) => s with { Errands = s.Errands.Raised(e.Item, e.At) },
        (Existing s, ExceptionResolved e) => s with { Errands = s.Errands.Resolved(e) },
        _ => throw new UnreachableException($"{@event.GetType().Name} in {state.GetType().Name}"),
    };

    /// <summary>Null for a credit memo that does not exist.</summary>
    public static CreditMemoView? Render(CreditMemoState state, long version) => state is Existing s
        ? new(s.Memo.CreditMemoId, version, StatusOf(s), s.Memo, (s as Issued)?.Number, s.Errands.Items)
        : null;

    private static CreditMemoStatus StatusOf(Existing state) => state switch
    {
        AwaitingApproval => CreditMemoStatus.AwaitingApproval,
        BeingPosted => CreditMemoStatus.Posting,
        Issued => CreditMemoStatus.Issued,
        Rejected => CreditMemoStatus.Rejected,
        _ => throw new UnreachableException(state.GetType().Name),
    };

    private static Decision Draft(NotDrafted state, CreditGranted granted, DecisionContext context)
    {
        var threshold = granted.Memo.Routing.ApprovalThreshold;
        var numbering = context.Policies.LegalEntities.GetValueOrDefault(granted.Memo.Routing.LegalEntity)?.Billing?.Numbering?.CreditMemos;
        var drafted = new CreditMemoDrafted(granted.Memo, context.Now, numbering);
        return (granted.Memo.Priced ?? granted.Memo.Net) > threshold
            ? Follow(state, context, drafted, new CreditApprovalRequired(threshold, context.Now))
            : Follow(state, context, drafted);
    }

    /// <summary>Of a memo that was rejected meanwhile the series hears that its number came to nothing.</summary>
    private static Decision Number(Existing state, NumberAssigned assigned, DecisionContext context) => state is BeingPosted { Ticket.Number: null }
        ? Follow(state, context, new DocumentNumbered(assigned.SeriesId, assigned.Number, context.Now))
        : Decision.Nothing;

    private static Decision Report(Existing state, ReportEffect report, DecisionContext context)
    {
        var errands = state.Errands;
        if (errands.KeyOf(report.EffectId) is not { } key) return Decision.Nothing;
        var step = StepOf(key);
        return (errands.ByKey[key].Status, report.Outcome) switch
        {
            (ErrandStatus.Waiting or ErrandStatus.Skipped, EffectOutcome.Accepted accepted) => Follow(state, context,
            [
                new CreditMemoStepConfirmed(step, report.EffectId, accepted.ExternalId, context.Now),
                .. errands.Succeeded(key, context.Now),
                .. state is BeingPosted s && step == CreditMemoStep.Posting ? Posted(s, report.EffectId, accepted, context.Now) : [],
            ]),
            (ErrandStatus.Waiting, _) => Follow(state, context, errands.Trouble(report.EffectId, report.Outcome, Describe(step, state.Memo), context.Now)),
            _ => Decision.Nothing,
        };
    }

    private static ImmutableArray<Event> Posted(BeingPosted state, string effectId, EffectOutcome.Accepted accepted, DateTimeOffset now)
    {
        var memo = state.Memo;
        if ((state.Ticket?.Number ?? (accepted.Answer as ErpInvoiceAnswer)?.Number) is not { Length: > 0 } number)
        {
            var connection = state.Errands.ByKey[Key(CreditMemoStep.Posting)].Connection;
            return
            [
                new ExceptionRaised(new(
                    effectId, ExceptionCategory.Data, InvoiceExceptions.PostingAnswerIncomplete, Describe(CreditMemoStep.Posting, memo).Name,
                    "The ERP took the credit memo and did not say under which number.",
                    $"Look the credit memo up in {connection} and retry; the same document is written again, not a second one.",
                    Roles.Finance, connection, memo.Total), now),
            ];
        }

        return
        [
            new CreditMemoIssued(
                memo, number, memo.Net, memo.Tax, memo.Total,
                [
                    .. Postings.Of((Accounts.Revenue, memo.Net), (Accounts.TaxPayable, memo.Tax), (Accounts.Receivable, -memo.Total)),
                    .. Postings.Exchanged(memo.Net, memo.Priced),
                ], now,
                state.Ticket?.SeriesId),
        ];
    }

    private static Decision Approve(Existing state, ApproveCreditMemo c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.FinanceApprover]),
            .. state.Memo.PreparedBy == context.Actor.Id
                ? [new(CreditMemoProblems.ApproverIsPreparer, "", $"{context.Actor.Id} asked for this credit and cannot approve it too.",
                    "Let a second person approve it.")]
                : (Problem[])[],
            .. state is AwaitingApproval
                ? (Problem[])[]
                : [new(CreditMemoProblems.NotAwaitingApproval, "", $"The credit memo is not waiting for approval; it is {StatusOf(state)}.",
                    "Read the credit memo again.")],
        ];
        return problems.IsEmpty
            ? Follow(state, context, new CreditMemoApproved(context.Actor.Id, c.Note, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Reject(Existing state, RejectCreditMemo c, DecisionContext context)
    {
        if (state is Rejected) return Decision.Nothing;
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.FinanceApprover, Roles.Finance, Roles.Operator, Roles.Administrator]),
            .. OperatorRules.NeedsReason(c.Reason),
            .. state switch
            {
                Issued issued => [new(CreditMemoProblems.CreditMemoIssued, "", $"The credit memo is issued as {issued.Number} and no longer changes.",
                    "Invoice the work again.")],
                BeingPosted posting when ErpMayHaveIt(posting) => [new(CreditMemoProblems.PostingInProgress, "",
                    "The credit memo is on its way to the ERP, which may have taken it.", "Wait for the ERP's answer.")],
                _ => (Problem[])[],
            },
        ];
        return problems.IsEmpty
            ? Follow(state, context,
            [
                new CreditMemoRejected(
                    state.Memo.CreditMemoId, state.Memo.InvoiceId, c.Reason, context.Actor.Id, context.Now, state.Ticket?.SeriesId),
                .. state.Errands.Items.Where(item => !Errands.ResolvesItself(item))
                    .Select(item => new ExceptionResolved(item.Id, Resolutions.Withdrawn, c.Reason, context.Actor.Id, context.Now)),
            ])
            : Decision.Refuse(problems);
    }

    private static Decision Retry(Existing state, RetryStep c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.ProblemsOfRetry(state.Errands, c.ExceptionId, c.Reason, context.Actor),
            .. state is Rejected
                ? [new(CreditMemoProblems.NotRetryable, "exceptionId", "The credit memo was rejected.", "Credit the invoice anew.")]
                : (Problem[])[],
        ];
        return problems.IsEmpty
            ? Follow(state, context, new ExceptionResolved(c.ExceptionId, Resolutions.Retried, c.Reason, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Skip(Existing state, SkipStep c, DecisionContext context)
    {
        if (OperatorRules.ProblemsOfSkip(state.Errands, c.ExceptionId, c.Reason, context.Actor) is { IsEmpty: false } problems)
            return Decision.Refuse(problems);
        return state is BeingPosted
            ? Decision.Refuse(OperatorRules.NotSkippable(state.Errands.Item(c.ExceptionId)!.Step))
            : Follow(state, context, new ExceptionResolved(c.ExceptionId, Resolutions.Skipped, c.Reason, context.Actor.Id, context.Now));
    }

    private static bool ErpMayHaveIt(BeingPosted posting) =>
        posting.ErpHolds || posting.Errands.Is(Key(CreditMemoStep.Posting), ErrandStatus.Waiting);

    private static ImmutableArray<Event> Wanted(
        Existing state, CreditMemoStep step, string connection, Operation operation, DateTimeOffset now) =>
        state.Errands.Wants(Key(step))
            ? [new CreditMemoStepAsked(step, state.Errands.Request(Key(step), connection, state.Memo.CreditMemoId, operation), now)]
            : [];

    private static CreditMemoDocument Document(Existing state) => Document(state.Memo) with { Number = state.Ticket?.Number };

    private static CreditMemoDocument Document(CreditMemoDraft memo) => new(
        memo.CreditMemoId, memo.InvoiceId, memo.InvoiceNumber, memo.CustomerId, memo.Routing.LegalEntity, memo.Currency, memo.Date,
        memo.Reason, memo.Customer.BillTo,
        [.. memo.Lines.Select(line => new CreditMemoDocumentLine(
            line.LineId, line.Service, line.Description, line.Net, line.TaxCategory, line.Tax))],
        memo.Net, memo.Tax, memo.Total);

    private static StuckStep Describe(CreditMemoStep step, CreditMemoDraft memo) => step switch
    {
        CreditMemoStep.Posting => new("Credit memo in ERP", Roles.Finance, memo.Total),
        CreditMemoStep.Tax => new("Tax document of the credit memo", Roles.Finance, memo.Tax),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private static string Key(CreditMemoStep step) => step switch
    {
        CreditMemoStep.Posting => "posting",
        CreditMemoStep.Tax => "tax",
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private static CreditMemoStep StepOf(string key) => Enum.GetValues<CreditMemoStep>().First(step => Key(step) == key);

    private static Decision Follow(CreditMemoState state, DecisionContext context, params ImmutableArray<Event> events) =>
        Process.Follow(state, events, Evolve, after => Next(after, context.Now));

    private static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no credit memo '{id}'.", "Check the id; a credit memo begins with its invoice.");
}
