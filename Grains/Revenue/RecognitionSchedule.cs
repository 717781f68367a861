using System.Collections.Immutable;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>The part of an amount that belongs to one month.</summary>
/// <param name="From">The first day of the month, or of the service if that is later.</param>
/// <param name="To">The last day of the month, or of the service if that is earlier.</param>
public readonly record struct ScheduledRevenue(DateOnly From, DateOnly To, Money Amount)
{
    /// <summary>The day on which it becomes revenue.</summary>
    public DateOnly DueOn(RecogniseOn on) => on == RecogniseOn.PeriodStart ? RecognitionSchedule.StartOfMonth(From) : To;
}

/// <summary>Amounts spread over time, one entry per calendar month.</summary>
public static class RecognitionSchedule
{
    /// <summary>
    /// Each month's share is rounded by itself, and the last one (or the first) takes what that leaves over. No share is
    /// of the other sign, and together they never go beyond the amount. Throws if the days are in the wrong order.
    /// </summary>
    public static ImmutableArray<ScheduledRevenue> Of(
        Money amount, DateOnly from, DateOnly to, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        if (to < from) throw new ArgumentException($"A service from {from:O} to {to:O} has no day.", nameof(to));
        var months = Months(from, to);
        var total = months.Sum(month => Weight(month.From, month.To, how.Spread));
        var shares = new ScheduledRevenue[months.Length];
        var (left, isFirst) = (amount, how.Remainder == Remainder.First);
        for (var n = 0; n < months.Length; n++)
        {
            var i = isFirst ? months.Length - 1 - n : n;
            var (start, end) = months[i];
            var share = n == months.Length - 1
                ? left
                : Nearer(Money.Round(amount.Amount * Weight(start, end, how.Spread) / total, amount.Currency, rounding), left);
            shares[i] = new(start, end, share);
            left -= share;
        }

        return [.. shares];
    }

    /// <summary>What of the segment is due on or before the day.</summary>
    public static Money Through(RevenueSegment segment, DateOnly on, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        var sum = Money.Zero(segment.Amount.Currency);
        if (on < StartOfMonth(segment.From)) return sum;
        if (on >= segment.To) return segment.Amount;
        foreach (var share in Of(segment.Amount, segment.From, segment.To, how, rounding))
            if (share.DueOn(how.On) <= on) sum += share.Amount;
        return sum;
    }

    /// <summary>What of the segment was earned day by day until the end of this day, whenever it becomes due.</summary>
    public static Money Accrued(RevenueSegment segment, DateOnly day, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        if (day < segment.From) return Money.Zero(segment.Amount.Currency);
        if (day >= segment.To) return segment.Amount;
        return Money.Round(
            segment.Amount.Amount * Weight(segment.From, day, how.Spread) / Weight(segment.From, segment.To, how.Spread),
            segment.Amount.Currency, rounding);
    }

    public static DateOnly EndOfMonth(DateOnly day) => new(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month));

    public static DateOnly StartOfMonth(DateOnly day) => new(day.Year, day.Month, 1);

    private static ImmutableArray<(DateOnly From, DateOnly To)> Months(DateOnly from, DateOnly to)
    {
        var months = ImmutableArray.CreateBuilder<(DateOnly, DateOnly)>();
        for (var start = from; start <= to; start = EndOfMonth(start).AddDays(1))
            months.Add((start, EndOfMonth(start) < to ? EndOfMonth(start) : to));
        return months.ToImmutable();
    }

    private static decimal Weight(DateOnly from, DateOnly to, Spread spread) => spread == Spread.ByDay
        ? to.DayNumber - from.DayNumber + 1
        : Months(from, to).Sum(month => (decimal)(month.To.Day - month.From.Day + 1) / DateTime.DaysInMonth(month.From.Year, month.From.Month));

    /// <summary>The one closer to zero: a share never goes beyond what is left.</summary>
    private static Money Nearer(Money share, Money left) => Math.Abs(share.Minor) < Math.Abs(left.Minor) ? share : left;
}
