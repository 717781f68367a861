namespace Q2C.Projects;

/// <summary>Hours were added to make the least that is billed of a person's day or month, or given back.</summary>
/// <param name="SourceId">Names line, person and time.</param>
/// <param name="Item">Null if nothing is to be added any more.</param>
/// <param name="ReplacedItemId">The open item that it takes the place of.</param>
[GenerateSerializer, Immutable, Alias("project.minimum-earned.v1")]
public sealed record MinimumEarned(string SourceId, BillableItem? Item, string? ReplacedItemId, DateTimeOffset At) : Event;

/// <summary>A report of a line's progress was taken in.</summary>
[GenerateSerializer, Immutable, Alias("project.progress-taken.v1")]
public sealed record ProgressTaken(WorkRecord.ProgressReported Report, DateTimeOffset At) : Event;

/// <summary>A line's progress in a month became an item, or another one.</summary>
/// <param name="Month">First day.</param>
/// <param name="Item">Null if nothing is to be billed for the month any more.</param>
/// <param name="ReplacedItemId">The open item that it takes the place of.</param>
[GenerateSerializer, Immutable, Alias("project.progress-earned.v1")]
public sealed record ProgressEarned(string LineId, DateOnly Month, BillableItem? Item, string? ReplacedItemId, DateTimeOffset At) : Event;
