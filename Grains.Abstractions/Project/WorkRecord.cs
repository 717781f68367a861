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
[JsonDerivedType(typeof(Retracted), "retracted")]
public abstract record WorkRecord(string SourceId, long SourceVersion, DateOnly Date)
{
    /// <param name="Billable">The PSA's own mark; false excludes the entry.</param>
    /// <param name="LineId">The contract line, where the source knows it; otherwise the line that has the role.</param>
    [GenerateSerializer, Immutable, Alias("work.time")]
    public sealed record TimeWorked(
        string SourceId, long SourceVersion, DateOnly Date, string Person, string Role, string? Task, decimal Hours,
        bool Billable, string? LineId, string? Note) : WorkRecord(SourceId, SourceVersion, Date);

    [GenerateSerializer, Immutable, Alias("work.expense")]
    public sealed record ExpenseIncurred(
        string SourceId, long SourceVersion, DateOnly Date, string Person, string Category, Money Cost, bool Billable,
        string? LineId, string? Note) : WorkRecord(SourceId, SourceVersion, Date);

    /// <param name="MilestoneId">Ours: the id in the contract line.</param>
    [GenerateSerializer, Immutable, Alias("work.milestone")]
    public sealed record MilestoneReached(string SourceId, long SourceVersion, DateOnly Date, string MilestoneId)
        : WorkRecord(SourceId, SourceVersion, Date);

    /// <summary>The source deleted the record, or took its approval back.</summary>
    [GenerateSerializer, Immutable, Alias("work.retracted")]
    public sealed record Retracted(string SourceId, long SourceVersion, DateOnly Date, string Reason)
        : WorkRecord(SourceId, SourceVersion, Date);
}
