using System.Reflection;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class RefusalTests
{
    private static readonly ContractLine SecondPhase = new(
        "phase-2", "consulting", "Phase 2", new BillingModel.TimeAndMaterials([new(Senior, 210)], null), March(20), End);

    private static readonly TermsChanged WithSecondPhase = new(
        new(2, Start, "EUR", Engagement.Terms.Lines.Add(SecondPhase)), Noon);

    private static readonly TermsChanged WithRules = new(
        new(2, Start, "EUR",
        [
            new(Implementation, "consulting", "Implementation", new BillingModel.TimeAndMaterials(
                [new(Senior, 190)], new(null, Hours: 40, AtCap: AtCap.Refuse), new([new(100, Role: "Tester", From: March(10))])), Start, End),
            new(Discovery, "consulting", "Discovery", new BillingModel.FixedFee(Eur(12_000), [], new(PercentBy.Manual)), Start, End),
            new(Travel, "expenses", "Travel", new BillingModel.Expenses(
                10, [], new(Conversion: new("ECB", RateDate.ExpenseDate, [new("USD", Start, 0.92m)]))), Start, End),
        ]), Noon);

    private static readonly ProjectClosed Closed = new("Delivered", "nora", Noon);

    private static readonly Event[] MilestoneOne = [.. Open().When(Reported(Reached("1", 2, "M1"))).Decision.Events];

    public static TheoryData<Event[], WorkRecord, string[]> Refused => new()
    {
        { [], Hours("1", 2, "Wizard", 8), ["UNKNOWN_ROLE role"] },
        { [], Hours("1", 2, "Wizard", 8, line: Implementation), ["UNKNOWN_ROLE role"] },
        { [], Hours("1", 2, Senior, -8), ["NEGATIVE_HOURS hours"] },
        { [], Hours("1", 2, Senior, 100_001), ["AMOUNT_TOO_LARGE hours"] },
        { [], Hours("1", 2, Senior, 8) with { Date = new(2026, 2, 28) }, ["OUTSIDE_CONTRACT_DATES date"] },
        { [], Hours("1", 2, Senior, 8) with { Date = new(2027, 1, 1) }, ["OUTSIDE_CONTRACT_DATES date"] },
        { [], Hours("1", 2, Senior, 8, line: "support"), ["LINE_UNKNOWN lineId"] },
        { [], Hours("1", 2, Senior, 8, line: Travel), ["LINE_MISMATCH lineId"] },
        { [WithSecondPhase], Hours("1", 20, Senior, 8), ["LINE_AMBIGUOUS lineId"] },
        { [Closed], Hours("1", 2, Senior, 8), ["PROJECT_CLOSED"] },
        { [], Cost("1", 2, "Flight", Money.Of(400, "USD")), ["CURRENCY_MISMATCH cost.currency"] },
        { [], Cost("1", 2, "Flight", Eur(-400)), ["NEGATIVE_COST cost"] },
        { [], new WorkRecord.UsageRecorded("usage/1", 1, March(2), Implementation, -4, null), ["NEGATIVE_QUANTITY quantity", "LINE_MISMATCH lineId"] },
        { [], Cost("1", 2, "Flight", new(long.MaxValue, "EUR")), ["AMOUNT_TOO_LARGE cost"] },
        { [], Cost("1", 2, "Flight", Eur(400), line: Implementation), ["LINE_MISMATCH lineId"] },
        { [], Reached("1", 2, "M7"), ["MILESTONE_UNKNOWN milestoneId"] },
        { MilestoneOne, Reached("2", 3, "M1"), ["MILESTONE_ALREADY_REACHED milestoneId"] },
        { [], Detailed(new(Begin: Noon, End: Noon.AddHours(-1))), ["DATES_REVERSED detail.end"] },
        { [], Detailed(new(Rate: -1)), ["RATE_NOT_POSITIVE detail.rate"] },
        { [WithRules], Hours("1", 2, "Tester", 8, line: Implementation), ["RATE_MISSING date"] },
        { [WithRules], Hours("1", 20, "Tester", 80, line: Implementation), ["CAP_EXCEEDED hours"] },
        { [WithRules], Cost("1", 2, "Flight", Money.Of(400, "JPY")), ["EXCHANGE_RATE_MISSING cost.currency"] },
        { [], Cost("1", 2, "Flight", Eur(400)) with { Detail = new(Quantity: 0) }, ["DETAIL_INVALID detail"] },
        { [WithRules], new WorkRecord.ProgressReported("report/1", 1, March(2), Discovery, 101), ["PERCENT_OUTSIDE_RANGE percent"] },
        { [], new WorkRecord.ProgressReported("report/1", 1, March(2), Discovery, 50), ["LINE_MISMATCH lineId"] },
        { [WithRules], new WorkRecord.ProgressReported("report/1", 1, March(2), Discovery, null), ["DETAIL_INVALID"] },
        {
            [Closed], Hours("1", 2, "Wizard", -8) with { Date = new(2026, 1, 1) },
            ["OUTSIDE_CONTRACT_DATES date", "NEGATIVE_HOURS hours", "UNKNOWN_ROLE role", "PROJECT_CLOSED"]
        },
    };

    private static WorkRecord Detailed(TimeDetail detail) => Hours("1", 2, Senior, 8) with { Detail = detail };

    [Theory, MemberData(nameof(Refused))]
    public void Work_that_cannot_be_billed_goes_to_a_person_with_every_reason(Event[] history, WorkRecord record, string[] reasons)
    {
        var events = Open(history).When(Reported(record)).Decision.Events;
        Assert.Equal([typeof(WorkRefused), typeof(ExceptionRaised)], events.Select(@event => @event.GetType()));
        var refused = (WorkRefused)events[0];
        var raised = (ExceptionRaised)events[1];
        Assert.Equal(reasons, refused.Problems.Select(problem => $"{problem.Code} {problem.Path}".TrimEnd()));
        Assert.All(refused.Problems, problem => Assert.True(problem.Message.EndsWith('.') && problem.Remedy.EndsWith('.')));
        Assert.Equal(refused.Problems[0].Code, raised.Item.Code);
        Assert.Equal(record, refused.Record);
    }

    [Fact]
    public void Every_reason_has_an_example() => Assert.Equal(
        typeof(WorkProblems).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!).Order(),
        Refused.SelectMany(row => (string[])row[2]).Select(reason => reason.Split(' ')[0]).Distinct().Order());

    [Fact]
    public void The_exception_says_what_is_wrong_and_what_to_do() => Open()
        .When(Reported(Hours("1", 2, "Wizard", -8)))
        .Then(
            new WorkRefused(Hours("1", 2, "Wizard", -8),
            [
                new("NEGATIVE_HOURS", "hours", "-8 hours: time worked is never negative.",
                    "Correct the entry in the source system, or delete it there to take it back."),
                new("UNKNOWN_ROLE", "role", "No rate for the role 'Wizard' in contract version 1.",
                    "Correct the role of the entry, or add the role to the rate card with a change order, and retry."),
            ], Noon),
            new ExceptionRaised(new(
                "time_entry/1@1", ExceptionCategory.Data, "NEGATIVE_HOURS", "Work to billable item",
                "-8 hours: time worked is never negative. No rate for the role 'Wizard' in contract version 1.",
                "Correct the entry in the source system, or delete it there to take it back. Correct the role of the entry, "
                    + "or add the role to the rate card with a change order, and retry.",
                Roles.Delivery, "kantata", null), Noon))
        .When(Reported(Hours("1", 2, "Wizard", -8))).ThenNothing();

    [Fact]
    public void A_newer_good_version_resolves_the_exception()
    {
        var given = Open().When(Reported(Hours("1", 2, "Wizard", 8))).Accepted()
            .When(Reported(Hours("1", 2, Senior, 8, version: 2))).Accepted();
        Assert.Equal(["time_entry/1@2 1520.00 1520.00 Billable"], given.Items());
        Assert.Equal(new ExceptionResolved("time_entry/1@1", "succeeded", null, "nora", Noon), given.History[^2]);
        Assert.Empty(given.State.Refused);
    }

    [Fact]
    public void A_newer_bad_version_takes_the_place_of_the_exception()
    {
        var given = Open().When(Reported(Hours("1", 2, "Wizard", 8))).Accepted()
            .When(Reported(Hours("1", 2, Senior, -8, version: 2))).Accepted();
        Assert.Equal(
            [("time_entry/1@2", "NEGATIVE_HOURS")],
            Project.Render(given.State, ProjectId, 1)!.Exceptions.Select(item => (item.Id, item.Code)));
        Assert.Equal(new ExceptionResolved("time_entry/1@1", "withdrawn", "Version 2 took its place.", "nora", Noon), given.History[^3]);
    }

    [Fact]
    public void Deleting_a_refused_record_resolves_its_exception() => Open()
        .When(Reported(Hours("1", 2, "Wizard", 8))).Accepted()
        .When(Reported(Deleted(Hours("1", 2, "Wizard", 8), 2)))
        .Then(
            new ExceptionResolved("time_entry/1@1", "withdrawn", "deleted in the PSA", "nora", Noon),
            new WorkRetracted("time_entry/1", 2, "deleted in the PSA", Noon));

    [Fact]
    public void An_open_item_is_not_billed_while_its_correction_waits_for_a_person()
    {
        var given = Open().When(Reported(Hours("1", 2, Senior, 8))).Accepted()
            .When(Reported(Hours("1", 2, "Wizard", 8, version: 2))).Accepted();
        Assert.Empty(given.Items());
        Assert.Equal(
            [("time_entry/1@2", Eur(1_520))],
            Project.Render(given.State, ProjectId, 1)!.Exceptions.Select(item => (item.Id, item.Held!.Value)));
    }

    [Fact]
    public void An_invoiced_item_stands_while_its_correction_waits_for_a_person()
    {
        var given = Open().When(Reported(Hours("1", 2, Senior, 8))).Accepted()
            .When(Billed(March(31))).Accepted()
            .When(Issued("time_entry/1@1")).Accepted()
            .When(Reported(Hours("1", 2, "Wizard", 8, version: 2))).Accepted();
        Assert.Empty(given.Items());
        Assert.Equal(Eur(1_520), Project.Render(given.State, ProjectId, 1)!.Lines[0].Invoiced);
        Assert.Equal(
            ["time_entry/1@1/reversal -1520.00 -1520.00 Billable", "time_entry/1@3 1140.00 1140.00 Billable"],
            given.When(Reported(Hours("1", 2, Senior, 6, version: 3))).Accepted().Items());
    }

    [Fact]
    public void A_retry_prices_the_record_by_the_present_terms_and_says_what_is_still_wrong()
    {
        var given = Open(Closed).When(Reported(Hours("1", 2, Senior, 8))).Accepted();
        given.When(new RetryStep("time_entry/1@1", "try again")).ThenRefused("PROJECT_CLOSED");
        given.When(new ReopenProject("Second phase"))
            .Then(
                new ProjectReopened("Second phase", "nora", Noon),
                new ExceptionResolved("time_entry/1@1", "succeeded", null, "nora", Noon),
                given.Reopened().When(new RetryStep("time_entry/1@1", "try again")).Decision.Events[1]);
        given.Reopened().When(new RetryStep("time_entry/1@1", "try again")).Accepted()
            .When(new RetryStep("time_entry/1@1", "try again")).ThenRefused("EXCEPTION_NOT_OPEN exceptionId");
    }

    [Fact]
    public void A_skipped_record_stays_out()
    {
        var given = Open().When(Reported(Hours("1", 2, "Wizard", 8))).Accepted()
            .When(new SkipStep("time_entry/1@1", "Agreed with the customer"))
            .Then(new ExceptionResolved("time_entry/1@1", "skipped", "Agreed with the customer", "nora", Noon));
        given.When(Reported(Hours("1", 2, "Wizard", 8))).ThenNothing();
        Assert.Empty(given.Items());
    }

    [Fact]
    public void A_closed_project_still_takes_corrections_of_work_that_it_has()
    {
        var given = Open().When(Reported(Hours("1", 2, Senior, 8))).Accepted()
            .When(new CloseProject("Delivered")).Then(Closed)
            .When(Reported(Hours("1", 2, Senior, 6, version: 2))).Accepted();
        Assert.Equal(["time_entry/1@2 1140.00 1140.00 Billable"], given.Items());
        Assert.Equal(["time_entry/1@2"], Project.Preview(given.State, March(31)).Select(item => item.Id));
        given.When(new CloseProject("Delivered")).ThenNothing();
    }

    public static TheoryData<Event[], Command, string> RefusedCommands => new()
    {
        { [Opened], new CloseProject(" "), "REASON_REQUIRED reason" },
        { [Opened], new ReopenProject(""), "REASON_REQUIRED reason" },
        { [Opened], new SkipStep("time_entry/1@1", ""), "REASON_REQUIRED reason, EXCEPTION_NOT_OPEN exceptionId" },
        { [Opened], new SkipStep("time_entry/1@1", "gone"), "EXCEPTION_NOT_OPEN exceptionId" },
        { [Opened], new RetryStep("time_entry/1@1", "again"), "EXCEPTION_NOT_OPEN exceptionId" },
        { [], new CloseProject("Delivered"), "PROJECT_NOT_OPEN" },
        { [], new ReopenProject("Again"), "PROJECT_NOT_OPEN" },
        { [], Observed(Amended(Engagement.Terms)), "PROJECT_NOT_OPEN" },
        { [Opened], Observed(Closed), "UNSUPPORTED_COMMAND events" },
        { [Opened], new AmendContract(1, Start, [], "wrong grain"), "UNSUPPORTED_COMMAND" },
    };

    [Theory, MemberData(nameof(RefusedCommands))]
    public void Commands_are_refused_with_the_reason(Event[] history, Command command, string reasons) =>
        Project.Decider.Given(history).In(ProjectId).When(command).ThenRefused(reasons.Split(", "));

    [Fact]
    public void Who_holds_no_role_of_the_project_cannot_close_it() => Open()
        .By(new("ann", [Roles.Auditor]))
        .When(new CloseProject("Delivered")).ThenRefused("FORBIDDEN");
}

file static class Stories
{
    public static Given<ProjectState> Reopened(this Given<ProjectState> given) =>
        given with { History = [.. given.History, new ProjectReopened("Second phase", "nora", Noon)] };
}
