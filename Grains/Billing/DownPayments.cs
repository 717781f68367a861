using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <param name="Price">The line's price, or its cap: what the down payment is a part of.</param>
/// <param name="Invoiced">Of the down payment, on issued invoices.</param>
/// <param name="Deducted">Of that, on invoices of work.</param>
internal readonly record struct DownPaymentLine(string LineId, Money Price, Money Invoiced, Money Deducted)
{
    public Money Balance => Invoiced - Deducted;
}

/// <summary>Down payments: what is asked for before the work, and what the invoices of the work take off again.</summary>
internal static class DownPayments
{
    private const decimal Percent = 100;

    /// <summary>The lines in the scope of a down payment that have a price or a cap, with it.</summary>
    public static IEnumerable<(string LineId, Money Price)> Priced(DownPayment terms, ImmutableArray<ContractLine> lines) =>
        from line in lines
        where terms.Lines is not { } scope || scope.Contains(line.Id)
        let price = PriceOf(line)
        where price is { Minor: > 0 }
        select (line.Id, price.Value);

    /// <summary>
    /// Per line, what is still to be asked for: less than nothing if a change order lowered what was asked for already. A
    /// percent is rounded once, over all lines.
    /// </summary>
    public static ImmutableArray<Money> Due(DownPayment terms, ImmutableArray<DownPaymentLine> lines, Rounding rounding)
    {
        if (lines.IsEmpty) return [];
        var currency = lines[0].Price.Currency;
        var price = lines.Aggregate(Money.Zero(currency), (sum, line) => sum + line.Price);
        var agreed = terms.Amount ?? Money.Round(price.Amount * terms.Percent!.Value / Percent, currency, rounding);
        var shares = Allocation.ByWeight(agreed, [.. lines.Select(line => line.Price.Amount)]);
        return [.. shares.Zip(lines, (share, line) => share - line.Invoiced)];
    }

    /// <summary>Per line, what this document deducts: never more than the line's balance.</summary>
    /// <param name="work">Per line, what the document bills of it.</param>
    /// <param name="done">Per line, what was billed of it before.</param>
    public static ImmutableArray<Money> Deduct(
        Deduction rule, ImmutableArray<DownPaymentLine> lines, ImmutableArray<Money> work, ImmutableArray<Money> done, bool final, Rounding rounding) =>
        [.. lines.Select((line, i) => Of(rule, line, work[i], done[i], final, rounding))];

    /// <summary>
    /// A down payment agreed with its tax, over lines with their tax rates: each line's part of the gross amount, divided
    /// into net and tax at its own rate, so that they sum to it.
    /// </summary>
    public static ImmutableArray<(Money Net, Money Tax)> Split(
        Money gross, ImmutableArray<(Money Net, decimal TaxPercent)> lines, Rounding rounding)
    {
        var parts = Allocation.ByWeight(gross, [.. lines.Select(line => line.Net.Amount * (1 + line.TaxPercent / Percent))]);
        return
        [
            .. parts.Zip(lines, (part, line) =>
            {
                var net = Money.Round(part.Amount / (1 + line.TaxPercent / Percent), part.Currency, rounding);
                return (net, part - net);
            }),
        ];
    }

    private static Money Of(Deduction rule, DownPaymentLine line, Money work, Money done, bool final, Rounding rounding)
    {
        var completes = done + work >= line.Price;
        var balance = Money.Max(line.Balance, Money.Zero(line.Price.Currency));
        return rule switch
        {
            _ when final || completes => balance,
            Deduction.OnFinal => Money.Zero(balance.Currency),
            Deduction.Proportional => Money.Min(
                balance, Money.Round(line.Invoiced.Amount * work.Amount / line.Price.Amount, balance.Currency, rounding)),
            Deduction.AsEarned => Money.Min(balance, Money.Max(work, Money.Zero(balance.Currency))),
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };
    }

    private static Money? PriceOf(ContractLine line) => line.Billing switch
    {
        BillingModel.FixedFee fee => fee.Price,
        BillingModel.TimeAndMaterials { Cap: { } cap } => cap.Amount,
        _ => null,
    };
}
