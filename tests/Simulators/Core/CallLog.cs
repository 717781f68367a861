using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>One answered (or dropped) request without its secrets. Status 0 means that no answer was sent.</summary>
public sealed record LoggedCall(
    DateTimeOffset At,
    string Operation,
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Headers,
    int Status,
    FaultKind? Fault)
{
    public JsonObject ToJson() => new()
    {
        ["at"] = At.ToString("O"),
        ["operation"] = Operation,
        ["method"] = Method,
        ["path"] = Path,
        ["headers"] = new JsonObject(Headers.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)h.Value))),
        ["status"] = Status,
        ["fault"] = Fault?.ToString(),
    };
}

/// <summary>The last requests of a simulator, oldest first.</summary>
public sealed class CallLog
{
    private const int Limit = 10_000;

    private static readonly string[] KeyHeaders =
    [
        "Content-Type", "Accept", "User-Agent", "Prefer", "Idempotency-Key", "X-Correlation-Id", "X-Avalara-Client",
        "X-NetSuite-PropertyNameValidation", "X-NetSuite-Idempotency-Key", "Sforce-Call-Options",
        "Sforce-Query-Options", "Stripe-Version", "traceparent",
    ];

    private readonly Lock _gate = new();
    private readonly Queue<LoggedCall> _calls = new();

    public IReadOnlyList<LoggedCall> Entries
    {
        get { lock (_gate) return [.. _calls]; }
    }

    internal void Add(Call call, int status, FaultKind? fault)
    {
        var headers = KeyHeaders.Where(name => call.Header(name) is not null)
            .ToDictionary(name => name, name => call.Header(name)!);
        if (call.Header("Authorization") is { } authorization)
            headers["Authorization"] = authorization.Split(' ')[0] + " ***";
        var query = call.Query.Count == 0
            ? ""
            : "?" + string.Join('&', call.Query.Select(pair => $"{pair.Key}={pair.Value}"));
        lock (_gate)
        {
            _calls.Enqueue(new(call.Now, call.Operation, call.Method, call.Path + query, headers, status, fault));
            if (_calls.Count > Limit) _calls.Dequeue();
        }
    }
}
