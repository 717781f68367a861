using System.Collections.Immutable;
using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Tests.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Cases;

/// <summary>Cases about what is taken off a document or held back of it: discounts, down payments, retention.</summary>
public sealed class AdjustmentCases
{
    [Fact]
    public void Odoo_down_payment_deduct_on_final() => GoldenCase.Tell("odoo-down-payment-deduct-on-final", golden =>
    {
        var lines = Lines(golden.Contract.GetProperty("lines"));
        var asked = DownPayments.Split(Eur(Decimal(golden.Contract, "down_payment")), lines, Rounding.HalfUp);
        AssertNumbers(golden, "down_payment.nets", asked.Select(line => line.Net.Amount));
        AssertNumbers(golden, "down_payment.taxes", asked.Select(line => line.Tax.Amount));
        Assert.Equal(golden.ExpectedNumber("down_payment.receivable"), Sum(asked));

        // Nothing was delivered: the final takes off what was asked for and bills nothing.
        var nothing = Deducted(lines, asked, work: 0);
        Assert.Equal("credit note", golden.Expected("nothing_delivered.type").GetString());
        Assert.Equal(golden.ExpectedNumber("nothing_delivered.amount"), -Sum(asked));
        Assert.Equal(asked.Select(line => line.Net), nothing);

        AssertNumbers(golden, "all_delivered.deducted_nets", Deducted(lines, asked, work: 1).Select(net => net.Amount));
        AssertNumbers(golden, "all_delivered.taxes_due", lines.Zip(asked, (line, down) => Tax(line) - down.Tax.Amount));
        Assert.Equal(golden.ExpectedNumber("all_delivered.revenue"), lines.Sum(line => line.Net.Amount));
        Assert.Equal(golden.ExpectedNumber("all_delivered.receivable"), lines.Sum(line => line.Net.Amount + Tax(line)) - Sum(asked));
    });

    [Fact]
    public void Odoo_down_payment_many_lines_rounding() => GoldenCase.Tell("odoo-down-payment-many-lines-rounding", golden =>
    {
        var lines = Lines(golden.Contract.GetProperty("lines"));
        var asked = DownPayments.Split(Eur(Decimal(golden.Contract, "down_payment")), lines, Rounding.HalfUp);
        AssertNumbers(golden, "down_payment.nets", asked.Select(line => line.Net.Amount));
        AssertNumbers(golden, "down_payment.taxes", asked.Select(line => line.Tax.Amount));
        AssertNumbers(golden, "final.taxes", lines.Zip(asked, (line, down) => Tax(line) - down.Tax.Amount));
        Assert.Equal(golden.ExpectedNumber("final.receivable"), lines.Sum(line => line.Net.Amount + Tax(line)) - Sum(asked));

        var b = golden.Events[^1];
        var second = DownPayments.Split(
            Eur(Decimal(b, "gross")), [.. b.GetProperty("lines").EnumerateArray().Select(net => (Eur(net.GetDecimal()), Decimal(b, "tax")))],
            Rounding.HalfUp);
        Assert.Equal(golden.ExpectedNumber("b.net"), second.Sum(line => line.Net.Amount));
        Assert.Equal(golden.ExpectedNumber("b.tax"), second.Sum(line => line.Tax.Amount));
    });

    [Fact]
    public void Odoo_down_payment_final_credited_reinvoiced() => GoldenCase.Tell("odoo-down-payment-final-credited-reinvoiced", golden =>
    {
        ImmutableArray<(Money Net, decimal TaxPercent)> lines = [(Eur(Decimal(golden.Contract, "net")), Decimal(golden.Contract, "tax"))];
        var asked = DownPayments.Split(Eur(Decimal(golden.Contract, "down_payment_gross")), lines, Rounding.HalfUp);

        // A credit in full gives the deduction back, so that the next final takes it off again, and once.
        var first = Deducted(lines, asked, work: 1);
        var again = Deducted(lines, asked, work: 1);
        var third = Deducted(lines, asked, work: 1, deducted: again);
        Assert.Equal(first.AsEnumerable(), again);
        Assert.Equal([Eur(0)], third.AsEnumerable());
        Assert.Equal(golden.ExpectedNumber("final.net"), lines[0].Net.Amount);
        Assert.Equal(golden.ExpectedNumber("final.gross"), lines[0].Net.Amount + Tax(lines[0]));
        Assert.Equal(golden.ExpectedNumber("final.down_payment_net"), -again[0].Amount);
        Assert.Equal(golden.ExpectedNumber("final.down_payment_gross"), -Sum(asked));
        Assert.Equal(golden.ExpectedNumber("final.tax"), Tax(lines[0]) - asked[0].Tax.Amount);
        Assert.Equal(golden.ExpectedNumber("final.receivable"), lines[0].Net.Amount + Tax(lines[0]) - Sum(asked));
    });

    [Fact]
    public void Tryton_advance_payment_blocks_final() => GoldenCase.Tell("tryton-advance-payment-blocks-final", golden =>
    {
        var (quantity, price) = (Decimal(golden.Contract, "qty"), Decimal(golden.Contract, "price"));
        var agreed = new Conditions(DownPayment: new(Decimal(golden.Contract, "advance_percent"), null, BlocksWork: true));
        var more = Decimal(golden.Events.Single(@event => @event.GetProperty("type").GetString() == "change_qty"), "to");

        var sale = Sold(quantity);
        Assert.Equal(golden.ExpectedNumber("advance"), sale.Net());
        Assert.Equal("blocked", golden.Expected("final_before_paid").GetString());
        Assert.Equal(0, sale.Net());
        sale.Paid("1");
        Assert.Equal(golden.ExpectedNumber("final[0]"), sale.Net());

        var grown = Sold(quantity);
        grown.Amend(new(2, Start, "EUR", [Line(more)], Conditions: agreed));
        Assert.Equal(golden.ExpectedNumber("advance_for_6"), grown.Net());

        var cancelled = Sold(quantity);
        cancelled.Net();
        cancelled.Credit("1", release: false);
        Assert.Equal(golden.ExpectedNumber("cancelled_advance_final"), cancelled.Net());

        var again = Sold(quantity);
        again.Net();
        again.Credit("1", release: true);
        Assert.Equal(golden.ExpectedNumber("advance"), again.Net());
        again.Paid("2");
        Assert.Equal(golden.ExpectedNumber("recreated_final"), again.Net());

        AdjustedProject Sold(decimal sold) => new AdjustedProject(agreed, Line(sold)).Reach("M1");

        ContractLine Line(decimal sold) => AdjustedProject.Report with
        {
            Billing = new BillingModel.FixedFee(Eur(sold * price), [new("M1", "Delivered", Eur(sold * price), null)]),
        };
    });

    [Fact]
    public void Oca_invoicing_payment_retention() => GoldenCase.Tell("oca-invoicing-payment-retention", golden =>
    {
        var invoice = Eur(Decimal(golden.Contract, "invoice"));
        foreach (var id in new[] { "pct_untaxed", "fixed", "pct_total" })
            Assert.Equal(golden.ExpectedNumber(id), Held(golden.Event(id), invoice).Amount);
        var foreign = golden.Event("fx");
        var rate = Decimal(foreign, "rate");
        var held = Held(foreign, Money.Of(invoice.Amount * rate, "USD"));
        Assert.Equal(golden.ExpectedNumber("fx.invoice_currency"), held.Amount);
        Assert.Equal(golden.ExpectedNumber("fx.company_currency"), held.Amount / rate);

        static Money Held(JsonElement @event, Money invoice) => Retentions.Of(
            new(
                @event.TryGetProperty("percent", out var percent) ? percent.GetDecimal() : null,
                @event.TryGetProperty("amount", out var amount) ? Money.Of(amount.GetDecimal(), invoice.Currency) : null,
                @event.TryGetProperty("base", out var of) && of.GetString() == "total" ? RetentionBase.Total : null),
            invoice, invoice, Rounding.HalfUp);
    });

    [Fact]
    public void Oca_invoicing_global_discount_successive() => GoldenCase.Tell("oca-invoicing-global-discount-successive", golden =>
    {
        var (line, tax) = (Decimal(golden.Contract, "line"), Decimal(golden.Contract, "tax_percent"));
        Assert.Equal(golden.ExpectedNumber("none.tax"), line * tax / 100);
        Assert.Equal(golden.ExpectedNumber("none.total"), line + line * tax / 100);
        foreach (var id in new[] { "d50", "d50_30", "line20" })
        {
            var net = Nets(golden.Event(id), line)[0];
            Assert.Equal(golden.ExpectedNumber($"{id}.net"), net);
            Assert.Equal(golden.ExpectedNumber($"{id}.tax"), net * tax / 100);
            Assert.Equal(golden.ExpectedNumber($"{id}.total"), net + net * tax / 100);
        }

        Assert.Equal(golden.ExpectedNumber("d50.discount"), Nets(golden.Event("d50"), line)[0] - line);
        Assert.Equal(golden.ExpectedNumber("d50_30.discount"), Nets(golden.Event("d50_30"), line)[0] - line);
        var reduced = line * (1 - Decimal(golden.Event("line20"), "line_percent") / 100);
        Assert.Equal(golden.ExpectedNumber("line20.discount"), Nets(golden.Event("line20"), line)[0] - reduced);

        var two = golden.Event("two_taxes").GetProperty("lines").EnumerateArray().ToArray();
        var nets = Nets(golden.Event("two_taxes"), [.. two.Select(one => Decimal(one, "amount"))]);
        AssertNumbers(golden, "two_taxes.bases", nets);
        AssertNumbers(golden, "two_taxes.taxes", nets.Zip(two, (net, one) => net * Decimal(one, "tax") / 100));
        Assert.Equal(golden.ExpectedNumber("two_taxes.net"), nets.Sum());
        Assert.Equal(golden.ExpectedNumber("two_taxes.total"), nets.Sum() + nets.Zip(two, (net, one) => net * Decimal(one, "tax") / 100).Sum());
        Assert.Equal(golden.ExpectedNumber("two_taxes.discount"), nets.Sum() - two.Sum(one => Decimal(one, "amount")));

        var withheld = Nets(golden.Event("withholding"), line)[0];
        var taxes = golden.Event("withholding").GetProperty("line_taxes").EnumerateArray().Select(one => withheld * one.GetDecimal() / 100).ToArray();
        Assert.Equal(golden.ExpectedNumber("withholding.base"), withheld);
        AssertNumbers(golden, "withholding.taxes", taxes);
        Assert.Equal(golden.ExpectedNumber("withholding.total"), withheld + taxes.Sum());

        static decimal[] Nets(JsonElement @event, params decimal[] lines)
        {
            ImmutableArray<Discount> before = @event.TryGetProperty("line_percent", out var percent)
                ? [new("line", "Line discount", percent.GetDecimal(), null, ["0"])] : [];
            return Left(lines, before.AddRange(@event.GetProperty("percents").EnumerateArray()
                .Select((one, i) => new Discount($"{i}", "Invoice discount", one.GetDecimal(), null))));
        }
    });

    [Fact]
    public void Lago_coupon_breakdown_and_order() => GoldenCase.Tell("lago-coupon-breakdown-and-order", golden =>
    {
        decimal[] lines = [10, 20, 30, 40, 10, 20, 30, 40];
        decimal[] rates = [10, 20, 10, 10, 10, 20, 10, 10];
        ImmutableArray<string>[] scopes = [["0", "1"], ["4", "5", "6", "7"], ["0", "1", "2", "3", "4", "5", "6", "7"]];
        var coupons = golden.Contract.GetProperty("coupons").EnumerateArray()
            .Select((coupon, i) => new Discount($"{i}", "Coupon", null, Eur(Decimal(coupon, "amount")), scopes[i])).ToImmutableArray();
        var given = Spread(lines, coupons);
        var nets = Left(lines, coupons);
        AssertNumbers(golden, "discount_cents", lines.Select((_, i) => given.Sum(one => one.Exact[i]) * 100), digits: 4);
        AssertNumbers(golden, "line_tax_cents", nets.Zip(rates, (net, rate) => decimal.Round(net * rate, 0, MidpointRounding.AwayFromZero)));
        Assert.Equal(golden.ExpectedNumber("fees"), lines.Sum());
        Assert.Equal(golden.ExpectedNumber("discount"), given.SelectMany(one => one.Shares).Sum(share => share.Amount));
        Assert.Equal(golden.ExpectedNumber("net"), nets.Sum());
        var tax = decimal.Round(nets.Zip(rates, (net, rate) => net * rate / 100).Sum(), 2, MidpointRounding.AwayFromZero);
        Assert.Equal(golden.ExpectedNumber("tax"), tax);
        Assert.Equal(golden.ExpectedNumber("total"), nets.Sum() + tax);
    });

    [Fact]
    public void Lago_invoice_tax_with_discount_mixed_rates() => GoldenCase.Tell("lago-invoice-tax-with-discount-mixed-rates", golden =>
    {
        var lines = golden.Contract.GetProperty("lines").EnumerateArray().ToArray();
        var amounts = lines.Select(line => Decimal(line, "amount")).ToArray();
        ImmutableArray<Discount> discount = [new("discount", "Discount", null, Eur(Decimal(golden.Contract, "discount")))];
        AssertNumbers(golden, "discount_shares", Spread(amounts, discount).Single().Shares.Select(share => share.Amount));
        var nets = Left(amounts, discount);
        var taxes = nets.Zip(lines, (net, line) => net * Decimal(line, "tax_percent") / 100).ToArray();
        AssertNumbers(golden, "taxes", taxes);
        Assert.Equal(golden.ExpectedNumber("net"), nets.Sum());
        Assert.Equal(golden.ExpectedNumber("tax"), taxes.Sum());
        Assert.Equal(golden.ExpectedNumber("total"), nets.Sum() + taxes.Sum());

        // A discount above the fees leaves nothing to tax.
        Assert.All(Left(amounts, [new("discount", "Discount", null, Eur(amounts.Sum() + 1))]), left => Assert.Equal(0, left));
    });

    private static ImmutableArray<Discounted> Spread(decimal[] lines, ImmutableArray<Discount> discounts) =>
        Discounts.Spread([.. lines.Select((net, i) => new Discountable($"{i}", Eur(net)))], discounts, _ => null, Rounding.HalfUp);

    private static decimal[] Left(decimal[] lines, ImmutableArray<Discount> discounts)
    {
        var given = Spread(lines, discounts);
        return [.. lines.Select((line, i) => line - given.Sum(one => one.Shares[i].Amount))];
    }

    private static ImmutableArray<Money> Deducted(
        ImmutableArray<(Money Net, decimal TaxPercent)> lines, ImmutableArray<(Money Net, Money Tax)> asked, decimal work,
        ImmutableArray<Money>? deducted = null)
    {
        var balances = lines.Select((line, i) => new DownPaymentLine($"{i}", line.Net, asked[i].Net, deducted?[i] ?? Eur(0)));
        return DownPayments.Deduct(
            Deduction.OnFinal, [.. balances], [.. lines.Select(line => Eur(line.Net.Amount * work))], [.. lines.Select(_ => Eur(0))],
            final: true, Rounding.HalfUp);
    }

    private static ImmutableArray<(Money Net, decimal TaxPercent)> Lines(JsonElement lines) =>
        [.. lines.EnumerateArray().Select(line => (Eur(Decimal(line, "net")), Decimal(line, "tax")))];

    private static decimal Tax((Money Net, decimal TaxPercent) line) => line.Net.Amount * line.TaxPercent / 100;

    private static decimal Sum(ImmutableArray<(Money Net, Money Tax)> lines) => lines.Sum(line => line.Net.Amount + line.Tax.Amount);

    private static void AssertNumbers(GoldenCase golden, string path, IEnumerable<decimal> actual, int digits = 9)
    {
        var numbers = actual.ToArray();
        Assert.Equal(
            numbers.Select((_, i) => decimal.Round(golden.ExpectedNumber($"{path}[{i}]"), digits)), numbers.Select(one => decimal.Round(one, digits)));
    }

    private static decimal Decimal(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
