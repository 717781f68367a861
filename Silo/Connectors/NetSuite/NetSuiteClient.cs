using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>Requests to the record service. Records are addressed by our external id only; nothing is ever posted bare.</summary>
internal sealed class NetSuiteClient(VendorHttp http)
{
    private const string Records = "services/rest/record/v1";

    /// <summary>NetSuite gives up on a request after fifteen minutes; we stop listening long before that.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    // Without these NetSuite passes over a misspelt field and answers as if it had been stored.
    private static readonly (string, string)[] Strict =
        [("X-NetSuite-PropertyNameValidation", "Error"), ("X-NetSuite-PropertyValueValidation", "Error")];

    /// <param name="replace">The sublist that the body holds whole; without it lines would be added to those there.</param>
    public Task<VendorReply> Put(
        string record, string externalId, JsonObject body, string? replace, string correlation, CancellationToken cancel) =>
        Write(HttpMethod.Put, Address(record, externalId) + (replace is null ? "" : $"?replace={replace}"), body, correlation, cancel);

    public Task<VendorReply> Patch(
        string record, string externalId, JsonObject body, string correlation, CancellationToken cancel) =>
        Write(HttpMethod.Patch, Address(record, externalId), body, correlation, cancel);

    /// <summary>The record with its sublists.</summary>
    public Task<VendorReply> Get(string record, string externalId, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"{Address(record, externalId)}?expandSubResources=true"), correlation, cancel, Timeout);

    /// <summary>By NetSuite's own id, with its sublists.</summary>
    public Task<VendorReply> GetById(string record, string id, string correlation, CancellationToken cancel) => http.Send(
        () => VendorRequest.Get($"{Records}/{record}/{Uri.EscapeDataString(id)}?expandSubResources=true"), correlation, cancel, Timeout);

    /// <summary>One page of a query, which has to order its rows: without that, pages miss and repeat them.</summary>
    public Task<VendorReply> Query(string query, int limit, int offset, string correlation, CancellationToken cancel) => http.Send(
        () => VendorRequest.Json(
            HttpMethod.Post, $"services/rest/query/v1/suiteql?limit={limit}&offset={offset}", new JsonObject { ["q"] = query }) with
        {
            Headers = [("Prefer", "transient")],
        }, correlation, cancel, Timeout);

    /// <summary>The rows of a query's answer; null if it is none.</summary>
    public static ImmutableArray<JsonElement>? Rows(VendorReply reply) =>
        reply is VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("items", out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray()]
            : null;

    /// <summary>An instant as SuiteQL compares it.</summary>
    public static string Instant(DateTimeOffset at) =>
        $"TO_TIMESTAMP_TZ('{at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";

    public Task<VendorReply> Probe(CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"{Records}/customer?limit=1"), "health", cancel, TimeSpan.FromSeconds(15));

    private Task<VendorReply> Write(
        HttpMethod method, string path, JsonObject body, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Json(method, path, body) with { Headers = Strict }, correlation, cancel, Timeout);

    private static string Address(string record, string externalId) => $"{Records}/{record}/eid:{externalId}";
}
