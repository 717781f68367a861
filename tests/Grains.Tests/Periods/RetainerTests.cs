using Q2C.Contracts;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Periods;

/// <summary>Hours and money paid in advance: drawn, topped up, expired, and never below zero.</summary>
public sealed class RetainerTests
{
    private const string Pool = "prepaid";

    private static readonly ContractLine Work = Of(
        new BillingModel.TimeAndMaterials([new(Consultant, 150)], null), March(1), id: "work");

    private static ContractLine Hours10(RetainerExpiry? expiry = null, decimal? overage = null, int? priority = null, string id = Pool) =>
        Of(new BillingModel.Retainer(RetainerUnit.Hours, 10, 120, ["work"], Priority: priority, Expiry: expiry, OverageRate: overage), March(1), id: id);

    [Fact]
    public void Work_in_scope_draws_hours_and_only_what_is_beyond_them_is_billed()
    {
        // 10 h were bought for 1,200; 8 h and 5 h are worked: 3 h are left to bill, at 150 each.
        var (items, story) = Sold(Work, Hours10()).Then(Reported(Hours("1", 2, Consultant, 8), Hours("2", 3, Consultant, 5))).Billed(March(31));
        Assert.Equal(["period/prepaid/2026-03-01@1 1200.00", "time_entry/2@1 450.00"], Amounts(items));
        Assert.Equal(["prepaid/2026-03-01: 10 of 10 drawn, 0 left"], TopUps(story));
        var drawn = story.Life.History.OfType<RetainerDrawn>().SelectMany(e => e.Draws).ToArray();
        Assert.Equal([8m, 2m], drawn.Select(draw => draw.Quantity));
        Assert.Equal([960m, 240m], drawn.Select(draw => draw.Value.Amount));
    }

    [Fact]
    public void Overage_has_a_rate_of_its_own()
    {
        var (items, _) = Sold(Work, Hours10(overage: 180)).Then(Reported(Hours("1", 2, Consultant, 12))).Billed(March(31));
        Assert.Equal(Eur(360), items.Single(item => item.Kind == ItemKind.Time).Amount);
    }

    [Fact]
    public void The_lowest_priority_is_drawn_first_then_the_oldest_and_each_draw_names_its_sources()
    {
        var story = Sold(Work, Hours10(priority: 5, id: "late"), Hours10(priority: 1, id: "first"))
            .Then(Reported(Hours("1", 2, Consultant, 14))).Billed(March(31)).Story;
        var draws = Assert.Single(story.Life.History.OfType<RetainerDrawn>()).Draws;
        Assert.Equal(["first/2026-03-01 10", "late/2026-03-01 4"], draws.Select(draw => $"{draw.TopUpId} {draw.Quantity}"));
    }

    [Fact]
    public void A_corrected_entry_gives_back_what_it_drew()
    {
        var story = Sold(Work, Hours10()).Then(Reported(Hours("1", 2, Consultant, 8))).Billed(March(10)).Story;
        (_, story) = story.Then(Reported(Hours("1", 2, Consultant, 3, version: 2))).Billed(March(31));
        Assert.Equal(["prepaid/2026-03-01: 3 of 10 drawn, 7 left"], TopUps(story));
        (_, story) = story.Then(Reported(Deleted(Hours("1", 2, Consultant, 3), 3))).Billed(March(31));
        Assert.Equal(["prepaid/2026-03-01: 0 of 10 drawn, 10 left"], TopUps(story));
    }

    [Fact]
    public void What_is_left_on_the_last_day_is_forfeited_with_its_part_of_the_price()
    {
        // One month from 1 March: 31 March is the last day. 6 of 10 h are drawn, 4 h of 120 each are breakage: 480.
        var story = Sold(Work, Hours10(new(1, PeriodUnit.Month))).Then(Reported(Hours("1", 31, Consultant, 6))).Billed(March(31)).Story;
        Assert.Empty(story.Life.History.OfType<RetainerExpired>());
        (_, story) = story.Billed(new DateOnly(2026, 4, 1));
        var expired = Assert.Single(story.Life.History.OfType<RetainerExpired>());
        Assert.Equal((March(31), 4m, Eur(480), null), (expired.LastDay, expired.Quantity, expired.Value, expired.CarriedInto));
        Assert.Equal(["prepaid/2026-03-01: 6 of 10 drawn, 0 left"], TopUps(story));
    }

    [Fact]
    public void What_rolls_over_is_drawn_in_the_next_period_and_expires_after_it()
    {
        var story = Sold(Work, Hours10(new(1, PeriodUnit.Month, RollOver: true))).Billed(new DateOnly(2026, 4, 1)).Story;
        var april = new WorkRecord.TimeWorked("time_entry/9", 1, new(2026, 4, 10), "Ada", Consultant, "Build", 4, true, null, null);
        (var items, story) = story.Then(Reported(april)).Billed(new DateOnly(2026, 4, 30));
        Assert.Empty(items);
        (_, story) = story.Billed(new DateOnly(2026, 5, 1));
        Assert.Equal(
            ["prepaid/2026-03-01: 0 of 10 drawn, 0 left", "prepaid/2026-03-01/carried-over: 4 of 10 drawn, 0 left"], TopUps(story));
        Assert.Equal([Eur(1_200), Eur(720)], story.Life.History.OfType<RetainerExpired>().Select(e => e.Value));
    }

    [Fact]
    public void A_retainer_that_renews_is_bought_and_granted_with_each_period()
    {
        var monthly = Of(new BillingModel.Retainer(RetainerUnit.Hours, 10, 120, ["work"], Renews: Monthly(1)), March(1), id: Pool);
        var (invoices, story) = Sold(Work, monthly).Billed([March(1), new DateOnly(2026, 4, 1)]);
        Assert.All(invoices, items => Assert.Equal(1_200, Total(items)));
        Assert.Equal(2, story.Life.State.Periods.TopUps.Count);
        Assert.Empty(story.Billed(new DateOnly(2026, 4, 1)).Items);
    }

    [Fact]
    public void Time_on_the_retainer_itself_waits_when_the_hours_are_used_up()
    {
        var own = Of(new BillingModel.Retainer(RetainerUnit.Hours, 10, 120, []), March(1), id: Pool);
        var (items, story) = Sold(own).Then(Reported(Hours("1", 2, Consultant, 12, line: Pool))).Billed(March(31));
        Assert.Equal([1_200m], items.Select(item => item.Amount.Amount));
        Assert.Equal(Disposition.Deferred, story.Life.State.Unbilled["time_entry/1"].Item.Disposition);
        (items, story) = story.Then(new TopUpRetainer(Pool, 5, March(1), null, null, null, "More work.")).Billed(March(31));
        Assert.Equal([600m], items.Select(item => item.Amount.Amount));
        Assert.Equal(Disposition.Excluded, story.Life.State.Unbilled["time_entry/1"].Item.Disposition);
    }

    private static string[] Amounts(BillableItem[] items) => [.. items.Select(item => $"{item.Id} {item.Amount.Amount:0.00}").Order(StringComparer.Ordinal)];

    private static string[] TopUps(PeriodStory story) =>
    [
        .. story.Life.State.Periods.TopUps.Values.OrderBy(topUp => topUp.Id, StringComparer.Ordinal)
            .Select(topUp => $"{topUp.Id}: {topUp.Drawn:0.##} of {topUp.Quantity:0.##} drawn, {topUp.Balance:0.##} left"),
    ];
}
