using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Worked hours and what becomes of them by a line's rules, entry by entry.</summary>
internal static class BillableTime
{
    public const int ShownDecimals = 2;

    private const int StepDecimals = 9;
    private const decimal Percent = 100;
    private const decimal MinutesPerHour = 60;
    private const decimal TicksPerHour = TimeSpan.TicksPerHour;

    /// <summary>By the clock if the entry has begin and end, else as it says.</summary>
    public static decimal Worked(WorkRecord.TimeWorked work) => work.Detail is { Begin: { } begin, End: { } end }
        ? (end - begin).Ticks / TicksPerHour
        : work.Hours;

    /// <summary>Before the limits of the day and of the month, which need the other entries.</summary>
    public static decimal Billable(WorkRecord.TimeWorked work, TimeRules? rules)
    {
        if (work.Detail?.BillableHours is { } byHand) return byHand;
        if (rules is null) return Worked(work);
        var hours = Clocked(work, rules) * (rules.HoursPercent ?? Percent) / Percent;
        if (rules.Duration is { } step) hours = Round(hours * MinutesPerHour / step.Minutes, step.Rounding) * step.Minutes / MinutesPerHour;
        if (hours > 0 && rules.PerEntry is { } limit)
            hours = Math.Min(Math.Max(hours, limit.Least ?? hours), limit.Most ?? decimal.MaxValue);
        return rules.Amounts == AmountRule.DecimalHours ? decimal.Round(hours, ShownDecimals, MidpointRounding.AwayFromZero) : hours;
    }

    /// <summary>Rounded on the clock of the place where the work was done.</summary>
    public static DateTimeOffset Round(DateTimeOffset time, TimeStep? step) => step is null
        ? time
        : time - time.TimeOfDay + TimeSpan.FromMinutes(
            (double)(Round(time.TimeOfDay.Ticks / (decimal)TimeSpan.TicksPerMinute / step.Minutes, step.Rounding) * step.Minutes));

    private static decimal Clocked(WorkRecord.TimeWorked work, TimeRules rules) => work.Detail is { Begin: { } begin, End: { } end }
        ? Math.Max(0, (Round(end, rules.End) - Round(begin, rules.Begin)).Ticks) / TicksPerHour
        : work.Hours;

    /// <summary>Ten minutes are a sixth of an hour, which no decimal is: what is a whole step to nine decimals is one.</summary>
    private static decimal Round(decimal steps, StepRounding rounding)
    {
        var near = decimal.Round(steps, StepDecimals);
        return rounding switch
        {
            StepRounding.Up => decimal.Ceiling(near),
            StepRounding.Down => decimal.Floor(near),
            _ => decimal.Round(near, MidpointRounding.AwayFromZero),
        };
    }
}
