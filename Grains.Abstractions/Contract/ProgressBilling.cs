namespace Q2C.Contracts;

/// <summary>A fixed fee billed as the work makes progress: the price times the percentage, less what was billed before.</summary>
/// <param name="Budget">Hours, or cost in the contract's currency, that are 100 percent; for those two measures only.</param>
[GenerateSerializer, Immutable, Alias("progress-billing")]
public sealed record ProgressBilling(PercentBy By, decimal? Budget = null);

[GenerateSerializer, Alias("percent-by")]
public enum PercentBy
{
    /// <summary>Hours recorded on the line over the budget.</summary>
    Hours,

    /// <summary>Reported cost to date over the budget.</summary>
    Cost,

    /// <summary>Tasks done over all tasks; a cancelled one counts as done.</summary>
    TasksDone,

    /// <summary>The mean of the tasks' own percentages.</summary>
    TaskProgress,

    /// <summary>The mean of the tasks' own percentages by their weights.</summary>
    TaskWeight,

    /// <summary>As somebody says.</summary>
    Manual,
}
