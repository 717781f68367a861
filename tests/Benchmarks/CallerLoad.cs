using System.Diagnostics;

namespace Q2C.Benchmarks;

/// <summary>Callers that each wait for their answer before they call again.</summary>
internal static class CallerLoad
{
    /// <param name="call">Gets the caller, from 0, and how often it has called before.</param>
    public static async Task<LoadResult> Run(int callers, TimeSpan length, Func<int, long, Task> call)
    {
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => Caller(caller))));
        var elapsed = watch.Elapsed.TotalSeconds;
        double[] all = [.. times.SelectMany(one => one).Order()];
        return new(all.Length, all.Length / elapsed, Percentile(all, 0.5), Percentile(all, 0.99));

        async Task<List<double>> Caller(int caller)
        {
            var taken = new List<double>();
            while (watch.Elapsed < length)
            {
                var start = Stopwatch.GetTimestamp();
                await call(caller, taken.Count);
                taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return taken;
        }
    }

    public static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <param name="P50">Milliseconds.</param>
internal sealed record LoadResult(long Calls, double PerSecond, double P50, double P99)
{
    /// <summary>The medians over several rounds.</summary>
    public static Figure Figure(string name, string unit, IReadOnlyCollection<LoadResult> rounds, string? note = null) => new(
        name, CallerLoad.Median(rounds.Select(round => round.PerSecond)), unit, CallerLoad.Median(rounds.Select(round => round.P50)),
        CallerLoad.Median(rounds.Select(round => round.P99)),
        $"{rounds.Min(round => round.PerSecond):n0} to {rounds.Max(round => round.PerSecond):n0}{(note is null ? "" : $"; {note}")}");
}
