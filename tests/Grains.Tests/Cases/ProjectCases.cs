using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
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

        var priced = golden.Event("e5");
        var card = new RateCard([], [RateDimension.Entry]);
        var whole = Single(Sold(new ContractLine("line", "consulting", "line", new BillingModel.TimeAndMaterials([new("Role", 1)], null, card), Start, End))
            .Next(Reported(Hours("e5", 2, "Role", Number(priced, "duration_s") / SecondsPerHour) with
            {
                Detail = new(Rate: Number(priced, "hourly_rate"), Price: Number(priced, "fixed_rate")),
            })));
        Assert.Equal(Eur(golden.ExpectedNumber("amounts.e5")), whole.Amount);
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
        var (atCost, priced) = (golden.Event("at_cost"), golden.Event("sales_price"));
        var rules = new ExpenseRules([new("Mileage", Price: Number(priced, "unit_price"), Unit: "km")]);
        var sold = Sold(new ContractLine("line", "expenses", "Expenses", new BillingModel.Expenses(0, [], rules), Start, End));
        var life = sold
            .Next(Reported(Cost("1", 2, "Hotel", Eur(Number(atCost, "unit_cost") * Number(atCost, "qty")))))
            .Next(Reported(Cost("2", 2, "Mileage", Eur(1)) with { Detail = new(Quantity: Number(priced, "qty")) }));
        Assert.Equal(
            [Eur(golden.ExpectedNumber("at_cost")), Eur(golden.ExpectedNumber("sales_price"))], Items(life).Select(item => item.Amount));
        Assert.Equal(golden.ExpectedNumber("invoice_net"), Project.Preview(life.State, March(31)).Sum(item => item.Amount.Amount));

        // Odoo keeps the cost of one unit, to seven digits; a cost of ours is the whole receipt's without the tax.
        foreach (var id in new[] { "c1", "c2", "c3", "c4" })
        {
            var receipt = golden.Event(id);
            var quantity = receipt.TryGetProperty("qty", out var units) ? units.GetDecimal() : 1;
            var total = receipt.TryGetProperty("total", out var sum) ? sum.GetDecimal() : Number(receipt, "unit_cost") * quantity;
            var tax = Number(receipt, receipt.TryGetProperty("tax", out _) ? "tax" : "tax_included");
            var item = Single(sold.Next(Reported(Cost(id, 2, "Hotel", Eur(total)) with { Detail = new(quantity, TaxPercent: tax) })));
            Assert.Equal((id, golden.ExpectedNumber($"line_costs.{id}")), (id, Rounding.HalfUp.Round(item.Cost!.Value.Amount / quantity, 7)));
        }
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
        Assert.Equal(
            (Eur(golden.ExpectedNumber("a.billable")), Eur(golden.ExpectedNumber("a.cost"))), (Item("a").Amount, Item("a").Cost!.Value));
        Assert.Equal(Eur(golden.ExpectedNumber("b")), Item("b").Amount);
        Assert.Equal(Eur(golden.ExpectedNumber("c")), Item("c").Amount);

        BillableItem Item(string id)
        {
            var entry = golden.Event(id);
            var rate = entry.TryGetProperty("bill_rate", out var given) ? given.GetDecimal() : 50;
            var billable = !entry.TryGetProperty("billable", out var mark) || mark.GetBoolean();
            var model = new BillingModel.TimeAndMaterials([], null, new RateCard([new(rate, Role: "Role", Cost: Optional(entry, "cost_rate"))]));
            return Single(Sold(new ContractLine("line", "consulting", "line", model, Start, End))
                .Next(Reported(Hours(id, 2, "Role", Number(entry, "hours"), billable: billable))));
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
        foreach (var save in golden.Events)
        {
            var (id, inHours) = (Text(save, "id"), Text(save, "cap") == "time");
            var life = SavedUnderCap(golden, save, inHours);
            if (!golden.Expected($"{id}.violation").GetBoolean())
            {
                var item = life.State.Unbilled["time_entry/saved"].Item;
                Assert.Empty(life.State.Refused);
                Assert.Equal((id, 2), (id, item.SourceVersion));
                Assert.Equal((id, Number(save, inHours ? "new_s" : "new_amount")), (id, inHours ? Seconds(item.Quantity) : item.Value.Amount));
                continue;
            }

            var refused = life.State.Refused["time_entry/saved"].Item!;
            var said = Regex.Match(refused.Message, @"cap of ([\d,.]+) .*: ([\d,.]+) \S+ are used, ([\d,.]+) \S+ are free")
                .Groups.Values.Skip(1).Select(number => decimal.Parse(number.Value, CultureInfo.InvariantCulture))
                .Select(number => inHours ? $"{TimeSpan.FromSeconds((double)Seconds(number)):h\\:mm}" : $"{number:0}");
            Assert.Equal((id, "CAP_EXCEEDED"), (id, refused.Code));
            Assert.Equal(new[] { "cap", "used", "free" }.Select(name => $"{golden.Expected($"{id}.{name}")}"), said);
        }
    });

    /// <summary>An entry saved next to what is used of the cap. Some cases begin beyond it: that work was there before the cap was agreed.</summary>
    private static Life SavedUnderCap(GoldenCase golden, JsonElement save, bool inHours)
    {
        var from = new DateOnly(2024, 1, 1);
        var perMonth = Text(save, "cap") == "money per month";
        var cap = inHours
            ? new NotToExceed(null, (Optional(save, "cap_s") ?? Number(golden.Contract, "time_cap_s")) / SecondsPerHour, AtCap: AtCap.Refuse)
            : new NotToExceed(Eur(Number(golden.Contract, "money_cap")), Per: perMonth ? CapPeriod.Month : null, AtCap: AtCap.Refuse);
        var day = perMonth ? DateOnly.Parse(Text(save, "date"), CultureInfo.InvariantCulture) : from;
        DateOnly? movedFrom = save.TryGetProperty("moved_in_from", out var month) ? DateOnly.Parse($"{month}-15", CultureInfo.InvariantCulture) : null;
        var old = Optional(save, inHours ? "old_s" : "old_amount") ?? 0;
        var others = Number(save, inHours ? "used_s" : perMonth ? "month_used" : "used") - (movedFrom is null ? old : 0);
        var life = Sold(Capped(null));
        if (others > 0) life = life.Next(Reported(Entry("others", day, others)));
        if (old > 0) life = life.Next(Reported(Entry("saved", movedFrom ?? day, old)));
        return life.Next(Observed(Amended(new(2, from, "EUR", [Capped(cap)]))))
            .Next(Reported(Entry("saved", day, Number(save, inHours ? "new_s" : "new_amount")) with { SourceVersion = 2 }));

        ContractLine Capped(NotToExceed? limit) =>
            new("line", "consulting", "line", new BillingModel.TimeAndMaterials([new("Role", 1)], limit), from, End);

        WorkRecord.TimeWorked Entry(string id, DateOnly on, decimal amount) =>
            Hours(id, 2, "Role", inHours ? amount / SecondsPerHour : amount) with { Date = on };
    }

    /// <summary>Hours are counted to the billionth: a second is found again by rounding.</summary>
    private static decimal Seconds(decimal hours) => decimal.Round(hours * SecondsPerHour);

    private static Life Sold(params ContractLine[] lines) =>
        new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = new(1, lines.Min(line => line.Start), "EUR", [.. lines]) }));

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

    private static decimal? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetDecimal() : null;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
