using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Tests.Periods;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about lines that are billed by the period: stubs, proration, changes, and what is repaired afterwards.</summary>
public sealed class RecurringCases
{
    [Fact]
    public void Killbill_backdated_base_and_removed_addon() => GoldenCase.Tell("killbill-backdated-base-and-removed-addon", golden =>
    {
        var (start, addOns) = (Day(Text(golden.Events[0], "date")), Day(Text(golden.Events[1], "date")));
        var period = Monthly(golden.Contract.GetProperty("billing_day").GetInt32());
        var story = Sold(Recurring(start, Number(golden.Events[0], "expected_total"), period, id: "base"));
        (var first, story) = story.Billed(start);
        Assert.Equal(Number(golden.Events[0], "expected_total"), Total(first));
        (var second, story) = story.Amended(addOns, Recurring(addOns, 5, period, id: "add-on 1"), Recurring(addOns, 20, period, id: "add-on 2")).Billed(addOns);
        Assert.Equal(Number(golden.Events[1], "expected_total"), Total(second));
        var rewrite = golden.Events[2];
        story = story.Amended(start, Recurring(start, Number(rewrite, "base"), period, id: "base"))
            .Changed(version => new TerminateLine(version, Text(rewrite, "drop"), addOns, false, null, "It was never ordered."));
        (var third, story) = story.Billed(Day(Text(rewrite, "date")));
        Assert.Equal(golden.ExpectedNumber("invoice3.items"), third.Length);
        Assert.Equal(golden.ExpectedNumber("invoice3.total"), Total(third));
        Assert.Equal("-10 + 13 - 20 x 0.9", golden.Expected("calc").GetString());
        Assert.Equal([-18, -10, 13], third.Select(item => item.Amount.Amount).Order());
        Assert.Empty(story.Billed(Day(Text(rewrite, "date"))).Items);
    });

    [Fact]
    public void Killbill_chaos_five_plans() => GoldenCase.Tell("killbill-chaos-five-plans", golden =>
    {
        var plans = golden.Contract.GetProperty("plans");
        JsonElement one = plans.GetProperty("1"), two = plans.GetProperty("2"), three = plans.GetProperty("3"), four = plans.GetProperty("4"), five = plans.GetProperty("5");
        var story = Sold(Plan("1", one, Start(one), one.GetProperty("phases")[0].GetDecimal()));
        var orders = new Dictionary<DateOnly, Func<PeriodStory, PeriodStory>>
        {
            [Start(two)] = now => now.Amended(Start(two), Plan("2", two, Start(two), two.GetProperty("phases")[0].GetDecimal())),
            [Date(one, "phase_change")] = now => now.Amended(Date(one, "phase_change"), Plan("1", one, Start(one), one.GetProperty("phases")[1].GetDecimal())),
            [Date(one, "cancel")] = now => now.Changed(version => new TerminateLine(version, "1", Date(one, "cancel"), false, null, "Cancelled.")),
            [Start(three)] = now => now.Amended(Start(three), Recurring(Start(three), Number(three, "monthly"), Monthly(three.GetProperty("billing_day")[0].GetInt32()), id: "3")),
            [Start(four)] = now => now.Amended(Start(four), Plan("4", four, Start(four), Number(four, "rate"))),
            [Day(two.GetProperty("changes")[0].GetString()!)] = now => Second(now, 0),
            [Day(two.GetProperty("changes")[1].GetString()!)] = now => Second(now, 1),
            [Start(five)] = now => now.Amended(Start(five), Plan("5", five, Start(five), Number(five, "rate"))),
            [Date(three, "annual_from")] = now => now.Amended(Date(three, "annual_from"), Recurring(
                Start(three), Number(three, "annual"), new(PeriodUnit.Year, AnchorDay: three.GetProperty("billing_day")[1].GetInt32()), id: "3")),
            [new(2011, 8, 7)] = now => now.Amended(new(2011, 8, 7), Plan("4", four, Start(four), Number(four, "rate_from_2011-08-07"))),
            [Date(five, "cancel")] = now => now.Changed(version => new TerminateLine(version, "5", Date(five, "cancel"), false, null, "Cancelled.")),
        };
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var day = Day(Text(golden.Events[i], "date"));
            if (orders.Remove(day, out var order)) story = order(story);
            (var items, story) = story.Billed(day);
            Assert.Equal((day, golden.ExpectedNumber($"invoice_totals[{i}]")), (day, Total(items)));
            Assert.Equal((day, golden.ExpectedNumber($"item_counts[{i}]")), (day, items.Length));
        }

        Assert.Empty(orders);

        PeriodStory Second(PeriodStory now, int change) => now.Amended(
            Day(two.GetProperty("changes")[change].GetString()!), Plan("2", two, Start(two), two.GetProperty("phases")[change + 1].GetDecimal()));
    });

    [Fact]
    public void Killbill_double_proration_monthly() => GoldenCase.Tell("killbill-double-proration-monthly", golden =>
    {
        // Cycles are what a line of this price costs: 28 × 31, so that every share is whole cents.
        const decimal price = 868;
        var contract = golden.Contract;
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var (items, _) = Sold(Recurring(
                Start(contract), price, Monthly(contract.GetProperty("billing_day").GetInt32()), end: Date(contract, "end").AddDays(-1)))
                .Billed(Day(Text(golden.Events[i], "date")));
            Assert.Equal(Cycles(golden.Expected($"cycles[{i}]").GetString()!) * price, Total(items), 6);
            Assert.Equal(
                decimal.Parse(golden.Expected($"cycles_decimal[{i}]").GetString()!),
                items.Sum(item => Rounding.HalfUp.Round(item.Amount.Amount / price, 9)));
        }
    });

    [Fact]
    public void Killbill_double_proration_quarterly_annual() => GoldenCase.Tell("killbill-double-proration-quarterly-annual", golden =>
    {
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var run = golden.Events[i];
            var price = Text(run, "period") == "annual" ? 365m * 366 : 92m * 91;
            var unit = Text(run, "period") == "annual" ? PeriodUnit.Year : PeriodUnit.Quarter;
            var (items, _) = Sold(Recurring(
                Start(golden.Contract), price, new(unit, AnchorDay: golden.Contract.GetProperty("billing_day").GetInt32()),
                end: Date(run, "end").AddDays(-1))).Billed(Day(Text(run, "date")));
            Assert.Equal(Cycles(golden.Expected($"cycles[{i}]").GetString()!) * price, Total(items), 6);
        }
    });

    [Fact]
    public void Killbill_invoice_leading_stub_amount() => GoldenCase.Tell("killbill-invoice-leading-stub-amount", golden =>
    {
        Assert.Equal("10 x (1 + 14/31)", golden.Expected("stub.calc").GetString());
        foreach (var id in new[] { "stub", "aligned", "thirty_days" })
        {
            var run = golden.Event(id);
            var period = run.TryGetProperty("period", out _) ? new BillingPeriod(PeriodUnit.Day, 30) : Monthly(run.GetProperty("billing_day").GetInt32());
            var (items, _) = Sold("USD", Recurring(Start(run), Number(golden.Contract, "amount"), period)).Billed(Day(Text(run, "date")));
            Assert.Equal(golden.ExpectedNumber($"{id}.items"), items.Length);
            Assert.Equal(golden.ExpectedNumber($"{id}.amount"), Total(items));
            if (id == "stub") continue;
            for (var i = 0; i < items.Length; i++)
            {
                Assert.Equal(golden.Expected($"{id}.periods[{i}][0]").GetString(), $"{items[i].ServiceFrom:O}");
                Assert.Equal(golden.Expected($"{id}.periods[{i}][1]").GetString(), $"{items[i].ServiceTo!.Value.AddDays(1):O}");
            }
        }
    });

    [Fact]
    public void Killbill_pause_resume_credits() => GoldenCase.Tell("killbill-pause-resume-credits", golden =>
    {
        var annual = golden.Event("annual");
        var from = Day(annual.GetProperty("period")[0].GetString()!);
        var (_, story) = Sold(Recurring(from, Number(annual, "amount"), new(PeriodUnit.Year))).Billed(from);
        story = Paused(story, Date(annual, "date"), Date(annual, "until"));
        Assert.Equal(golden.ExpectedNumber("annual.credit"), Total(story.Billed(Date(annual, "date")).Items));

        var monthly = golden.Event("monthly");
        from = Day(monthly.GetProperty("period")[0].GetString()!);
        (_, story) = Sold(Recurring(from, Number(monthly, "amount"))).Billed(from);
        foreach (var span in monthly.GetProperty("spans").EnumerateArray())
            story = Paused(story, Day(span[0].GetString()!), Day(span[1].GetString()!));
        var net = golden.ExpectedNumbers("monthly.net");
        Assert.Equal(net.Sum() - Number(monthly, "amount"), Total(story.Billed(from).Items));
        Assert.Equal(net, Amounts(story, from, new(2014, 1, 31)));

        var across = golden.Event("across");
        from = new(2014, 1, 1);
        (_, story) = Sold(Recurring(from, Number(across, "amount"))).Billed(from);
        (_, story) = Paused(story, Date(across, "date"), Date(across, "until")).Billed(Date(across, "until"));
        Assert.Equal(golden.ExpectedNumbers("across.net"), Amounts(story, from, new(2014, 2, 28)));

        var change = golden.Event("switch");
        (_, story) = Sold(Recurring(from, Number(change, "monthly"))).Billed(new DateOnly(2014, 2, 1));
        (var items, story) = story.Amended(Date(change, "date"), Recurring(from, Number(change, "annual"), new(PeriodUnit.Year))).Billed(Date(change, "date"));
        Assert.Equal(golden.ExpectedNumber("switch.annual"), items.Single(item => item.Amount.Minor > 0).Amount.Amount);
        Assert.Equal(
            golden.ExpectedNumber("switch.monthly_kept_feb"),
            Number(change, "monthly") + items.Single(item => item.Amount.Minor < 0).Amount.Amount);
    });

    [Fact]
    public void Killbill_phase_change_immediate() => GoldenCase.Tell("killbill-phase-change-immediate", golden =>
    {
        var (start, change) = (Start(golden.Contract), golden.Events[0]);
        var story = Sold(Recurring(start, Number(golden.Contract, "rate_old"), Monthly(1)))
            .Amended(Date(change, "date"), Recurring(start, Number(golden.Contract, "rate_new"), Monthly(change.GetProperty("billing_day").GetInt32())));
        var (items, _) = story.Billed(Date(golden.Events[1], "date"));
        Assert.Equal(golden.ExpectedNumber("items"), items.Length);
        Assert.Equal(golden.ExpectedNumber("total"), Total(items));
    });

    [Fact]
    public void Killbill_proration_actual_days() => GoldenCase.Tell("killbill-proration-actual-days", golden =>
    {
        for (var i = 0; i < golden.Events.Length; i++)
            Assert.Equal(golden.Expected($"ratios[{i}]").GetString(), $"{Share(golden.Events[i], Monthly()).Ratio}");
    });

    [Fact]
    public void Killbill_proration_fixed_30_days() => GoldenCase.Tell("killbill-proration-fixed-30-days", golden =>
    {
        var days = golden.Contract.GetProperty("fixed_days_in_month").GetInt32();
        var partials = golden.Events.Where(@event => Text(@event, "type") == "partial").ToArray();
        var shares = partials.Select(partial => Share(partial, Monthly() with { Proration = Proration.Thirty360, DaysPerMonth = days })).ToArray();
        for (var i = 0; i < partials.Length; i++) Assert.Equal(golden.Expected($"ratios[{i}]").GetString(), $"{shares[i].Ratio}");
        Assert.Equal(golden.ExpectedNumber("day_counts.cross_month_30"), shares[0].Days);
        Assert.Equal(golden.ExpectedNumber("day_counts.same_month"), shares[4].Days);
        var count = golden.Events.Single(@event => Text(@event, "type") == "day_count");
        Assert.Equal(
            golden.ExpectedNumber("day_counts.cross_month_28"),
            DayCount.Days(Date(count, "date"), Date(count, "to"), count.GetProperty("fixed_days_in_month").GetInt32()));
    });

    [Fact]
    public void Zuora_prorate_month_options() => GoldenCase.Tell("zuora-prorate-month-options", golden =>
    {
        foreach (var (name, proration) in new[]
        {
            ("actual_days", Proration.ActualDays), ("fixed_30_divisor", Proration.Fixed30), ("strict_30_360", Proration.Thirty360),
        })
        {
            for (var i = 0; i < golden.Events.Length; i++)
            {
                var (from, to) = (Date(golden.Events[i], "date"), Date(golden.Events[i], "to"));
                var month = new DateOnly(from.Year, from.Month, 1);
                var share = DayCount.Measured(Monthly(1) with { Proration = proration }, from, to.AddDays(1), month, month.AddMonths(1));
                Assert.Equal(golden.Expected($"{name}[{i}]").GetString(), $"{share.Days}/{share.Of}");
            }
        }
    });

    [Fact]
    public void Killbill_repair_of_paid_invoice() => GoldenCase.Tell("killbill-repair-of-paid-invoice", golden =>
    {
        var start = Start(golden.Contract);
        var period = Monthly(golden.Contract.GetProperty("billing_day").GetInt32());
        var (first, story) = Sold(Recurring(start, Number(golden.Events[0], "amount"), period)).Billed(start);
        (var second, story) = story.Amended(start, Recurring(start, Number(golden.Events[2], "amount"), period)).Billed(start);
        Assert.Equal(golden.ExpectedNumber("invoice1_balance"), Total(first) - Number(golden.Events[1], "amount"));
        Assert.Equal(golden.ExpectedNumber("invoice2.items"), second.Length);
        Assert.Equal(golden.ExpectedNumber("invoice2.balance"), Total(second));
        Assert.Empty(story.Billed(start).Items);
    });

    [Fact]
    public void Killbill_repair_two_changes_in_one_month() => GoldenCase.Tell("killbill-repair-two-changes-in-one-month", golden =>
    {
        var (from, until) = (Day(golden.Contract.GetProperty("period")[0].GetString()!), Day(golden.Contract.GetProperty("period")[1].GetString()!));
        var (_, story) = Sold(Recurring(from, Number(golden.Events[0], "amount"))).Billed(from);
        foreach (var replace in golden.Events.Skip(1))
        {
            // The amount of the rest of the month makes the price of a whole one.
            var day = Date(replace, "date");
            var price = Number(replace, "amount") * (until.DayNumber - from.DayNumber) / (until.DayNumber - day.DayNumber);
            (var items, story) = story.Amended(day, Recurring(from, decimal.Round(price, 9))).Billed(day);
            Assert.Equal(Number(replace, "amount"), items.Single(item => item.Amount.Minor > 0).Amount.Amount);
        }

        var net = Net(story, from, until);
        for (var i = 0; i < net.Length; i++)
        {
            Assert.Equal(golden.Expected($"net_items[{i}].from").GetString(), $"{net[i].From:O}");
            Assert.Equal(golden.Expected($"net_items[{i}].to").GetString(), $"{net[i].Until:O}");
            Assert.Equal(golden.ExpectedNumber($"net_items[{i}].amount"), net[i].Amount);
        }
    });

    [Fact]
    public void Killbill_trial_stub_3_21() => GoldenCase.Tell("killbill-trial-stub-3-21", golden =>
    {
        var contract = golden.Contract;
        var then = contract.GetProperty("then");
        var line = Recurring(Start(contract), Number(then, "amount"), Monthly(contract.GetProperty("billing_day").GetInt32()), phases:
        [
            new(contract.GetProperty("trial_days").GetInt32(), PeriodUnit.Day, 0),
            new(then.GetProperty("after_months").GetInt32(), PeriodUnit.Month, Number(contract, "amount")),
        ]);
        var (invoices, _) = Sold("USD", line).Billed(golden.Events.Select(run => Day(Text(run, "date"))));
        Assert.Equal(golden.ExpectedNumbers("balances"), invoices.Take(3).Select(Total));
        Assert.Equal(golden.ExpectedNumbers("items"), invoices.Select(items => (decimal)items.Length));
    });

    [Fact]
    public void Lago_upgrade_monthly_to_yearly() => GoldenCase.Tell("lago-upgrade-monthly-to-yearly", golden =>
    {
        var (old, next) = (golden.Contract.GetProperty("old"), golden.Contract.GetProperty("new"));
        var start = Date(golden.Events[0], "date");
        var story = Sold(Recurring(start, Number(old, "amount")));
        for (var i = 0; i < 3; i++)
        {
            (var items, story) = story.Billed(Date(golden.Events[i], "date"));
            Assert.Equal(Number(golden.Events[i], "amount"), Total(items));
            Assert.Equal(golden.Expected($"periods[{i}][0]").GetString(), $"{items.Single().ServiceFrom:O}");
            Assert.Equal(golden.Expected($"periods[{i}][1]").GetString(), $"{items.Single().ServiceTo:O}");
        }

        var upgrade = Date(golden.Events[3], "date");
        var anniversary = new BillingPeriod(PeriodUnit.Year, AnchorDay: start.Day, AnchorMonth: start.Month);
        Assert.Equal($"{start:MM-dd}", Text(golden.Contract, "anniversary"));
        var (change, _) = story.Amended(upgrade, Recurring(start, Number(next, "amount"), anniversary)).Billed(upgrade);
        Assert.Equal(golden.ExpectedNumber("credit_old"), -change.Single(item => item.Amount.Minor < 0).Amount.Amount);
        var charged = change.Single(item => item.Amount.Minor > 0);
        Assert.Equal(golden.ExpectedNumber("new_charge"), charged.Amount.Amount);
        Assert.Equal("0.32 = 10/31; 90.16 = round(120 x 275/366)", golden.Expected("calc").GetString());
        Assert.Contains("275 of 366 days", charged.Explanation);
    });

    [Fact]
    public void Lago_termination_same_day_credit_rounding() => GoldenCase.Tell("lago-termination-same-day-credit-rounding", golden =>
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            var plan = golden.Event(id);
            var (day, days) = (Date(plan, "date"), plan.GetProperty("days").GetInt32());
            var period = days == 7 ? new BillingPeriod(PeriodUnit.Week) : Monthly();
            var (_, story) = Sold(Recurring(day, Number(plan, "amount"), period)).Billed(day);
            var (credit, _) = story.Changed(version => new TerminateLine(version, Line, day, true, null, "Cancelled.")).Billed(day);
            Assert.Equal(golden.ExpectedNumber($"{id}.net"), -credit.Single().Amount.Amount);
            Assert.Equal(day.AddDays(1), credit.Single().ServiceFrom);
            Assert.Equal(day.AddDays(days - 1), credit.Single().ServiceTo);
        }
    });

    [Fact]
    public void Lago_prepaid_units_change_delta_billing() => GoldenCase.Tell("lago-prepaid-units-change-delta-billing", golden =>
    {
        var march = Date(golden.Event("init"), "date");
        var price = Number(golden.Contract, "unit_price");
        Assert.False(golden.Contract.GetProperty("prorated").GetBoolean());
        var (first, paid) = Sold(Units(price, Number(golden.Contract, "units"), "a")).Billed(march);
        Assert.Equal(golden.ExpectedNumber("init"), Total(first));
        foreach (var id in new[] { "down", "up" })
        {
            var change = golden.Event(id);
            Assert.Equal(golden.ExpectedNumber(id), Total(To(paid, Date(change, "date"), "a", Number(change, "units")).Billed(Date(change, "date")).Items));
        }

        foreach (var id in new[] { "down_up", "up_up" })
        {
            var story = Sold(Units(price, 10, "a"));
            var path = golden.Event(id).GetProperty("path").EnumerateArray().Select(units => units.GetDecimal()).ToArray();
            for (var i = 0; i < path.Length; i++)
            {
                var day = march.AddDays(5 * i);
                if (i > 0) story = To(story, day, "a", path[i]);
                (var items, story) = story.Billed(day);
                Assert.Equal(golden.ExpectedNumber($"{id}[{i}]"), Total(items));
            }
        }

        var (both, prices) = (golden.Event("two").GetProperty("path"), golden.Event("two").GetProperty("prices"));
        var (_, two) = Sold(
            Units(Number(prices, "a"), both.GetProperty("a")[0].GetDecimal(), "a"),
            Units(Number(prices, "b"), both.GetProperty("b")[0].GetDecimal(), "b")).Billed(march);
        foreach (var line in new[] { "a", "b" }) two = To(two, march.AddDays(5), line, both.GetProperty(line)[1].GetDecimal());
        (var lines, two) = two.Billed(march.AddDays(5));
        Assert.Equal(golden.ExpectedNumber("two.invoices"), two.Life.History.OfType<ItemsInvoiced>().Count() - 1);
        Assert.Equal(golden.ExpectedNumbers("two.lines"), lines.Select(item => item.Amount.Amount));
        Assert.Equal(golden.ExpectedNumber("two.total"), Total(lines));

        ContractLine Units(decimal unitPrice, decimal units, string id) => Recurring(
            march, unitPrice, Monthly(1) with { Proration = Proration.None }, units, id: id, onChange: QuantityChange.Highest);

        static PeriodStory To(PeriodStory story, DateOnly day, string line, decimal units) =>
            story.Changed(version => new ChangeQuantity(version, line, units, day, "Other quantity."));
    });

    [Fact]
    public void Oca_contract_next_invoice_date_table() => GoldenCase.Tell("oca-contract-next-invoice-date-table", golden =>
    {
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var line = golden.Events[i];
            var sold = Sold(Recurring(Date(line, "date"), 1, PeriodOf(line, Date(line, "date")), end: End(line)));
            var next = new PeriodCharges([sold.Terms], Rounding.HalfUp, (_, _, _) => 0).NextDue(Line, null);
            Assert.Equal(golden.Expected($"next_dates[{i}]").GetString(), next is { } day ? $"{day:O}" : null);

            // And a billing run finds nothing the day before, and something on that day.
            if (next is not { } due) continue;
            Assert.Empty(sold.Billed(due.AddDays(-1)).Items);
            Assert.Single(sold.Billed(due).Items);
        }
    });

    [Fact]
    public void Oca_contract_period_to_invoice_table() => GoldenCase.Tell("oca-contract-period-to-invoice-table", golden =>
    {
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var line = golden.Events[i];
            var anchor = Date(line, "next_run");
            var sold = Sold(Recurring(Date(line, "start"), 1, PeriodOf(line, Date(line, "start"), anchor), end: End(line)));
            DateOnly? last = line.GetProperty("last_invoiced") is { ValueKind: JsonValueKind.String } text ? Day(text.GetString()!) : null;
            var due = new PeriodCharges([sold.Terms], Rounding.HalfUp, (_, _, _) => 0).Upcoming(Line, last).TakeWhile(piece => piece.Due <= anchor).ToArray();
            Assert.Equal(golden.Expected($"periods[{i}][0]").GetString(), $"{due[0].Days.From:O}");
            Assert.Equal(golden.Expected($"periods[{i}][1]").GetString(), $"{due[^1].Days.Until.AddDays(-1):O}");
        }
    });

    [Fact]
    public void Erpnext_subscription_cancel_proration() => GoldenCase.Tell("erpnext-subscription-cancel-proration", golden =>
    {
        var price = Number(golden.Contract, "price");
        var start = new DateOnly(2018, 1, 1);
        var arrears = Monthly(1, BillingTiming.InArrears);
        Assert.Equal(golden.ExpectedNumber("postpaid"), Cancelled(Sold(Recurring(start, price, arrears)), "postpaid", null));
        Assert.Equal(golden.ExpectedNumber("prepaid"), Cancelled(Sold(Recurring(start, price, Monthly(1))), "prepaid", EndSettlement.Skip));
        Assert.Equal(golden.ExpectedNumber("off"), Cancelled(Sold(Recurring(start, price, arrears with { Proration = Proration.None })), "off", null));

        var (quarter, _) = Sold(Recurring(Date(golden.Event("quarter"), "date"), price, new(PeriodUnit.Quarter, AnchorDay: 1, AnchorMonth: 1)))
            .Billed(Date(golden.Event("quarter"), "date"));
        Assert.Equal(golden.Expected("quarter_end").GetString(), $"{quarter.Single().ServiceTo:O}");

        decimal Cancelled(PeriodStory story, string id, EndSettlement? settlement)
        {
            var day = Date(golden.Event(id), "date");
            (var before, story) = story.Billed(start);
            story = story.Changed(version => new TerminateLine(version, Line, day, true, settlement, "Cancelled."));
            return Total(before) + Total(story.Billed(day.AddMonths(1)).Items);
        }
    });

    [Fact]
    public void Tryton_subscription_line_change() => GoldenCase.Tell("tryton-subscription-line-change", golden =>
    {
        var (start, change) = (new DateOnly(2019, 1, 1), Date(golden.Events[1], "date"));
        var (first, story) = Sold(Recurring(start, Number(golden.Contract, "price"), Monthly(1, BillingTiming.InArrears)))
            .Billed(Date(golden.Events[0], "date"));
        Assert.Equal(golden.ExpectedNumber("invoice_1.qty"), first.Sum(item => item.Quantity));
        story = story.Changed(version => new TerminateLine(version, Line, change, false, null, "Replaced."))
            .Amended(change, Recurring(change, Number(golden.Events[1], "price"), Monthly(1, BillingTiming.InArrears), id: "new"));
        var (second, _) = story.Billed(Date(golden.Events[2], "date"));
        Assert.Equal(
            (golden.ExpectedNumber("invoice_2.qty"), golden.ExpectedNumber("invoice_2.price")), (second.Single().Quantity, second.Single().Rate));
    });

    private static PeriodStory Paused(PeriodStory story, DateOnly from, DateOnly until) =>
        story.Changed(version => new SuspendLine(version, Line, from, until, "Paused."));

    /// <summary>What is billed of each span of days after all is repaired, as a history that had been so from the start would be billed.</summary>
    private static (DateOnly From, DateOnly Until, decimal Amount)[] Net(PeriodStory story, DateOnly from, DateOnly until)
    {
        var net = new PeriodCharges(story.Life.State.History, Rounding.HalfUp, (_, _, _) => 0).Due(Line, from, until.AddDays(-1))
            .SelectMany(charge => charge.Parts).OrderBy(part => part.Days.From)
            .Select(part => (part.Days.From, part.Days.Until, part.Amount / 100m)).ToArray();
        var billed = story.Life.History.OfType<PeriodCharged>().Sum(charge => charge.Item.Amount.Amount);
        Assert.Equal(net.Sum(span => span.Item3), billed);
        return net;
    }

    private static IEnumerable<decimal> Amounts(PeriodStory story, DateOnly from, DateOnly to) =>
        Net(story.Billed(to).Story, from, to.AddDays(1)).Select(span => span.Amount);

    /// <summary>The share of the month that begins or ends where the part does.</summary>
    private static Share Share(JsonElement partial, BillingPeriod period)
    {
        var (from, until) = (Date(partial, "date"), Date(partial, "to"));
        return Text(partial, "type") == "partial_after_last_bill_date" || from.Day == 15
            ? DayCount.Measured(period, from, until, from, from.AddMonths(1))
            : DayCount.Measured(period, from, until, until.AddMonths(-1), until);
    }

    /// <summary>Such as 1+14/31.</summary>
    private static decimal Cycles(string sum) => sum.Split('+')
        .Sum(part => part.Split('/') is [var days, var of] ? decimal.Parse(days) / decimal.Parse(of) : decimal.Parse(part));

    private static ContractLine Plan(string id, JsonElement plan, DateOnly start, decimal price) =>
        Recurring(start, price, Monthly(plan.GetProperty("billing_day").GetInt32()), id: id);

    /// <summary>A period that ends with the month is one that begins on the 1st, and in arrears is billed on its last day.</summary>
    private static BillingPeriod PeriodOf(JsonElement line, DateOnly start, DateOnly? anchor = null)
    {
        var byMonthEnd = Text(line, "period") == "month_last_day";
        return new(
            Text(line, "period") == "yearly" ? PeriodUnit.Year : PeriodUnit.Month, line.GetProperty("interval").GetInt32(),
            byMonthEnd ? 1 : anchor?.Day, byMonthEnd ? start.Month : null,
            Text(line, "mode") == "in_arrears" ? BillingTiming.InArrears : null, InvoiceDay: byMonthEnd ? ArrearsDay.LastDay : null);
    }

    private static DateOnly? End(JsonElement line) =>
        line.GetProperty("end") is { ValueKind: JsonValueKind.String } end ? Day(end.GetString()!) : null;

    private static DateOnly Start(JsonElement of) => Date(of, "start");

    private static DateOnly Date(JsonElement of, string name) => Day(Text(of, name));

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
