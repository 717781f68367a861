using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <param name="ContractLine">The contract line that it bills.</param>
/// <param name="Net">Before any discount.</param>
internal readonly record struct Discountable(string ContractLine, Money Net);

/// <param name="Exact">The line's share of all discounts in major units, unrounded.</param>
/// <param name="Share">The same in money: the shares sum to what the discounts gave.</param>
internal readonly record struct Discounted(decimal Exact, Money Share);

/// <summary>Spreads discounts over the lines of a document, before tax.</summary>
internal static class Discounts
{
    private const decimal Percent = 100;

    /// <summary>Those that hold on the day.</summary>
    public static IEnumerable<Discount> InForce(ImmutableArray<Discount> discounts, DateOnly day) =>
        discounts.Where(discount => (discount.From is not { } from || day >= from) && (discount.Until is not { } until || day <= until));

    /// <summary>
    /// The discounts in their order, each on what those before it left. A line is never discounted below zero, and lines
    /// that are below zero already (reversals, deductions) take no part.
    /// </summary>
    /// <param name="used">Discount id → what earlier documents have had of its amount.</param>
    public static (ImmutableArray<Discounted> Lines, ImmutableArray<DiscountGiven> Given) Spread(
        ImmutableArray<Discountable> lines, IEnumerable<Discount> discounts, Func<string, Money?> used, Rounding rounding)
    {
        if (lines.IsEmpty) return ([], []);
        var currency = lines[0].Net.Currency;
        var left = lines.Select(line => Math.Max(0, line.Net.Amount)).ToArray();
        var given = ImmutableArray.CreateBuilder<DiscountGiven>();
        foreach (var discount in discounts)
        {
            var scope = Enumerable.Range(0, left.Length).Where(i => Covers(discount, lines[i])).ToArray();
            var rest = scope.Sum(i => left[i]);
            var amount = Amount(discount, rest, used(discount.Id), currency, rounding);
            if (amount.Minor <= 0) continue;
            foreach (var i in scope) left[i] -= amount.Amount * left[i] / rest;
            given.Add(new(discount.Id, discount.Name, amount));
        }

        return (Shares(lines, left, given.Aggregate(Money.Zero(currency), (sum, one) => sum + one.Amount)), given.ToImmutable());
    }

    private static ImmutableArray<Discounted> Shares(ImmutableArray<Discountable> lines, decimal[] left, Money total)
    {
        var exact = lines.Select((line, i) => Math.Max(0, line.Net.Amount) - left[i]).ToArray();
        return [.. exact.Zip(Allocation.ByWeight(total, exact), (share, money) => new Discounted(share, money))];
    }

    private static bool Covers(Discount discount, Discountable line) => discount.Lines is not { } lines || lines.Contains(line.ContractLine);

    private static Money Amount(Discount discount, decimal rest, Money? used, string currency, Rounding rounding)
    {
        var most = Money.Round(rest, currency, Rounding.Down);
        var wanted = discount switch
        {
            { Percent: { } percent } => Money.Round(rest * percent / Percent, currency, rounding),
            { Use: DiscountUse.EachInvoice } => discount.Amount!.Value,
            _ => discount.Amount!.Value - (used ?? Money.Zero(currency)),
        };
        return Money.Min(wanted, most);
    }
}
