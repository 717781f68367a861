namespace Q2C.Contracts;

/// <summary>
/// How worked hours become billable hours, in this order: begin and end are rounded, the length between them is taken, the
/// factor applied, the duration rounded, and the least and most per entry kept. Hours set by hand are taken as they are.
/// </summary>
/// <param name="HoursPercent">Billable hours in percent of the worked ones; null is 100.</param>
/// <param name="Amounts">Null is <see cref="AmountRule.Exact"/>.</param>
/// <param name="PerDay">Of one person on the line; what is above the most is not billed, what is missing to the least is added.</param>
[GenerateSerializer, Immutable, Alias("time-rules")]
public sealed record TimeRules(
    TimeStep? Begin = null, TimeStep? End = null, TimeStep? Duration = null, decimal? HoursPercent = null,
    AmountRule? Amounts = null, HoursLimit? PerEntry = null, HoursLimit? PerDay = null, HoursLimit? PerMonth = null);

[GenerateSerializer, Immutable, Alias("time-step")]
public sealed record TimeStep(int Minutes, StepRounding Rounding);

[GenerateSerializer, Alias("step-rounding")]
public enum StepRounding
{
    Up,
    Down,

    /// <summary>Half a step goes up.</summary>
    Nearest,
}

[GenerateSerializer, Immutable, Alias("hours-limit")]
public sealed record HoursLimit(decimal? Least = null, decimal? Most = null);

[GenerateSerializer, Alias("amount-rule")]
public enum AmountRule
{
    /// <summary>The exact hours times the rate, rounded once to the currency.</summary>
    Exact,

    /// <summary>Hours are first rounded to two decimals, half up, as the invoice shows them.</summary>
    DecimalHours,
}
