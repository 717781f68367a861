using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <param name="ContractLine">The contract line that it bills.</param>
/// <param name="Net">Before any discount.</param>
internal readonly record struct Discountable(string ContractLine, Money Net);

/// <summary>One discount on one document.</summary>
/// <param name="Exact">Each line's share in major units, unrounded.</param>
/// <param name="Shares">The same in money: they sum to what the discount gave.</param>
internal sealed record Discounted(Discount Discount, ImmutableArray<decimal> Exact, ImmutableArray<Money> Shares);

/// <summary>Spreads discounts over the lines of a document, before tax.</summary>
internal static class Discounts
{
    private const decimal Percent = 100;

    /// <summary>Those that hold on the day.</summary>
    public static IEnumerable<Discount> InForce(ImmutableArray<Discount> discounts, DateOnly day) =>
        discounts.Where(discount => (discount.From is not { } from || day >= from) && (discount.Until is not { } until || day <= until));

    /// <summary>
    /// The discounts in their order, each on what those before it left. No line is discounted below zero, and lines that are
    /// below zero already (reversals) take no part. A discount that gives nothing is left out.
    /// </summary>
    /// <param name="used">Discount → what earlier documents have had of its amount.</param>
    public static ImmutableArray<Discounted> Spread(
        ImmutableArray<Discountable> lines, IEnumerable<Discount> discounts, Func<Discount, Money?> used, Rounding rounding)
    {
        var given = ImmutableArray.CreateBuilder<Discounted>();
        var left = lines.Select(line => Math.Max(0, line.Net.Amount)).ToArray();
        var room = lines.Select(line => Math.Max(0, line.Net.Minor)).ToArray();
        foreach (var discount in discounts)
        {
            var scope = lines.Select((line, i) => Covers(discount, line) ? left[i] : 0).ToArray();
            var rest = scope.Sum();
            if (rest == 0) continue;
            var amount = Amount(discount, rest, used(discount), lines[0].Net.Currency, rounding);
            if (amount.Minor <= 0) continue;
            var exact = scope.Select(part => amount.Amount * part / rest).ToImmutableArray();
            given.Add(new(discount, exact, Fit(Allocation.ByWeight(amount, [.. exact]), room)));
            for (var i = 0; i < left.Length; i++) left[i] -= exact[i];
        }

        return given.ToImmutable();
    }

    /// <summary>Roundings of several discounts may meet on one line: what it has no room for goes to the next that has.</summary>
    private static ImmutableArray<Money> Fit(ImmutableArray<Money> shares, long[] room)
    {
        var fitted = shares.Select((share, i) => Math.Min(share.Minor, room[i])).ToArray();
        var over = shares.Sum(share => share.Minor) - fitted.Sum();
        for (var i = 0; i < fitted.Length; i++)
        {
            var more = shares[i].IsZero ? 0 : Math.Min(over, room[i] - fitted[i]);
            fitted[i] += more;
            over -= more;
            room[i] -= fitted[i];
        }

        return [.. fitted.Select(minor => new Money(minor, shares[0].Currency))];
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
