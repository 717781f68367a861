using System.Collections.Immutable;

namespace Q2C.Contracts;

/// <summary>
/// Rates by whom, what, where and when. Of the rules that match an entry, the one that names the earliest dimension of the
/// precedence wins; if several name it, the next dimension decides.
/// </summary>
/// <param name="Precedence">Strongest first, those left out last; null is <see cref="DefaultPrecedence"/>. A rate on the entry itself counts only if it is named here.</param>
/// <param name="Blend">All hours of these roles at one rate: the mean of the roles' rates by their shares, to nine decimals.</param>
/// <param name="Factors">Surcharges on the rate: overtime, weekends.</param>
/// <param name="Combine">How several surcharges in percent act together; null is <see cref="FactorCombination.Add"/>.</param>
/// <param name="HoursPerDay">Of a rate per day; null is 8.</param>
/// <param name="CostFallback">What work costs that has no cost rate; null is unknown.</param>
[GenerateSerializer, Immutable, Alias("rate-card")]
public sealed record RateCard(
    ImmutableArray<RateRule> Rules, ImmutableArray<RateDimension>? Precedence = null, ImmutableArray<RoleShare>? Blend = null,
    ImmutableArray<RateFactor>? Factors = null, FactorCombination? Combine = null, decimal? HoursPerDay = null,
    CostFallback? CostFallback = null)
{
    public const decimal UsualHoursPerDay = 8;

    public static ImmutableArray<RateDimension> DefaultPrecedence { get; } =
        [RateDimension.Person, RateDimension.Role, RateDimension.Activity, RateDimension.Project, RateDimension.Customer];
}

/// <summary>One rate, for the entries that all its given members match; with none given, for every entry.</summary>
/// <param name="Rate">Per unit, in the contract's currency, at most nine decimal places.</param>
/// <param name="Activity">The task of the entry.</param>
/// <param name="Project">The project's id.</param>
/// <param name="Customer">The customer's id.</param>
/// <param name="From">First day; null is the line's first.</param>
/// <param name="To">Last day; null is the line's last.</param>
/// <param name="Per">Null is an hour.</param>
/// <param name="Cost">What the same unit costs the firm itself.</param>
[GenerateSerializer, Immutable, Alias("rate-rule")]
public sealed record RateRule(
    decimal Rate, string? Person = null, string? Role = null, string? Activity = null, string? Project = null,
    string? Customer = null, DateOnly? From = null, DateOnly? To = null, RateUnit? Per = null, decimal? Cost = null);

[GenerateSerializer, Alias("rate-dimension")]
public enum RateDimension { Entry, Person, Role, Activity, Project, Customer }

[GenerateSerializer, Alias("rate-unit")]
public enum RateUnit
{
    Hour,
    Day,

    /// <summary>The rate is the price of the whole entry, however long it is.</summary>
    Entry,
}

/// <param name="Share">Weight in the mix: hours, percent, heads.</param>
[GenerateSerializer, Immutable, Alias("role-share")]
public sealed record RoleShare(string Role, decimal Hourly, decimal Share);

/// <summary>A surcharge for entries on these days of the week, or with this mark; with neither, for every entry.</summary>
/// <param name="Percent">Of the rate.</param>
/// <param name="Amount">Per unit, added after the percents.</param>
[GenerateSerializer, Immutable, Alias("rate-factor")]
public sealed record RateFactor(
    string Name, decimal? Percent = null, decimal? Amount = null, ImmutableArray<DayOfWeek>? Days = null, string? Mark = null);

[GenerateSerializer, Alias("factor-combination")]
public enum FactorCombination
{
    /// <summary>50 % and 25 % are 75 %.</summary>
    Add,

    /// <summary>50 % and 25 % are 1.5 × 1.25 = 87.5 %.</summary>
    Compound,

    /// <summary>50 % and 25 % are 50 %; of amounts the largest counts, too.</summary>
    Highest,
}

[GenerateSerializer, Alias("cost-fallback")]
public enum CostFallback
{
    Unknown,

    /// <summary>The work is taken to cost what it is billed at.</summary>
    BillAmount,
}
