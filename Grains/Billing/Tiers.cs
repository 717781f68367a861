using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>The price of a quantity by tiers, exact and not rounded.</summary>
internal static class Tiers
{
    public static decimal Price(TierRule rule, ImmutableArray<Tier> tiers, decimal quantity) =>
        quantity <= 0 ? 0 : rule == TierRule.Volume ? Volume(tiers, quantity) : Graduated(tiers, quantity);

    private static decimal Volume(ImmutableArray<Tier> tiers, decimal quantity)
    {
        foreach (var tier in tiers)
            if (tier.UpTo is not { } end || quantity <= end) return Part(tier, quantity);
        return Part(tiers[^1], quantity);
    }

    private static decimal Graduated(ImmutableArray<Tier> tiers, decimal quantity)
    {
        var (price, from) = (0m, 0m);
        foreach (var tier in tiers)
        {
            if (quantity <= from) break;
            var to = tier.UpTo is { } end ? Math.Min(end, quantity) : quantity;
            price += Part(tier, to - from);
            from = to;
        }

        return price;
    }

    private static decimal Part(Tier tier, decimal quantity) =>
        (tier.Flat ?? 0) + (tier.UnitPrice * (tier.Package is { } package ? Math.Ceiling(quantity / package) : quantity));
}
