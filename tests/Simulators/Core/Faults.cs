using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Q2C.Simulators.Core;

/// <summary>How a vendor misbehaves. The names on the wire are kebab-case.</summary>
public enum FaultKind
{
    /// <summary>Does the work, then closes the connection without an answer.</summary>
    ApplyThenDrop,

    /// <summary>Closes the connection without doing the work.</summary>
    Drop,

    /// <summary>Answers with a given status, headers and body.</summary>
    Status,

    /// <summary>Waits, then goes on as if nothing had been.</summary>
    Delay,

    /// <summary>Answers with a proxy's HTML page (502 unless told otherwise).</summary>
    Html,

    /// <summary>Does the work and sends half of the answer.</summary>
    Truncate,

    /// <summary>Closes every matching connection until removed.</summary>
    Down,
}

/// <summary>One instruction to misbehave for requests whose operation or path matches.</summary>
public sealed record Fault(string Match, FaultKind Kind)
{
    /// <summary>How many requests it hits; null never ends.</summary>
    public int? Times { get; init; } = Kind is FaultKind.Down ? null : 1;

    public int Status { get; init; } = Kind is FaultKind.Html ? 502 : 500;

    public string? Body { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public TimeSpan Delay { get; init; }

    /// <summary>With <see cref="FaultKind.Status"/> and <see cref="FaultKind.Html"/>: do the work all the same.</summary>
    public bool Apply { get; init; }

    /// <summary>Reads the control API's form; throws <see cref="FormatException"/> with what is wrong.</summary>
    public static Fault Parse(JsonObject json)
    {
        var name = json["kind"].Text() ?? throw new FormatException("kind is missing");
        var kind = Enum.GetValues<FaultKind>().Cast<FaultKind?>().FirstOrDefault(each => Kebab(each!.Value) == name)
            ?? throw new FormatException(
                $"kind '{name}' is unknown; use one of {string.Join(", ", Enum.GetValues<FaultKind>().Select(Kebab))}");
        var fault = new Fault(json["match"].Text() ?? ".*", kind);
        return fault with
        {
            Times = json.ContainsKey("times") ? (int?)json["times"].Number() : fault.Times,
            Status = (int?)json["status"].Number() ?? fault.Status,
            Body = json["body"] is JsonObject or JsonArray ? json["body"]!.ToJsonString() : json["body"].Text(),
            Headers = (json["headers"] as JsonObject ?? []).ToDictionary(h => h.Key, h => h.Value.Text() ?? ""),
            Delay = TimeSpan.FromMilliseconds((double)(json["ms"].Number() ?? 0)),
            Apply = json["apply"].Flag() ?? false,
        };
    }

    internal bool Hits(Call call) =>
        Regex.IsMatch(call.Operation, $"^(?:{Match})$", RegexOptions.None, MatchTimeout)
        || Regex.IsMatch(call.Path, Match, RegexOptions.None, MatchTimeout);

    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private static string Kebab(FaultKind kind) => Regex.Replace(kind.ToString(), "(?<!^)([A-Z])", "-$1").ToLowerInvariant();
}

/// <summary>The faults in force, oldest first. A request takes the first that matches.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    public IReadOnlyList<Fault> Current
    {
        get { lock (_gate) return [.. _faults]; }
    }

    public void Add(Fault fault)
    {
        lock (_gate) _faults.Add(fault);
    }

    public void Clear()
    {
        lock (_gate) _faults.Clear();
    }

    internal Fault? Take(Call call)
    {
        lock (_gate)
        {
            var index = _faults.FindIndex(fault => fault.Hits(call));
            if (index < 0) return null;
            var taken = _faults[index];
            if (taken.Times is not { } times) return taken;
            if (times <= 1) _faults.RemoveAt(index);
            else _faults[index] = taken with { Times = times - 1 };
            return taken;
        }
    }
}
