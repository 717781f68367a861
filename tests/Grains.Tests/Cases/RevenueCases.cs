using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Q2C.Grains.Revenues;
using Q2C.Grains.Tests.Revenues;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Revenues;
using static Q2C.Grains.Tests.Projects.Engagement;
using static Q2C.Grains.Tests.Revenues.RevenueStory;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about when revenue arises, what is deferred, and what work costs.</summary>
public sealed class RevenueCases
{
    [Fact]
    public void Erpnext_deferred_revenue_by_days() => GoldenCase.Tell("erpnext-deferred-revenue-by-days", golden =>
    {
        var (amount, from, to) = Service(golden.Contract);
        var story = Of(Fee("line", amount, new RevenueTreatment.StraightLine(Spread.ByDay), from, to)).Invoiced("1", from, "line", amount);
        story = golden.Events.Select(post => Date(post, "date")).Aggregate(story, (now, day) => now.Recognized(day.Year, day.Month));
        Assert.Equal(golden.ExpectedNumbers("amounts"), Recognised(story).Select(entry => entry.Amount));
        Assert.Equal(0, story.Balance(RevenueAccounts.DeferredRevenue));
    });

    [Fact]
    public void Erpnext_deferred_revenue_frozen_period() => GoldenCase.Tell("erpnext-deferred-revenue-frozen-period", golden =>
    {
        var (amount, from, to) = Service(golden.Contract);
        var run = Date(golden.Events[0], "date");
        var books = BooksPolicy.Default with { ClosedThrough = Date(golden.Contract, "books_frozen_to") };
        var story = In(books, Fee("line", amount, new RevenueTreatment.StraightLine(Spread.ByMonth), from, to))
            .Recognized(run.AddDays(-1).Year, run.AddDays(-1).Month);
        var entries = Recognised(story).ToArray();
        for (var i = 0; i < entries.Length; i++)
        {
            Assert.Equal(golden.Expected($"entries[{i}].for").GetString(), entries[i].Entry.Period.ToString("MMMM", CultureInfo.InvariantCulture));
            Assert.Equal(golden.ExpectedNumber($"entries[{i}].amount"), entries[i].Amount);
            Assert.Equal(Date(golden.Expected($"entries[{i}].date")), entries[i].Entry.Date);
        }
    });

    [Fact]
    public void Oca_closing_deferral_monthly_prorata() => GoldenCase.Tell("oca-closing-deferral-monthly-prorata", golden =>
    {
        var how = new RevenueTreatment.StraightLine(Spread.ByMonth, RecogniseOn.PeriodStart, Remainder.First);
        var posted = Date(golden.Contract, "posted");
        var story = Of([.. golden.Events.Select(line => Work(Text(line, "id"), how) with { Start = posted })])
            .Invoiced("1", posted, [.. golden.Events.Select(line => Issued(line))]);

        foreach (var id in new[] { "A", "B", "C", "D", "F", "G", "I" })
            Assert.Equal(golden.ExpectedNumber($"deferred_at_2023-01-15.{id}"), story.Line(id).Deferred.Amount);
        Assert.Equal(golden.ExpectedNumber("deferred_at_2023-01-15.total"), -story.Balance(RevenueAccounts.DeferredRevenue));
        foreach (var id in new[] { "not_deferred[0]", "not_deferred[1]" })
            Assert.Equal(Money.Zero("EUR"), story.Line(golden.Expected(id).GetString()!).Deferred);

        for (var month = posted; month.Month <= 5; month = month.AddMonths(1)) story = story.Recognized(month.Year, month.Month);
        Assert.Equal(golden.ExpectedNumber("entries"), story.Entries.Length);
        foreach (var (entry, total) in Recognised(story))
        {
            var day = entry.Date.ToString("O", CultureInfo.InvariantCulture);
            foreach (var line in entry.Lines.Where(line => line.Account == RevenueAccounts.Revenue))
                Assert.Equal(golden.ExpectedNumber($"{day}.{line.ContractLineId}"), -line.Amount.Amount);
            if (day != "2023-05-01") Assert.Equal(golden.ExpectedNumber($"{day}.total"), total);
        }

        Assert.Equal(0, story.Balance(RevenueAccounts.DeferredRevenue));
    });

    [Fact]
    public void Tryton_deferral_500_days() => GoldenCase.Tell("tryton-deferral-500-days", golden =>
    {
        var (amount, days) = (Number(golden.Contract, "amount"), golden.Contract.GetProperty("days").GetInt32());
        var from = new DateOnly(2026, 1, 1);
        var story = Of(Fee("line", amount, new RevenueTreatment.StraightLine(Spread.ByDay), from, from.AddDays(days - 1)))
            .Invoiced("1", from, "line", amount);
        for (var month = 1; month <= 12; month++) story = story.Recognized(2026, month);
        Assert.Equal(golden.ExpectedNumber("entries_year_1"), story.Entries.Length);
        var range = golden.Expected("deferred_after_year_1").GetString()!.Split("..").Select(bound => decimal.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
        Assert.InRange(-story.Balance(RevenueAccounts.DeferredRevenue), range[0], range[1]);
        for (var month = 1; month <= 6; month++) story = story.Recognized(2027, month);
        Assert.Equal(golden.ExpectedNumber("total_entries"), story.Entries.Length);
        Assert.Equal(golden.ExpectedNumber("remaining"), story.Balance(RevenueAccounts.DeferredRevenue));
    });

    [Fact]
    public void Business_central_percent_of_completion_wip() => GoldenCase.Tell("business-central-percent-of-completion-wip", golden =>
    {
        var how = new RevenueTreatment.PercentComplete(ProgressMeasure.CostToCost, Number(golden.Contract, "estimated_cost"));
        var story = Of(Fee("line", Number(golden.Contract, "contract"), how, Start, End))
            .Recognized(2026, 3, Done("line", 0, cost: Number(golden.Events[0], "to_date")));
        Assert.Equal(golden.ExpectedNumber("percent"), 100 * Recognition.Progress(story.Line("line")));
        Assert.Equal(golden.ExpectedNumber("revenue"), -story.Balance(RevenueAccounts.Revenue));
        Assert.Equal(golden.ExpectedNumber("cost"), story.Balance(RevenueAccounts.Cost));
    });

    [Fact]
    public void Oca_analytic_wip_budget_and_variance() => GoldenCase.Tell("oca-analytic-wip-budget-and-variance", golden =>
    {
        CostElement[] elements =
            [.. golden.Contract.GetProperty("drivers").EnumerateObject().Select(driver => new CostElement(driver.Name, driver.Value.GetDecimal()))];
        var units = golden.Events.Where(@event => Text(@event, "type") == "work").Sum(work => Number(work, "units"));
        var planned = Number(golden.Events.Single(@event => Text(@event, "type") == "plan"), "units");
        var (open, within) = (Captured(0), Captured(planned));

        Assert.Equal(golden.ExpectedNumber("driver_unit_cost"), elements.Sum(element => element.UnitCost));
        Assert.Equal(golden.ExpectedNumber("actual_total"), open.Sum(cost => cost.Actual.Amount));
        Assert.Equal(golden.ExpectedNumber("labour_actual"), open[0].Actual.Amount);
        Assert.Equal(golden.ExpectedNumber("no_plan.labour_wip"), open[0].WorkInProgress.Amount);
        Assert.Equal(golden.ExpectedNumber("no_plan.labour_variance"), open[0].Variance.Amount);
        Assert.Equal(golden.ExpectedNumber("planned_12.labour_planned"), within[0].Planned.Amount);
        Assert.Equal(golden.ExpectedNumber("planned_12.labour_wip"), within[0].WorkInProgress.Amount);
        Assert.Equal(golden.ExpectedNumber("planned_12.labour_variance"), within[0].Variance.Amount);

        var posted = CapturedCost.Post(within);
        var closed = posted.AddRange(CapturedCost.Close(within));
        foreach (var (state, lines) in new[] { ("posted", posted), ("after_close", closed) })
        {
            Assert.Equal(golden.ExpectedNumber($"{state}.wip"), Balance(lines, RevenueAccounts.WorkInProgress));
            Assert.Equal(golden.ExpectedNumber($"{state}.variance"), Balance(lines, RevenueAccounts.CostVariance));
            Assert.Equal(0, lines.Sum(line => line.Amount.Minor));
        }

        ImmutableArray<CapturedCost> Captured(decimal plan) => CapturedCost.Of(units, plan, [.. elements], "EUR", Rounding.HalfUp);
    });

    [Fact]
    public void Odoo_accrued_sale_orders() => GoldenCase.Tell("odoo-accrued-sale-orders", golden =>
    {
        // Five days of 1000 and five of 200 are delivered and not invoiced.
        var story = Of(Work("1000"), Work("200")).Recognized(2026, 3, Done("1000", 5_000), Done("200", 1_000));
        Assert.Equal(golden.ExpectedNumber("base"), story.Balance(RevenueAccounts.UnbilledReceivable));

        var rate = Number(golden.Event("fx"), "rate");
        var converted = Entries.Converted(Assert.Single(story.Entries), "USD", rate, Rounding.HalfUp);
        Assert.Equal(golden.ExpectedNumbers("fx.amounts"), Unbilled(converted.Lines).OrderDescending());
        Assert.Equal(golden.ExpectedNumber("fx.total"), Unbilled(converted.Lines).Sum());

        // Ten days each; those of 1000 are four fifths for one cost centre, all else is for the other.
        var split = Of(Work("1000a", costCentre: "A"), Work("1000b", costCentre: "B"), Work("200", costCentre: "B"))
            .Recognized(2026, 3, Done("1000a", 8_000), Done("1000b", 2_000), Done("200", 2_000));
        Assert.Equal(golden.ExpectedNumber("analytic.total"), split.Balance(RevenueAccounts.UnbilledReceivable));
        var lines = Assert.Single(split.Entries).Lines;
        var shares = new[] { "A", "B" }.Select(centre => decimal.Round(
            100 * Unbilled([.. lines.Where(line => line.CostCentre == centre)]).Sum() / split.Balance(RevenueAccounts.UnbilledReceivable), 2));
        Assert.Equal(golden.ExpectedNumbers("analytic.shares"), shares);

        // A down payment is a liability of its own and is not set off against what is accrued.
        var percent = Number(golden.Event("dp"), "down_payment_percent");
        var paid = Of(Work("1000"), Work("200")).Invoiced("1", Start, "down-payment", 6_000 * percent / 100)
            .Recognized(2026, 3, Done("1000", 5_000), Done("200", 1_000));
        Assert.Equal(golden.ExpectedNumber("dp"), paid.Balance(RevenueAccounts.UnbilledReceivable));
        Assert.Equal(-6_000 * percent / 100, paid.Balance(RevenueAccounts.DeferredRevenue));

        static IEnumerable<decimal> Unbilled(IEnumerable<LedgerLine> lines) =>
            lines.Where(line => line.Account == RevenueAccounts.UnbilledReceivable).Select(line => line.Amount.Amount);
    });

    [Fact]
    public void Beancount_residual_rounding_account() => GoldenCase.Tell("beancount-residual-rounding-account", golden =>
    {
        var postings = golden.Events[0].GetProperty("postings").EnumerateArray().Select(posting => posting.GetDecimal()).ToArray();
        var (cad, rate, usd) = (Number(golden.Events[1], "cad"), Number(golden.Events[1], "rate"), Number(golden.Events[1], "usd"));
        Assert.Equal(golden.ExpectedNumber("rounding_posted[0]"), Entries.Residual(postings));
        Assert.Equal(golden.ExpectedNumber("rounding_posted[1]"), Entries.Residual(cad * rate, usd));
        Assert.Equal(golden.ExpectedNumber("tolerance_2dp"), Entries.Tolerance("USD"));

        // What is above the tolerance is posted, rounded like every posting: the converted entry balances.
        LedgerEntry entry = new("e", Entity, "CAD", Start, Start, EntryCause.Recognition, "", [.. new[] { 37.57m, 37.56m, 37.56m, -112.69m }
            .Select((amount, i) => new LedgerLine($"account {i}", Money.Of(amount, "CAD")))]);
        var converted = Entries.Converted(entry, "USD", 1 / rate, Rounding.HalfUp);
        Assert.Equal([33.34m, 33.33m, 33.33m, -100.01m, 0.01m], converted.Lines.Select(line => line.Amount.Amount));
    });

    private static IEnumerable<(LedgerEntry Entry, decimal Amount)> Recognised(RevenueStory story) => story.Entries
        .Where(entry => entry.Cause == EntryCause.Recognition)
        .Select(entry => (entry, -entry.Lines.Where(line => line.Account == RevenueAccounts.Revenue).Sum(line => line.Amount.Amount)));

    private static (decimal Amount, DateOnly From, DateOnly To) Service(JsonElement contract) =>
        (Number(contract, "amount"), Date(contract.GetProperty("service")[0]), Date(contract.GetProperty("service")[1]));

    private static IssuedLine Issued(JsonElement line)
    {
        var service = line.GetProperty("service");
        var (id, amount) = (Text(line, "id"), Eur(Number(line, "amount")));
        return service.ValueKind == JsonValueKind.Null ? new(id, id, amount) : new(id, id, amount, Date(service[0]), Date(service[1]));
    }

    private static decimal Balance(IEnumerable<LedgerLine> lines, string account) =>
        lines.Where(line => line.Account == account).Sum(line => line.Amount.Amount);

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static DateOnly Date(JsonElement element, string name) => Date(element.GetProperty(name));

    private static DateOnly Date(JsonElement text) => DateOnly.ParseExact(text.GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
