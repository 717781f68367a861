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
        foreach (var topUp in InOrder(pool).Where(topUp => IsOpen(topUp, day)))
        {
            if (quantity <= 0) break;
            var drawn = Math.Min(quantity, topUp.Balance);
            draws.Add(new(topUp.Id, topUp.LineId, drawn, ValueOf(topUp, drawn)));
            quantity -= drawn;
        }

        return draws.ToImmutable();
    }

    /// <summary>
    /// Pays amounts of lines: each top-up pays the lines in its scope, in their order, as far as it goes.
    /// </summary>
    /// <param name="owed">Line → what is owed for it, in major units; less than zero lowers what the others of a scope need.</param>
    /// <param name="most">No more than this in all.</param>
    public static ImmutableArray<RetainerDraw> Pay(
        IEnumerable<TopUp> pool, IReadOnlyDictionary<string, decimal> owed, Func<TopUp, string, bool> covers, decimal most, DateOnly day)
    {
        var (draws, left) = (ImmutableArray.CreateBuilder<RetainerDraw>(), new SortedDictionary<string, decimal>(owed.ToDictionary(), StringComparer.Ordinal));
        foreach (var topUp in InOrder(pool).Where(topUp => IsOpen(topUp, day)))
        {
            var lines = left.Where(line => covers(topUp, line.Key)).ToArray();
            var drawn = Math.Min(Math.Min(topUp.Balance, most), lines.Sum(line => line.Value));
            if (drawn <= 0) continue;
            draws.Add(new(topUp.Id, topUp.LineId, drawn, ValueOf(topUp, drawn)));
            most -= drawn;
            foreach (var (line, open) in lines)
            {
                var paid = Math.Min(drawn, Math.Max(open, 0));
                left[line] = open - paid;
                drawn -= paid;
            }
        }

        return draws.ToImmutable();
    }

    /// <summary>The part of draws that comes back, the last first.</summary>
    /// <param name="back">In units of the draws.</param>
    public static ImmutableArray<RetainerDraw> Return(ImmutableArray<RetainerDraw> draws, decimal back)
    {
        var returned = ImmutableArray.CreateBuilder<RetainerDraw>();
        foreach (var draw in draws.Reverse())
        {
            if (back <= 0) break;
            var quantity = Math.Min(back, draw.Quantity);
            var kept = (long)Rounding.HalfUp.ToInteger(draw.Value.Minor * (draw.Quantity - quantity) / draw.Quantity);
            returned.Add(draw with { Quantity = quantity, Value = draw.Value - new Money(kept, draw.Value.Currency) });
            back -= quantity;
        }

        return returned.ToImmutable();
    }

    /// <summary>The lowest priority first, of the same the oldest.</summary>
    public static IOrderedEnumerable<TopUp> InOrder(IEnumerable<TopUp> pool) =>
        pool.OrderBy(topUp => topUp.Priority).ThenBy(topUp => topUp.From).ThenBy(topUp => topUp.Id, StringComparer.Ordinal);

    public static TopUp With(TopUp topUp, RetainerDraw draw) =>
        topUp with { Drawn = topUp.Drawn + draw.Quantity, DrawnValue = topUp.DrawnValue + draw.Value.Minor };

    public static TopUp Without(TopUp topUp, RetainerDraw draw) =>
        topUp with { Drawn = topUp.Drawn - draw.Quantity, DrawnValue = topUp.DrawnValue - draw.Value.Minor };

    private static bool IsOpen(TopUp topUp, DateOnly day) =>
        topUp.Balance > 0 && topUp.From <= day && (topUp.Until is not { } until || day < until);

    /// <summary>What was paid for so much more of a top-up than is gone of it.</summary>
    public static Money ValueOf(TopUp topUp, decimal quantity)
    {
        var gone = topUp.DrawnValue + topUp.ExpiredValue;
        var share = (topUp.Drawn + topUp.Expired + quantity) / topUp.Quantity;
        return new((long)Rounding.HalfUp.ToInteger(topUp.Value.Minor * share) - gone, topUp.Value.Currency);
    }
}
