using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Tests.Periods;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about what is used: minimums, commitments, and billing before the period is over.</summary>
public sealed class UsageCases
{
    private const string Fee = "fee";

    [Fact]
    public void Lago_commitment_minimum_in_advance_and_end() => GoldenCase.Tell("lago-commitment-minimum-in-advance-and-end", golden =>
    {
        var usage = golden.Contract.GetProperty("usage");
        foreach (var (id, period) in new[] { ("anniv", Monthly()), ("cal", Monthly(1)) })
        {
            // Recurring usage comes again with each period; metered usage only in the first.
            var start = Date(Event(golden, id), "date");
            var story = Sold(
                Recurring(start, Number(golden.Contract, "fee"), period, id: Fee),
                Used("recurring", start, period with { Timing = BillingTiming.InArrears }),
                Used("metered", start, period with { Timing = BillingTiming.InArrears }),
                Used("metered_in_advance", start, period),
                Committed(golden.Contract, start, period, Fee, "recurring", "metered", "metered_in_advance"));
            foreach (var line in new[] { "recurring", "metered", "metered_in_advance" })
                story = story.Then(Reported(Use(line, line, start, Number(usage, line))));
            (var first, story) = story.Billed(start);
            Assert.Equal(JsonValueKind.Null, golden.Expected($"{id}[0]").ValueKind);
            Assert.Empty(TrueUps(first));

            var second = id == "cal" ? new DateOnly(start.Year, start.Month, 1).AddMonths(1) : start.AddMonths(1);
            story = story.Then(Reported(Use("again", "recurring", second, Number(usage, "recurring"))));
            foreach (var (i, day) in new[] { (1, second), (2, second.AddMonths(1)) })
            {
                (var items, story) = story.Billed(day);
                Assert.Equal(golden.ExpectedNumber($"{id}[{i}]"), Assert.Single(TrueUps(items)).Amount.Amount);
            }
        }

        var end = Event(golden, "end");
        var whole = Monthly(timing: BillingTiming.InArrears);
        var from = Date(end, "date").AddMonths(-1);
        var (last, _) = Sold(Recurring(from, Number(golden.Contract, "fee"), whole, id: Fee), Committed(golden.Contract, from, whole, Fee))
            .Changed(version => new TerminateLine(version, Fee, Date(end, "date"), false, null, "Downgraded."))
            .Billed(Date(end, "date"));
        Assert.Equal(golden.ExpectedNumber("end.fee"), last.Single(item => item.LineId == Fee).Amount.Amount);
        Assert.Equal(golden.ExpectedNumber("end.true_up"), Assert.Single(TrueUps(last)).Amount.Amount);
        Assert.Equal(golden.ExpectedNumber("end.invoice_total"), Total(last));
    });

    [Fact]
    public void Lago_spending_minimum_on_termination() => GoldenCase.Tell("lago-spending-minimum-on-termination", golden =>
    {
        var (start, end) = (Date(golden.Events[0], "date"), Date(golden.Events[2], "date"));
        foreach (var (minimum, used, trueUp, net) in new[]
        {
            (Number(golden.Contract, "usage_minimum"), Number(golden.Events[1], "amount"), "true_up", "termination_invoice.net"),
            (100m, 70m, "variant_100_minimum_usage_70.true_up", "variant_100_minimum_usage_70.net"),
        })
        {
            var story = Sold(
                Recurring(start, Number(golden.Contract, "fee"), Monthly(1), id: Fee),
                Used("usage", start, Monthly(1, BillingTiming.InArrears), Eur(minimum)));
            (_, story) = story.Billed(start);
            (_, story) = story.Billed(new DateOnly(2023, 2, 1));
            story = story.Then(Reported(Use("1", "usage", end, used)));
            foreach (var line in new[] { Fee, "usage" })
                story = story.Changed(version => new TerminateLine(version, line, end, true, null, "Terminated."));
            var (items, _) = story.Billed(end.AddDays(1));
            Assert.Equal(golden.ExpectedNumber(trueUp), Assert.Single(TrueUps(items)).Amount.Amount);
            Assert.Equal(golden.ExpectedNumber(net), Total(items.Where(item => item.Amount.Minor > 0)));
            Assert.Equal(golden.ExpectedNumber("credit_note.net"), -items.Single(item => item.Amount.Minor < 0).Amount.Amount);
        }
    });

    [Fact]
    public void Lago_progressive_billing_thresholds() => GoldenCase.Tell("lago-progressive-billing-thresholds", golden =>
    {
        var month = new DateOnly(2022, 12, 1);
        var uses = golden.Events.Where(@event => Text(@event, "type") == "usage").ToArray();
        var thresholds = golden.Contract.GetProperty("thresholds").EnumerateArray().Select(amount => amount.GetDecimal()).ToArray();

        var story = With(thresholds);
        (var early, story) = Use(story, Date(uses[0], "date"), Number(uses[0], "units"));
        Assert.Equal(golden.ExpectedNumber("invoices[0].total"), Total(early));
        (var nothing, story) = Use(story, Date(uses[1], "date"), Number(uses[1], "units"));
        Assert.Empty(nothing);
        var run = golden.Events.Single(@event => Text(@event, "type") == "bill_run");
        (var end, _) = story.Billed(Date(run, "date"));
        Settled(end, "invoices[1].fees", "invoices[1].already_billed", "invoices[1].total");

        foreach (var (id, counts) in new[] { ("end", true), ("upgrade", false) })
        {
            // Both lines end on the day; an upgrade does not count it any more.
            var day = Date(Event(golden, id), "date");
            (early, story) = Use(With(thresholds), new(2022, 12, 16), Number(uses[0], "units"));
            foreach (var line in new[] { Fee, "usage" })
                story = story.Changed(version => new TerminateLine(version, line, day, counts, null, "Ended."));
            Settled(story.Billed(day.AddDays(1)).Items, $"{id}.fees", $"{id}.credited", $"{id}.total");
        }

        var two = Event(golden, "two");
        story = With([.. two.GetProperty("thresholds").EnumerateArray().Select(amount => amount.GetDecimal())]);
        var bills = new List<decimal>();
        foreach (var day in two.GetProperty("usage_at_days").EnumerateArray())
        {
            (var items, story) = Use(story, month.AddDays(day.GetInt32() - 1), Number(uses[0], "units"));
            if (items.Length > 0) bills.Add(Total(items));
        }

        Assert.Equal([golden.ExpectedNumber("two.invoices[0]"), golden.ExpectedNumber("two.invoices[1]")], bills);
        (end, _) = story.Billed(month.AddMonths(1));
        Assert.Equal(golden.ExpectedNumber("two.invoices[2].total"), Total(end));
        Assert.Equal(
            golden.ExpectedNumber("two.invoices[2].credited"),
            bills.Sum());

        PeriodStory With(decimal[] amounts) => Sold(
            Recurring(month, Number(golden.Contract, "fee"), Monthly(1, BillingTiming.InArrears), id: Fee),
            Of(
                new BillingModel.Usage(
                    "units", Monthly(1, BillingTiming.InArrears), TierRule.Graduated, [new(null, Number(golden.Contract, "price_per_unit"))],
                    BillEarlyAt: [.. amounts.Select(Eur)]),
                month, id: "usage"));

        (BillableItem[], PeriodStory) Use(PeriodStory now, DateOnly day, decimal units) =>
            now.Then(Reported(UsageCases.Use($"{day:O}", "usage", day, units))).Billed(day);

        void Settled(BillableItem[] items, string fees, string credited, string total)
        {
            Assert.Equal(golden.ExpectedNumber(fees), items.Sum(item => item.Value.Amount) + AlreadyBilled(items));
            Assert.Equal(golden.ExpectedNumber(credited), items.Sum(item => item.Value.Amount - item.Amount.Amount) + AlreadyBilled(items));
            Assert.Equal(golden.ExpectedNumber(total), Total(items));
        }

        // Usage that was billed in full before is no item any more.
        decimal AlreadyBilled(BillableItem[] items) =>
            items.Any(item => item.LineId == "usage") ? 0 : Number(golden.Contract, "price_per_unit") * Number(uses[0], "units");
    });

    [Fact]
    public void Oca_contract_recurring_quantity_from_timesheets() => GoldenCase.Tell("oca-contract-recurring-quantity-from-timesheets", golden =>
    {
        var month = Start;
        var price = Number(golden.Contract, "price");
        var times = golden.Events.Where(@event => Text(@event, "type") == "time").ToArray();
        var story = Sold(Hourly("hours", true, null), Of(new BillingModel.TimeAndMaterials([new("Role", 1)], null), month, id: "other"));
        foreach (var time in times)
            story = story.Then(Reported(Hours(Text(time, "type") + time.GetProperty("hours"), 3, "Role", Number(time, "hours"),
                line: time.GetProperty("in_scope").GetBoolean() ? "hours" : "other")));
        var item = story.Billed(month.AddMonths(1)).Items.Single(charge => charge.LineId == "hours");
        Assert.Equal(golden.ExpectedNumber("timesheet_qty"), item.Quantity);
        Assert.Equal(Eur(price * item.Quantity), item.Amount);

        var formulas = golden.Events.Where(@event => Text(@event, "type") == "formula").ToArray();
        foreach (var (formula, path) in formulas.Zip(["formula_qty", "zero_skip", "zero_keep"]))
        {
            var skips = !formula.TryGetProperty("skip_zero", out var skip) || skip.GetBoolean();
            var (items, _) = Sold(Hourly("formula", false, skips ? null : true))
                .Then(Reported(Use("1", "formula", month, Number(formula, "result")))).Billed(month.AddMonths(1));
            if (path == "zero_skip")
            {
                Assert.Equal("no line", golden.Expected(path).GetString());
                Assert.Empty(items);
            }
            else
            {
                Assert.Equal(golden.ExpectedNumber(path), path == "zero_keep" ? Total(items) : Assert.Single(items).Quantity);
                Assert.Single(items);
            }
        }

        ContractLine Hourly(string id, bool countsHours, bool? showsZero) => Of(
            new BillingModel.Usage(
                "hours", Monthly(1, BillingTiming.InArrears), TierRule.Graduated, [new(null, price)], CountsHours: countsHours, ShowsZero: showsZero),
            month, id: id);
    });

    private static ContractLine Used(string id, DateOnly start, BillingPeriod period, Money? minimum = null) =>
        Of(new BillingModel.Usage("units", period, TierRule.Graduated, [new(null, 1)], minimum), start, id: id);

    private static ContractLine Committed(JsonElement contract, DateOnly start, BillingPeriod period, params string[] lines) =>
        Of(new BillingModel.Commitment(Eur(Number(contract, "commitment")), period, [.. lines]), start, id: "commitment");

    private static WorkRecord.UsageRecorded Use(string id, string line, DateOnly day, decimal quantity) =>
        new($"usage/{id}", 1, day, line, quantity, null);

    private static BillableItem[] TrueUps(BillableItem[] items) => [.. items.Where(item => item.Description.Contains("up to the agreed minimum", StringComparison.Ordinal))];

    private static JsonElement Event(GoldenCase golden, string id) =>
        golden.Events.Single(@event => @event.TryGetProperty("id", out var named) && named.GetString() == id);

    private static DateOnly Date(JsonElement of, string name) => Day(Text(of, name));

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
