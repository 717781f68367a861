using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>Kantata's API v1: its envelope, its external references, its errors.</summary>
internal sealed class KantataApi(VendorHttp http)
{
    /// <summary>Under this name our ids stand in Kantata's external references.</summary>
    public const string Service = "q2c";

    public const int PageSize = 200;

    public Task<VendorReply> Get(string path, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"/api/v1/{path}"), correlation, cancel);

    public Task<VendorReply> Post(string path, JsonObject body, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Json(HttpMethod.Post, $"/api/v1/{path}", body), correlation, cancel);

    public Task<VendorReply> Put(string path, JsonObject body, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Json(HttpMethod.Put, $"/api/v1/{path}", body), correlation, cancel);

    /// <summary>The record of ours in a collection, archived ones included; of several, the first that was made.</summary>
    public async Task<Found> Find(
        string collection, string model, string id, string correlation, CancellationToken cancel, string include = "")
    {
        var archived = collection == "workspaces" ? "&include_archived=true" : "";
        var unnamed = collection == "workspace_resources" ? "&include_unnamed=true" : "";
        var also = include.Length == 0 ? "" : $"&include={include}";
        var reply = await Get(
            $"{collection}?external_reference_service_name={Service}&external_reference_service_model={model}"
            + $"&external_reference_service_model_refs={Uri.EscapeDataString(Listed(id))}{archived}{unnamed}{also}",
            correlation, cancel);
        return Records(reply) is { } records
            ? new(reply, Certain: true, records.MinBy(record => long.Parse(record.Id, CultureInfo.InvariantCulture)))
            : new(reply, Certain: false, null);
    }

    public static JsonObject Reference(string model, string id) => new()
    {
        ["service_name"] = Service,
        ["service_model"] = model,
        ["service_model_ref"] = Listed(id),
        ["status"] = "successful",
    };

    // References are searched by a list separated by commas, and a role's name may hold one.
    private static string Listed(string id) => id.Replace("%", "%25").Replace(",", "%2C");

    internal static string Unlisted(string reference) => reference.Replace("%2C", ",").Replace("%25", "%");

    /// <summary>
    /// The records of an answer in their order. Only <c>results</c> says which records are meant: side-loaded ones share
    /// the maps. Null if the answer is no envelope.
    /// </summary>
    public static IReadOnlyList<KantataRecord>? Records(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } envelope }
            || !envelope.TryGetProperty("results", out var results) || results.ValueKind != JsonValueKind.Array)
            return null;
        var records = new List<KantataRecord>();
        foreach (var result in results.EnumerateArray())
        {
            if (KantataRecord.Text(result, "key") is { } key && KantataRecord.Text(result, "id") is { } id
                && KantataRecord.In(envelope, key, id) is { } record)
                records.Add(record);
        }

        return records;
    }

    /// <summary>True if Kantata refused exactly this field.</summary>
    public static bool IsAbout(VendorReply reply, string field) =>
        reply is VendorReply.Answered { Status: 422, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
        && errors.EnumerateArray().Any() && errors.EnumerateArray().All(error => KantataRecord.Text(error, "field") == field);

    /// <summary>Vendor's words and field of the first error.</summary>
    public static (string? Code, string? Message) Error(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { Json: { ValueKind: JsonValueKind.Object } json }
            || !json.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Array)
            return (null, null);
        var all = errors.EnumerateArray().ToList();
        if (all.Count == 0) return (null, null);
        var type = KantataRecord.Text(all[0], "type");
        return (
            type is null ? null : $"KANTATA_{type.ToUpperInvariant()}",
            string.Join("; ", all.Select(error =>
                KantataRecord.Text(error, "field") is { } field
                    ? $"{field}: {KantataRecord.Text(error, "message")}"
                    : KantataRecord.Text(error, "message"))));
    }

    /// <param name="Certain">False if Kantata did not say whether the record exists.</param>
    internal sealed record Found(VendorReply Reply, bool Certain, KantataRecord? Record);
}

/// <summary>One record of an envelope, with the envelope for what was included with it.</summary>
internal sealed record KantataRecord(string Id, JsonElement Json, JsonElement Envelope)
{
    public string? this[string name] => Text(Json, name);

    public bool Flag(string name) => Json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public decimal? Number(string name) =>
        decimal.TryParse(Text(Json, name), CultureInfo.InvariantCulture, out var number) ? number : null;

    public DateTimeOffset? Instant(string name) =>
        DateTimeOffset.TryParse(Text(Json, name), CultureInfo.InvariantCulture, out var at) ? at : null;

    public DateOnly? Date(string name) =>
        DateOnly.TryParseExact(Text(Json, name), "yyyy-MM-dd", out var date) ? date : null;

    /// <summary>The included record that an id field names.</summary>
    public KantataRecord? Included(string collection, string idField) =>
        this[idField] is { } id ? In(Envelope, collection, id) : null;

    /// <summary>Our id for the record, from its included external references.</summary>
    public string? OurId(string model)
    {
        if (!Json.TryGetProperty("external_reference_ids", out var ids) || ids.ValueKind != JsonValueKind.Array) return null;
        foreach (var one in ids.EnumerateArray())
        {
            if (In(Envelope, "external_references", one.ToString()) is { } reference
                && reference["service_name"] == KantataApi.Service && reference["service_model"] == model
                && reference["service_model_ref"] is { } id)
                return KantataApi.Unlisted(id);
        }

        return null;
    }

    public static KantataRecord? In(JsonElement envelope, string collection, string id) =>
        envelope.TryGetProperty(collection, out var map) && map.ValueKind == JsonValueKind.Object
        && map.TryGetProperty(id, out var record) && record.ValueKind == JsonValueKind.Object
            ? new(id, record, envelope)
            : null;

    /// <summary>Text or number as text; null for anything else. Kantata writes ids as either.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
        && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : null;
}
