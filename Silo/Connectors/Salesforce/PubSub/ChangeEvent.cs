using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>
/// A change of one record, as the inbox keeps it. It is a hint: fields that did not change are empty in it, and a gap
/// event has none at all.
/// </summary>
/// <param name="Type">As the org says it (<c>UPDATE</c>, <c>GAP_UPDATE</c>), or <see cref="Swept"/>.</param>
/// <param name="At">When it was committed.</param>
internal sealed record ChangeEvent(string Entity, string RecordId, string Type, DateTimeOffset At)
{
    /// <summary>Found by reading all that may have changed, because the stream did not tell it.</summary>
    public const string Swept = "SWEEP";

    public bool IsDeletion => Type is "DELETE" or "GAP_DELETE";

    /// <summary>Null if the text is none, with why.</summary>
    public static ChangeEvent? Parse(ReadOnlyMemory<byte> body, out ParseProblem? problem)
    {
        if (!JsonBody.TryRead(body, "change", out var json, out problem)) return null;
        if (Text(json, "entity") is { } entity && Text(json, "recordId") is { } id && Text(json, "changeType") is { } type
            && DateTimeOffset.TryParse(Text(json, "at"), CultureInfo.InvariantCulture, out var at))
            return new(entity, id, type, at);
        problem = new(Text(json, "unreadable") is { } why
            ? new("CHANGE_EVENT_UNREADABLE", "", $"The change event could not be decoded: {why}",
                "Look at the record in Salesforce and report its change by hand; then skip this delivery with a reason.")
            : new("MEMBER_MISSING", "entity, recordId, changeType, at", "The change names no record.", "Correct the body and retry."));
        return null;
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>An event of the stream, decoded.</summary>
/// <param name="Overflow">Too much changed at once: the records are not named.</param>
internal sealed record DecodedChange(
    string Entity, ImmutableArray<string> RecordIds, string Type, string Origin, DateTimeOffset At, bool Overflow, JsonObject Body)
{
    private const string Header = "ChangeEventHeader";

    /// <summary>Whether the change was made by this API client: then it is our own.</summary>
    public bool IsBy(string client) => Origin.Split(';').Any(part => part.TrimEnd('/') == $"client={client}");

    /// <summary>Throws <see cref="FormatException"/>.</summary>
    public static DecodedChange Of(AvroType.Record schema, ReadOnlySpan<byte> payload)
    {
        var body = AvroReader.Read(schema, payload);
        if (body[Header] is not JsonObject header) throw new FormatException($"The event has no {Header}.");
        var ids = header["recordIds"] is JsonArray list ? list.Select(id => (string?)id ?? "").ToImmutableArray() : [];
        var type = (string?)header["changeType"] ?? "";
        foreach (var bits in new[] { "changedFields", "nulledFields", "diffFields" })
            if (header[bits] is JsonArray fields) header[bits] = FieldNames(schema, fields);
        return new(
            (string?)header["entityName"] ?? "", ids, type, (string?)header["changeOrigin"] ?? "",
            DateTimeOffset.FromUnixTimeMilliseconds((long?)header["commitTimestamp"] ?? 0),
            type == "GAP_OVERFLOW" || ids.Any(id => id.EndsWith('*')), body);
    }

    /// <summary>One delivery for each record, since one event can be about many.</summary>
    public IEnumerable<PolledDelivery> Deliveries(string eventId) => RecordIds.Select((id, i) => new PolledDelivery(
        RecordIds.Length == 1 ? eventId : $"{eventId}/{i}",
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["entity"] = Entity, ["recordId"] = id, ["changeType"] = Type, ["at"] = At.ToString("O"), ["event"] = Told(),
        })));

    /// <summary>The event without what did not change, which comes as empty.</summary>
    private JsonObject Told() => new(Body.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    /// <summary>
    /// Fields come as bits in the order of the schema, lowest first, in hexadecimal: <c>0x04E0</c>; those of a group as
    /// <c>4-0x60</c>, after the group's place.
    /// </summary>
    private static JsonArray FieldNames(AvroType.Record schema, JsonArray bits)
    {
        var names = new JsonArray();
        foreach (var text in bits.Select(each => (string?)each).OfType<string>())
        {
            var dash = text.IndexOf('-', StringComparison.Ordinal);
            if (dash < 0)
            {
                foreach (var name in NamesOf(schema, text)) names.Add(name);
                continue;
            }

            var (parent, type) = schema.Fields[int.Parse(text.AsSpan(0, dash), CultureInfo.InvariantCulture)];
            if ((type as AvroType.Record ?? (type as AvroType.Union)?.Group) is { } group)
                foreach (var name in NamesOf(group, text[(dash + 1)..])) names.Add($"{parent}.{name}");
        }

        return names;
    }

    private static IEnumerable<string> NamesOf(AvroType.Record group, string hex)
    {
        if (!hex.StartsWith("0x", StringComparison.Ordinal)) return [hex];
        var bytes = Convert.FromHexString(hex.Length % 2 == 0 ? hex[2..] : $"0{hex[2..]}");
        return group.Fields.Where((_, i) => i / 8 < bytes.Length && (bytes[bytes.Length - 1 - (i / 8)] >> (i % 8) & 1) == 1).Select(field => field.Name);
    }
}
