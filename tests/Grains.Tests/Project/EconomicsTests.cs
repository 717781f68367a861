using Q2C.Contracts;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Firms;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>What a project was planned to take, took, still needs and will never bring.</summary>
public sealed class EconomicsTests
{
    private const string Fee = "fee";
    private const string Work = "work";

    /// <summary>12,000 for about 100 hours, and work at 100 an hour up to 3,000; a consultant costs 60 an hour.</summary>
    private static readonly Terms Sold = new(1, Start, "EUR",
    [
        new(Fee, "consulting", "Fee", new BillingModel.FixedFee(Eur(12_000), [new("M1", "All", Eur(12_000), null)]), Start, End,
            Revenue: new(new RevenueTreatment.PercentComplete(ProgressMeasure.Effort, 100))),
        new(Work, "consulting", "Work", new BillingModel.TimeAndMaterials([new(Consultant, 100), new(Senior, 120)], new(Eur(3_000))), Start, End),
    ]);

    [Fact]
    public void Each_line_says_what_was_planned_done_and_is_still_to_come()
    {
        // Fee: 40 of 100 h, 2,400 of cost, nothing earned yet. Work: 35 h are 3,500, of which the cap leaves 3,000.
        var firm = Started();
        var (fee, work) = (Line(firm, Fee), Line(firm, Work));
        Assert.Equal((Eur(12_000), 100m, 40m, 60m), (fee.Price, fee.Planned?.Hours, fee.Hours, fee.ToComplete?.Hours));
        Assert.Equal((0m, Eur(2_400), Eur(0), Eur(12_000)), (fee.BillableHours, fee.Cost, fee.Earned, fee.Backlog));
        Assert.Equal((Eur(3_000), Eur(2_100), Eur(3_000), Eur(0)), (work.Price, work.Cost, work.Earned, work.Backlog));
        Assert.Null(work.ToComplete);

        // 3,000 earned less 4,500 of cost; 35 of 75 hours are billable.
        Assert.Equal((Eur(-1_500), 46.67m), (Now(firm).Margin, Now(firm).UtilisationPercent));
    }

    [Fact]
    public void Invoicing_changes_where_money_is_and_not_what_was_earned()
    {
        var firm = Started();
        var before = Line(firm, Work);
        firm.Bills(March(31));
        var after = Line(firm, Work);
        Assert.Equal((Eur(0), Eur(3_000)), (before.Invoiced, before.Billable));
        Assert.Equal(before with { Invoiced = Eur(3_000), Billable = Eur(0) }, after);
    }

    [Fact]
    public void Without_a_cost_rate_there_is_no_margin()
    {
        var firm = Started().Works(Hours("9", 9, Senior, 2, line: Work));
        Assert.Equal((2m, null), (Line(firm, Work).HoursWithoutCost, Now(firm).Margin));
    }

    [Fact]
    public void A_revised_estimate_is_what_is_expected_and_the_plan_stays()
    {
        var firm = Started();
        firm.Revenues(new ReviseEstimate(Fee, 130, "More interviews."));
        var fee = Line(firm, Fee);
        Assert.Equal((100m, 130m, 90m), (fee.Planned?.Hours, fee.Estimate?.Hours, fee.ToComplete?.Hours));
    }

    [Fact]
    public void What_will_never_be_billed_says_why_since_when_and_how_much()
    {
        var firm = Started().Works(Hours("5", 1, Consultant, 10, line: Work), Hours("6", 6, "Wizard", 1, line: Work));
        firm.Projects(new WriteOffWork(["time_entry/5@1"], null, "Goodwill."));
        var leaks = Now(firm).Leakage;

        // Ten hours on the first are 1,000 given up; the cap still leaves 500 of the work of the third.
        Assert.Equal(
            [
                "WrittenOff work 1 1,000.00 EUR 30 days",
                "BeyondCap work 1 500.00 EUR 28 days",
                "Refused work 1  25 days",
            ],
            leaks.Select(leak => $"{leak.Reason} {leak.LineId} {leak.Items} {leak.Value} {leak.AgeInDays} days"));
        Assert.Equal(("Goodwill.", "UNKNOWN_ROLE"), (leaks[0].Rule, leaks[2].Rule));
        Assert.EndsWith("at most 3,000.00 EUR for the line", leaks[1].Rule);
        firm.Bills(March(31));
        Assert.Equal(["WrittenOff 1,000.00 EUR", "BeyondCap 500.00 EUR", "Refused "], Now(firm).Leakage.Select(leak => $"{leak.Reason} {leak.Value}"));
    }

    [Fact]
    public void A_term_of_fixed_length_has_its_price_and_its_backlog()
    {
        // 100 a month for twelve months; two are billed.
        var firm = new Firm(Recurring(new(2026, 1, 1), 100, end: new(2026, 12, 31)));
        firm.Bills(new(2026, 2, 1));
        var line = Now(firm).Lines.Single();
        Assert.Equal((Eur(1_200), Eur(200), Eur(1_000)), (line.Price, line.Invoiced, line.Backlog));
    }

    private static Firm Started() => new Firm(Sold, books: BooksPolicy.Default with { RecogniseMonthly = false, CostRates = [new(null, Consultant, null, 60)] })
        .Works(Hours("1", 2, Consultant, 40, line: Fee), Hours("2", 2, Consultant, 20, line: Work), Hours("3", 3, Consultant, 15, line: Work));

    private static ProjectEconomics Now(Firm firm) => Economics.Of(firm.Project, March(31), "EUR")!;

    private static LineEconomics Line(Firm firm, string id) => Now(firm).Lines.Single(line => line.LineId == id);
}
