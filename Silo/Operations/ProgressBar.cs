using Spectre.Console;

namespace Q2C.Silo.Operations;

/// <summary>A bar on a terminal, which goes when the work is done; nothing elsewhere.</summary>
internal static class ProgressBar
{
    /// <param name="total">Null if nobody knows.</param>
    /// <param name="work">Reports what was added since it reported last.</param>
    public static Task<T> Show<T>(string what, long? total, Func<IProgress<long>, Task<T>> work) =>
        AnsiConsole.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask(what, maxValue: Math.Max(1, total ?? 1));
            bar.IsIndeterminate = total is null;
            return await work(new Counter(bar));
        });

    public static Task Show(string what, long? total, Func<IProgress<long>, Task> work) => Show(what, total, async progress =>
    {
        await work(progress);
        return true;
    });

    private sealed class Counter(ProgressTask bar) : IProgress<long>
    {
        public void Report(long value) => bar.Increment(value);
    }
}
