using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>How far the work of a line is, by what its terms measure.</summary>
internal static class PercentComplete
{
    public const decimal Whole = 100;

    /// <summary>What the report says; null if it says nothing of what is measured.</summary>
    public static decimal? Of(ProgressBilling terms, WorkRecord.ProgressReported report) => (terms.By, report) switch
    {
        (_, { Completed: true }) => Whole,
        (PercentBy.Manual, _) => report.Percent,
        (PercentBy.Cost, { Cost: { } cost }) => Share(cost, terms.Budget!.Value),
        (PercentBy.TasksDone, { Tasks: { IsDefaultOrEmpty: false } tasks }) => Whole * tasks.Count(IsDone) / tasks.Length,
        (PercentBy.TaskProgress, { Tasks: { IsDefaultOrEmpty: false } tasks }) => tasks.Average(PercentOf),
        (PercentBy.TaskWeight, { Tasks: { IsDefaultOrEmpty: false } tasks }) =>
            tasks.Sum(WeightOf) is > 0 and var weights ? tasks.Sum(task => PercentOf(task) * WeightOf(task)) / weights : null,
        _ => null,
    };

    /// <summary>Never more than the whole.</summary>
    public static decimal Share(decimal done, decimal budget) => Math.Min(Whole, Whole * done / budget);

    public static IEnumerable<Problem> Check(ProgressBilling terms, WorkRecord.ProgressReported report)
    {
        decimal?[] percents = [report.Percent, .. (report.Tasks is { IsDefault: false } tasks ? tasks : []).Select(task => (decimal?)task.Percent)];
        foreach (var percent in percents)
            if (percent is < 0 or > Whole) yield return WorkProblems.PercentOutside(percent.Value);
        if (terms.By != PercentBy.Hours && Of(terms, report) is null) yield return WorkProblems.NothingReported(terms.By);
    }

    private static bool IsDone(TaskProgress task) => task.Cancelled == true || task.Percent >= Whole;

    private static decimal PercentOf(TaskProgress task) => task.Cancelled == true ? Whole : task.Percent;

    private static decimal WeightOf(TaskProgress task) => task.Weight ?? 1;
}
