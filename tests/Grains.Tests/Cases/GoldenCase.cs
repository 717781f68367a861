using System.Text.Json;

namespace Q2C.Grains.Tests.Cases;

/// <summary>
/// A case that another system's own tests assert, kept as data beside this file with where it comes from. A test tells its
/// story in our commands and takes every number from it. Every leaf of <c>expected</c> is read by the story, or listed in
/// <c>differences.json</c>: with the reason why it means nothing here, or with our own answer and why it is another one.
/// </summary>
internal sealed class GoldenCase
{
    private readonly JsonElement _root;
    private readonly JsonElement? _differences;
    private readonly HashSet<string> _read = [];

    private GoldenCase(JsonElement root, JsonElement? differences) => (_root, _differences) = (root, differences);

    public JsonElement Contract => _root.GetProperty("contract");

    public JsonElement[] Events => [.. _root.GetProperty("events").EnumerateArray()];

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Cases");

    public static JsonElement Differences { get; } = Parse("differences");

    /// <summary>The ids of all cases that are here.</summary>
    public static IEnumerable<string> Ids => Directory.GetFiles(Folder, "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Where(id => id != "differences").Order(StringComparer.Ordinal);

    public static void Tell(string id, Action<GoldenCase> story)
    {
        var golden = new GoldenCase(Parse(id), Differences.TryGetProperty(id, out var listed) ? listed : null);
        story(golden);
        Assert.Equal([], golden.Leaves().Select(leaf => leaf.Path).Where(path => !golden._read.Contains(path) && !golden.IsListed(path)));
        Assert.Equal([], golden.Listed().Where(path => !golden.Leaves().Any(leaf => Covers(path, leaf.Path) && !golden._read.Contains(leaf.Path))));
    }

    public JsonElement Event(string id) => Events.Single(@event => @event.TryGetProperty("id", out var one) && one.GetString() == id);

    /// <summary>An expected value: <c>amounts.e1</c>, <c>lines[0].qty</c>.</summary>
    public JsonElement Expected(string path)
    {
        _read.Add(path);
        return Leaves().Single(leaf => leaf.Path == path).Value;
    }

    public bool Expects(string path) => Leaves().Any(leaf => leaf.Path == path);

    public decimal ExpectedNumber(string path) => Expected(path).GetDecimal();

    public decimal[] ExpectedNumbers(string path) =>
        [.. Leaves().Where(leaf => Covers(path, leaf.Path)).Select(leaf => ExpectedNumber(leaf.Path))];

    /// <summary>Our own answer where it differs on purpose; it must still differ.</summary>
    public JsonElement Ours(string path)
    {
        var ours = _differences!.Value.GetProperty(path).GetProperty("ours");
        Assert.False(JsonElement.DeepEquals(ours, Leaves().Single(leaf => leaf.Path == path).Value));
        return ours;
    }

    private static JsonElement Parse(string id)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, $"{id}.json")));
        return document.RootElement.Clone();
    }

    private bool IsListed(string leaf) => Listed().Any(path => Covers(path, leaf));

    private IEnumerable<string> Listed() => _differences?.EnumerateObject().Select(member => member.Name) ?? [];

    private static bool Covers(string path, string leaf) => leaf == path
        || (leaf.StartsWith(path, StringComparison.Ordinal) && leaf[path.Length] is '.' or '[');

    private IEnumerable<(string Path, JsonElement Value)> Leaves() => Leaves("", _root.GetProperty("expected"));

    private static IEnumerable<(string Path, JsonElement Value)> Leaves(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(
            member => Leaves(path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany((item, i) => Leaves($"{path}[{i}]", item)),
        _ => [(path, element)],
    };
}
