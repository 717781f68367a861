using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>Rates, surcharges, hours and expenses, with the arithmetic beside them.</summary>
public sealed class RateTests
{
    [Fact]
    public void A_blended_rate_is_the_mean_of_a_role_mix_by_its_shares()
    {
        // (60 × 100 + 30 × 150 + 10 × 250) / 100 = (6,000 + 4,500 + 2,500) / 100 = 130; three thirds: (100 + 150 + 220) / 3 = 156.666666667
        RoleShare[] mix = [new("Junior", 100, 60), new("Senior", 150, 30), new("Partner", 250, 10)];
        Assert.Equal(130, RateTable.BlendedRate(mix));
        Assert.Equal(156.666666667m, RateTable.BlendedRate([new("a", 100, 1), new("b", 150, 1), new("c", 220, 1)]));
        var items = Billed(Line(new RateCard([], Blend: [.. mix])), Work("1", "Junior", 2), Work("2", "Partner", 2));
        Assert.Equal([Eur(260), Eur(260)], items.Select(item => item.Amount));
        Assert.Equal("2 h of Junior at 130.00 EUR per hour.", items[0].Explanation);
    }

    [Fact]
    public void The_strongest_dimension_that_a_rule_names_decides_then_the_next()
    {
        RateRule[] rules =
            [new(100), new(120, Role: "Senior"), new(130, Role: "Senior", Activity: "Build"), new(140, Person: "Ada"), new(150, Project: ProjectId), new(160, Customer: "another")];
        Assert.Equal(
            [Eur(140), Eur(130), Eur(120), Eur(150)],
            Billed(Line(new RateCard([.. rules])), Work("1", "Senior", 1), Work("2", "Senior", 1) with { Person = "Bob" },
                Work("3", "Senior", 1) with { Person = "Bob", Task = "Test" }, Work("4", "Other", 1) with { Person = "Bob" }).Select(item => item.Amount));
        Assert.Equal(
            [Eur(130)],
            Billed(Line(new RateCard([.. rules], [RateDimension.Activity, RateDimension.Person])), Work("1", "Senior", 1)).Select(item => item.Amount));
    }

    [Fact]
    public void A_rate_holds_on_its_own_days()
    {
        var card = new RateCard([new(100, Role: "Senior", To: March(9)), new(110, Role: "Senior", From: March(10))]);
        Assert.Equal([Eur(100), Eur(110)], Billed(Line(card), Work("1", "Senior", 1, 9), Work("2", "Senior", 1, 10)).Select(item => item.Amount));
    }

    [Theory]
    [InlineData(FactorCombination.Add, 175)]  // 100 × (1 + 50 % + 25 %)
    [InlineData(FactorCombination.Compound, 187.5)]  // 100 × 1.5 × 1.25
    [InlineData(FactorCombination.Highest, 150)]
    public void Surcharges_act_together_as_the_card_says(FactorCombination combine, decimal expected)
    {
        var card = new RateCard(
            [new(100)], Factors: [new("overtime", 50, Mark: "overtime"), new("weekend", 25, Days: [DayOfWeek.Saturday, DayOfWeek.Sunday])], Combine: combine);
        var items = Billed(Line(card), Work("1", "Senior", 1, 7) with { Detail = new(Marks: ["overtime"]) }, Work("2", "Senior", 1, 9));
        Assert.Equal([Eur(expected), Eur(100)], items.Select(item => item.Amount));
        Assert.Contains(", overtime and weekend included", items[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void An_amount_is_added_to_the_rate_after_the_percents()
    {
        var card = new RateCard([new(100)], Factors: [new("night", 10), new("standby", Amount: 5)]);
        Assert.Equal([Eur(115)], Billed(Line(card), Work("1", "Senior", 1)).Select(item => item.Amount));  // 100 × 1.1 + 5
    }

    [Fact]
    public void Hours_of_an_entry_are_kept_between_the_least_and_the_most()
    {
        var rules = new TimeRules(PerEntry: new(0.5m, 10));
        var items = Billed(Line(new RateCard([new(100)]), rules), Work("1", "Senior", 0.1m), Work("2", "Senior", 12), Work("3", "Senior", 0));
        Assert.Equal([(0.5m, 0.1m), (10, 12), (0, null)], items.Select(item => (item.Quantity, item.Worked)));
        Assert.Equal("0.5 h, for 0.1 h worked, of Senior at 100.00 EUR per hour.", items[0].Explanation);
    }

    [Fact]
    public void Hours_beyond_the_most_of_a_person_a_day_are_worked_and_not_billed()
    {
        // Ada: 6 and 2 of 5; Bob has a day of his own.
        var items = Billed(
            Line(new RateCard([new(100)]), new TimeRules(PerDay: new(Most: 8))), Work("1", "Senior", 6), Work("2", "Senior", 5), Work("3", "Senior", 5) with { Person = "Bob" });
        Assert.Equal([Eur(600), Eur(200), Eur(500)], items.Select(item => item.Amount));
        Assert.Equal(
            "5 h of Senior at 100.00 EUR per hour: of 500.00 EUR only 200.00 EUR is billed, because the most of 8 h for Implementation on 2026-03-02 is then used up.",
            items[1].Explanation);
        Assert.Equal(2, items[1].BilledHours);
    }

    [Fact]
    public void Hours_missing_to_the_least_of_a_day_are_added_and_given_back_when_more_is_worked()
    {
        // 1 h of at least 4: 3 h are added at 100. Two more hours leave one to add; six leave none, and if the first three are invoiced, they go back.
        var line = Line(new RateCard([new(100)]), new TimeRules(PerDay: new(Least: 4)));
        var given = Sold(line).Next(Reported(Work("1", "Senior", 1)));
        Assert.Equal([Eur(300), Eur(100)], Amounts(given));
        Assert.Equal([Eur(100), Eur(100), Eur(200)], Amounts(given.Next(Reported(Work("2", "Senior", 2)))));
        Assert.Equal([Eur(100), Eur(600)], Amounts(given.Next(Reported(Work("2", "Senior", 6)))));
        Assert.Empty(Amounts(given.Next(Reported(Deleted(Work("1", "Senior", 1), 2)))));
        var invoiced = given.Next(Engagement.Billed(March(31))).Next(Issued());
        Assert.Equal([Eur(-300), Eur(600)], Amounts(invoiced.Next(Reported(Work("2", "Senior", 6)))));

        static IEnumerable<Money> Amounts(Life life) =>
            life.State.Unbilled.Values.Select(open => open.Item).OrderBy(item => item.SourceId, StringComparer.Ordinal).Select(item => item.Amount);
    }

    [Fact]
    public void Expenses_follow_the_rules_of_their_category()
    {
        var line = new ContractLine(Travel, "expenses", "Travel", new BillingModel.Expenses(10, ["Alcohol"], new(
            [new("Car", Price: 0.30m, Unit: "km"), new("Per diem", Price: 28, Unit: "day"), new("Flight", MarkupPercent: 0)],
            Cap: new(Eur(1_000)), ReceiptAbove: Eur(200), Conversion: new("ECB", RateDate.MonthStart, [new("USD", Start, 0.90m), new("USD", March(15), 0.80m)]))), Start, End);
        var items = Billed(
            line,
            Cost("1", 2, "Car", Eur(0)) with { Detail = new(Quantity: 120) },  // 120 km × 0.30 = 36.00
            Cost("2", 2, "Per diem", Eur(0)) with { Detail = new(Quantity: 2.5m) },  // 2.5 × 28 = 70.00
            Cost("3", 3, "Flight", Eur(400)) with { Detail = new(Receipt: true) },  // at its cost
            Cost("4", 20, "Hotel", Money.Of(100, "USD")),  // 100 × 0.90 (1 March) = 90.00, plus 10 % = 99.00
            Cost("5", 21, "Hotel", Eur(250)),  // above 200 without a receipt
            Cost("6", 22, "Hotel", Eur(119)) with { Detail = new(TaxPercent: 19) },  // 119 / 1.19 = 100, plus 10 % = 110.00
            Cost("7", 23, "Alcohol", Eur(20)),
            Cost("8", 24, "Taxi", Eur(400)) with { Detail = new(Receipt: true) });  // 440, of which 1,000 − 715 = 285 are left
        Assert.Equal(
            [
                "36.00 Billable", "70.00 Billable", "400.00 Billable", "99.00 Billable", "0.00 Deferred", "110.00 Billable", "0.00 Excluded", "285.00 Capped",
            ],
            items.Select(item => $"{item.Amount.Amount:0.00} {item.Disposition}"));
        Assert.Equal("Car: 120 km at 0.30 EUR.", items[0].Explanation);
        Assert.Equal("Hotel at its cost of 90.00 EUR (100.00 USD at 0.9, ECB of 2026-03-01) plus 10 %.", items[3].Explanation);
        Assert.Equal(new Exchanged(Money.Of(100, "USD"), 0.90m, March(1), "ECB"), items[3].Exchange);
        Assert.Equal("Not billed yet: an expense above 200.00 EUR is billed with its receipt.", items[4].Explanation);
    }

    [Fact]
    public void A_receipt_that_comes_later_makes_its_expense_billable()
    {
        var line = new ContractLine(Travel, "expenses", "Travel", new BillingModel.Expenses(0, [], new(ReceiptAbove: Eur(200))), Start, End);
        var given = Sold(line).Next(Reported(Cost("1", 2, "Hotel", Eur(250))));
        Assert.Empty(Project.Preview(given.State, March(31)));
        given = given.Next(Reported(Cost("1", 2, "Hotel", Eur(250), version: 2) with { Detail = new(Receipt: true) }));
        Assert.Equal([Eur(250)], Project.Preview(given.State, March(31)).Select(item => item.Amount));
    }

    private static Life Sold(params ContractLine[] lines) =>
        new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = new(1, Start, "EUR", [.. lines]) }));

    private static BillableItem[] Billed(ContractLine line, params WorkRecord[] records) =>
        [.. Sold(line).Next(Reported(records)).State.Unbilled.Values.Select(open => open.Item).OrderBy(item => item.SourceId, StringComparer.Ordinal)];

    private static ContractLine Line(RateCard card, TimeRules? time = null) =>
        new(Implementation, "consulting", "Implementation", new BillingModel.TimeAndMaterials([], null, card, time), Start, End);

    private static WorkRecord.TimeWorked Work(string id, string role, decimal hours, int day = 2) => Hours(id, day, role, hours);
}
