using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors;

/// <summary>Does a record, as its vendor shows it, hold everything that a body would write?</summary>
internal static class RecordComparison
{
    /// <summary>A reference by external id is never shown, so a body with one is never proved.</summary>
    public static bool Shows(JsonNode? shown, JsonNode? sent) => (shown, sent) switch
    {
        (JsonObject record, JsonObject body) => body.All(member => Shows(record[member.Key], member.Value)),
        (JsonArray there, JsonArray lines) => there.Count == lines.Count && there.Zip(lines).All(pair => Shows(pair.First, pair.Second)),
        (JsonValue a, JsonValue b) => Same(a, b),
        (null, null) => true,
        _ => false,
    };

    /// <summary>Tells this content from any other, where a vendor keeps a text of ours with the record.</summary>
    public static string Mark(JsonObject body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body.ToJsonString())))[..12];

    private static bool Same(JsonValue a, JsonValue b) => (a.GetValueKind(), b.GetValueKind()) switch
    {
        (JsonValueKind.Number, JsonValueKind.Number) => a.GetValue<decimal>() == b.GetValue<decimal>(),
        _ => a.ToString() == b.ToString(),
    };
}
