using System.Collections.Immutable;

namespace Q2C.Projects;

/// <summary>
/// One version of one record of work, priced and explained: what a customer could be asked to pay for it, and why.
/// </summary>
/// <param name="Id">The source id with its version: <c>time_entry/77@3</c>.</param>
/// <param name="Quantity">Hours, or 1 for expenses and milestones.</param>
/// <param name="Rate">Per unit, in the contract's currency.</param>
/// <param name="Value">Quantity × rate, rounded by the named step: what it would cost without a cap.</param>
/// <param name="Amount">What is billed of it: the value, or less at a cap, or nothing.</param>
/// <param name="Explanation">One sentence that a customer understands.</param>
/// <param name="Rule">The term that decided: contract version, line and rate.</param>
/// <param name="Cost">What the work cost the firm, in its legal entity's currency; null if no cost rate covers it.</param>
/// <param name="ServiceFrom">First day of the service, where the item is for a period.</param>
/// <param name="ServiceTo">Last day of that service.</param>
/// <param name="Worked">Hours worked, where they differ from what the quantity says.</param>
/// <param name="Unit">Of the quantity; null is an hour for time, and one for all else.</param>
/// <param name="WrittenDown">The part of the value that was given up.</param>
/// <param name="Hours">Billable hours, where the quantity is not in hours.</param>
/// <param name="BilledHours">Hours in the amount, where a cap leaves fewer than are billable.</param>
/// <param name="Task">What the time was worked on, as its source names it.</param>
/// <param name="Payer">The customer that is billed for it alone; null for whoever pays for its line.</param>
/// <param name="Discounts">Of a reversal: what was taken off the item that it reverses, and is taken back with it.</param>
/// <param name="Exchange">How the cost on the receipt became one in the contract's currency.</param>
[GenerateSerializer, Immutable, Alias("billable-item")]
public sealed record BillableItem(
    string Id, string SourceId, long SourceVersion, ItemKind Kind, string LineId, DateOnly Date, string Description,
    string? Person, string? Role, decimal Quantity, decimal Rate, Money Value, Money Amount, Disposition Disposition,
    string Explanation, string Rule, Money? Cost = null, DateOnly? ServiceFrom = null, DateOnly? ServiceTo = null,
    decimal? Worked = null, string? Unit = null, Money? WrittenDown = null, Exchanged? Exchange = null,
    decimal? Hours = null, decimal? BilledHours = null, string? Task = null, string? Payer = null,
    ImmutableArray<LineDiscount>? Discounts = null);

/// <summary>The part of what a contract line was billed on an invoice that a discount took off.</summary>
/// <param name="Source">The id of the discount.</param>
/// <param name="Fraction">Of the amount of the line's items.</param>
[GenerateSerializer, Immutable, Alias("line-discount")]
public sealed record LineDiscount(string LineId, string Source, string Description, decimal Fraction);

/// <param name="Receipt">The cost as the receipt has it.</param>
/// <param name="Rate">Contract currency for one unit of the receipt's.</param>
[GenerateSerializer, Immutable, Alias("exchanged")]
public sealed record Exchanged(Money Receipt, decimal Rate, DateOnly RateDate, string Source);

[GenerateSerializer, Alias("item-kind")]
public enum ItemKind { Time, Expense, Milestone, Adjustment, Period, Usage, DownPayment }

/// <summary>The bucket of an item that is not invoiced.</summary>
[GenerateSerializer, Alias("disposition")]
public enum Disposition
{
    Billable,

    /// <summary>Will be billable later; not now.</summary>
    Deferred,

    /// <summary>At or beyond a not-to-exceed cap: wholly, or with a part still billed.</summary>
    Capped,

    Excluded,

    /// <summary>Given up, wholly, with a reason; it can be taken back.</summary>
    WrittenOff,
}
