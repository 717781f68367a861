using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Billing;

public sealed class PricingTests
{
    [Theory]
    [InlineData("33.333333333", "0.25", Rounding.HalfUp, "8.33")]       // 8.33333333325
    [InlineData("100.02", "0.25", Rounding.HalfUp, "25.01")]            // 25.005
    [InlineData("100.02", "0.25", Rounding.HalfEven, "25.00")]
    [InlineData("100.02", "0.25", Rounding.Down, "25.00")]
    [InlineData("0.000000150", "100000", Rounding.HalfUp, "0.02")]      // 0.015
    public void A_value_is_rounded_once_by_the_rule_of_the_legal_entity(string rate, string hours, Rounding rounding, string value)
    {
        var book = Book(rounding, new ContractLine("line", "consulting", "Line",
            new BillingModel.TimeAndMaterials([new(Senior, decimal.Parse(rate))], null), Start, End));
        var price = Pricing.Price(book, Hours("1", 2, Senior, decimal.Parse(hours))).Price;
        Assert.Equal(Eur(decimal.Parse(value)), price.Value);
        Assert.Equal(decimal.Parse(rate), price.Rate);
    }

    [Theory]
    [InlineData(99.99, 12.5, "112.49")]     // 112.48875
    [InlineData(10.05, 10, "11.06")]        // 11.055
    [InlineData(10.05, 0, "10.05")]
    public void An_expense_is_its_cost_and_the_markup(double cost, double markup, string value)
    {
        var book = Book(Rounding.HalfUp, new ContractLine(
            "line", "expenses", "Line", new BillingModel.Expenses((decimal)markup, []), Start, End));
        Assert.Equal(
            Eur(decimal.Parse(value)), Pricing.Price(book, Cost("1", 2, "Hotel", Eur((decimal)cost))).Price.Value);
    }

    [Fact]
    public void A_role_is_billed_on_the_line_that_runs_on_the_day()
    {
        var book = Book(
            Rounding.HalfUp,
            new("one", "consulting", "One", new BillingModel.TimeAndMaterials([new(Senior, 190)], null), Start, March(15)),
            new("two", "consulting", "Two", new BillingModel.TimeAndMaterials([new(Senior, 210)], null), March(16), End));
        Assert.Equal(("one", 190m), LineAndRate(15));
        Assert.Equal(("two", 210m), LineAndRate(16));

        (string, decimal) LineAndRate(int day) => Pricing.Price(book, Hours("1", day, Senior, 8)).Price is var price
            ? (price.LineId, price.Rate)
            : default;
    }

    [Fact]
    public void A_later_version_with_an_earlier_date_takes_the_place_of_the_one_between()
    {
        var book = PriceBook.Of(
            [
                Projects.Engagement.Terms,
                ChangeOrder(2, March(10), ImplementationAt(160, 200, 230, null)),
                ChangeOrder(3, March(5), ImplementationAt(170, 210, 240, null)),
            ],
            Rounding.HalfUp);
        Assert.Equal(
            [190m, 210m, 210m], new[] { 4, 5, 20 }.Select(day => Pricing.Price(book, Hours("1", day, Senior, 8)).Price.Rate));
    }

    [Fact]
    public void Pricing_a_record_allocates_nothing()
    {
        var book = PriceBook.Of([Projects.Engagement.Terms], Rounding.HalfUp);
        WorkRecord record = Hours("1", 2, Senior, 7.25m);
        long total = 0;
        for (var i = 0; i < 1_000; i++) total += Pricing.Price(book, record).Price.Value.Minor;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) total += Pricing.Price(book, record).Price.Value.Minor;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2_000 * 137_750, total);   // 7.25 × 190.00 = 1,377.50
    }

    private static PriceBook Book(Rounding rounding, params ContractLine[] lines) =>
        PriceBook.Of([new(1, Start, "EUR", [.. lines])], rounding);
}
