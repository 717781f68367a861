using System.Globalization;
using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Contracts;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about rates, the rounding of time, caps, progress, and what corrections and credits leave to be billed.</summary>
public sealed class TimeCases
{
    private const decimal SecondsPerHour = 3600;

    private static readonly DateOnly Day = March(2);

    [Fact]
    public void Kimai_rate_card_precedence() => GoldenCase.Tell("kimai-rate-card-precedence", golden =>
    {
        foreach (var entry in golden.Events)
        {
            var id = Text(entry, "id");
            var (person, own) = (entry.GetProperty("user"), entry.GetProperty("entry"));
            var card = new RateCard(
                [
                    new(Number(person, "hourly"), Person: "Ada", Cost: Optional(person, "internal_hourly")),
                    .. Rule(entry, "activity", rule => rule with { Activity = "Build" }),
                    .. Rule(entry, "project", rule => rule with { Project = ProjectId }),
                    .. Rule(entry, "customer", rule => rule with { Customer = CustomerId }),
                ],
                [.. golden.Contract.GetProperty("rate_precedence").EnumerateArray().Select(level => Dimension(level.GetString()!))],
                CostFallback: CostFallback.BillAmount);
            var item = Single(Sold(Line("line", new BillingModel.TimeAndMaterials([], null, card))).Next(Reported(
                Hours("1", 2, "Any", Number(entry, "duration_s") / SecondsPerHour) with
                {
                    Detail = new(Rate: Optional(own, "hourly"), Price: Optional(own, "fixed")),
                })));
            Assert.Equal(
                (id, golden.ExpectedNumber($"entries.{id}.bill_amount"), golden.ExpectedNumber($"entries.{id}.internal_cost_amount")),
                (id, item.Value.Amount, item.Cost!.Value.Amount));
        }
    });

    [Fact]
    public void Kimai_rounding_classic_vs_decimal_hours() => GoldenCase.Tell("kimai-rounding-classic-vs-decimal-hours", golden =>
    {
        const int digits = 4;
        foreach (var entry in golden.Events)
        {
            var id = Text(entry, "id");
            var rules = new TimeRules(Amounts: Text(entry, "policy") == "classic" ? AmountRule.Exact : AmountRule.DecimalHours);
            var item = Single(Timed(Number(entry, "hourly_rate"), rules).Next(Reported(
                Hours("1", 2, "Role", Number(entry, "duration_s") / SecondsPerHour))));
            var expected = golden.ExpectedNumber($"amounts.{id}");

            // With classic amounts Kimai keeps four digits; an amount of ours is money, the same rounded to cents.
            if (rules.Amounts == AmountRule.Exact) Assert.Equal(expected, Rounding.HalfUp.Round(item.Quantity * item.Rate, digits));
            Assert.Equal(Money.Round(expected, "EUR", Rounding.HalfUp), item.Amount);
        }

        foreach (var seconds in new[] { "45", "59", "1234", "3601" })
            Assert.Equal(
                golden.ExpectedNumber($"rounded_seconds_decimal.{seconds}"),
                Billable(new(Amounts: AmountRule.DecimalHours), int.Parse(seconds) / SecondsPerHour) * SecondsPerHour);
    });

    [Fact]
    public void Kimai_time_rounding_modes() => GoldenCase.Tell("kimai-time-rounding-modes", golden =>
    {
        foreach (var sample in golden.Events)
        {
            var id = Text(sample, "id");
            var (begin, end) = (At(Text(sample, "begin")), At(Text(sample, "end")));
            foreach (var mode in new[] { "ceil", "closest", "default", "floor" })
            {
                var rules = new TimeRules(
                    Step(sample, "begin_step_min", mode is "ceil" ? StepRounding.Up : mode is "closest" ? StepRounding.Nearest : StepRounding.Down),
                    Step(sample, "end_step_min", Upward(mode)), Step(sample, "duration_step_min", Upward(mode)));
                Check($"{id}.{mode}.begin", path => Assert.Equal(golden.Expected(path).GetString(), Clock(BillableTime.Round(begin, rules.Begin))));
                Check($"{id}.{mode}.end", path => Assert.Equal(golden.Expected(path).GetString(), Clock(BillableTime.Round(end, rules.End))));
                Check($"{id}.{(id == "s3" ? "all" : mode)}.seconds", path => Assert.Equal(
                    golden.ExpectedNumber(path), decimal.Round(Billable(rules, 0, begin, end) * SecondsPerHour, 9)));
            }
        }

        Assert.Equal(golden.ExpectedNumber("zero_duration_stays"), Billable(new(Duration: new(30, StepRounding.Up)), 0));

        void Check(string path, Action<string> check)
        {
            if (golden.Expects(path)) check(path);
        }
    });

    [Fact]
    public void Invoiceninja_task_time_rounding() => GoldenCase.Tell("invoiceninja-task-time-rounding", golden => Assert.Equal(
        golden.ExpectedNumbers("seconds"),
        golden.Events.Select(task => decimal.Round(SecondsPerHour * Billable(
            new(Duration: new((int)Number(task, "interval") / 60, task.GetProperty("up").GetBoolean() ? StepRounding.Up : StepRounding.Down)),
            Number(task, "seconds") / SecondsPerHour), 9))));

    [Fact]
    public void Oca_timesheet_timesheet_billable_rounding() => GoldenCase.Tell("oca-timesheet-timesheet-billable-rounding", golden =>
    {
        foreach (var entry in golden.Events.Where(entry => Text(entry, "id") is not "j" and not "sum"))
        {
            var id = Text(entry, "id");
            var item = Single(Timed(1, Rounded(entry)).Next(Reported(Hours("1", 2, "Role", Number(entry, "hours")) with
            {
                Detail = entry.TryGetProperty("manual_billable", out var byHand) ? new(BillableHours: byHand.GetDecimal()) : null,
            })));
            Assert.Equal((id, golden.ExpectedNumber($"billable.{id}")), (id, item.Quantity));
            Assert.Equal(Number(entry, "hours"), item.Worked ?? item.Quantity);
        }

        var edited = golden.Event("j");
        Assert.Equal(golden.ExpectedNumber("billable.j"), Single(Timed(1, Rounded(edited))
            .Next(Reported(Hours("1", 2, "Role", Number(edited, "hours_from"))))
            .Next(Reported(Hours("1", 2, "Role", Number(edited, "hours_to"), version: 2)))).Quantity);
        var sum = golden.Event("sum");
        var items = Items(Timed(1, Rounded(sum)).Next(sum.GetProperty("hours").EnumerateArray()
            .Select((hours, i) => Reported(Hours($"{i}", 2, "Role", hours.GetDecimal())))));
        Assert.Equal(golden.ExpectedNumber("billable.sum"), items.Sum(item => item.Quantity));
        Assert.Equal(golden.ExpectedNumber("worked_sum"), items.Sum(item => item.Worked));
    });

    [Fact]
    public void Odoo_time_unit_conversion() => GoldenCase.Tell("odoo-time-unit-conversion", golden =>
    {
        var card = new RateCard([new(800, Role: "Role", Per: RateUnit.Day)], HoursPerDay: Number(golden.Contract, "hours_per_day"));
        var item = Single(Sold(Line("line", new BillingModel.TimeAndMaterials([], null, card)))
            .Next(Reported(Hours("1", 2, "Role", Number(golden.Events[0], "hours")))));
        Assert.Equal((golden.ExpectedNumber("invoice_qty"), "day", Eur(1_600)), (item.Quantity, item.Unit, item.Amount));
    });

    [Fact]
    public void Odoo_timesheet_ordered_prepaid_hours() => GoldenCase.Tell("odoo-timesheet-ordered-prepaid-hours", golden =>
    {
        // Sold by quantity and billed at the order: a fixed fee with one milestone; hours are recorded against it.
        var lines = golden.Contract.GetProperty("lines").EnumerateArray().ToArray();
        ContractLine[] sold = [Ordered("first", lines[0]), Ordered("second", lines[1])];
        var life = Sold(sold)
            .Next(Reported(Reached("1", 2, "first"), Reached("2", 2, "second")))
            .Next(Billed(March(31), "order")).Next(IssuedIn("order", "INV 1"))
            .Next(Reported(Hours("1", 3, "Any", Number(golden.Events[1], "hours"), line: "second")))
            .Next(Reported(Hours("2", 4, "Any", Number(golden.Events[2], "hours"), line: "second")));
        Assert.Equal(golden.ExpectedNumber("invoiced_qty_after_50h"), InvoicedItems(life, "second").Sum(item => item.Quantity));
        life = life.Next(Reported(Hours("3", 5, "Any", Number(golden.Events[3], "hours"), line: "second")));
        Assert.Empty(Project.Preview(life.State, March(31)));
        life = life.Next(Observed(Amended(new(2, Start, "EUR", [.. sold, Ordered("third", golden.Events[4])]))))
            .Next(Reported(Reached("3", 6, "third")));
        Assert.Equal(golden.ExpectedNumber("second_invoice"), Project.Preview(life.State, March(31)).Sum(item => item.Amount.Amount));
    });

    [Fact]
    public void Erpnext_timesheet_percent_billed() => GoldenCase.Tell("erpnext-timesheet-percent-billed", golden =>
    {
        var (total, billed) = (Number(golden.Event("by_amount"), "amount"), Number(golden.Event("by_amount"), "billed"));
        var life = Sold(Line("line", new BillingModel.TimeAndMaterials([new("Role", 1)], null)))
            .Next(Reported(Hours("1", 2, "Role", billed), Hours("2", 20, "Role", total - billed)))
            .Next(Billed(March(10), "run")).Next(IssuedIn("run", "INV 1"));
        var line = Project.Render(life.State, ProjectId, 1)!.Lines[0];
        Assert.Equal(golden.ExpectedNumber("by_amount"), 100 * line.Invoiced.Amount / (line.Invoiced + line.Open).Amount);
    });

    [Fact]
    public void Erpnext_project_percent_complete() => GoldenCase.Tell("erpnext-project-percent-complete", golden =>
    {
        Assert.Equal(golden.ExpectedNumber("one_of_four"), Done("one_of_four"));
        Assert.Equal(golden.ExpectedNumber("all.percent"), Done("all"));
        Assert.Equal(golden.ExpectedNumber("reopened.percent"), Done("reopened"));
        var progress = golden.Event("progress").GetProperty("values").EnumerateArray().Select(value => value.GetDecimal());
        Assert.Equal(golden.ExpectedNumber("progress"), Percent(PercentBy.TaskProgress, new(null, Tasks([.. progress]))));
        var weighted = golden.Event("weighted");
        var tasks = weighted.GetProperty("progress").EnumerateArray().Zip(
            weighted.GetProperty("weights").EnumerateArray(), (value, weight) => new TaskProgress("t", value.GetDecimal(), weight.GetDecimal()));
        Assert.Equal(golden.ExpectedNumber("weighted"), Percent(PercentBy.TaskWeight, new(null, [.. tasks])));
        var manual = Number(golden.Event("manual"), "value");
        Assert.Equal(golden.ExpectedNumber("manual"), Percent(PercentBy.Manual, new(manual, null)));
        Assert.Equal(golden.ExpectedNumber("manual_after_task_change"), Percent(PercentBy.Manual, new(manual, Tasks(100, 100))));
        Assert.Equal(golden.ExpectedNumber("manual_completed"), Percent(PercentBy.Manual, new(Number(golden.Event("manual_completed"), "value"), null, true)));
        Assert.Equal(golden.ExpectedNumber("one_done_one_open"), Percent(PercentBy.TasksDone, new(null, Tasks(100, 0))));
        Assert.Equal(
            golden.ExpectedNumber("one_done_one_cancelled"),
            Percent(PercentBy.TasksDone, new(null, [new("1", 100), new("2", 0, Cancelled: true)])));
        foreach (var refused in new[] { "too_high", "negative" })
        {
            Assert.Equal("rejected", golden.Expected(refused).GetString());
            var life = Sold(Progressing(PercentBy.Manual)).Next(Reported(Report(new(Number(golden.Event(refused), "value"), null))));
            Assert.Equal("PERCENT_OUTSIDE_RANGE", Assert.Single(life.State.Refused.Values).Item!.Code);
        }

        decimal Done(string id)
        {
            var (done, of) = ((int)Number(golden.Event(id), "done"), (int)Number(golden.Event(id), "of"));
            return Percent(PercentBy.TasksDone, new(null, Tasks([.. Enumerable.Range(0, of).Select(i => i < done ? 100m : 0m)])));
        }

        // Of a price of 100 the percentage is what is billed.
        static decimal Percent(PercentBy by, Said report) =>
            Items(Sold(Progressing(by)).Next(Reported(Report(report)))).Sum(item => item.Amount.Amount);
    });

    [Fact]
    public void Tryton_effort_invoicing() => GoldenCase.Tell("tryton-effort-invoicing", golden =>
    {
        // Work is priced by its effort and billed when done: a fixed fee whose milestones are the tasks.
        const decimal hourly = 20;
        Milestone Task(string id, decimal hours) => new(id, id, Eur(hours * hourly), null);
        var life = Sold(Line("line", new BillingModel.FixedFee(Eur(6 * hourly), [Task("5 h", 5), Task("1 h", 1)])));
        var runs = 0;
        foreach (var done in golden.Events.Where(@event => Text(@event, "type") == "done"))
        {
            var task = done.TryGetProperty("task", out var one) ? one.GetString()! : Text(done, "project");
            life = life.Next(Reported(Reached(task, 2, task))).Next(Billed(March(31), $"run {runs}")).Next(IssuedIn($"run {runs}", $"INV {runs}"));
            Assert.Equal(golden.ExpectedNumber($"invoiced[{runs++}]"), InvoicedItems(life, "line").Sum(item => item.Amount.Amount));
        }
    });

    [Fact]
    public void Odoo_partial_refund_timesheet_qty() => GoldenCase.Tell("odoo-partial-refund-timesheet-qty", golden =>
    {
        // Eleven of the twenty hours are credited for good: they are not billed again, whatever is logged later.
        var (all, credited) = (Number(golden.Events[0], "hours"), Number(golden.Events[2], "hours"));
        var life = Timed(Number(golden.Contract, "rate"), null)
            .Next(Reported(Hours("1", 2, "Role", all - credited), Hours("2", 3, "Role", credited)))
            .Next(Billed(March(31), "run")).Next(IssuedIn("run", Number1001))
            .Next(Observed(Crediting.Memo(release: false, ("time_entry/2@1", Eur(credited * Number(golden.Contract, "rate"))))));
        Assert.Equal(golden.ExpectedNumber("qty_invoiced_after_credit"), InvoicedItems(life, "line").Sum(item => item.Quantity));
        life = life.Next(Reported(Hours("3", 5, "Role", Number(golden.Events[3], "hours"))));
        Assert.Equal(golden.Ours("next_invoice_hours").GetDecimal(), Project.Preview(life.State, March(31)).Sum(item => item.Quantity));
    });

    [Fact]
    public void Oca_sale_forced_invoiced_quantity() => GoldenCase.Tell("oca-sale-forced-invoiced-quantity", golden =>
    {
        // Three units of the second line are on an invoice and two were delivered: the next invoice gives one back.
        var (first, second) = (golden.Contract.GetProperty("lines")[0], golden.Contract.GetProperty("lines")[1]);
        var life = Sold(
                Line("1", new BillingModel.TimeAndMaterials([new("Role", Number(first, "price"))], null)),
                Line("2", new BillingModel.TimeAndMaterials([new("Role", Number(second, "price"))], null)))
            .Next(Reported(Hours("2", 2, "Role", Number(golden.Events[0], "qty"), line: "2")))
            .Next(Billed(March(31), "forced")).Next(IssuedIn("forced", "INV 1"))
            .Next(Reported(Hours("1", 3, "Role", Number(first, "qty"), line: "1"), Hours("2", 2, "Role", Number(second, "qty"), version: 2, line: "2")));
        var next = Project.Preview(life.State, March(31));
        Assert.Equal(golden.ExpectedNumber("qty_to_invoice"), next.Where(item => item.LineId == "2").Sum(item => item.Quantity));
        Assert.Equal(
            golden.ExpectedNumbers("plain"), new[] { "1", "2" }.Select(line => next.Where(item => item.LineId == line).Sum(item => item.Amount.Amount)));
    });

    private sealed record Said(decimal? Percent, TaskProgress[]? Tasks, bool? Completed = null);

    private const string Number1001 = "INV-1001";

    private static Life Sold(params ContractLine[] lines) =>
        new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = new(1, Start, "EUR", PricingRules.Shared([.. lines])) }));

    private static Life Timed(decimal hourly, TimeRules? rules) =>
        Sold(Line("line", new BillingModel.TimeAndMaterials([new("Role", hourly)], null, null, rules)));

    private static ContractLine Line(string id, BillingModel billing) => new(id, "consulting", id, billing, Start, End);

    private static ContractLine Ordered(string id, JsonElement line)
    {
        var price = Eur(Number(line, "qty") * Number(line, "price"));
        return Line(id, new BillingModel.FixedFee(price, [new(id, id, price, null)], Quantity: Number(line, "qty")));
    }

    private static ContractLine Progressing(PercentBy by) => Line("line", new BillingModel.FixedFee(Eur(100), [], new(by)));

    private static WorkRecord.ProgressReported Report(Said report) => new(
        "report/1", 1, Day, "line", report.Percent, null, report.Tasks is { } tasks ? [.. tasks] : null, report.Completed);

    private static TaskProgress[] Tasks(params decimal[] percents) => [.. percents.Select((percent, i) => new TaskProgress($"{i}", percent))];

    private static decimal Billable(TimeRules rules, decimal hours, DateTimeOffset? begin = null, DateTimeOffset? end = null) =>
        BillableTime.Billable(Hours("1", 2, "Role", hours) with { Detail = new(begin, end) }, rules);

    private static TimeRules Rounded(JsonElement entry) => new(
        HoursPercent: Optional(entry, "factor"),
        Duration: Optional(entry, "unit") is > 0 and var unit
            ? new((int)(unit * 60), Text(entry, "method") == "UP" ? StepRounding.Up : StepRounding.Nearest)
            : null);

    private static TimeStep? Step(JsonElement sample, string name, StepRounding rounding) =>
        Optional(sample, name) is > 0 and var minutes ? new((int)minutes, rounding) : null;

    private static StepRounding Upward(string mode) => mode switch
    {
        "closest" => StepRounding.Nearest,
        "floor" => StepRounding.Down,
        _ => StepRounding.Up,
    };

    private static DateTimeOffset At(string clock) => new(Day, TimeOnly.Parse(clock, CultureInfo.InvariantCulture), TimeSpan.FromHours(1));

    private static string Clock(DateTimeOffset time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static IEnumerable<RateRule> Rule(JsonElement entry, string level, Func<RateRule, RateRule> scope)
    {
        var rule = entry.GetProperty(level);
        if (rule.ValueKind == JsonValueKind.Null) yield break;
        yield return scope(new(
            Number(rule, "rate"), Per: rule.GetProperty("fixed").GetBoolean() ? RateUnit.Entry : RateUnit.Hour, Cost: Optional(rule, "internal_rate")));
    }

    private static RateDimension Dimension(string level) => level == "user" ? RateDimension.Person : Enum.Parse<RateDimension>(level, ignoreCase: true);

    private static BillableItem Single(Life life) => Assert.Single(Items(life));

    private static BillableItem[] Items(Life life) =>
        [.. life.State.Unbilled.Values.Select(unbilled => unbilled.Item).OrderBy(item => item.Id, StringComparer.Ordinal)];

    private static IEnumerable<BillableItem> InvoicedItems(Life life, string line) =>
        life.State.Past.All().SelectMany(source => source.Invoiced).Select(part => part.Item).Where(item => item.LineId == line);

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static decimal? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
