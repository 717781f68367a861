using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Tests.Firms;
using Q2C.Projects;
using static Q2C.Grains.Tests.Periods.PeriodStory;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about money that was paid in advance and pays invoices.</summary>
public sealed class RetainerCases
{
    private const string Deposit = "deposit";
    private const decimal Cents = 100;

    [Fact]
    public void Lago_retainer_cap_with_fractional_fees() => GoldenCase.Tell("lago-retainer-cap-with-fractional-fees", golden =>
    {
        foreach (var id in new[] { "mixed", "same" })
        {
            // Each fee is a metered line of its own, one unit at a price below a cent.
            var fees = golden.Event(id).GetProperty("fees_cents").EnumerateArray().Select(fee => fee.GetDecimal() / Cents).ToArray();
            var firm = Sold(golden, Number(golden.Contract, "balance_cents") / Cents, [.. fees.Select((fee, i) => Metered($"fee-{i}", fee))]);
            firm.Works([.. fees.Select((_, i) => Used($"fee-{i}", March(2), 1))]);
            var invoice = firm.Bills(March(31)).Single();
            Assert.Equal(golden.ExpectedNumber($"{id}.fees_cents"), invoice.Draft.Net.Minor);
            Assert.Equal(golden.ExpectedNumber($"{id}.tax_cents"), invoice.Tax!.Value.Minor);
            Assert.Equal(golden.ExpectedNumber($"{id}.drawn_cents"), Drawn(firm) * Cents);
            Assert.Equal(golden.Expects($"{id}.total_cents") ? golden.ExpectedNumber($"{id}.total_cents") : 0, invoice.Outstanding!.Value.Minor);
            Assert.Equal(golden.ExpectedNumber($"{id}.balance_left_cents"), firm.Retainer(Deposit).Balance * Cents);
        }
    });

    [Fact]
    public void Lago_retainer_ongoing_balance() => GoldenCase.Tell("lago-retainer-ongoing-balance", golden =>
    {
        var start = new DateOnly(2022, 12, 1);
        var plan = Recurring(start, Number(golden.Contract, "subscription_fee"), Monthly(1, BillingTiming.InArrears), id: "plan");
        var firm = new Firm(plan, Metered("usage", 1, start), Prepaid(start, Number(golden.Contract, "balance"), "plan", "usage"));
        firm.Bills(start);
        firm.PostsAtOnce = false;
        for (var i = 0; i < golden.Events.Length; i++)
        {
            var @event = golden.Events[i];
            var day = Day(@event.GetProperty("date").GetString()!);
            switch (@event.GetProperty("type").GetString())
            {
                case "usage":
                    firm.Works(Used("usage", day, Number(@event, "amount")));
                    break;
                case "draft_invoice":
                    Assert.Equal(Number(@event, "total"), firm.Bills(day).Single().Draft.Net.Amount);
                    break;
                default:
                    firm.Post();
                    Assert.Equal(Number(@event, "total"), firm.Invoices[^1].Total!.Value.Amount);
                    break;
            }

            var retainer = firm.Retainer(Deposit);
            Assert.Equal(
                (golden.ExpectedNumber($"balance[{i}]"), golden.ExpectedNumber($"ongoing_balance[{i}]"), golden.ExpectedNumber($"ongoing_usage[{i}]")),
                (retainer.Balance, retainer.Expected, retainer.Pending));
        }
    });

    [Fact]
    public void Lago_retainer_prepaid_on_invoice_with_tax() => GoldenCase.Tell("lago-retainer-prepaid-on-invoice-with-tax", golden =>
    {
        var inScope = golden.Events.Where(@event => @event.GetProperty("in_scope").GetBoolean()).Select(@event => @event.GetProperty("id").GetString()!);
        var firm = Sold(
            golden, Number(golden.Contract, "balance"), [.. inScope],
            [.. golden.Events.Select(@event => Metered(@event.GetProperty("id").GetString()!, Number(@event, "amount")))]);
        var before = 0m;
        for (var month = 3; month - 3 < golden.Events.Length; month++)
        {
            var id = golden.Events[month - 3].GetProperty("id").GetString()!;
            firm.Works(Used(id, new(2026, month, 2), 1));
            firm.Bills(new(2026, month, DateTime.DaysInMonth(2026, month)));
            Assert.Equal(golden.ExpectedNumber($"{id}.drawn"), Drawn(firm) - before);
            if (golden.Expects($"{id}.left")) Assert.Equal(golden.ExpectedNumber($"{id}.left"), firm.Retainer(Deposit).Balance);
            before = Drawn(firm);
        }
    });

    private static Firm Sold(GoldenCase golden, decimal balance, ContractLine[] lines) =>
        Sold(golden, balance, [.. lines.Select(line => line.Id)], lines);

    /// <summary>The retainer is bought with an invoice of its own; its tax is no matter here.</summary>
    private static Firm Sold(GoldenCase golden, decimal balance, string[] covers, ContractLine[] lines)
    {
        var firm = new Firm(new Terms(1, March(1), "EUR", [.. lines, Prepaid(March(1), balance, covers)]), Number(golden.Contract, "tax_percent"));
        firm.Bills(March(1));
        return firm;
    }

    private static ContractLine Prepaid(DateOnly start, decimal balance, params string[] covers) =>
        Of(new BillingModel.Retainer(RetainerUnit.Money, balance, 1, [.. covers]), start, id: Deposit);

    private static ContractLine Metered(string id, decimal unitPrice, DateOnly? start = null) => Of(
        new BillingModel.Usage(
            "units", Monthly(1, BillingTiming.InArrears) with { InvoiceDay = start is null ? ArrearsDay.LastDay : null }, TierRule.Graduated, [new(null, unitPrice)]),
        start ?? March(1), id: id);

    private static WorkRecord.UsageRecorded Used(string line, DateOnly day, decimal quantity) => new($"usage/{line}/{day:O}", 1, day, line, quantity, null);

    private static decimal Drawn(Firm firm) => firm.History.OfType<RetainerPaid>().Sum(paid => paid.Amount.Amount);

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
