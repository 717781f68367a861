using System.Text.Json;

namespace Q2C.Gateway.Reading;

/// <summary>A value that differs between two documents. Paths are as in <c>lines[2].cap</c>; values are JSON.</summary>
/// <param name="Before">Null where there was none; so is <paramref name="After"/>.</param>
public sealed record JsonChange(string Path, string? Before, string? After);

internal static class JsonDifference
{
    /// <summary>Beyond this nobody reads on.</summary>
    private const int MaxChanges = 500;

    /// <summary>In the order of the documents. A text that is no JSON counts as a whole, as a string.</summary>
    public static IReadOnlyList<JsonChange> Between(string before, string after)
    {
        using var one = Parse(before);
        using var other = Parse(after);
        return [.. Changes("", one.RootElement, other.RootElement).Take(MaxChanges)];
    }

    private static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToDocument(text);
        }
    }

    private static IEnumerable<JsonChange> Changes(string path, JsonElement? before, JsonElement? after) => (before, after) switch
    {
        ({ ValueKind: JsonValueKind.Object } one, { ValueKind: JsonValueKind.Object } other) => Names(one).Union(Names(other))
            .SelectMany(name => Changes(path.Length == 0 ? name : $"{path}.{name}", Member(one, name), Member(other, name))),
        ({ ValueKind: JsonValueKind.Array } one, { ValueKind: JsonValueKind.Array } other) =>
            Enumerable.Range(0, Math.Max(one.GetArrayLength(), other.GetArrayLength()))
                .SelectMany(i => Changes($"{path}[{i}]", Item(one, i), Item(other, i))),
        ({ } one, { } other) when JsonElement.DeepEquals(one, other) => [],
        _ => [new(path, before?.GetRawText(), after?.GetRawText())],
    };

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(member => member.Name);

    private static JsonElement? Member(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Item(JsonElement json, int i) => i < json.GetArrayLength() ? json[i] : null;
}
