using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Gateway.Mutations;

public sealed record NotToExceedInput(
    MoneyInput? Amount, decimal? Hours, CapPeriod? Per, AtCap? AtCap, IReadOnlyList<int>? WarnAtPercent)
{
    internal NotToExceed ToLimit(InputReader reader, string path) => new(
        Amount is null ? null : reader.Money(Amount, $"{path}.amount"), Hours, Per, AtCap, Optional.Array(WarnAtPercent));
}

public sealed record RateCardInput(
    IReadOnlyList<RateRuleInput> Rules, IReadOnlyList<RateDimension>? Precedence, IReadOnlyList<RoleShareInput>? Blend,
    IReadOnlyList<RateFactorInput>? Factors, FactorCombination? Combine, decimal? HoursPerDay, CostFallback? CostFallback)
{
    internal RateCard ToCard() => new(
        [.. Rules.Select(rule => rule.ToRule())], Optional.Array(Precedence), Optional.Array(Blend?.Select(role => role.ToShare())),
        Optional.Array(Factors?.Select(factor => factor.ToFactor())), Combine, HoursPerDay, CostFallback);
}

public sealed record RateRuleInput(
    decimal Rate, string? Person, string? Role, string? Activity, string? Project, string? Customer, DateOnly? From, DateOnly? To,
    RateUnit? Per, decimal? Cost)
{
    internal RateRule ToRule() => new(Rate, Person, Role, Activity, Project, Customer, From, To, Per, Cost);
}

public sealed record RoleShareInput(string Role, decimal Hourly, decimal Share)
{
    internal RoleShare ToShare() => new(Role, Hourly, Share);
}

public sealed record RateFactorInput(string Name, decimal? Percent, decimal? Amount, IReadOnlyList<DayOfWeek>? Days, string? Mark)
{
    internal RateFactor ToFactor() => new(Name, Percent, Amount, Optional.Array(Days), Mark);
}

public sealed record TimeRulesInput(
    TimeStepInput? Begin, TimeStepInput? End, TimeStepInput? Duration, decimal? HoursPercent, AmountRule? Amounts,
    HoursLimitInput? PerEntry, HoursLimitInput? PerDay, HoursLimitInput? PerMonth)
{
    internal TimeRules ToRules() => new(
        Begin?.ToStep(), End?.ToStep(), Duration?.ToStep(), HoursPercent, Amounts, PerEntry?.ToLimit(), PerDay?.ToLimit(), PerMonth?.ToLimit());
}

public sealed record TimeStepInput(int Minutes, StepRounding Rounding)
{
    internal TimeStep ToStep() => new(Minutes, Rounding);
}

public sealed record HoursLimitInput(decimal? Least, decimal? Most)
{
    internal HoursLimit ToLimit() => new(Least, Most);
}

/// <summary>Lists that may be left out.</summary>
internal static class Optional
{
    public static ImmutableArray<T>? Array<T>(IEnumerable<T>? values) => values is null ? null : [.. values];
}
