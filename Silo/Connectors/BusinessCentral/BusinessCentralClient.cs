using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>Requests about one company. Whatever changes or deletes a record says which version of it is meant.</summary>
internal sealed class BusinessCentralClient(VendorHttp http, Uri baseAddress, string company)
{
    private const string Api = "api/v2.0";
    private const string Etag = "@odata.etag";
    private const string AnyVersion = "*";
    private const string SubscriptionDuty = "subscriptions";
    private const string NextLink = "@odata.nextLink";

    /// <summary>A single request may run for eight minutes there; we stop listening before that.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    // Errors come in the language of the session, and some of them have no code of their own.
    private static readonly (string, string) English = ("Accept-Language", "en-US");

    /// <summary>Every record that the filter lets through, over all pages.</summary>
    /// <param name="set">Below the company: <c>salesInvoices</c>.</param>
    public Task<Rows> Find(string set, string filter, string correlation, CancellationToken cancel) =>
        All($"{Company(set)}?$filter={Uri.EscapeDataString(filter)}", correlation, cancel);

    public Task<VendorReply> Get(string path, string correlation, CancellationToken cancel) =>
        Send(() => VendorRequest.Get(Company(path)), correlation, cancel);

    public Task<VendorReply> Create(string set, JsonObject body, string correlation, CancellationToken cancel) =>
        Send(() => VendorRequest.Json(HttpMethod.Post, Company(set), body), correlation, cancel);

    /// <param name="page">Of an extension: publisher, group and version, then the name of the set.</param>
    public Task<VendorReply> CreateByExtension(string page, JsonObject body, string correlation, CancellationToken cancel)
    {
        var slash = page.LastIndexOf('/');
        var path = $"api/{page[..slash]}/companies({company}){page[slash..]}";
        return Send(() => VendorRequest.Json(HttpMethod.Post, path, body), correlation, cancel);
    }

    public Task<VendorReply> Change(string path, JsonElement seen, JsonObject body, string correlation, CancellationToken cancel) =>
        Send(() => Versioned(VendorRequest.Json(HttpMethod.Patch, Company(path), body), seen), correlation, cancel);

    public Task<VendorReply> Delete(string path, JsonElement seen, string correlation, CancellationToken cancel) =>
        Send(() => Versioned(new(HttpMethod.Delete, Company(path)), seen), correlation, cancel);

    /// <summary>A bound action without parameters; 204 when it is done.</summary>
    public Task<VendorReply> Act(string path, string action, string correlation, CancellationToken cancel) =>
        Send(() => VendorRequest.Json(HttpMethod.Post, $"{Company(path)}/Microsoft.NAV.{action}", new JsonObject()), correlation, cancel);

    public Task<VendorReply> OpenCompany(CancellationToken cancel) =>
        Send(() => VendorRequest.Get($"{Api}/companies({company})"), "health", cancel);

    public Task<Rows> ListSubscriptions(CancellationToken cancel) => All($"{Api}/subscriptions", SubscriptionDuty, cancel);

    public Task<VendorReply> Subscribe(JsonObject subscription, CancellationToken cancel) =>
        Send(() => VendorRequest.Json(HttpMethod.Post, $"{Api}/subscriptions", subscription), SubscriptionDuty, cancel);

    public Task<VendorReply> Renew(string id, JsonElement seen, JsonObject subscription, CancellationToken cancel) => Send(
        () => Versioned(VendorRequest.Json(HttpMethod.Patch, $"{Api}/subscriptions('{Uri.EscapeDataString(id)}')", subscription), seen),
        SubscriptionDuty, cancel);

    /// <summary>How a subscription names a set of this company.</summary>
    public string Resource(string set) => $"/{Company(set)}";

    /// <summary>A text as a literal of a filter.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private string Company(string path) => $"{Api}/companies({company})/{path}";

    private async Task<Rows> All(string path, string correlation, CancellationToken cancel)
    {
        var rows = ImmutableArray.CreateBuilder<JsonElement>();
        while (true)
        {
            var reply = await Get(path);
            if (Values(reply) is not { } page) return new(null, reply);
            rows.AddRange(page);
            if (((VendorReply.Answered)reply).Text(NextLink) is not { } next) return new(rows.ToImmutable(), reply);

            // Our token goes where the link leads.
            if (!next.StartsWith($"{baseAddress.AbsoluteUri.TrimEnd('/')}/", StringComparison.OrdinalIgnoreCase))
                return new(null, new VendorReply.Lost("The next page of the list is at another address."));
            path = next;
        }

        Task<VendorReply> Get(string at) => Send(() => VendorRequest.Get(at), correlation, cancel);
    }

    private static VendorRequest Versioned(VendorRequest request, JsonElement seen) => request with
    {
        Headers = [("If-Match", seen.Text(Etag) ?? AnyVersion)],
    };

    private Task<VendorReply> Send(Func<VendorRequest> request, string correlation, CancellationToken cancel) => http.Send(() =>
    {
        var wanted = request();
        return wanted with { Headers = [.. wanted.Headers, English] };
    }, correlation, cancel, Timeout);

    private static ImmutableArray<JsonElement>? Values(VendorReply reply) =>
        reply is VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()]
            : null;
}

/// <param name="Items">Null if they could not be read; the reply says why.</param>
internal sealed record Rows(ImmutableArray<JsonElement>? Items, VendorReply Reply)
{
    /// <summary>Nothing was sent that could change anything.</summary>
    public SendResult.Unavailable ToUnavailable()
    {
        var why = Reply.ToLookUpUnavailable();
        return new(why.Code, why.Message, why.RetryAfter);
    }
}

internal static class RecordReading
{
    public static string? Text(this JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static decimal? Number(this JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number)
            ? number
            : null;

    public static string Id(this JsonElement record) => record.Text("id") ?? "";
}
