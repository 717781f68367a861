using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>The values in which two JSON documents differ, whatever the order of members and the layout.</summary>
internal static class JsonDifference
{
    /// <summary>Of one pair of documents; more says nothing new.</summary>
    public const int MaxDifferences = 200;

    public static ImmutableArray<ValueDifference> Between(JsonNode? before, JsonNode? after) =>
        [.. Differences("", before, after).Take(MaxDifferences)];

    private static IEnumerable<ValueDifference> Differences(string path, JsonNode? before, JsonNode? after) => (before, after) switch
    {
        (JsonObject was, JsonObject becomes) => was.Select(member => member.Key).Union(becomes.Select(member => member.Key))
            .Order(StringComparer.Ordinal).SelectMany(name => Differences(path.Length == 0 ? name : $"{path}.{name}", was[name], becomes[name])),
        (JsonArray was, JsonArray becomes) => Enumerable.Range(0, Math.Max(was.Count, becomes.Count))
            .SelectMany(i => Differences($"{path}[{i}]", was.ElementAtOrDefault(i), becomes.ElementAtOrDefault(i))),
        _ when JsonNode.DeepEquals(before, after) => [],
        _ => [new(path, before?.ToJsonString(), after?.ToJsonString())],
    };
}
