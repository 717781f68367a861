using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BulkActions;
using Q2C.Policies;

namespace Q2C.Grains.BulkActions;

/// <summary>Where a bulk action stands. Snapshots are stored: change the decider's version with the shape.</summary>
/// <param name="Order">Null before it is proposed.</param>
/// <param name="Possible">What the dry run said so far, item by item.</param>
/// <param name="Done">Items that are settled one way or the other, left out ones included.</param>
/// <param name="Pace">The index of the size of the next batch.</param>
public sealed record BulkActionState(
    BulkOrder? Order, Actor? By, BulkActionStatus Status, ImmutableArray<bool> Possible, int Done, int Succeeded, int Failed,
    int Unsettled, int Pace);

/// <summary>The codes with which a bulk action refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class BulkActionProblems
{
    public const string NothingSelected = "NOTHING_SELECTED";
    public const string TooManySelected = "TOO_MANY_SELECTED";
    public const string PaceInvalid = "PACE_INVALID";
    public const string ArgumentMissing = "ARGUMENT_MISSING";
    public const string AlreadyProposed = "BULK_ACTION_ALREADY_PROPOSED";
    public const string WrongStatus = "BULK_ACTION_NOT_IN_STATUS";
    public const string NothingPossible = "NOTHING_POSSIBLE";
}

/// <summary>
/// One action on many exceptions. All items are tried dry first; where the policy says so a second person decides; then
/// batches of 1, 2, 5, 10, … are done, each only after the one before is known to have gone well enough.
/// </summary>
public static class BulkAction
{
    public const int MaxItems = 10_000;
    public const int MaxPerMinute = 6_000;

    /// <summary>Items of one step of the dry run.</summary>
    public const int CheckBatch = 100;

    private static readonly ImmutableArray<int> Sizes = [1, 2, 5, 10, 20, 50, 100];

    private static readonly ImmutableArray<string> Approvers = [Roles.Operator, Roles.FinanceApprover, Roles.Administrator];

    private static readonly BulkActionState NotProposed = new(null, null, BulkActionStatus.Checking, [], 0, 0, 0, 0, 0);

    public static Decider<BulkActionState> Decider { get; } = new(NotProposed, Decide, Evolve) { Version = 1 };

    public static Decision Decide(BulkActionState state, Command command, DecisionContext context) => (state, command) switch
    {
        ({ Order: null }, ProposeBulkAction c) => Propose(c.Order, context),
        (_, ProposeBulkAction) => Decision.Refuse(new Problem(BulkActionProblems.AlreadyProposed, "",
            "This action was proposed already.", "Propose another one under a key of its own.")),
        ({ Order: null }, RecordBulkChecks or ApproveBulkAction or RejectBulkAction or StartBulkAction or PauseBulkAction
            or ResumeBulkAction or CancelBulkAction or RecordBulkResults) => Decision.Refuse(NotFound(context.Grain)),
        (_, RecordBulkChecks c) => Check(state, c, context),
        (_, ApproveBulkAction c) => Approve(state, c, context),
        (_, RejectBulkAction c) => Move(
            state, context, Approvers, c.Reason, new BulkActionRejected(c.Reason, context.Actor.Id, context.Now), BulkActionStatus.AwaitingApproval),
        (_, StartBulkAction c) => Move(
            state, context, [Roles.Operator], c.Reason, new BulkActionStarted(c.Reason, context.Actor.Id, context.Now), BulkActionStatus.Ready),
        (_, PauseBulkAction c) => Move(
            state, context, [Roles.Operator], c.Reason, new BulkActionPaused(c.Reason, context.Actor.Id, context.Now), BulkActionStatus.Running),
        (_, ResumeBulkAction c) => Move(
            state, context, [Roles.Operator], c.Reason, new BulkActionResumed(c.Reason, context.Actor.Id, context.Now), BulkActionStatus.Paused),
        (_, CancelBulkAction c) => Move(
            state, context, [Roles.Operator], c.Reason, new BulkActionCancelled(c.Reason, context.Actor.Id, context.Now),
            BulkActionStatus.Checking, BulkActionStatus.AwaitingApproval, BulkActionStatus.Ready, BulkActionStatus.Running, BulkActionStatus.Paused),
        (_, RecordBulkResults c) => Record(state, c, context),
        _ => Decision.Unsupported(command),
    };

    public static BulkActionState Evolve(BulkActionState state, Event @event) => @event switch
    {
        BulkActionProposed e => state with { Order = e.Order, By = e.By },
        BulkItemsChecked e => state with { Possible = state.Possible.AddRange(e.Findings.Select(finding => finding.Possible)) },
        BulkActionChecked e => state with
        {
            Status = e.ApprovalNeeded is null ? BulkActionStatus.Ready : BulkActionStatus.AwaitingApproval,
        },
        BulkActionApproved => state with { Status = BulkActionStatus.Ready },
        BulkActionRejected => state with { Status = BulkActionStatus.Rejected },
        BulkActionStarted or BulkActionResumed => state with { Status = BulkActionStatus.Running },
        BulkActionPaused => state with { Status = BulkActionStatus.Paused },
        BulkActionCancelled => state with { Status = BulkActionStatus.Cancelled },
        BulkBatchDone e => AfterBatch(state, e.Results),
        BulkActionCompleted => state with { Status = BulkActionStatus.Completed },
        _ => throw new UnreachableException($"{@event.GetType().Name} in a bulk action"),
    };

    /// <summary>Null for one that does not exist.</summary>
    public static BulkActionView? Render(string id, BulkActionState state, long version) => state is { Order: { } order, By: { } by }
        ? new(
            id, version, order, by.Id, state.Status, state.Possible.Length, state.Possible.Count(possible => possible), state.Done,
            state.Succeeded, state.Failed, state.Unsettled, Math.Min(Sizes[state.Pace], order.Items.Length - state.Done))
        : null;

    /// <summary>
    /// What is to be done next: items to be checked, or a batch to be done. A batch has as many possible items as its size
    /// says, and the impossible ones between them.
    /// </summary>
    public static BulkBatch? NextBatch(BulkActionState state) => state switch
    {
        { Order: { } order, By: { } by, Status: BulkActionStatus.Checking } => new(
            true, state.Possible.Length, [.. order.Items.Skip(state.Possible.Length).Take(CheckBatch)], [], order.Kind, order.Reason,
            by, order.PerMinute, order.Arguments ?? BulkArguments.None),
        { Order: { } order, By: { } by, Status: BulkActionStatus.Running } => new(
            false, state.Done, [.. order.Items.Skip(state.Done).Take(Length(state))],
            [.. state.Possible.Skip(state.Done).Take(Length(state))], order.Kind, order.Reason, by, order.PerMinute,
            order.Arguments ?? BulkArguments.None),
        _ => null,
    };

    private static int Length(BulkActionState state)
    {
        var (length, tried) = (0, 0);
        while (state.Done + length < state.Possible.Length && tried < Sizes[state.Pace])
            tried += state.Possible[state.Done + length++] ? 1 : 0;
        return length;
    }

    private static Decision Propose(BulkOrder order, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, [Roles.Operator]), .. OperatorRules.NeedsReason(order.Reason), .. ProblemsOf(order),
        ];
        return problems.IsEmpty ? Decision.Accept(new BulkActionProposed(order, context.Actor, context.Now)) : Decision.Refuse(problems);
    }

    private static IEnumerable<Problem> ProblemsOf(BulkOrder order)
    {
        if (order.Items.IsEmpty)
            yield return new(BulkActionProblems.NothingSelected, "filter", "No exception is selected.", "Change the filter, or read the list again.");
        if (order.Items.Length > MaxItems)
            yield return new(BulkActionProblems.TooManySelected, "filter",
                $"More than {MaxItems} exceptions are selected.", "Narrow the filter, and do the rest afterwards.");
        if (order.PerMinute is < 1 or > MaxPerMinute)
            yield return new(BulkActionProblems.PaceInvalid, "perMinute",
                $"1 to {MaxPerMinute} items a minute are possible; {order.PerMinute} were asked for.", "Choose a pace that the other system can bear.");
        if (Missing(order.Kind, order.Arguments ?? BulkArguments.None) is { } missing)
            yield return new(BulkActionProblems.ArgumentMissing, missing, $"{order.Kind} of many needs '{missing}'.", "Give it.");
    }

    private static string? Missing(BulkActionKind kind, BulkArguments arguments) => (kind, arguments) switch
    {
        (BulkActionKind.Tag, { Add.IsEmpty: true, Remove.IsEmpty: true }) => "addTags",
        (BulkActionKind.Reroute, { Connection: null or "" }) => "connection",
        _ => null,
    };

    private static Decision Check(BulkActionState state, RecordBulkChecks c, DecisionContext context)
    {
        if (!context.Actor.IsInternal()) return Decision.Refuse([.. OperatorRules.NeedsRole(context.Actor, [])]);
        if (state.Status != BulkActionStatus.Checking || c.From != state.Possible.Length) return Decision.Nothing;
        var checkedNow = new BulkItemsChecked(c.From, c.Findings, context.Now);
        var after = Evolve(state, checkedNow);
        if (after.Possible.Length < state.Order!.Items.Length) return Decision.Accept(checkedNow);
        var possible = after.Possible.Count(each => each);
        return Decision.Accept(checkedNow, new BulkActionChecked(possible, WhyApproval(after, context.Policies), context.Now));
    }

    private static string? WhyApproval(BulkActionState state, PolicySet policies)
    {
        var rule = policies.BulkRules.GetValueOrDefault(state.Order!.Kind) ?? BulkRule.Default(state.Order.Kind);
        var possible = state.Order.Items.Where((_, i) => state.Possible[i]).ToList();
        if (possible.Count > rule.ApprovalAboveItems)
            return $"{possible.Count} exceptions are more than {rule.ApprovalAboveItems}.";
        foreach (var sum in possible.Select(item => item.Held).OfType<Money>().GroupBy(held => held.Currency)
                     .Select(group => group.Aggregate((one, other) => one + other)))
        {
            if (rule.ApprovalAbove.TryGetValue(sum.Currency, out var most) && sum.Amount > most)
                return $"{sum} wait for them, more than {Money.Of(most, sum.Currency)}.";
        }

        return null;
    }

    private static Decision Approve(BulkActionState state, ApproveBulkAction c, DecisionContext context)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, Approvers), .. NeedsStatus(state, BulkActionStatus.AwaitingApproval),
            .. OperatorRules.NeedsSecondPerson(context.Actor, state.By?.Id),
        ];
        return problems.IsEmpty
            ? Decision.Accept(new BulkActionApproved(c.Note, context.Actor.Id, context.Now))
            : Decision.Refuse(problems);
    }

    private static Decision Move(
        BulkActionState state, DecisionContext context, ImmutableArray<string> roles, string reason, Event moved,
        params ReadOnlySpan<BulkActionStatus> from)
    {
        ImmutableArray<Problem> problems =
        [
            .. OperatorRules.NeedsRole(context.Actor, roles), .. OperatorRules.NeedsReason(reason), .. NeedsStatus(state, from),
            .. moved is BulkActionStarted && !state.Possible.Contains(true)
                ? (Problem[])[new(BulkActionProblems.NothingPossible, "", "The dry run found nothing that is possible.",
                    "Read why, item by item; then cancel it.")]
                : [],
        ];
        return problems.IsEmpty ? Decision.Accept(moved) : Decision.Refuse(problems);
    }

    private static Decision Record(BulkActionState state, RecordBulkResults c, DecisionContext context)
    {
        if (!context.Actor.IsInternal()) return Decision.Refuse([.. OperatorRules.NeedsRole(context.Actor, [])]);
        if (c.From != state.Done) return Decision.Nothing;
        var done = new BulkBatchDone(c.From, c.Results, context.Now);
        var after = AfterBatch(state, c.Results);
        var tried = c.Results.Count(result => result.Outcome != BulkOutcome.LeftOut);
        var failed = c.Results.Count(result => result.Outcome == BulkOutcome.Failed);
        return (after.Done == state.Order!.Items.Length, state.Status) switch
        {
            (true, not BulkActionStatus.Cancelled) => Decision.Accept(done, new BulkActionCompleted(context.Now)),
            (false, BulkActionStatus.Running) when failed > 0 && failed * 2 >= tried => Decision.Accept(done, new BulkActionPaused(
                $"{failed} of {tried} failed: look at them before it goes on.", Actor.System.Id, context.Now)),
            _ => Decision.Accept(done),
        };
    }

    /// <summary>A batch without a failure makes the next one larger, one with a failure smaller.</summary>
    private static BulkActionState AfterBatch(BulkActionState state, ImmutableArray<BulkResult> results)
    {
        var failed = Count(BulkOutcome.Failed);
        return state with
        {
            Done = state.Done + results.Length,
            Succeeded = state.Succeeded + Count(BulkOutcome.Succeeded),
            Failed = state.Failed + failed,
            Unsettled = state.Unsettled + Count(BulkOutcome.Unsettled),
            Pace = failed == 0 ? Math.Min(state.Pace + 1, Sizes.Length - 1) : Math.Max(state.Pace - 1, 0),
        };

        int Count(BulkOutcome outcome) => results.Count(result => result.Outcome == outcome);
    }

    private static IEnumerable<Problem> NeedsStatus(BulkActionState state, params ReadOnlySpan<BulkActionStatus> statuses) =>
        statuses.Contains(state.Status)
            ? []
            : [new(BulkActionProblems.WrongStatus, "", $"It is {Words(state.Status)}.", "Read it again: somebody else may have been faster.")];

    private static string Words(BulkActionStatus status) => status switch
    {
        BulkActionStatus.Checking => "still being checked",
        BulkActionStatus.AwaitingApproval => "waiting for a second person",
        BulkActionStatus.Ready => "ready and not started",
        _ => status.ToString().ToLowerInvariant(),
    };

    private static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no bulk action '{id}'.", "Check the id; propose the action first.");
}
