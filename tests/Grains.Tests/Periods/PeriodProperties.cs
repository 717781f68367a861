using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Periods;

/// <summary>Random lives of lines that are billed by the period: change orders of any date, runs, rejections, usage, draws.</summary>
public sealed class PeriodProperties
{
    private const int Lives = 300;
    private const string Metered = "metered";
    private const string Pool = "prepaid";

    private static readonly DateOnly Begin = new(2026, 1, 1);
    private static readonly DateOnly Last = new(2027, 1, 1);

    [Fact]
    public void Billing_a_history_as_it_is_rewritten_comes_to_what_billing_the_final_one_once_does() => Projects.Lives.Hold(Lives, life =>
    {
        var (lived, usage) = Lived(life);
        (_, lived) = lived.Billed(Last);
        var once = lived.Terms.Version == 1
            ? Fresh(life)
            : lived.Life.State.History.Skip(1).Aggregate(Fresh(life), (story, terms) => story.Then(Observed(Amended(terms))));
        (_, once) = once.Then([.. usage.Select(record => Reported(record))]).Billed(Last);
        Assert.Equal(ByLine(once), ByLine(lived));
        Assert.Equal(Covered(once), Covered(lived));
    });

    [Fact]
    public void Billing_twice_bills_nothing() => Projects.Lives.Hold(Lives, life =>
    {
        var (_, story) = Lived(life).Story.Billed(Last);
        Assert.Empty(story.Billed(Last).Items);
        Assert.Empty(story.Billed(Last.AddMonths(-3)).Items);
    });

    [Fact]
    public void What_is_covered_is_what_is_invoiced_and_pending_and_no_day_is_charged_twice() => Projects.Lives.Hold(Lives, life =>
    {
        var (_, story) = Lived(life).Story.Reserved(Last);
        var state = story.Life.State;
        foreach (var line in state.Book.Newest.Terms.Lines)
        {
            var ledger = state.Periods.Open.Where(charge => charge.Value.LineId == line.Id).OrderBy(charge => charge.Key, StringComparer.Ordinal)
                .Aggregate(state.Periods.Line(line.Id), (now, charge) => PeriodLedger.With(now, charge.Value, state.Unbilled[charge.Key].Item.Amount.Minor));
            var covered = PeriodLedger.After(ledger, DateOnly.MinValue);
            var charges = new PeriodCharges(state.History, Rounding.HalfUp, state.Periods.UsageIn).Due(line.Id, DateOnly.MinValue, Last).ToArray();
            Assert.Equal(charges.Sum(charge => charge.Sum.Amount), covered.Values.Sum(period => period.Amount));
            var fees = covered.Where(period => period.Key.Kind == ChargeKind.Fee).SelectMany(period => period.Value.Days).ToArray();
            Assert.Equal(fees.Sum(span => span.Days), DaySpans.Union(fees, []).Sum(span => span.Days));
        }
    });

    [Fact]
    public void Of_every_line_what_its_periods_cost_is_billed_or_was_credited_for_good_or_is_pending() => Projects.Lives.Hold(Lives, life =>
    {
        var (story, kept) = (Fresh(life), 0L);
        for (var i = 0; i < life.Length; i++)
        {
            var day = Begin.AddDays(life[i] / 8 % 360);
            switch (life[i] % 4)
            {
                case 0:
                    story = story.Changed(version => new ChangeQuantity(version, Line, 1 + (life[i] % 4), day, "Quantity."));
                    break;
                case 1 when Billed(story) is { Length: > 0 } billed:
                    var item = billed[life[i] / 4 % billed.Length];
                    var isReleased = life[i] / 8 % 2 == 0;
                    story = story.Then(Observed(Projects.Crediting.MemoOn(item.LineId, isReleased, (item.Id, item.Amount))));
                    if (!isReleased) kept += item.Amount.Minor;
                    break;
                default:
                    story = story.Billed(day).Story;
                    break;
            }
        }

        var state = story.Reserved(Last).Story.Life.State;
        var pending = state.Periods.Open.Keys.Sum(id => state.Unbilled[id].Item.Amount.Minor);
        var charges = new PeriodCharges(state.History, Rounding.HalfUp, state.Periods.UsageIn);
        var due = state.Book.Newest.Terms.Lines.Sum(line => charges.Due(line.Id, DateOnly.MinValue, Last).Sum(charge => charge.Sum.Amount));
        Assert.Equal(due, state.Invoiced.Values.Sum() + kept + pending);
        Assert.Empty(story.Billed(Last).Story.Billed(Last).Items);

        static BillableItem[] Billed(PeriodStory story) =>
            [.. story.Life.State.Past.All().SelectMany(past => past.Invoiced).Select(part => part.Item).OrderBy(item => item.Id, StringComparer.Ordinal)];
    });

    [Fact]
    public void What_was_bought_is_drawn_expired_or_there_and_nothing_is_below_zero() => Projects.Lives.Hold(Lives, life =>
    {
        var expiry = life.Length > 0 && life[0] % 2 == 0 ? new RetainerExpiry(2, PeriodUnit.Month, life[0] % 4 == 0) : null;
        var story = Sold(
            Of(new BillingModel.TimeAndMaterials([new(Consultant, 150)], null), Begin, id: "work"),
            Of(new BillingModel.Retainer(RetainerUnit.Hours, 10, 99.99m, ["work"], Renews: Monthly(1), Expiry: expiry), Begin, id: Pool));
        for (var i = 0; i < life.Length; i++)
        {
            var day = Begin.AddDays(life[i] / 10 % 360);
            story = (life[i] % 5) switch
            {
                0 => story.Billed(day).Story,
                1 => story.Then(Reported(new WorkRecord.Retracted($"time_entry/{life[i] % 7}", i + 1, day, "deleted"))),
                2 => story.Then(new TopUpRetainer(Pool, 1 + (life[i] % 9), day, null, life[i] % 3, null, "More.")),
                _ => story.Then(Reported(new WorkRecord.TimeWorked(
                    $"time_entry/{life[i] % 7}", i + 1, day, "Ada", Consultant, "Build", (life[i] % 50) / 4m, true, null, null))),
            };
            Balanced(story);
        }

        (_, story) = story.Billed(Last);
        Balanced(story);
        Assert.Empty(story.Billed(Last).Items);
    });

    [Fact]
    public void Before_billing_the_order_of_usage_and_hours_does_not_matter_and_duplicates_change_nothing() => Projects.Lives.Hold(Lives, life =>
    {
        if (life.Length < 2) return;
        var (_, usage) = Lived(life);
        var once = Delivered(usage);
        Assert.Equal(once, Delivered(usage.Reverse()));
        Assert.Equal(once, Delivered(usage.Concat(usage)));

        string Delivered(IEnumerable<WorkRecord> records) => string.Join("\n", Fresh(life)
            .Then([.. records.Select(record => Reported(record))]).Billed(Last).Items.Select(item => $"{item.LineId} {item.ServiceFrom:O} {item.Value} {item.Amount}"));
    });

    private static void Balanced(PeriodStory story)
    {
        var periods = story.Life.State.Periods;
        var draws = periods.Draws.Values.SelectMany(draws => draws).ToLookup(draw => draw.TopUpId);
        foreach (var topUp in periods.TopUps.Values)
        {
            Assert.True(topUp.Balance >= 0, $"{topUp}");
            Assert.Equal(topUp.Quantity, draws[topUp.Id].Sum(draw => draw.Quantity) + topUp.Expired + topUp.Balance);
            Assert.Equal(topUp.DrawnValue, draws[topUp.Id].Sum(draw => draw.Value.Minor));
            if (topUp.Balance == 0) Assert.Equal(topUp.Value.Minor, topUp.DrawnValue + topUp.ExpiredValue);
        }
    }

    /// <summary>Two lines; each step of the life is a change order, a run, a rejected one, or usage.</summary>
    private static (PeriodStory Story, WorkRecord[] Usage) Lived(int[] life)
    {
        var (story, usage) = (Fresh(life), new List<WorkRecord>());
        for (var i = 0; i < life.Length; i++)
        {
            var day = Begin.AddDays(life[i] / 8 % 360);
            switch (life[i] % 8)
            {
                case 0:
                    story = story.Changed(version => new ChangeQuantity(version, Line, 1 + (life[i] % 4), day, "Quantity."));
                    break;
                case 1:
                    story = story.Changed(version => new SuspendLine(version, Line, day, life[i] % 3 == 0 ? null : day.AddDays(1 + (life[i] % 40)), "Pause."));
                    break;
                case 2:
                    story = story.Changed(version => new ResumeLine(version, Line, day, "Pause over."));
                    break;
                case 3:
                    story = story.Amended(day, Service(10 + (life[i] % 300), life[i]));
                    break;
                case 4:
                    story = story.Reserved(day).Story.Rejected();
                    break;
                case 5:
                    var record = new WorkRecord.UsageRecorded($"usage/{life[i] % 9}", i + 1, day, Metered, life[i] % 500, null);
                    usage.Add(record);
                    story = story.Then(Reported(record));
                    break;
                default:
                    story = story.Billed(day).Story;
                    break;
            }
        }

        return (story, [.. usage.GroupBy(record => record.SourceId).Select(source => source.Last())]);
    }

    private static PeriodStory Fresh(int[] life) => Sold(
        Service(100, life.Length == 0 ? 0 : life[0]),
        Of(
            new BillingModel.Usage(
                "units", Monthly(1, BillingTiming.InArrears), TierRule.Graduated, [new(100, 0.5m), new(null, 0.3m)], Minimum: Eur(20)),
            Begin, id: Metered));

    private static ContractLine Service(decimal price, int options) => Recurring(
        Begin, price, new((options % 3) switch { 0 => PeriodUnit.Month, 1 => PeriodUnit.Quarter, _ => PeriodUnit.Week }, AnchorDay: 1 + (options / 3 % 7),
            Timing: options % 2 == 0 ? BillingTiming.InAdvance : BillingTiming.InArrears, Proration: options % 5 == 0 ? Proration.Thirty360 : null));

    private static string[] ByLine(PeriodStory story) =>
    [
        .. story.Life.State.Invoiced.Where(line => line.Value != 0).OrderBy(line => line.Key, StringComparer.Ordinal).Select(line => $"{line.Key} {line.Value}"),
    ];

    private static string[] Covered(PeriodStory story) =>
    [
        .. story.Life.State.Periods.Lines.OrderBy(line => line.Key, StringComparer.Ordinal)
            .SelectMany(line => PeriodLedger.After(line.Value, DateOnly.MinValue).Select(period =>
                $"{line.Key} {period.Key} {string.Join(" ", period.Value.Days.Select(days => $"{days.From:O}-{days.Until:O}"))} {period.Value.Amount}"))
            .Order(StringComparer.Ordinal),
    ];
}
