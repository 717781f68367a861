using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>
/// Cuts time into periods. Each begins at a fixed number of units from the anchor, never from the one before: a period that
/// begins on the 31st, or on a 29th of February, finds back to it after a shorter month.
/// </summary>
internal readonly struct BillingCalendar
{
    private const int DaysOfWeek = 7;
    private const int MonthsOfYear = 12;

    private readonly int _step;
    private readonly int _origin;
    private readonly int _day;

    /// <param name="reference">The day from which periods are counted where the anchor says nothing else.</param>
    public BillingCalendar(BillingPeriod period, DateOnly reference)
    {
        ByMonth = MonthsIn(period.Unit) > 0;
        if (ByMonth)
        {
            _step = MonthsIn(period.Unit) * period.Interval;
            _day = period.AnchorDay ?? reference.Day;
            _origin = period.AnchorMonth is { } month ? (reference.Year * MonthsOfYear) + month - 1 : Month(reference);
            if (period.AnchorMonth is null && At(_origin) < reference) _origin++;
        }
        else
        {
            _step = (period.Unit == PeriodUnit.Week ? DaysOfWeek : 1) * period.Interval;
            _origin = reference.DayNumber;
            if (period is { Unit: PeriodUnit.Week, AnchorDay: { } weekday })
                _origin += (weekday - (int)reference.DayOfWeek + DaysOfWeek) % DaysOfWeek;
        }
    }

    public bool ByMonth { get; }

    /// <summary>Months in one period; 0 if it is counted in days.</summary>
    public int Months => ByMonth ? _step : 0;

    /// <summary>The first day of the period that the day is in.</summary>
    public DateOnly StartOf(DateOnly day)
    {
        if (!ByMonth) return DateOnly.FromDayNumber(_origin + (_step * Floor(day.DayNumber - _origin, _step)));
        var months = _origin + (_step * Floor(Month(day) - _origin, _step));
        return At(months) <= day ? At(months) : At(months - _step);
    }

    /// <param name="start">The first day of a period.</param>
    /// <returns>The first day of the one after it.</returns>
    public DateOnly Next(DateOnly start) => ByMonth ? At(Month(start) + _step) : start.AddDays(_step);

    /// <summary>The day that many units later; a day that the month does not have is its last.</summary>
    public static DateOnly Add(DateOnly day, int count, PeriodUnit unit) => unit switch
    {
        PeriodUnit.Day => day.AddDays(count),
        PeriodUnit.Week => day.AddDays(count * DaysOfWeek),
        _ => day.AddMonths(count * MonthsIn(unit)),
    };

    public static int MonthsIn(PeriodUnit unit) => unit switch
    {
        PeriodUnit.Month => 1,
        PeriodUnit.Quarter => 3,
        PeriodUnit.Semester => 6,
        PeriodUnit.Year => MonthsOfYear,
        _ => 0,
    };

    private static int Month(DateOnly day) => (day.Year * MonthsOfYear) + day.Month - 1;

    private static int Floor(int value, int step) => (int)Math.Floor((double)value / step);

    private DateOnly At(int month)
    {
        var (year, index) = (month / MonthsOfYear, (month % MonthsOfYear) + 1);
        return new(year, index, Math.Min(_day, DateTime.DaysInMonth(year, index)));
    }
}
