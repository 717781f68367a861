using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>
/// Draws from what was paid before: the lowest priority first, of the same the oldest, and each draw names its sources. What
/// was paid for a top-up goes with its draws in proportion, and to the last cent with the last.
/// </summary>
internal static class Retainers
{
    /// <summary>What a demand of this size on this day takes, in order; less than it if there is no more. Nothing falls below zero.</summary>
    public static ImmutableArray<RetainerDraw> Draw(IEnumerable<TopUp> pool, decimal quantity, DateOnly day)
    {
        var draws = ImmutableArray.CreateBuilder<RetainerDraw>();
        foreach (var topUp in pool
            .Where(topUp => topUp.Balance > 0 && topUp.From <= day && (topUp.Until is not { } until || day < until))
            .OrderBy(topUp => topUp.Priority).ThenBy(topUp => topUp.From).ThenBy(topUp => topUp.Id, StringComparer.Ordinal))
        {
            if (quantity <= 0) break;
            var drawn = Math.Min(quantity, topUp.Balance);
            draws.Add(new(topUp.Id, topUp.LineId, drawn, ValueOf(topUp, drawn)));
            quantity -= drawn;
        }

        return draws.ToImmutable();
    }

    public static TopUp With(TopUp topUp, RetainerDraw draw) =>
        topUp with { Drawn = topUp.Drawn + draw.Quantity, DrawnValue = topUp.DrawnValue + draw.Value.Minor };

    public static TopUp Without(TopUp topUp, RetainerDraw draw) =>
        topUp with { Drawn = topUp.Drawn - draw.Quantity, DrawnValue = topUp.DrawnValue - draw.Value.Minor };

    /// <summary>What was paid for so much more of a top-up than is gone of it.</summary>
    public static Money ValueOf(TopUp topUp, decimal quantity)
    {
        var gone = topUp.DrawnValue + topUp.ExpiredValue;
        var share = (topUp.Drawn + topUp.Expired + quantity) / topUp.Quantity;
        return new((long)Rounding.HalfUp.ToInteger(topUp.Value.Minor * share) - gone, topUp.Value.Currency);
    }
}
