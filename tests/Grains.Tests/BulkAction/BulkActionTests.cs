using System.Collections.Immutable;
using Q2C.BulkActions;
using Q2C.Grains.BulkActions;
using Q2C.Policies;
using static Q2C.Grains.Tests.DeciderSpec;

namespace Q2C.Grains.Tests.BulkActions;

public sealed class BulkActionTests
{
    private const string Id = "eu_bulk_1";
    private static readonly Actor Olga = new("olga", [Roles.Operator]);
    private static readonly Actor Oscar = new("oscar", [Roles.Operator]);

    private static Given<BulkActionState> Action => BulkAction.Decider.Given().In(Id).By(Olga);

    [Fact]
    public void What_is_proposed_is_tried_dry_before_anything_is_done()
    {
        var action = Proposed(250);

        var first = BulkAction.NextBatch(action.State)!;
        Assert.Equal((true, 0, 100), (first.IsDryRun, first.From, first.Items.Length));
        action = Checked(action, 0, 100);
        action = Checked(action, 100, 100);
        Assert.Equal((200, 50), (BulkAction.NextBatch(action.State)!.From, BulkAction.NextBatch(action.State)!.Items.Length));

        action.By(Actor.System).When(Findings(200, 50)).Then(
            new BulkItemsChecked(200, [.. Enumerable.Repeat(Fine, 50)], Noon),
            new BulkActionChecked(250, "250 exceptions are more than 100.", Noon));
    }

    [Fact]
    public void Batches_grow_while_all_goes_well_and_no_item_is_forgotten()
    {
        var action = Running(400);

        var sizes = new List<int>();
        while (BulkAction.NextBatch(action.State) is { } batch)
        {
            sizes.Add(batch.Items.Length);
            action = action.By(Actor.System).When(Results(batch.From, [.. Enumerable.Repeat(Good, batch.Items.Length)])).Accepted();
        }

        Assert.Equal([1, 2, 5, 10, 20, 50, 100, 100, 100, 12], sizes);
        Assert.Equal((BulkActionStatus.Completed, 400, 400), (action.State.Status, action.State.Done, action.State.Succeeded));
    }

    [Fact]
    public void The_first_item_that_fails_stops_it_before_the_second()
    {
        var stopped = Running(10).By(Actor.System).When(Results(0, [Bad])).Then(
            new BulkBatchDone(0, [Bad], Noon), new BulkActionPaused("1 of 1 failed: look at them before it goes on.", "system", Noon));

        Assert.Null(BulkAction.NextBatch(stopped.State));
        var resumed = stopped.By(Olga).When(new ResumeBulkAction("It was a one-off.")).Then(new BulkActionResumed("It was a one-off.", "olga", Noon));
        Assert.Single(BulkAction.NextBatch(resumed.State)!.Items);
    }

    [Fact]
    public void A_few_failures_only_make_the_next_batch_smaller()
    {
        var action = Running(100);
        foreach (var size in new[] { 1, 2, 5 })
            action = action.By(Actor.System).When(Results(action.State.Done, [.. Enumerable.Repeat(Good, size)])).Accepted();

        action = action.By(Actor.System).When(Results(8, [Bad, .. Enumerable.Repeat(Good, 9)])).Accepted();

        Assert.Equal((BulkActionStatus.Running, 5), (action.State.Status, BulkAction.NextBatch(action.State)!.Items.Length));
    }

    [Fact]
    public void What_is_not_possible_is_left_out_and_does_not_use_up_a_batch()
    {
        var action = Proposed(5).By(Actor.System)
            .When(new RecordBulkChecks(0, [Fine, No, No, Fine, No])).Accepted().By(Olga).When(new StartBulkAction("Go.")).Accepted();

        var first = BulkAction.NextBatch(action.State)!;
        Assert.Equal([true], first.Possible.ToArray());
        action = action.By(Actor.System).When(Results(0, [Good])).Accepted();
        Assert.Equal([false, false, true, false], BulkAction.NextBatch(action.State)!.Possible.ToArray());
        action = action.When(Results(1, [Out, Out, Good, Out])).Accepted();
        Assert.Equal((BulkActionStatus.Completed, 2), (action.State.Status, action.State.Succeeded));
    }

    [Fact]
    public void A_second_person_decides_where_the_policy_says_so_and_never_the_first()
    {
        var action = Checked(Proposed(3, BulkActionKind.Skip), 0, 3);

        action.When(new StartBulkAction("Go.")).ThenRefused("BULK_ACTION_NOT_IN_STATUS");
        action.When(new ApproveBulkAction(null)).ThenRefused("SECOND_PERSON_NEEDED");
        action.By(new("fiona", [Roles.Finance])).When(new ApproveBulkAction(null)).ThenRefused("FORBIDDEN");
        action.By(Oscar).When(new RejectBulkAction("Not these.")).Then(new BulkActionRejected("Not these.", "oscar", Noon))
            .When(new StartBulkAction("Go.")).ThenRefused("BULK_ACTION_NOT_IN_STATUS");
        action.By(Oscar).When(new ApproveBulkAction("Fine.")).Then(new BulkActionApproved("Fine.", "oscar", Noon))
            .By(Olga).When(new StartBulkAction("Go.")).Then(new BulkActionStarted("Go.", "olga", Noon));
    }

    [Fact]
    public void Much_money_needs_a_second_person_however_few_the_items()
    {
        var policies = PolicySet.Empty("eu") with
        {
            BulkRules = ImmutableDictionary<BulkActionKind, BulkRule>.Empty.Add(
                BulkActionKind.Retry, new(100, ImmutableDictionary<string, decimal>.Empty.Add("EUR", 29.99m))),
        };

        Proposed(3).Under(policies).By(Actor.System).When(Findings(0, 3)).Then(
            new BulkItemsChecked(0, [Fine, Fine, Fine], Noon),
            new BulkActionChecked(3, "30.00 EUR wait for them, more than 29.99 EUR.", Noon));
    }

    [Fact]
    public void Reports_that_come_again_or_too_early_change_nothing()
    {
        Checked(Proposed(150), 0, 100).By(Actor.System).When(Findings(0, 100)).ThenNothing();
        Running(3).By(Actor.System).When(Results(1, [Good])).ThenNothing();
    }

    [Fact]
    public void What_was_done_before_it_was_cancelled_is_still_recorded() => Running(3)
        .By(Olga).When(new CancelBulkAction("Enough.")).Then(new BulkActionCancelled("Enough.", "olga", Noon))
        .By(Actor.System).When(Results(0, [Good])).Then(new BulkBatchDone(0, [Good], Noon));

    [Fact]
    public void Only_the_hub_itself_reports() => Running(3).By(Olga).When(Results(0, [Good])).ThenRefused("FORBIDDEN");

    [Fact]
    public void All_that_is_wrong_with_a_proposal_is_said_at_once()
    {
        Action.By(new("fiona", [Roles.Finance])).When(new ProposeBulkAction(new(BulkActionKind.Retry, "{}", [], "", 0)))
            .ThenRefused("FORBIDDEN", "REASON_REQUIRED reason", "NOTHING_SELECTED filter", "PACE_INVALID perMinute");
        Action.When(Propose(BulkAction.MaxItems + 1)).ThenRefused("TOO_MANY_SELECTED filter");
        Proposed(1).When(Propose(1)).ThenRefused("BULK_ACTION_ALREADY_PROPOSED");
        Action.When(new StartBulkAction("Go.")).ThenRefused("NOT_FOUND");
        Action.When(new RetryStep("x", "y")).ThenRefused("UNSUPPORTED_COMMAND");
    }

    [Fact]
    public void An_action_of_which_nothing_is_possible_cannot_be_started() => Proposed(1).By(Actor.System)
        .When(new RecordBulkChecks(0, [No])).Accepted().By(Olga).When(new StartBulkAction("Go.")).ThenRefused("NOTHING_POSSIBLE");

    private static BulkFinding Fine => new(true, ["netsuite erp.customer.upsert.v1"], null);

    private static BulkFinding No => new(false, [], "It is resolved already.");

    private static BulkResult Good => new(BulkOutcome.Succeeded, null);

    private static BulkResult Bad => new(BulkOutcome.Failed, "No.");

    private static BulkResult Out => new(BulkOutcome.LeftOut, null);

    private static Given<BulkActionState> Proposed(int items, BulkActionKind kind = BulkActionKind.Retry) =>
        Action.When(Propose(items, kind)).Accepted();

    private static Given<BulkActionState> Running(int items)
    {
        var action = Proposed(items);
        for (var from = 0; from < items; from += 100) action = Checked(action, from, Math.Min(100, items - from));
        if (action.State.Status == BulkActionStatus.AwaitingApproval) action = action.By(Oscar).When(new ApproveBulkAction(null)).Accepted();
        return action.By(Olga).When(new StartBulkAction("Go.")).Accepted();
    }

    private static Given<BulkActionState> Checked(Given<BulkActionState> action, int from, int count) =>
        action.By(Actor.System).When(Findings(from, count)).Accepted().By(Olga);

    private static ProposeBulkAction Propose(int items, BulkActionKind kind = BulkActionKind.Retry) => new(new(
        kind, "{}", [.. Enumerable.Range(0, items).Select(i => new BulkItem($"eu_ct_{i}/x", Money.Of(10, "EUR")))], "The ERP is back.", 60));

    private static RecordBulkChecks Findings(int from, int count) => new(from, [.. Enumerable.Repeat(Fine, count)]);

    private static RecordBulkResults Results(int from, ImmutableArray<BulkResult> results) => new(from, results);
}
