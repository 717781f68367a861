using System.Collections.Immutable;
using System.Net.Mime;
using Npgsql;

namespace Q2C.Gateway.Webhooks;

/// <summary>
/// <c>POST /webhooks/{connection}</c>: authentic deliveries are durable before they are acknowledged; a repeat is
/// acknowledged again; a forged one gets 401 and leaves a counter.
/// </summary>
internal static partial class WebhookEndpoint
{
    private static readonly ImmutableArray<string> KeptHeaders = ["User-Agent", "X-Request-Id", "traceparent"];
    private const int MaxHeaderLength = 256;

    public static void MapWebhooks(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/webhooks/{connection}", Receive);

    private static async Task<IResult> Receive(
        string connection, HttpContext http, WebhookCatalog catalog, Inbox inbox, TimeProvider clock, ILogger<Inbox> log)
    {
        var cancel = http.RequestAborted;
        if (catalog.Find(connection) is not { } webhook)
        {
            WebhookMetrics.Refused(WebhookMetrics.UnknownConnection, "UNKNOWN_CONNECTION");
            return Refusal(StatusCodes.Status404NotFound, "UNKNOWN_CONNECTION", "No connection of this name takes deliveries.");
        }

        if (await ReadBody(http.Request, webhook.MaxBodyBytes, cancel) is not { } body)
        {
            WebhookMetrics.Refused(connection, "BODY_TOO_LARGE");
            return Refusal(
                StatusCodes.Status413PayloadTooLarge, "BODY_TOO_LARGE", $"A delivery may have {webhook.MaxBodyBytes} bytes.");
        }


        var contentType = Cut(http.Request.ContentType ?? MediaTypeNames.Application.Octet);
        var request = new WebhookRequest(http.Request.Headers, contentType, body, clock.GetUtcNow());
        try
        {
            switch (webhook.Scheme.Receive(request))
            {
                case Reception.Accepted accepted:
                    await inbox.Take(connection, request, Kept(http.Request.Headers), accepted.Entries, cancel);
                    return Results.Text(webhook.Scheme.Reply.Body, webhook.Scheme.Reply.ContentType);
                case Reception.Refused refused:
                    await inbox.Count(connection, refused.Reason, cancel);
                    return Refusal(StatusCodes.Status401Unauthorized, "NOT_AUTHENTIC", "The delivery is not authentic.");
                default:
                    throw new InvalidOperationException("A scheme answers accepted or refused.");
            }
        }
        catch (NpgsqlException failure)
        {
            NotDurable(log, failure, connection);
            http.Response.Headers.RetryAfter = "5";
            return Refusal(StatusCodes.Status503ServiceUnavailable, "NOT_DURABLE", "The delivery could not be kept; send it again.");
        }
    }

    private static async Task<byte[]?> ReadBody(HttpRequest request, int limit, CancellationToken cancel)
    {
        if (request.ContentLength > limit) return null;
        using var buffer = new MemoryStream((int)(request.ContentLength ?? 0));
        var chunk = new byte[16 * 1024];
        while (await request.Body.ReadAsync(chunk, cancel) is var read and > 0)
        {
            if (buffer.Length + read > limit) return null;
            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    private static Dictionary<string, string> Kept(IHeaderDictionary headers) => KeptHeaders
        .Where(headers.ContainsKey).ToDictionary(name => name.ToLowerInvariant(), name => Cut(headers[name].ToString()));

    private static string Cut(string text) => text.Length <= MaxHeaderLength ? text : text[..MaxHeaderLength];

    private static IResult Refusal(int status, string code, string message) => Results.Json(new { code, message }, statusCode: status);

    [LoggerMessage(LogLevel.Error, "A delivery of {Connection} could not be kept")]
    private static partial void NotDurable(ILogger log, Exception failure, string connection);
}
