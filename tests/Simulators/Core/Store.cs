using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>
/// A vendor's records: collections of JSON objects by id, in order of insertion. Every committed change is appended
/// to a file of JSON lines, so a killed process loses nothing that it had answered. Callers hold <see cref="Gate"/>.
/// </summary>
public sealed class Store : IDisposable
{
    private const string Counters = "_counters";
    private readonly Dictionary<string, OrderedDictionary<string, JsonObject>> _collections = [];
    private readonly List<(string Collection, string Id, JsonObject? Before, int Index)> _pending = [];
    private readonly StreamWriter? _file;

    public Store(string? path)
    {
        if (path is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path)) Replay(path);
        _file = Compact(path);
    }

    public Lock Gate { get; } = new();

    public bool IsEmpty => _collections.Count == 0;

    /// <summary>Position to which <see cref="RollbackTo"/> can return within the current request.</summary>
    public int Mark => _pending.Count;

    /// <summary>The live record: read it, never change it; changes go through <see cref="Put"/> or <see cref="Update"/>.</summary>
    public JsonObject? Find(string collection, string id) =>
        _collections.TryGetValue(collection, out var records) && records.TryGetValue(id, out var record) ? record : null;

    public IEnumerable<JsonObject> All(string collection) =>
        _collections.TryGetValue(collection, out var records) ? records.Values : [];

    public IEnumerable<KeyValuePair<string, JsonObject>> Entries(string collection) =>
        _collections.TryGetValue(collection, out var records) ? records : [];

    public void Put(string collection, string id, JsonObject record)
    {
        var records = Of(collection);
        _pending.Add((collection, id, records.GetValueOrDefault(id), records.IndexOf(id)));
        records[id] = record;
    }

    public JsonObject Update(string collection, string id, Action<JsonObject> change)
    {
        var copy = Find(collection, id)!.Copy();
        change(copy);
        Put(collection, id, copy);
        return copy;
    }

    public void Remove(string collection, string id)
    {
        var records = Of(collection);
        if (!records.TryGetValue(id, out var before)) return;
        _pending.Add((collection, id, before, records.IndexOf(id)));
        records.Remove(id);
    }

    /// <summary>The next number of a counter, from 1; survives a restart.</summary>
    public long Next(string counter)
    {
        var next = (long)(Find(Counters, counter)?["n"].Number() ?? 0) + 1;
        Put(Counters, counter, new JsonObject { ["n"] = next });
        return next;
    }

    public void Commit()
    {
        if (_file is not null && _pending.Count > 0)
        {
            foreach (var (collection, id) in _pending.Select(change => (change.Collection, change.Id)).Distinct())
                _file.WriteLine(Line(collection, id, Find(collection, id)));
            _file.Flush();
        }
        _pending.Clear();
    }

    public void RollbackTo(int mark)
    {
        while (_pending.Count > mark)
        {
            var (collection, id, before, index) = _pending[^1];
            _pending.RemoveAt(_pending.Count - 1);
            var records = Of(collection);
            if (before is null) records.Remove(id);
            else if (records.ContainsKey(id)) records[id] = before;
            else records.Insert(index, id, before);
        }
    }

    public JsonObject Snapshot() => new(
        _collections.Where(pair => !pair.Key.StartsWith('_')).Select(pair => KeyValuePair.Create(
            pair.Key,
            (JsonNode?)pair.Value.Values.Select(record => record.DeepClone()).ToJsonArray())));

    public void Dispose() => _file?.Dispose();

    private OrderedDictionary<string, JsonObject> Of(string collection)
    {
        if (!_collections.TryGetValue(collection, out var records)) _collections[collection] = records = [];
        return records;
    }

    private static string Line(string collection, string id, JsonObject? record) =>
        new JsonObject { ["c"] = collection, ["i"] = id, ["v"] = record?.DeepClone() }.ToJsonString(Notation.Wire);

    private void Replay(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            // A killed process leaves at most one torn line, and it was never answered.
            if (!TryParse(line, out var change)) continue;
            var records = Of(change["c"]!.GetValue<string>());
            var id = change["i"]!.GetValue<string>();
            if (change["v"] is JsonObject record) records[id] = record.Copy();
            else records.Remove(id);
        }
    }

    private static bool TryParse(string line, out JsonObject change)
    {
        try
        {
            change = JsonNode.Parse(line) as JsonObject ?? [];
            return change.ContainsKey("c");
        }
        catch (JsonException)
        {
            change = [];
            return false;
        }
    }

    private StreamWriter Compact(string path)
    {
        var fresh = path + ".new";
        using (var writer = new StreamWriter(fresh, append: false, new UTF8Encoding(false)))
        {
            foreach (var (collection, records) in _collections)
                foreach (var (id, record) in records)
                    writer.WriteLine(Line(collection, id, record));
        }
        File.Move(fresh, path, overwrite: true);
        return new StreamWriter(path, append: true, new UTF8Encoding(false));
    }
}
