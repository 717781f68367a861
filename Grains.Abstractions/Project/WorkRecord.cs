using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Q2C.Projects;

/// <summary>
/// A record of work as its source system has it. <paramref name="SourceId"/> names the record in that system
/// (<c>time_entry/77</c>), <paramref name="SourceVersion"/> grows with each change of it: newer replaces, the same is a
/// repeat, older is stale.
/// </summary>
/// <param name="Date">The business day on which it happened.</param>
[GenerateSerializer, Alias("work-record")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TimeWorked), "time")]
[JsonDerivedType(typeof(ExpenseIncurred), "expense")]
[JsonDerivedType(typeof(MilestoneReached), "milestone")]
[JsonDerivedType(typeof(UsageRecorded), "usage")]
[JsonDerivedType(typeof(Retracted), "retracted")]
[JsonDerivedType(typeof(ProgressReported), "progress")]
public abstract record WorkRecord(string SourceId, long SourceVersion, DateOnly Date)
{
    /// <param name="Billable">The PSA's own mark; false excludes the entry.</param>
    /// <param name="LineId">The contract line, where the source knows it; otherwise the line that has the role.</param>
    [GenerateSerializer, Immutable, Alias("work.time")]
    public sealed record TimeWorked(
        string SourceId, long SourceVersion, DateOnly Date, string Person, string Role, string? Task, decimal Hours,
        bool Billable, string? LineId, string? Note, TimeDetail? Detail = null) : WorkRecord(SourceId, SourceVersion, Date);

    /// <param name="Cost">As on the receipt, in its currency.</param>
    [GenerateSerializer, Immutable, Alias("work.expense")]
    public sealed record ExpenseIncurred(
        string SourceId, long SourceVersion, DateOnly Date, string Person, string Category, Money Cost, bool Billable,
        string? LineId, string? Note, ExpenseDetail? Detail = null) : WorkRecord(SourceId, SourceVersion, Date);

    /// <param name="MilestoneId">Ours: the id in the contract line.</param>
    [GenerateSerializer, Immutable, Alias("work.milestone")]
    public sealed record MilestoneReached(string SourceId, long SourceVersion, DateOnly Date, string MilestoneId)
        : WorkRecord(SourceId, SourceVersion, Date);

    /// <summary>Something used, counted towards the period of its day.</summary>
    /// <param name="LineId">The contract line, which says what a unit is.</param>
    [GenerateSerializer, Immutable, Alias("work.usage")]
    public sealed record UsageRecorded(
        string SourceId, long SourceVersion, DateOnly Date, string LineId, decimal Quantity, string? Note)
        : WorkRecord(SourceId, SourceVersion, Date);

    /// <summary>The source deleted the record, or took its approval back.</summary>
    [GenerateSerializer, Immutable, Alias("work.retracted")]
    public sealed record Retracted(string SourceId, long SourceVersion, DateOnly Date, string Reason)
        : WorkRecord(SourceId, SourceVersion, Date);

    /// <summary>How far the work of a line is, as of the day; what of it counts is a term of the line.</summary>
    /// <param name="Percent">Said by somebody, 0 to 100.</param>
    /// <param name="Cost">To date, in the contract's currency.</param>
    /// <param name="Completed">The whole is done, whatever the parts say.</param>
    [GenerateSerializer, Immutable, Alias("work.progress")]
    public sealed record ProgressReported(
        string SourceId, long SourceVersion, DateOnly Date, string LineId, decimal? Percent, decimal? Cost = null,
        ImmutableArray<TaskProgress>? Tasks = null, bool? Completed = null) : WorkRecord(SourceId, SourceVersion, Date);
}

/// <summary>What a time entry can say beyond its length.</summary>
/// <param name="Begin">In the time of the place where the work was done; with <paramref name="End"/> it replaces the entry's hours.</param>
/// <param name="BillableHours">Set by hand: taken as they are.</param>
/// <param name="Rate">Per hour, set on the entry itself.</param>
/// <param name="Price">Of the whole entry, set on the entry itself; it goes before a rate.</param>
/// <param name="Marks">What surcharges ask for: <c>overtime</c>.</param>
[GenerateSerializer, Immutable, Alias("time-detail")]
public sealed record TimeDetail(
    DateTimeOffset? Begin = null, DateTimeOffset? End = null, decimal? BillableHours = null, decimal? Rate = null,
    decimal? Price = null, ImmutableArray<string>? Marks = null);

/// <param name="Quantity">Of units (kilometres, days); null is 1.</param>
/// <param name="Receipt">False if there is none; null if the source does not say, which counts as none where one is required.</param>
/// <param name="TaxPercent">Recoverable tax that the cost includes: what is billed is the cost without it.</param>
[GenerateSerializer, Immutable, Alias("expense-detail")]
public sealed record ExpenseDetail(decimal? Quantity = null, bool? Receipt = null, decimal? TaxPercent = null);

/// <param name="Percent">0 to 100.</param>
/// <param name="Weight">Null is 1.</param>
[GenerateSerializer, Immutable, Alias("task-progress")]
public sealed record TaskProgress(string Id, decimal Percent, decimal? Weight = null, bool? Cancelled = null);
