using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class ProjectTests
{
    private static readonly WorkRecord.TimeWorked FirstDay = Hours("1", 2, Senior, 8);

    /// <summary>8 h × 190.00 = 1,520.00.</summary>
    private static readonly BillableItem FirstItem = new(
        "time_entry/1@1", "time_entry/1", 1, ItemKind.Time, Implementation, March(2), "Build", "Ada", Senior, 8, 190,
        Eur(1_520), Eur(1_520), Disposition.Billable,
        "8 h of Senior Consultant at 190.00 EUR per hour.",
        "Contract version 1, line Implementation: Senior Consultant at 190.00 EUR/h", Task: "Build");

    private static readonly ItemAdded FirstAdded = new(FirstItem, FirstDay, Noon);

    [Fact]
    public void An_activated_contract_opens_the_project() => Project.Decider.Given().In(ProjectId)
        .When(Observed(Activated))
        .Then(Opened)
        .When(Observed(Activated)).ThenNothing();

    [Fact]
    public void Time_is_billed_at_the_rate_of_its_role() => Open()
        .When(Reported(FirstDay))
        .Then(FirstAdded);

    [Fact]
    public void The_same_version_twice_changes_nothing() => Open(FirstAdded)
        .When(Reported(FirstDay, FirstDay)).ThenNothing();

    [Fact]
    public void A_corrected_entry_replaces_the_one_before()
    {
        // 6 h × 190.00 = 1,140.00
        var corrected = Hours("1", 2, Senior, 6, version: 2);
        Open(FirstAdded)
            .When(Reported(corrected))
            .Then(new ItemReplaced("time_entry/1@1", FirstItem with
            {
                Id = "time_entry/1@2",
                SourceVersion = 2,
                Quantity = 6,
                Value = Eur(1_140),
                Amount = Eur(1_140),
                Explanation = "6 h of Senior Consultant at 190.00 EUR per hour.",
            }, corrected, Noon))
            .When(Reported(FirstDay))
            .Then(new WorkStale("time_entry/1", 1, 2, Noon));
    }

    [Fact]
    public void A_deleted_entry_is_withdrawn_and_never_comes_back() => Open(FirstAdded)
        .When(Reported(Deleted(FirstDay, 2)))
        .Then(new ItemWithdrawn("time_entry/1@1", "time_entry/1", 2, "deleted in the PSA", Noon))
        .When(Reported(FirstDay))
        .Then(new WorkStale("time_entry/1", 1, 2, Noon));

    [Fact]
    public void An_entry_that_was_deleted_before_it_came_never_becomes_an_item() => Open()
        .When(Reported(Deleted(FirstDay, 2)))
        .Then(new WorkRetracted("time_entry/1", 2, "deleted in the PSA", Noon))
        .When(Reported(FirstDay))
        .Then(new WorkStale("time_entry/1", 1, 2, Noon));

    [Fact]
    public void A_milestone_an_expense_and_what_is_not_billed_each_say_why()
    {
        var given = Open()
            .When(Reported(
                Reached("1", 2, "M1"),
                Cost("1", 3, "Flight", Eur(400)),
                Cost("2", 4, "Meals", Eur(35.5m)),
                Hours("1", 5, Architect, 2.25m, billable: false),
                Hours("2", 6, Consultant, 4, line: Discovery)))
            .Accepted();

        // Flight: 400.00 + 10 % = 440.00. Meals: 35.50 + 10 % = 39.05. Architect: 2.25 h × 220.00 = 495.00.
        Assert.Equal(
            [
                "milestone/1@1 12000.00 12000.00 Billable",
                "expense/1@1 440.00 440.00 Billable",
                "expense/2@1 39.05 0.00 Excluded",
                "time_entry/1@1 495.00 0.00 Excluded",
                "time_entry/2@1 0.00 0.00 Excluded",
            ],
            given.Items());
        Assert.Equal(
            [
                "Milestone Discovery report reached, worth 12,000.00 EUR of the fixed fee for Discovery.",
                "Flight at its cost of 400.00 EUR plus 10 %.",
                "Not billed: the contract excludes expenses of the category Meals.",
                "Not billed: it was approved as not billable.",
                "Not billed by the hour: it is included in the fixed fee for Discovery.",
            ],
            given.Explanations());
    }

    [Fact]
    public void Work_that_comes_before_the_project_opens_waits_for_it() => Project.Decider.Given().In(ProjectId)
        .When(Reported(FirstDay))
        .Then(new WorkHeld(FirstDay, "kantata", "The project is not open yet.", Noon))
        .When(Reported(FirstDay)).ThenNothing();

    [Fact]
    public void Work_that_waited_is_applied_when_the_project_opens() => Project.Decider
        .Given(new WorkHeld(FirstDay, "kantata", "The project is not open yet.", Noon)).In(ProjectId)
        .When(Observed(Activated))
        .Then(Opened, FirstAdded);
}
