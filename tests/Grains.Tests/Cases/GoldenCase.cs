using System.Text.Json;

namespace Q2C.Grains.Tests.Cases;

/// <summary>
/// A case that another system's own tests assert, kept as data beside this file with where it comes from. A test tells its
/// story in our commands and takes every number from it; a leaf of <c>expected</c> that is neither read nor excused fails it.
/// </summary>
internal sealed class GoldenCase
{
    private readonly JsonElement _root;
    private readonly HashSet<string> _settled = [];

    private GoldenCase(JsonElement root) => _root = root;

    public JsonElement Contract => _root.GetProperty("contract");

    public JsonElement[] Events => [.. _root.GetProperty("events").EnumerateArray()];

    public static void Tell(string id, Action<GoldenCase> story)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Cases", $"{id}.json")));
        var golden = new GoldenCase(document.RootElement);
        story(golden);
        Assert.Equal([], golden.Leaves().Select(leaf => leaf.Path).Where(path => !golden._settled.Contains(path)));
    }

    public JsonElement Event(string id) => Events.Single(@event => @event.GetProperty("id").GetString() == id);

    /// <summary>An expected value: <c>amounts.e1</c>, <c>lines[0].qty</c>.</summary>
    public JsonElement Expected(string path)
    {
        _settled.Add(path);
        return Leaves().Single(leaf => leaf.Path == path).Value;
    }

    public decimal ExpectedNumber(string path) => Expected(path).GetDecimal();

    /// <summary>These leaves, or all below them, mean nothing to what is tested here.</summary>
    public void Excuse(string reason, params string[] paths)
    {
        Assert.False(string.IsNullOrWhiteSpace(reason));
        foreach (var path in paths)
        {
            var below = Leaves().Select(leaf => leaf.Path).Where(leaf => leaf == path || leaf.StartsWith(path + ".", StringComparison.Ordinal)).ToArray();
            Assert.NotEmpty(below);
            _settled.UnionWith(below);
        }
    }

    private IEnumerable<(string Path, JsonElement Value)> Leaves() => Leaves("", _root.GetProperty("expected"));

    private static IEnumerable<(string Path, JsonElement Value)> Leaves(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(
            member => Leaves(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => Leaves($"{path}[{i}]", item)),
        _ => [(path, element)],
    };
}
