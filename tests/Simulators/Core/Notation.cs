using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>Reading and writing loosely typed JSON as the vendors do.</summary>
public static class Notation
{
    public static readonly JsonSerializerOptions Wire = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Text of a string, number or boolean; null for null, objects and arrays.</summary>
    public static string? Text(this JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value => value.ToJsonString(),
        _ => null,
    };

    /// <summary>Exact decimal of a number or of a string that holds one; null otherwise.</summary>
    public static decimal? Number(this JsonNode? node) => Number(node.Text());

    public static bool? Flag(this JsonNode? node) => node.Text() switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    public static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static DateTimeOffset? Instant(this JsonNode? node) => Instant(node.Text());

    public static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant
            : null;

    public static JsonObject Copy(this JsonObject node) => (JsonObject)node.DeepClone();

    public static JsonArray ToJsonArray(this IEnumerable<JsonNode?> nodes) => new([.. nodes]);

    /// <summary>Sets every property of <paramref name="changes"/>, replacing what was there.</summary>
    public static void Overlay(this JsonObject target, JsonObject changes)
    {
        foreach (var (name, value) in changes) target[name] = value?.DeepClone();
    }
}
