using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>Implementation is sold by the hour with a cap of 20,000.00 EUR.</summary>
public sealed class CapTests
{
    private static readonly WorkRecord Architecture = Hours("1", 2, Architect, 40);     // 40 × 220 =  8,800
    private static readonly WorkRecord Build = Hours("2", 3, Senior, 40);               // 40 × 190 =  7,600, in all 16,400
    private static readonly WorkRecord Testing = Hours("3", 4, Consultant, 20);         // 20 × 150 =  3,000, in all 19,400
    private static readonly WorkRecord.TimeWorked Rollout = Hours("4", 5, Senior, 8);   //  8 × 190 =  1,520, in all 20,920
    private static readonly WorkRecord Support = Hours("5", 6, Consultant, 8);          //  8 × 150 =  1,200, in all 22,120

    private static readonly string[] AllWork =
    [
        "time_entry/1@1 8800.00 8800.00 Billable",
        "time_entry/2@1 7600.00 7600.00 Billable",
        "time_entry/3@1 3000.00 3000.00 Billable",
        "time_entry/4@1 1520.00 600.00 Capped",
        "time_entry/5@1 1200.00 0.00 Capped",
    ];

    [Fact]
    public void The_entry_that_crosses_the_cap_is_billed_in_part() => Open()
        .When(Reported(Architecture, Build, Testing)).Accepted()
        .When(Reported(Rollout))
        .Then(
            new ItemAdded(new(
                "time_entry/4@1", "time_entry/4", 1, ItemKind.Time, Implementation, March(5), "Build", "Ada", Senior, 8, 190,
                Eur(1_520), Eur(600), Disposition.Capped,
                "8 h of Senior Consultant at 190.00 EUR per hour: of 1,520.00 EUR only 600.00 EUR is billed, "
                    + "because the cap of 20,000.00 EUR for Implementation is then used up.",
                "Contract version 1, line Implementation: Senior Consultant at 190.00 EUR/h, at most 20,000.00 EUR for the line", Task: "Build"),
                Rollout, Noon),
            new CapWarned(Implementation, 100, Eur(20_000), Eur(20_920), Noon));

    [Fact]
    public void What_comes_after_the_cap_is_kept_and_not_billed()
    {
        var given = Open().When(Reported(Architecture, Build, Testing, Rollout, Support)).Accepted();
        Assert.Equal(AllWork, given.Items());
        Assert.Equal(
            "8 h of Consultant at 150.00 EUR per hour: not billed, because the cap of 20,000.00 EUR for Implementation was used up before it.",
            given.Explanations()[^1]);
        Assert.Equal(
            [new BucketTotal(Disposition.Billable, 3, Eur(19_400), Eur(19_400)), new BucketTotal(Disposition.Capped, 2, Eur(2_720), Eur(600))],
            Project.Render(given.State, ProjectId, 2)!.WorkInProgress.AsEnumerable());
        Assert.Equal(
            new LineProgress(Implementation, Eur(0), Eur(20_000), Eur(20_000)),
            Project.Render(given.State, ProjectId, 2)!.Lines[0]);
    }

    [Fact]
    public void The_order_in_which_work_arrives_does_not_matter()
    {
        var given = Open();
        foreach (var record in new[] { Support, Rollout, Build, Testing, Architecture })
            given = given.When(Reported(record)).Accepted();
        Assert.Equal(AllWork, given.Items());
    }

    [Fact]
    public void Earlier_work_that_comes_late_pushes_only_what_lies_at_the_end_of_the_cap()
    {
        // 4 × 150 = 600 more before it: nothing is left for the rollout; all that lay before it stays as it is.
        var late = Hours("0", 2, Consultant, 4);
        Open().When(Reported(Architecture, Build, Testing, Rollout, Support)).Accepted()
            .When(Reported(late))
            .Then(
                new ItemAdded(new(
                    "time_entry/0@1", "time_entry/0", 1, ItemKind.Time, Implementation, March(2), "Build", "Ada", Consultant, 4,
                    150, Eur(600), Eur(600), Disposition.Billable, "4 h of Consultant at 150.00 EUR per hour.",
                    "Contract version 1, line Implementation: Consultant at 150.00 EUR/h", Task: "Build"), late, Noon),
                new ItemRepriced(new(
                    "time_entry/4@1", "time_entry/4", 1, ItemKind.Time, Implementation, March(5), "Build", "Ada", Senior, 8, 190,
                    Eur(1_520), Eur(0), Disposition.Capped,
                    "8 h of Senior Consultant at 190.00 EUR per hour: not billed, because the cap of 20,000.00 EUR for "
                        + "Implementation was used up before it.",
                    "Contract version 1, line Implementation: Senior Consultant at 190.00 EUR/h, at most 20,000.00 EUR for the line", Task: "Build"),
                    "time_entry/0@1 came in", Noon));
    }

    [Fact]
    public void A_correction_makes_room_for_what_was_beyond_the_cap()
    {
        // 16 instead of 20 hours: 600 less, so the rollout gets 1,200 of its 1,520.
        var given = Open().When(Reported(Architecture, Build, Testing, Rollout, Support)).Accepted()
            .When(Reported(Hours("3", 4, Consultant, 16, version: 2))).Accepted();
        Assert.Equal(
            [
                "time_entry/1@1 8800.00 8800.00 Billable",
                "time_entry/2@1 7600.00 7600.00 Billable",
                "time_entry/3@2 2400.00 2400.00 Billable",
                "time_entry/4@1 1520.00 1200.00 Capped",
                "time_entry/5@1 1200.00 0.00 Capped",
            ],
            given.Items());
    }

    [Fact]
    public void Taking_work_back_makes_room_as_well()
    {
        var given = Open().When(Reported(Architecture, Build, Testing, Rollout, Support)).Accepted()
            .When(Reported(Deleted(Testing, 2))).Accepted();
        Assert.Equal(
            [
                "time_entry/1@1 8800.00 8800.00 Billable",
                "time_entry/2@1 7600.00 7600.00 Billable",
                "time_entry/4@1 1520.00 1520.00 Billable",
                "time_entry/5@1 1200.00 1200.00 Billable",
            ],
            given.Items());
    }

    [Fact]
    public void People_are_warned_at_80_and_at_100_percent_once_for_each_crossing()
    {
        var given = Open()
            .When(Reported(Architecture)).Accepted()
            .When(Reported(Build)).Accepted()                                   // 16,400: above 16,000
            .When(Reported(Testing)).Accepted()                                 // 19,400
            .When(Reported(Hours("3", 4, Consultant, 24, version: 2))).Accepted()   // 20,000 exactly
            .When(Reported(Deleted(Testing, 3))).Accepted()                     // 16,400
            .When(Reported(Rollout, Hours("6", 7, Senior, 16))).Accepted();     // 16,400 + 1,520 + 3,040 = 20,960
        Assert.Equal(
            [
                new CapWarned(Implementation, 80, Eur(20_000), Eur(16_400), Noon),
                new CapWarned(Implementation, 100, Eur(20_000), Eur(20_000), Noon),
                new CapWarned(Implementation, 100, Eur(20_000), Eur(20_960), Noon),
            ],
            given.History.OfType<CapWarned>());
    }

    [Fact]
    public void What_is_excluded_uses_nothing_of_the_cap()
    {
        var given = Open().When(Reported(Hours("0", 2, Architect, 500, billable: false), Architecture)).Accepted();
        Assert.Equal(
            ["time_entry/0@1 110000.00 0.00 Excluded", "time_entry/1@1 8800.00 8800.00 Billable"], given.Items());
    }
}
