using Q2C.Contracts;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.DeciderSpec;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class ChangeOrderTests
{
    private static readonly Terms DearerSenior = ChangeOrder(2, March(10), ImplementationAt(150, 200, 220, 20_000));

    private static readonly Given<ProjectState> Delivered = Open()
        .When(Reported(
            Hours("1", 2, Senior, 8),
            Hours("2", 9, Senior, 8),
            Hours("3", 10, Senior, 8),
            Hours("4", 11, Consultant, 8))).Accepted();

    [Fact]
    public void A_change_order_prices_open_work_from_its_date_on_anew() => Delivered
        .When(Observed(Amended(DearerSenior, "Rates 2026")))
        .Then(
            new TermsChanged(DearerSenior, Noon),
            new ItemRepriced(Delivered.State.Unbilled["time_entry/3"].Item with
            {
                Rate = 200,
                Value = Eur(1_600),     // 8 × 200
                Amount = Eur(1_600),
                Explanation = "8 h of Senior Consultant at 200.00 EUR per hour.",
                Rule = "Contract version 2, line Implementation: Senior Consultant at 200.00 EUR/h",
            }, "Contract version 2: Rates 2026", Noon),
            new ItemRepriced(Delivered.State.Unbilled["time_entry/4"].Item with
            {
                Rule = "Contract version 2, line Implementation: Consultant at 150.00 EUR/h",
            }, "Contract version 2: Rates 2026", Noon))
        .When(Observed(Amended(DearerSenior, "Rates 2026"))).ThenNothing();

    [Fact]
    public void Work_that_comes_later_is_priced_by_the_version_in_force_on_its_day()
    {
        var given = Open().When(Observed(Amended(DearerSenior))).Accepted()
            .When(Reported(Hours("1", 9, Senior, 8), Hours("2", 10, Senior, 8))).Accepted();
        Assert.Equal(["time_entry/1@1 1520.00 1520.00 Billable", "time_entry/2@1 1600.00 1600.00 Billable"], given.Items());
    }

    [Fact]
    public void Invoiced_and_reserved_work_is_not_priced_anew()
    {
        var dearer = ChangeOrder(2, March(1), ImplementationAt(300, 400, 500, 20_000));
        var given = Delivered
            .When(Billed(March(2))).Accepted()
            .When(Issued("time_entry/1@1")).Accepted()
            .When(Billed(March(10), "eu_run_2")).Accepted()
            .When(Observed(Amended(dearer))).Accepted();
        Assert.Equal(["time_entry/4@1"], given.History.OfType<ItemRepriced>().Select(repriced => repriced.Item.Id));
        Assert.Equal(Eur(2_400), given.State.Unbilled["time_entry/4"].Item.Amount);     // 8 × 300

        var released = given.When(Rejected("eu_run_2")).Accepted();
        Assert.Equal(
            ["time_entry/2@1 3200.00 3200.00 Billable", "time_entry/3@1 3200.00 3200.00 Billable", "time_entry/4@1 2400.00 2400.00 Billable"],
            released.Items());      // 8 × 400 each, now that they are open again
    }

    [Fact]
    public void A_higher_cap_bills_what_was_beyond_the_old_one()
    {
        // 100 × 190 = 19,000 and 8 × 150 = 1,200: 200 beyond 20,000.
        var given = Open().When(Reported(Hours("1", 2, Senior, 100), Hours("2", 3, Consultant, 8))).Accepted()
            .When(Observed(Amended(ChangeOrder(2, March(20), ImplementationAt(150, 190, 220, 25_000))))).Accepted();
        Assert.Equal(["time_entry/1@1 19000.00 19000.00 Billable", "time_entry/2@1 1200.00 1200.00 Billable"], given.Items());
    }

    [Fact]
    public void A_cap_below_what_is_invoiced_bills_nothing_more()
    {
        var given = Open().When(Reported(Hours("1", 2, Senior, 100), Hours("2", 20, Consultant, 4))).Accepted()
            .When(Billed(March(15))).Accepted()
            .When(Issued("time_entry/1@1")).Accepted()
            .When(Observed(Amended(ChangeOrder(2, March(20), ImplementationAt(150, 190, 220, 15_000))))).Accepted();
        Assert.Equal(["time_entry/2@1 600.00 0.00 Capped"], given.Items());
    }

    [Fact]
    public void Work_of_a_role_that_is_no_longer_sold_goes_to_a_person_and_comes_back_with_the_role()
    {
        var withoutSenior = new ContractLine(
            Implementation, "consulting", "Implementation",
            new BillingModel.TimeAndMaterials([new(Consultant, 150), new(Architect, 220)], new(Eur(20_000))), Start, End);
        var given = Delivered.When(Observed(Amended(ChangeOrder(2, March(10), withoutSenior)))).Accepted();
        Assert.Equal(
            ["time_entry/1@1 1520.00 1520.00 Billable", "time_entry/2@1 1520.00 1520.00 Billable", "time_entry/4@1 1200.00 1200.00 Billable"],
            given.Items());
        Assert.Equal(
            [("time_entry/3@1", "UNKNOWN_ROLE", Eur(1_520))],
            Project.Render(given.State, ProjectId, 1)!.Exceptions.Select(item => (item.Id, item.Code, item.Held!.Value)));

        var back = given
            .When(Observed(Amended(ChangeOrder(3, March(10), ImplementationAt(150, 200, 220, 20_000))))).Accepted();
        Assert.Equal("time_entry/3@1 1600.00 1600.00 Billable", back.Items()[2]);
        Assert.Empty(back.State.Refused);
    }

    [Fact]
    public void A_fixed_fee_is_never_billed_beyond_its_price()
    {
        var smaller = new ContractLine(
            Discovery, "consulting", "Discovery",
            new BillingModel.FixedFee(Eur(10_000), [new("M1", "Discovery report", Eur(9_000), null), new("M2", "Workshop", Eur(1_000), null)]),
            Start, End);
        var split = new ContractLine(
            Discovery, "consulting", "Discovery",
            new BillingModel.FixedFee(Eur(12_000), [new("M1", "Discovery report", Eur(11_500), null), new("M2", "Workshop", Eur(500), null)]),
            Start, End);
        var given = Open(new TermsChanged(ChangeOrder(2, March(1), split), Noon))
            .When(Reported(Reached("1", 2, "M1"))).Accepted()
            .When(Billed(March(2))).Accepted()
            .When(Issued("milestone/1@1")).Accepted()
            .When(Observed(Amended(ChangeOrder(3, March(3), smaller)))).Accepted()
            .When(Reported(Reached("2", 5, "M2"))).Accepted();
        Assert.Equal(["milestone/2@1 1000.00 0.00 Capped"], given.Items());     // 11,500 are invoiced of 10,000
        Assert.Equal(
            ["Milestone Workshop reached, worth 1,000.00 EUR of the fixed fee for Discovery: not billed, "
                + "because the fixed fee of 10,000.00 EUR for Discovery was used up before it."],
            given.Explanations());
    }
}
