using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>The REST API of one org: records, queries, updates by id and by external id.</summary>
internal sealed class SalesforceApi(VendorHttp http, string version)
{
    public const string LimitExceeded = "REQUEST_LIMIT_EXCEEDED";

    /// <summary>Under this name our changes appear as their origin, so that we know them when we hear of them.</summary>
    public const string ClientName = "q2c";

    public const int MaxInCollection = 200;

    private const int MaxPages = 50;

    private string Data => $"/services/data/{version}";

    public Task<VendorReply> Record(string type, string id, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"{Data}/sobjects/{type}/{Uri.EscapeDataString(id)}"), correlation, cancel);

    public Task<VendorReply> Limits(CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"{Data}/limits"), "salesforce/health", cancel);

    /// <summary>Never creates: a status belongs to a record that is there.</summary>
    public Task<VendorReply> UpdateByExternalId(
        string type, string field, string value, JsonObject fields, string correlation, CancellationToken cancel) =>
        http.Send(
            () => Named(VendorRequest.Json(
                HttpMethod.Patch, $"{Data}/sobjects/{type}/{field}/{Uri.EscapeDataString(value)}?updateOnly=true", fields)),
            correlation, cancel);

    /// <summary>Creates or updates; of several records with the external id none is written (300).</summary>
    public Task<VendorReply> Upsert(
        string type, string field, string value, JsonObject fields, string correlation, CancellationToken cancel) =>
        http.Send(
            () => Named(VendorRequest.Json(HttpMethod.Patch, $"{Data}/sobjects/{type}/{field}/{Uri.EscapeDataString(value)}", fields)),
            correlation, cancel);

    /// <summary>
    /// Several upserts in one request, all or none. A later one can name an earlier one's record: <c>@{reference.id}</c>.
    /// </summary>
    public Task<VendorReply> Composite(ImmutableArray<Upserted> records, string correlation, CancellationToken cancel) => http.Send(
        () => Named(VendorRequest.Json(HttpMethod.Post, $"{Data}/composite", new JsonObject
        {
            ["allOrNone"] = true,
            ["compositeRequest"] = new JsonArray([.. records.Select(record => (JsonNode)new JsonObject
            {
                ["method"] = "PATCH", ["referenceId"] = record.Reference,
                ["url"] = $"{Data}/sobjects/{record.Type}/{record.Field}/{Uri.EscapeDataString(record.Key)}", ["body"] = record.Fields.DeepClone(),
            })]),
        })), correlation, cancel);

    /// <summary>At most <see cref="MaxInCollection"/> records in one request; each is taken or refused by itself.</summary>
    public Task<VendorReply> UpdateMany(
        ImmutableArray<(string Type, string Id, JsonObject Fields)> records, string correlation, CancellationToken cancel) => http.Send(
        () => Named(VendorRequest.Json(HttpMethod.Patch, $"{Data}/composite/sobjects", new JsonObject
        {
            ["allOrNone"] = false,
            ["records"] = new JsonArray([.. records.Select(record =>
            {
                var body = record.Fields.DeepClone().AsObject();
                body["attributes"] = new JsonObject { ["type"] = record.Type };
                body["id"] = record.Id;
                return (JsonNode)body;
            })]),
        })), correlation, cancel);

    public Task<VendorReply> Update(string type, string id, JsonObject fields, string correlation, CancellationToken cancel) =>
        http.Send(
            () => Named(VendorRequest.Json(HttpMethod.Patch, $"{Data}/sobjects/{type}/{Uri.EscapeDataString(id)}", fields)), correlation, cancel);

    /// <summary>All rows of a query, page by page; or the reply that was not a page.</summary>
    public Task<(IReadOnlyList<JsonElement> Rows, VendorReply? Failure)> Query(string soql, string correlation, CancellationToken cancel) =>
        Rows("query", soql, correlation, cancel);

    /// <summary>The same with records that were deleted a short time ago.</summary>
    public Task<(IReadOnlyList<JsonElement> Rows, VendorReply? Failure)> QueryAll(string soql, string correlation, CancellationToken cancel) =>
        Rows("queryAll", soql, correlation, cancel);

    private async Task<(IReadOnlyList<JsonElement> Rows, VendorReply? Failure)> Rows(
        string kind, string soql, string correlation, CancellationToken cancel)
    {
        var rows = new List<JsonElement>();
        var path = $"{Data}/{kind}?q={Uri.EscapeDataString(soql)}";
        for (var page = 0; page < MaxPages; page++)
        {
            var next = path;
            var reply = await http.Send(() => VendorRequest.Get(next), correlation, cancel);
            if (reply is not VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json } answer
                || !json.TryGetProperty("records", out var records) || records.ValueKind != JsonValueKind.Array)
                return ([], reply);
            rows.AddRange(records.EnumerateArray());
            if (answer.Text("nextRecordsUrl") is not { } more) return (rows, null);
            path = more;
        }

        return ([], new VendorReply.Lost($"The query has more than {MaxPages} pages."));
    }

    private static VendorRequest Named(VendorRequest request) => request with { Headers = [("Sforce-Call-Options", $"client={ClientName}")] };

    /// <summary>Salesforce's errors are an array of message, errorCode and fields.</summary>
    public static (string? Code, string? Message) Error(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { Json: { ValueKind: JsonValueKind.Array } errors }) return (null, null);
        var all = errors.EnumerateArray().Where(error => error.ValueKind == JsonValueKind.Object).ToList();
        return all.Count == 0
            ? (null, null)
            : (Text(all[0], "errorCode"), string.Join("; ", all.Select(error => Text(error, "message"))));
    }

    public static SendResult Classify(VendorReply reply)
    {
        var (code, message) = Error(reply);
        return (reply, code) switch
        {
            // Salesforce throttles with 403, not with 429.
            (VendorReply.Answered { Status: 403 } answer, LimitExceeded) =>
                new SendResult.Unavailable(code, "The org's daily number of API requests is used up.", answer.RetryAfter),
            (VendorReply.Answered answer, "UNABLE_TO_LOCK_ROW") => new SendResult.Unavailable(code, message!, answer.RetryAfter),
            (VendorReply.Answered { Status: 400 or 403 or 404 }, _) => new SendResult.Refused(
                code ?? "SALESFORCE_REFUSED", message ?? "Salesforce refused the record.",
                "Correct what Salesforce names (a field, a validation rule, a permission of the integration user), then retry.",
                ErrorClass.Business),
            _ => reply.ToSendResult(code, message),
        };
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>One record of a composite request.</summary>
/// <param name="Reference">Its name in the request.</param>
internal sealed record Upserted(string Reference, string Type, string Field, string Key, JsonObject Fields);
