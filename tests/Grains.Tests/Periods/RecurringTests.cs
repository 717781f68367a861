using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Tests.Firms;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Periods;

/// <summary>Our own cases about periods, with their arithmetic written out.</summary>
public sealed class RecurringTests
{
    [Fact]
    public void A_suspension_across_the_end_of_a_period_credits_one_and_shortens_the_next()
    {
        // 310 a month. Paused from 22 January to 10 February: 10 of 31 days of January come back, 100.00; of February,
        // 28 days of 11.071428…, 19 are billed from the 10th: 310 × 19/28 = 210.36.
        var start = new DateOnly(2026, 1, 1);
        var (_, story) = Sold(Recurring(start, 310)).Billed(start);
        story = story.Changed(version => new SuspendLine(version, Line, new(2026, 1, 22), new(2026, 2, 10), "Holidays."));
        (var january, story) = story.Billed(new DateOnly(2026, 1, 25));
        Assert.Equal(["2026-01-22 2026-01-31 -100.00"], Lines(january));
        (var february, story) = story.Billed(new DateOnly(2026, 2, 28));
        Assert.Equal(["2026-02-10 2026-02-28 210.36"], Lines(february));
        Assert.Equal(["2026-03-01 2026-03-31 310.00"], Lines(story.Billed(new DateOnly(2026, 3, 1)).Items));
    }

    [Fact]
    public void A_year_that_began_on_the_29th_of_February_begins_on_the_28th_until_the_next_leap_year()
    {
        var (invoices, _) = Sold(Recurring(new(2024, 2, 29), 1_200, new(PeriodUnit.Year)))
            .Billed([new DateOnly(2024, 2, 29), new(2025, 2, 28), new(2026, 2, 28), new(2027, 2, 28), new(2028, 2, 29)]);
        Assert.Equal(
            [
                "2024-02-29 2025-02-27 1200.00", "2025-02-28 2026-02-27 1200.00", "2026-02-28 2027-02-27 1200.00",
                "2027-02-28 2028-02-28 1200.00", "2028-02-29 2029-02-27 1200.00",
            ],
            invoices.SelectMany(Lines));
    }

    [Fact]
    public void Months_anchored_on_the_31st_begin_on_the_last_day_of_a_shorter_one_and_come_back()
    {
        var (items, _) = Sold(Recurring(new(2026, 1, 31), 100, Monthly(31))).Billed(new DateOnly(2026, 4, 30));
        Assert.Equal(
            ["2026-01-31 2026-02-27 100.00", "2026-02-28 2026-03-30 100.00", "2026-03-31 2026-04-29 100.00", "2026-04-30 2026-05-30 100.00"],
            Lines(items));
    }

    [Fact]
    public void An_upgrade_on_the_last_day_credits_one_day_and_bills_one_at_the_new_price()
    {
        // April has 30 days: 300/30 = 10 comes back for the 30th, 600/30 = 20 is billed for it.
        var start = new DateOnly(2026, 4, 1);
        var (_, story) = Sold(Recurring(start, 300)).Billed(start);
        var (items, _) = story.Amended(new(2026, 4, 30), Recurring(start, 600)).Billed(new DateOnly(2026, 4, 30));
        Assert.Equal(["2026-04-30 2026-04-30 -10.00", "2026-04-30 2026-04-30 20.00"], Lines(items));
    }

    [Fact]
    public void A_change_of_the_future_is_credited_and_billed_when_it_comes()
    {
        var start = new DateOnly(2026, 4, 1);
        var (_, story) = Sold(Recurring(start, 300)).Billed(start);
        story = story.Amended(new(2026, 4, 16), Recurring(start, 600));
        (var before, story) = story.Billed(new DateOnly(2026, 4, 10));
        Assert.Empty(before);
        Assert.Equal(["2026-04-16 2026-04-30 -150.00", "2026-04-16 2026-04-30 300.00"], Lines(story.Billed(new DateOnly(2026, 4, 16)).Items));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 100)]
    [InlineData(150, 140)]
    [InlineData(250, 205)]
    public void Graduated_tiers_price_each_part_by_its_own_tier(int quantity, int price)
    {
        // 1 each up to 100, 0.80 each up to 200, then 0.50 each: 250 are 100 + 80 + 25.
        Assert.Equal(price, Tiers.Price(TierRule.Graduated, [new(100, 1), new(200, 0.8m), new(null, 0.5m)], quantity));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(101, 80.8)]
    [InlineData(250, 135)]
    public void Volume_tiers_price_all_by_the_tier_that_the_quantity_ends_in(int quantity, double price)
    {
        // 250 are 250 × 0.50, and 10 flat.
        Assert.Equal((decimal)price, Tiers.Price(TierRule.Volume, [new(100, 1), new(200, 0.8m), new(null, 0.5m, Flat: 10)], quantity));
    }

    [Fact]
    public void A_package_that_is_begun_is_paid_in_full() =>
        Assert.Equal(30, Tiers.Price(TierRule.Graduated, [new(null, 10, Package: 100)], 201));

    [Fact]
    public void What_a_rejected_invoice_billed_is_billed_by_the_next_run()
    {
        var start = new DateOnly(2026, 1, 1);
        var (first, story) = Sold(Recurring(start, 100)).Reserved(start);
        (var second, story) = story.Billed(new DateOnly(2026, 2, 1));
        Assert.Equal(["2026-01-01 2026-01-31 100.00"], Lines(first));
        Assert.Equal(["2026-02-01 2026-02-28 100.00"], Lines(second));
        (var third, story) = story.Rejected(1).Billed(new DateOnly(2026, 2, 1));
        Assert.Equal(["2026-01-01 2026-01-31 100.00"], Lines(third));
        Assert.Empty(story.Billed(new DateOnly(2026, 2, 1)).Items);
    }

    [Fact]
    public void A_period_that_a_credit_released_is_billed_again_by_the_terms_that_hold_then()
    {
        var firm = new Firm(Recurring(March(1), 100));
        var march = firm.Bills(March(1)).Single();
        firm.Credits(march.Id, release: true);
        firm.Amends(March(1), Recurring(March(1), 120));
        Assert.Equal(Eur(120), firm.Bills(March(31)).Single().Draft.Net);
        Assert.Empty(firm.Bills(March(31)));
        Assert.Equal(Eur(120), firm.Bills(new(2026, 4, 1)).Single().Draft.Net);
    }

    [Fact]
    public void A_period_that_a_credit_kept_is_not_billed_again()
    {
        var firm = new Firm(Recurring(March(1), 100));
        firm.Credits(firm.Bills(March(1)).Single().Id, release: false);
        Assert.Empty(firm.Bills(March(31)));
        Assert.Equal(Eur(100), firm.Bills(new(2026, 4, 1)).Single().Draft.Net);
        Assert.Equal(10_000, firm.Project.Invoiced[Line]);
    }

    [Fact]
    public void A_credited_top_up_is_asked_for_again_if_the_credit_released_it()
    {
        var firm = new Firm(Of(new BillingModel.Retainer(RetainerUnit.Hours, 10, 100, []), March(1)));
        firm.Bills(March(1));
        firm.Projects(new TopUpRetainer(Line, 5, March(2), null, null, null, "More."));
        var invoice = firm.Bills(March(2)).Single();
        firm.Credits(invoice.Id, release: true);
        Assert.Equal(Eur(500), firm.Bills(March(3)).Single().Draft.Net);
    }

    [Fact]
    public void Ten_years_of_one_price_are_kept_as_one_entry()
    {
        var start = new DateOnly(2016, 1, 1);
        var (_, story) = Sold(Recurring(start, 100)).Billed(Enumerable.Range(0, 120).Select(start.AddMonths));
        Assert.Single(story.Life.State.Periods.Line(Line).Runs);
        Assert.Empty(story.Life.State.Periods.Open);
    }
}
