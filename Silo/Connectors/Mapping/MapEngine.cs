using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>Carries out a mapping document on one record.</summary>
internal sealed class MapEngine
{
    private readonly MapDocument _document;
    private readonly JsonNode _root;
    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();

    private MapEngine(MapDocument document, JsonNode root) => (_document, _root) = (document, root);

    public static (JsonObject Json, ImmutableArray<Problem> Problems) Run(MapDocument document, JsonNode source)
    {
        var engine = new MapEngine(document, source);
        var json = engine.Map(document.Fields, source, "");
        return (json, engine._problems.ToImmutable());
    }

    private JsonObject Map(ImmutableArray<MapField> fields, JsonNode? at, string prefix)
    {
        var target = new JsonObject();
        foreach (var field in fields)
            if (Value(field, at, prefix) is { } value) Put(target, field, value);
        return target;
    }

    private JsonNode? Value(MapField field, JsonNode? at, string prefix)
    {
        switch (field.Source)
        {
            case MapSource.Each each: return List(field, each, at, prefix);
            case MapSource.Constant constant: return Format(field, constant.Value, at, prefix, "");
            case MapSource.Template template: return Filled(template, at);
        }

        var path = ((MapSource.From)field.Source).Path;
        var where = path.FromRoot ? string.Join('.', path.Names) : prefix + path;
        var found = Find(path, at);
        if (found is not null) return Format(field, found, at, prefix, where);
        if (field.Default is { } fallback) return Format(field, fallback, at, prefix, where);
        if (field.Required)
            Problem(field, "MAPPING_VALUE_MISSING", where, $"'{where}' is empty, and {field.To} needs it.",
                "Fill it in at the source and retry, or give the field a default in the mapping document.");
        return null;
    }

    private JsonArray? List(MapField field, MapSource.Each each, JsonNode? at, string prefix)
    {
        var where = prefix + each.Path;
        switch (Find(each.Path, at))
        {
            case JsonArray list:
                return new([.. list.Select((item, i) => (JsonNode?)Map(each.Fields, item, $"{where}[{i}]."))]);
            case null when !field.Required:
                return null;
            default:
                Problem(field, "MAPPING_LIST_MISSING", where, $"'{where}' is not a list, and {field.To} needs one.",
                    "Correct the record at its source, or mark the list as not required in the mapping document.");
                return null;
        }
    }

    private JsonValue Filled(MapSource.Template template, JsonNode? at) => JsonValue.Create(string.Concat(
        template.Literals.Select((literal, i) => i == 0 ? literal : Text(Find(template.Paths[i - 1], at)) + literal)));

    private JsonNode? Format(MapField field, JsonNode value, JsonNode? at, string prefix, string where)
    {
        if (field.Values is not null)
        {
            var key = Text(value);
            if (!field.Values.TryGetValue(key, out var mapped) && (mapped = field.Otherwise) is null)
            {
                Problem(field, "MAPPING_VALUE_UNKNOWN", where, $"'{key}' at '{where}' has no counterpart for {field.To}.",
                    $"Add '{key}' to the values of this field, or correct the record.");
                return null;
            }

            value = mapped;
        }

        try
        {
            return _document.Direction == MapDirection.Outbound
                ? ValueFormat.Outbound(field, value)
                : ValueFormat.Inbound(field, value, () => CurrencyOf(field, at));
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            Problem(field, "MAPPING_VALUE_INVALID", where, $"'{where}': {error.Message}",
                "Correct the record at its source, or the format of this field in the mapping document.");
            return null;
        }
    }

    private string CurrencyOf(MapField field, JsonNode? at) => field.Currency switch
    {
        MapSource.Constant constant => constant.Value,
        MapSource.From from => Text(Find(from.Path, at)).ToUpperInvariant(),
        _ => throw new FormatException("no currency is given."),
    };

    private JsonNode? Find(MapPath path, JsonNode? at)
    {
        var node = path.FromRoot ? _root : at;
        foreach (var name in path.Names)
            node = node switch
            {
                JsonObject owner => owner[name],
                JsonArray list when int.TryParse(name, out var place) => list.ElementAtOrDefault(place),
                _ => null,
            };
        return node;
    }

    private static void Put(JsonNode target, MapField field, JsonNode value)
    {
        var names = field.To.Names;
        for (var i = 0; i < names.Length - 1; i++)
        {
            var inner = Get(target, names[i]);
            if (inner is null) Set(target, names[i], inner = IsPlace(names[i + 1]) ? new JsonArray() : new JsonObject());
            target = inner;
        }

        Set(target, names[^1], value);
    }

    private static bool IsPlace(string name) => name.All(char.IsAsciiDigit);

    private static JsonNode? Get(JsonNode target, string name) =>
        target is JsonArray list ? list.ElementAtOrDefault(int.Parse(name)) : target[name];

    private static void Set(JsonNode target, string name, JsonNode value)
    {
        if (target is not JsonArray list)
        {
            target[name] = value;
            return;
        }

        while (list.Count <= int.Parse(name)) list.Add(null);
        list[int.Parse(name)] = value;
    }

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(),
    };

    private void Problem(MapField field, string code, string path, string message, string remedy) => _problems.Add(
        new(code, path, $"{message} ({Path.GetFileName(_document.File)}, line {field.Line})", remedy));
}
