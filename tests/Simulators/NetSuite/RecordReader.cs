using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using static Q2C.Simulators.NetSuite.NetSuiteErrors;

namespace Q2C.Simulators.NetSuite;

/// <summary>
/// Checks a request body against a record type and brings it into the stored form: references resolved to internal
/// ids, sublists as arrays. Misspelt names are ignored unless the caller asks for an error, as NetSuite does.
/// </summary>
internal sealed class RecordReader(Store store, bool unknownIsError)
{
    public JsonObject Read(RecordType type, JsonObject body) => Read(type.Properties, body, "");

    public static void RequireAll(RecordType type, JsonObject record)
    {
        foreach (var property in type.Properties.Where(property => property.Required))
            if (record[property.Name] is null or JsonArray { Count: 0 }) throw Missing(property.Name);
        if (type.Name == "customer") RequireName(record);
    }

    private static void RequireName(JsonObject customer)
    {
        if (customer["isPerson"].Flag() is true)
        {
            if (customer["lastName"] is null) throw Missing("lastName");
        }
        else if (customer["companyName"] is null)
        {
            throw Missing("companyName");
        }
    }

    private JsonObject Read(IReadOnlyList<Property> properties, JsonObject body, string path)
    {
        var record = new JsonObject();
        foreach (var (name, value) in body)
        {
            var property = properties.FirstOrDefault(each => each.Name == name);
            if (property is null && unknownIsError) throw Invalid($"Unknown reference or field name: {name}", path + name);
            if (property is null or { ReadOnly: true }) continue;
            record[name] = value is null ? null : Value(property, value, path + name);
        }
        return record;
    }

    private JsonNode Value(Property property, JsonNode value, string path) => property.Kind switch
    {
        PropertyKind.Number => value.Number() ?? throw Wrong(value, path),
        PropertyKind.Flag => value.Flag() ?? throw Wrong(value, path),
        PropertyKind.Date => IsDate(value.Text()) ? value.Text()! : throw Wrong(value, path),
        PropertyKind.Text => value.Text() ?? throw Wrong(value, path),
        PropertyKind.Enumeration => value is JsonObject choice && choice["id"].Text() is { } id
            ? new JsonObject { ["id"] = id, ["refName"] = choice["refName"].Text() ?? id }
            : throw Wrong(value, path),
        PropertyKind.Reference => Reference(property, value, path),
        PropertyKind.Sublist => Sublist(property, value, path),
        _ => value.DeepClone(),
    };

    private static bool IsDate(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static RefusalException Wrong(JsonNode value, string path) =>
        Invalid($"Invalid value for the resource or sub-resource field '{path}': {value.ToJsonString()}", path);

    private JsonObject Reference(Property property, JsonNode value, string path)
    {
        var reference = value as JsonObject ?? throw Wrong(value, path);
        var id = reference["id"].Text();
        var externalId = reference["externalId"].Text();
        if (id is not null && id.StartsWith("eid:", StringComparison.Ordinal))
        {
            externalId = id[4..];
            id = null;
        }
        foreach (var target in property.Targets)
        {
            var found = id is not null ? store.Find(target, id) : FindByExternalId(store, target, externalId);
            if (found is not null)
                return new JsonObject { ["id"] = found["id"].Text(), ["refName"] = Name(found), ["type"] = target };
        }
        throw InvalidReference(id ?? externalId ?? "", property.Name, path);
    }

    private JsonArray Sublist(Property property, JsonNode value, string path)
    {
        var items = (value as JsonObject)?["items"] as JsonArray ?? value as JsonArray ?? throw Wrong(value, path);
        var lines = new JsonArray();
        foreach (var (item, index) in items.Select((item, index) => (item, index)))
        {
            var line = Read(property.Lines, item as JsonObject ?? throw Wrong(value, path), $"{path}.items[{index}].");
            foreach (var required in property.Lines.Where(each => each.Required))
                if (line[required.Name] is null) throw Missing($"{path}.items[{index}].{required.Name}");
            lines.Add(line);
        }
        return lines;
    }

    public static JsonObject? FindByExternalId(Store store, string type, string? externalId) => externalId is null
        ? null
        : store.Find("_eid", $"{type}/{externalId}")?["id"].Text() is { } id ? store.Find(type, id) : null;

    public static string? Name(JsonObject record) => new[] { "tranId", "entityId", "companyName", "lastName", "name", "id" }
        .Select(name => record[name].Text()).FirstOrDefault(text => text is not null);
}
