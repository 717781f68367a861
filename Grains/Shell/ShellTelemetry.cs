using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Q2C.Grains.Shell;

/// <summary>What the shells tell of themselves: a span per command, and how often the state was in memory.</summary>
internal static class ShellTelemetry
{
    private static readonly Meter Meter = new(Tracing.Grains.Name);

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        "q2c.grain.reads", "{read}", "Times that a run of commands needed the state, by cache: hit (in memory) or miss (loaded).");

    public static void NeedsState(bool isInMemory) => Reads.Add(1, new KeyValuePair<string, object?>("cache", isInMemory ? "hit" : "miss"));

    /// <summary>A span from now until the command is answered.</summary>
    public static void Follow(string grain, CommandEnvelope envelope, Task<Receipt> answer)
    {
        if (!Tracing.Grains.HasListeners()) return;
        if (Tracing.Grains.StartAside($"decide {envelope.Command.GetType().Name}", envelope.Correlation, envelope.Causation)
            is not { } span) return;
        span.SetTag("q2c.grain", grain);
        _ = answer.ContinueWith(done => End(span, done), TaskContinuationOptions.ExecuteSynchronously);
    }

    private static void End(Activity span, Task<Receipt> answer)
    {
        if (answer.IsCompletedSuccessfully) span.SetTag("q2c.outcome", answer.Result.Outcome.ToString());
        else span.SetStatus(ActivityStatusCode.Error, answer.Exception?.InnerException?.GetType().Name);
        span.Dispose();
    }
}
