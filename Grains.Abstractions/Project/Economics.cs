using System.Collections.Immutable;

namespace Q2C.Projects;

/// <summary>How a project stands: what was planned, what was done and what it cost, what is still to come, and what will never be billed.</summary>
/// <param name="On">The day to which ages are counted.</param>
/// <param name="CostCurrency">Of the legal entity.</param>
[GenerateSerializer, Immutable, Alias("project-economics")]
public sealed record ProjectEconomics(
    string ProjectId, DateOnly On, string Currency, string CostCurrency, ImmutableArray<LineEconomics> Lines, ImmutableArray<Leak> Leakage)
{
    /// <summary>Null while the cost of some of the work is unknown, or in another currency: there is no margin without a cost.</summary>
    public Money? Margin => Currency == CostCurrency && Lines.All(line => line.HoursWithoutCost == 0)
        ? Lines.Aggregate(Money.Zero(Currency), (sum, line) => sum + line.Earned - line.Cost)
        : null;

    /// <summary>Billable hours of the hours worked; null without hours.</summary>
    public decimal? UtilisationPercent => Lines.Sum(line => line.Hours) is var hours and not 0
        ? decimal.Round(100 * Lines.Sum(line => line.BillableHours) / hours, 2)
        : null;
}

/// <summary>One contract line.</summary>
/// <param name="Price">Its fixed price or cap, or what a term of fixed length will cost; null where only the work decides.</param>
/// <param name="Planned">Hours or cost that the terms expect; null without an estimate.</param>
/// <param name="Estimate">The same as it is expected now.</param>
/// <param name="Hours">Worked, billable or not.</param>
/// <param name="Cost">What the work cost, as far as it is known.</param>
/// <param name="HoursWithoutCost">Hours that no cost rate covers.</param>
/// <param name="Invoiced">On issued invoices less credits, without tax.</param>
/// <param name="Billable">Billable and on no issued invoice: unbilled work.</param>
/// <param name="Deferred">Will be billable later.</param>
[GenerateSerializer, Immutable, Alias("line-economics")]
public sealed record LineEconomics(
    string LineId, Money? Price, WorkEstimate? Planned, WorkEstimate? Estimate, decimal Hours, decimal BillableHours, Money Cost,
    decimal HoursWithoutCost, Money Invoiced, Money Billable, Money Deferred)
{
    /// <summary>What the work so far brings.</summary>
    public Money Earned => Invoiced + Billable;

    /// <summary>Sold and not earned yet; null where only the work decides.</summary>
    public Money? Backlog => Price is { } price ? Money.Max(price - Earned, Money.Zero(price.Currency)) : null;

    /// <summary>What is expected beyond what was done; never less than zero; null without an estimate.</summary>
    public WorkEstimate? ToComplete => Estimate switch
    {
        { Hours: { } hours } => new(Math.Max(0, hours - Hours), null),
        { Cost: { } cost } => new(null, Money.Max(cost - Cost, Money.Zero(cost.Currency))),
        _ => null,
    };
}

/// <summary>Hours or cost: one of the two.</summary>
[GenerateSerializer, Immutable, Alias("work-estimate")]
public sealed record WorkEstimate(decimal? Hours, Money? Cost);

/// <summary>Approved work that will not be billed, for one reason.</summary>
/// <param name="Rule">The term or the decision behind it.</param>
/// <param name="Items">How many items or records.</param>
/// <param name="Value">What it would have brought; null for work that has no price.</param>
/// <param name="Oldest">The day of the oldest.</param>
[GenerateSerializer, Immutable, Alias("leak")]
public sealed record Leak(string LineId, LeakReason Reason, string Rule, int Items, Money? Value, DateOnly Oldest, int AgeInDays);

[GenerateSerializer, Alias("leak-reason")]
public enum LeakReason
{
    /// <summary>Beyond a cap: billed only if a change order or an approval raises it.</summary>
    BeyondCap,

    /// <summary>Written down when it was invoiced.</summary>
    WrittenDown,

    WrittenOff,

    /// <summary>The terms do not bill it, though it has a price.</summary>
    Excluded,

    /// <summary>It could not become an item and waits for a person.</summary>
    Refused,
}

/// <summary>Another estimate of the whole effort or cost of a line is in force.</summary>
[GenerateSerializer, Immutable, Alias("project.estimate-taken.v1")]
public sealed record EstimateTaken(string LineId, decimal Estimate, DateTimeOffset At) : Event;
