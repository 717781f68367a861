using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Projects;
using Q2C.Grains.Tests.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about the price of work and what a billing run takes of it.</summary>
public sealed class ProjectCases
{
    private const decimal SecondsPerHour = 3600;

    private static readonly string[] Windows = ["D-10", "D-6", "D-4", "D"];

    [Fact]
    public void Kimai_rate_hourly_basic() => GoldenCase.Tell("kimai-rate-hourly-basic", golden =>
    {
        var digits = golden.Contract.GetProperty("entry_amount_decimals").GetInt32();
        foreach (var id in new[] { "e1", "e2", "e3", "e4" })
        {
            var entry = golden.Event(id);
            var item = Single(Sold(HourlyLine("line", null, ("Role", Number(entry, "hourly_rate"))))
                .Next(Reported(Hours(id, 2, "Role", Number(entry, "duration_s") / SecondsPerHour))));
            var expected = golden.ExpectedNumber($"amounts.{id}");
            Assert.Equal(expected, Rounding.HalfUp.Round(item.Quantity * item.Rate, digits));
            Assert.Equal(Money.Round(expected, "EUR", Rounding.HalfUp), item.Amount);
        }
    });

    [Fact]
    public void Odoo_role_rate_by_employee() => GoldenCase.Tell("odoo-role-rate-by-employee", golden =>
    {
        var rates = golden.Contract.GetProperty("mapping").EnumerateObject().Select(role => (role.Name, role.Value.GetDecimal()));
        var life = golden.Events.Aggregate(Sold(HourlyLine("line", null, [.. rates])), (life, time) => life.Next(
            Reported(Hours(Text(time, "who"), 2, Text(time, "who"), Number(time, "hours")))));
        var items = Items(life);
        for (var i = 0; i < items.Length; i++)
        {
            Assert.Equal(
                (golden.ExpectedNumber($"lines[{i}].qty"), golden.ExpectedNumber($"lines[{i}].price")), (items[i].Quantity, items[i].Rate));
            Assert.Equal(Eur(items[i].Quantity * items[i].Rate), items[i].Amount);
        }
    });

    [Fact]
    public void Odoo_expense_billing_modes() => GoldenCase.Tell("odoo-expense-billing-modes", golden =>
    {
        var expense = golden.Event("at_cost");
        var line = new ContractLine("line", "expenses", "Expenses", new BillingModel.Expenses(0, []), Start, End);
        var item = Single(Sold(line).Next(Reported(
            Cost("1", 2, "Hotel", Eur(Number(expense, "unit_cost") * Number(expense, "qty"))))));
        Assert.Equal(Eur(golden.ExpectedNumber("at_cost")), item.Amount);
    });

    [Fact]
    public void Kimai_invoice_short_mixed_rates() => GoldenCase.Tell("kimai-invoice-short-mixed-rates", golden =>
    {
        var rates = golden.Events.Select((entry, i) => ($"Role {i}", Number(entry, "hourly_rate")));
        var life = Sold(HourlyLine("line", null, [.. rates])).Next(golden.Events.Select((entry, i) =>
            Reported(Hours($"{i}", 2, $"Role {i}", Number(entry, "duration_s") / SecondsPerHour))));
        var items = Project.Preview(life.State, March(31));
        Assert.Equal(golden.Events.Select(entry => Eur(Number(entry, "amount"))), items.Select(item => item.Amount));
        Assert.Equal(golden.ExpectedNumber("line.amount"), items.Sum(item => item.Amount.Amount));
        Assert.Equal(golden.ExpectedNumber("subtotal"), items.Sum(item => item.Amount.Amount));
        Assert.Equal(golden.ExpectedNumber("line.seconds"), decimal.Round(items.Sum(item => item.Quantity) * SecondsPerHour, 9));
    });

    [Fact]
    public void Odoo_timesheet_revenue_allocation_capped() => GoldenCase.Tell("odoo-timesheet-revenue-allocation-capped", golden =>
    {
        var fixedLine = golden.Contract.GetProperty("fixed_line");
        var price = Number(fixedLine, "price");
        var life = Sold(
            HourlyLine("delivered", null, ("Role", Number(golden.Contract, "delivered_rate"))),
            HourlyLine("fixed", Number(fixedLine, "hours") * price, ("Role", price)));
        life = life.Next(golden.Events
            .Where(@event => Text(@event, "type") == "time")
            .Select((time, i) => Reported(Hours($"{i}", 2 + i, "Role", Number(time, "hours"), line: Text(time, "line")))));
        foreach (var line in new[] { "delivered", "fixed" })
        {
            var amounts = Items(life).Where(item => item.LineId == line).Select(item => item.Amount.Amount).ToArray();
            Assert.Equal([golden.ExpectedNumber($"{line}[0]"), golden.ExpectedNumber($"{line}[1]")], amounts);
        }
    });

    [Fact]
    public void Odoo_timesheet_invoice_date_window() => GoldenCase.Tell("odoo-timesheet-invoice-date-window", golden =>
    {
        var lines = golden.Contract.GetProperty("lines").EnumerateObject()
            .Select(line => HourlyLine(line.Name, null, ("Role", line.Value.GetDecimal()))).ToArray();
        var life = Sold(lines).Next(golden.Events.Select((time, i) => Reported(
            Hours($"{i}", Day(Text(time, "date")), "Role", Number(time, "hours"), line: $"{time.GetProperty("line")}"))));

        // A run takes all that is open up to its cut-off; what came before was taken by the run before.
        var hours = Windows.Select(cutOff =>
        {
            life = Invoiced(life, March(Day(cutOff)), cutOff);
            return (One: HoursInvoiced(life, "1"), Two: HoursInvoiced(life, "2"));
        }).ToArray();
        Assert.Equal("rejected: nothing to invoice", golden.Expected("window_D-16..D-10").GetString());
        Assert.Equal((0, 0), hours[0]);
        Assert.Equal(golden.ExpectedNumber("window_D-10..D-6.line1"), hours[1].One);
        Assert.Equal(golden.ExpectedNumber("window_D-16..D-4.line1_total_invoiced"), hours[2].One);
        Assert.Equal(golden.ExpectedNumber("window_D-4..D.line1_total_invoiced"), hours[3].One);
        Assert.Equal(golden.ExpectedNumber("window_D-4..D.line2"), hours[3].Two);
    });

    [Fact]
    public void Erpnext_timesheet_amounts_and_rates() => GoldenCase.Tell("erpnext-timesheet-amounts-and-rates", golden =>
    {
        Assert.Equal(Eur(golden.ExpectedNumber("a.billable")), Amount("a"));
        Assert.Equal(Eur(golden.ExpectedNumber("b")), Amount("b"));
        Assert.Equal(Eur(golden.ExpectedNumber("c")), Amount("c"));

        Money Amount(string id)
        {
            var entry = golden.Event(id);
            var rate = entry.TryGetProperty("bill_rate", out var given) ? given.GetDecimal() : 50;
            var billable = !entry.TryGetProperty("billable", out var mark) || mark.GetBoolean();
            return Single(Sold(HourlyLine("line", null, ("Role", rate)))
                .Next(Reported(Hours(id, 2, "Role", Number(entry, "hours"), billable: billable)))).Amount;
        }
    });

    [Fact]
    public void Odoo_milestone_percent_of_contract() => GoldenCase.Tell("odoo-milestone-percent-of-contract", golden =>
    {
        var (one, two) = (golden.Contract.GetProperty("line1"), golden.Contract.GetProperty("line2"));
        var percents = golden.Events.Take(4).Select(@event => Number(@event, @event.TryGetProperty("to", out _) ? "to" : "percent")).ToArray();
        var second = FeeLine("2", two, percents[1], percents[2]);
        var life = Sold(FeeLine("1", one, percents[0]), second).Next(Reported(Reached("1", 2, "1.0")));
        Assert.Equal(golden.ExpectedNumber("line1_qty[0]"), Quantity(life, one, "1"));
        life = life.Next(Reported(Reached("2", 3, "2.0")));
        Assert.Equal(golden.ExpectedNumber("line2_qty[0]"), Quantity(life, two, "2"));
        life = life.Next(Reported(Reached("3", 4, "2.1")));
        Assert.Equal(golden.ExpectedNumber("line2_qty[1]"), Quantity(life, two, "2"));
        life = life.Next(Observed(Amended(new(2, Start, "EUR", [FeeLine("1", one, percents[3]), second]))));
        Assert.Equal(golden.ExpectedNumber("after_change"), Quantity(life, one, "1"));
        life = life.Next(Reported(Deleted(Reached("1", 2, "1.0"), 2)));
        Assert.Equal(golden.ExpectedNumber("after_delete"), Quantity(life, one, "1"));
    });

    [Fact]
    public void Kimai_budget_hard_cap() => GoldenCase.Tell("kimai-budget-hard-cap", golden =>
    {
        var cap = Number(golden.Contract, "money_cap");

        // Kimai refuses to save what does not fit; here it is saved, and what does not fit is not billed.
        foreach (var id in new[] { "m1", "m2", "m3" })
        {
            var save = golden.Event(id);
            var edited = save.TryGetProperty("old_amount", out var old) ? old.GetDecimal() : 0;
            var life = Sold(HourlyLine("line", cap, ("Role", 1))).Next(Reported(Hours("used", 2, "Role", Number(save, "used") - edited)));
            if (edited > 0) life = life.Next(Reported(Hours("new", 3, "Role", edited)));
            life = life.Next(Reported(Hours("new", 3, "Role", Number(save, "new_amount"), version: 2)));
            var item = life.State.Unbilled["time_entry/new"].Item;
            var violated = golden.Expected($"{id}.violation").GetBoolean();
            Assert.Equal(violated, item.Disposition == Disposition.Capped);
            if (!violated) continue;
            Assert.Equal(Eur(golden.ExpectedNumber($"{id}.used")), life.State.Unbilled["time_entry/used"].Item.Amount);
            Assert.Equal(Eur(golden.ExpectedNumber($"{id}.free")), item.Amount);
            Assert.Equal(Eur(golden.ExpectedNumber($"{id}.cap")), Project.Render(life.State, ProjectId, 1)!.Lines[0].Cap);
        }
    });

    private static Life Sold(params ContractLine[] lines) =>
        new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = new(1, Start, "EUR", [.. lines]) }));

    private static ContractLine HourlyLine(string id, decimal? cap, params (string Role, decimal Hourly)[] rates) => new(
        id, "consulting", id,
        new BillingModel.TimeAndMaterials(
            [.. rates.Select(rate => new RoleRate(rate.Role, rate.Hourly))], cap is { } most ? new(Eur(most)) : null),
        Start, End);

    private static ContractLine FeeLine(string id, JsonElement line, params decimal[] percents)
    {
        var price = Number(line, "qty") * Number(line, "price");
        return new(
            id, "consulting", id,
            new BillingModel.FixedFee(
                Eur(price), [.. percents.Select((percent, i) => new Milestone($"{id}.{i}", $"{percent} %", Eur(price * percent / 100), null))]),
            Start, End);
    }

    private static Life Invoiced(Life life, DateOnly cutOff, string run) =>
        life.Next(Billed(cutOff, run)).Next(IssuedIn(run, $"INV {run}"));

    private static decimal HoursInvoiced(Life life, string line) =>
        life.State.Past.All().SelectMany(source => source.Invoiced).Where(part => part.Item.LineId == line).Sum(part => part.Item.Quantity);

    private static decimal Quantity(Life life, JsonElement line, string id) =>
        Items(life).Where(item => item.LineId == id).Sum(item => item.Amount.Amount) / Number(line, "price");

    private static BillableItem Single(Life life) => Assert.Single(Items(life));

    private static BillableItem[] Items(Life life) => [.. life.State.Unbilled.Values
        .Select(unbilled => unbilled.Item).OrderBy(item => item.Date).ThenBy(item => item.SourceId, StringComparer.Ordinal)];

    /// <summary>D is the 20th of March.</summary>
    private static int Day(string relative) => 20 + (relative == "D" ? 0 : int.Parse(relative[1..]));

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
