using System.Collections.Concurrent;
using System.Diagnostics;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>The SQL that Npgsql sends on behalf of one request: the one that carries <see cref="TraceParent"/>.</summary>
internal sealed class Statements : IDisposable
{
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ConcurrentQueue<string> _sent = [];
    private readonly ActivityListener _listener;

    public Statements()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public string TraceParent => $"00-{_trace}-{ActivitySpanId.CreateRandom()}-01";

    public IReadOnlyCollection<string> Sent => _sent;

    public void Dispose() => _listener.Dispose();

    private void Note(Activity activity)
    {
        if (activity.Source.Name != "Npgsql" || activity.TraceId != _trace) return;
        if ((activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string sql) _sent.Enqueue(sql);
    }
}
