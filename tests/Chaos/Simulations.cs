using System.Collections.Concurrent;
using System.Diagnostics;
using Q2C.Chaos.Simulation;
using Spectre.Console;

namespace Q2C.Chaos;

/// <summary>Many worlds, one per processor at a time.</summary>
internal static class Simulations
{
    public const int Lives = 24;

    private const int LinesShown = 400;

    /// <summary>In order of the seeds.</summary>
    public static IReadOnlyList<Result> Run(int first, int count, int lives, Action<Result>? done = null)
    {
        var results = new Result[count];
        var next = -1;
        // Threads of their own: a world stays on its thread.
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(count, Environment.ProcessorCount)).Select(_ => new Thread(() =>
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                results[i] = Simulation.Simulation.Run(first + i, lives);
                done?.Invoke(results[i]);
            }
        }))];
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return results;
    }

    /// <summary>The command line. 1 if something does not hold.</summary>
    public static int Simulate(int? seed, int count, int lives, FileInfo? history)
    {
        var first = seed ?? 1;
        var failed = new ConcurrentBag<int>();
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var results = AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(progress =>
            {
                var bar = progress.AddTask($"seeds {first} to {first + count - 1}", maxValue: count);
                return Run(first, count, lives, result =>
                {
                    if (result.Violations.Count > 0) failed.Add(result.Seed);
                    bar.Increment(1);
                });
            });
        Report(results, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu);
        if (failed.IsEmpty && count > 1) return 0;
        Explain(Simulation.Simulation.Run(failed.IsEmpty ? first : failed.Min(), lives, keepsHistory: true), history);
        return failed.IsEmpty ? 0 : 1;
    }

    private static void Report(IReadOnlyList<Result> results, TimeSpan took, TimeSpan cpu)
    {
        var lives = results.Sum(result => result.Lives);
        Console.WriteLine(
            $"{results.Count} worlds, {lives} engagements, {results.Sum(result => (long)result.Rows)} journal rows, "
            + $"{results.Sum(result => result.Simulated.TotalHours):0} simulated hours in {took.TotalSeconds:0.0} s: "
            + $"{lives / cpu.TotalMinutes:0} engagements per minute of one core");
        var faults = results.SelectMany(result => result.Injected).GroupBy(fault => fault.Key)
            .OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Key} {kind.Sum(fault => fault.Value)}");
        Console.WriteLine($"faults: {string.Join(", ", faults)}");
        foreach (var result in results.Where(result => result.Violations.Count > 0).Take(20))
            Console.WriteLine($"seed {result.Seed}: {result.Violations[0]}{(result.Violations.Count > 1 ? $" (and {result.Violations.Count - 1} more)" : "")}");
        if (results.Count(result => result.Violations.Count > 0) is > 0 and var failed) Console.WriteLine($"{failed} of {results.Count} seeds failed");
    }

    /// <summary>What a person needs to see why.</summary>
    private static void Explain(Result result, FileInfo? file)
    {
        Console.WriteLine();
        Console.WriteLine($"seed {result.Seed}, fingerprint {result.Fingerprint:x16}, {result.Steps} steps, {result.Simulated} simulated");
        foreach (var violation in result.Violations) Console.WriteLine($"  {violation}");
        if (file is not null)
        {
            File.WriteAllLines(file.FullName, result.History);
            Console.WriteLine($"The whole history ({result.History.Count} lines) is in {file.FullName}.");
        }
        else if (result.Violations.Count > 0)
        {
            foreach (var line in result.History.TakeLast(LinesShown)) Console.WriteLine(line);
        }

        if (result.Violations.Count > 0) Console.WriteLine($"Again: ./q2c simulate --seeds 1 --seed {result.Seed} --lives {result.Lives} --history FILE");
    }
}
