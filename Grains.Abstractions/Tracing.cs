using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Q2C;

/// <summary>
/// Where each part reports what it does, and which trace that belongs to: the one that the correlation stands for. Inbox,
/// journal and effects keep the correlation, so what one delivery causes is one trace across processes, restarts and days.
/// </summary>
public static class Tracing
{
    private const int MaxSpansPerBatch = 64;

    public static ActivitySource Gateway { get; } = new("Q2C.Gateway");

    public static ActivitySource Grains { get; } = new("Q2C.Grains");

    public static ActivitySource Journal { get; } = new("Q2C.Journal");

    public static ActivitySource Pumps { get; } = new("Q2C.Pumps");

    public static ActivitySource Effects { get; } = new("Q2C.Effects");

    public static ActivitySource Connectors { get; } = new("Q2C.Connectors");

    /// <summary>The first 16 bytes of the correlation's SHA-256.</summary>
    public static ActivityTraceId TraceOf(string correlation) =>
        ActivityTraceId.CreateFromBytes(SHA256.HashData(Encoding.UTF8.GetBytes(correlation)).AsSpan(0, 16));

    /// <summary>
    /// A span in the correlation's trace: below the current span if that is of the same trace, else linked to it. Null when
    /// nobody listens.
    /// </summary>
    public static Activity? Start(
        this ActivitySource source, string name, string correlation, string? causation = null,
        ActivityKind kind = ActivityKind.Internal)
    {
        if (!source.HasListeners()) return null;
        var trace = TraceOf(correlation);
        var current = Activity.Current;
        var inside = current is not null && current.TraceId == trace;
        return source.StartActivity(
            kind,
            inside ? current!.Context : new(trace, default, ActivityTraceFlags.Recorded),
            [new("q2c.correlation", correlation), new("q2c.causation", causation)],
            inside || current is null ? [] : [new(current.Context)],
            name: name);
    }

    /// <summary>As <see cref="Start"/>, and leaves the current span what it was: for work that ends elsewhere.</summary>
    public static Activity? StartAside(
        this ActivitySource source, string name, string correlation, string? causation = null)
    {
        var current = Activity.Current;
        var started = source.Start(name, correlation, causation);
        Activity.Current = current;
        return started;
    }

    /// <summary>For work done for many at once: a span in the trace of each, up to a limit, all ended together.</summary>
    public static SpanGroup StartEach(this ActivitySource source, string name, IEnumerable<string> correlations) => new(
        source.HasListeners()
            ? [.. correlations.Distinct().Take(MaxSpansPerBatch).Select(correlation => source.StartAside(name, correlation))]
            : []);
}

/// <summary>Spans that end together.</summary>
public readonly struct SpanGroup(IReadOnlyList<Activity?> spans) : IDisposable
{
    public void Dispose()
    {
        var current = Activity.Current;
        foreach (var span in spans) span?.Dispose();
        Activity.Current = current;
    }
}
