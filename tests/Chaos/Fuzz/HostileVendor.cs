using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Q2C.Chaos.Fuzz;

/// <summary>Answers every request with something that no vendor documents, as proxies, outages and upgrades do.</summary>
internal sealed class HostileVendor : IAsyncDisposable
{
    private const int Gigantic = 9 * 1024 * 1024;

    // What the vendors' answers are made of, so that some of what comes is nearly right.
    private static readonly string[] Names =
    [
        "id", "items", "records", "data", "results", "value", "error", "errors", "code", "message", "status", "totalResults", "hasMore", "has_more", "count", "meta",
        "links", "next", "nextRecordsUrl", "done", "Id", "Name", "externalId", "metadata", "effect_id", "amount", "currency", "lines", "lineNumber", "totalTax",
        "tax", "workspaces", "stories", "external_references", "subject_id", "roles", "name", "title", "type", "object", "created", "customer", "o:errorDetails",
        "o:errorCode", "detail", "errorCode", "fields", "attributes", "total", "tranId", "events", "subscribed_events", "payload", "summary", "issues", "key",
    ];

    private readonly WebApplication _app;
    private readonly Mutations _mutations;
    private readonly Lock _gate = new();

    private HostileVendor(WebApplication app, Mutations mutations) => (_app, _mutations) = (app, mutations);

    public Uri Address => new(_app.Urls.Single());

    public static async Task<HostileVendor> Start(Random random)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var vendor = new HostileVendor(builder.Build(), new(random));
        vendor._app.Run(vendor.Answer);
        await vendor._app.StartAsync();
        return vendor;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Answer(HttpContext http)
    {
        var (status, type, body, cut) = Next(http.Request.Path.Value ?? "");
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        if (status is 204 or 304) return;
        http.Response.ContentLength = body.Length + (cut ? 100 : 0);
        try
        {
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
            if (cut) http.Abort();
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
        {
            // It has heard enough.
        }
    }

    private (int Status, string Type, byte[] Body, bool Cut) Next(string path)
    {
        const string json = "application/json";
        lock (_gate)
        {
            var random = _mutations.Random;
            if (path.Contains("token", StringComparison.Ordinal) && random.Next(8) > 0)
                return (200, json, Encoding.UTF8.GetBytes($$"""{"access_token":"t","token_type":"Bearer","expires_in":3600,"instance_url":"{{Address}}"}"""), false);
            var status = random.Next(3) == 0 ? _mutations.Pick([201, 202, 204, 301, 400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503]) : 200;
            return random.Next(60) switch
            {
                0 => (status, json, Encoding.UTF8.GetBytes($"[\"{new string('x', Gigantic)}\"]"), false),
                1 => (status, json, Encoding.UTF8.GetBytes(Mutations.Deep(100_000)), false),
                2 or 3 => (status, json, Encoding.UTF8.GetBytes(Mutations.Deep(60)), false),
                < 8 => (status, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>"u8.ToArray(), false),
                < 11 => (200, json, """{"error":{"code":"INTERNAL","message":"Something went wrong"}}"""u8.ToArray(), false),
                < 13 => (status, json, [], false),
                < 20 => (status, json, _mutations.Bytes(_mutations.Json(Names)), random.Next(4) == 0),
                _ => (status, json, Encoding.UTF8.GetBytes(_mutations.Json(Names)), false),
            };
        }
    }
}
