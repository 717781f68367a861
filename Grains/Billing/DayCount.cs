using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>How much of a period a part of it is.</summary>
internal static class DayCount
{
    public const int UsualDaysPerMonth = 30;

    /// <summary>The part as it is shown, to this many places; amounts are calculated with the exact fraction.</summary>
    public const int RatioDecimals = 9;

    /// <param name="until">The day after the last, as of the period. A part may be longer than the period it is measured by.</param>
    public static Share Of(BillingPeriod period, DateOnly from, DateOnly until, DateOnly periodFrom, DateOnly periodUntil) =>
        period.Proration == Proration.None || (from == periodFrom && until == periodUntil)
            ? Share.Whole
            : Measured(period, from, until, periodFrom, periodUntil);

    /// <summary>The same by the rule alone, even for a whole period, which always costs its whole price.</summary>
    public static Share Measured(BillingPeriod period, DateOnly from, DateOnly until, DateOnly periodFrom, DateOnly periodUntil)
    {
        var (actual, whole) = (until.DayNumber - from.DayNumber, periodUntil.DayNumber - periodFrom.DayNumber);
        var months = BillingCalendar.MonthsIn(period.Unit) * period.Interval;
        var perMonth = period.DaysPerMonth ?? UsualDaysPerMonth;
        return months == 0 ? new(actual, whole) : period.Proration switch
        {
            Proration.Fixed30 => new(actual, perMonth * months),
            Proration.Thirty360 => new(Days(from, until, perMonth), perMonth * months),
            _ => new(actual, whole),
        };
    }

    /// <summary>Days from one day to another if every month had as many; within one month they are the real ones.</summary>
    public static int Days(DateOnly from, DateOnly until, int perMonth)
    {
        var months = ((until.Year - from.Year) * 12) + until.Month - from.Month;
        return months == 0
            ? until.DayNumber - from.DayNumber
            : (perMonth * months) + Math.Min(until.Day, perMonth) - Math.Min(from.Day, perMonth);
    }
}

/// <param name="Days">Of the part, by the rule that counts them.</param>
/// <param name="Of">Of the whole, by the same rule.</param>
internal readonly record struct Share(int Days, int Of)
{
    public static Share Whole { get; } = new(1, 1);

    public bool IsWhole => Days == Of;

    public decimal Ratio => Rounding.HalfUp.Round((decimal)Days / Of, DayCount.RatioDecimals);

    public decimal Times(decimal price) => price * Days / Of;
}
