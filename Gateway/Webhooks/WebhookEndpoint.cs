using System.Collections.Immutable;
using System.Globalization;
using System.Net.Mime;
using System.Text;
using Npgsql;

namespace Q2C.Gateway.Webhooks;

/// <summary>
/// <c>POST /webhooks/{connection}</c>: authentic deliveries are durable before they are acknowledged; a repeat is
/// acknowledged again; a forged one leaves a counter. Each sender hears what its scheme says.
/// </summary>
internal static partial class WebhookEndpoint
{
    private const string Route = "/webhooks/{connection}";
    private const string ValidationToken = "validationToken";
    private const string Origin = "WebHook-Request-Origin";
    private const int MaxHeaderLength = 256;
    private const int MaxTokenLength = 4_096;
    private static readonly ImmutableArray<string> KeptHeaders = ["User-Agent", "X-Request-Id", "traceparent"];

    public static void MapWebhooks(this IEndpointRouteBuilder endpoints)
    {
        // A mistake in the settings stops the start.
        _ = endpoints.ServiceProvider.GetRequiredService<WebhookCatalog>();
        endpoints.MapPost(Route, Receive);
        endpoints.MapMethods(Route, [HttpMethods.Options], Greet);
    }

    private static async Task Receive(
        string connection, HttpContext http, WebhookCatalog catalog, Inbox inbox, WebhookGate gate, TimeProvider clock, ILogger<Inbox> log)
    {
        if (catalog.Find(connection) is not { } webhook)
        {
            WebhookMetrics.Refused(WebhookMetrics.UnknownConnection, "UNKNOWN_CONNECTION");
            await Answer(http, new() { Status = StatusCodes.Status404NotFound }, "UNKNOWN_CONNECTION", "No connection of this name takes deliveries.");
            return;
        }

        if (webhook.Handshake == Handshake.ValidationToken
            && http.Request.Query[ValidationToken].ToString() is { Length: > 0 and <= MaxTokenLength } token)
        {
            await Answer(http, new() { ContentType = "text/plain; charset=utf-8", Body = token });
            return;
        }

        using var place = gate.TryEnter();
        if (!place.IsAcquired)
        {
            WebhookMetrics.Refused(connection, "OVERLOADED");
            await Answer(http, webhook.Replies.Overloaded, "OVERLOADED", "Too many deliveries at once; send it again.");
            return;
        }

        try
        {
            await Take(webhook, http, inbox, clock);
        }
        catch (NpgsqlException failure)
        {
            NotDurable(log, failure, connection);
            await Answer(http, webhook.Replies.Overloaded, "NOT_DURABLE", "The delivery could not be kept; send it again.");
        }
    }

    private static async Task Take(Webhook webhook, HttpContext http, Inbox inbox, TimeProvider clock)
    {
        var (cancel, replies) = (http.RequestAborted, webhook.Replies);
        if (await ReadBody(http.Request, webhook.MaxBodyBytes, cancel) is not { } body)
        {
            WebhookMetrics.Refused(webhook.Connection, "BODY_TOO_LARGE");
            await Answer(http, replies.TooLarge, "BODY_TOO_LARGE", $"A delivery may have {webhook.MaxBodyBytes} bytes.");
            return;
        }

        var contentType = Cut(http.Request.ContentType ?? MediaTypeNames.Application.Octet);
        var request = new WebhookRequest(
            http.Request.Headers, contentType, body, clock.GetUtcNow(), http.Request.Query, http.Connection.RemoteIpAddress);
        switch (await webhook.Receive(request))
        {
            case Reception.Accepted accepted:
                var added = await inbox.Take(webhook.Connection, request, Kept(http.Request.Headers), accepted.Entries, cancel);
                await Answer(http, added == 0 ? replies.Duplicate ?? replies.Accepted : replies.Accepted);
                break;
            case Reception.Refused refused:
                await inbox.Count(webhook.Connection, refused.Reason, cancel);
                if (refused.Reason is Refusals.NoCredentials) http.Response.Headers.WWWAuthenticate = "Basic realm=\"q2c\"";
                await Answer(http, replies.Refused, "NOT_AUTHENTIC", "The delivery is not authentic.");
                break;
            default:
                throw new InvalidOperationException("A delivery is accepted or refused.");
        }
    }

    /// <summary>CloudEvents' way to ask whether deliveries are wanted before any is sent.</summary>
    private static void Greet(string connection, HttpContext http, WebhookCatalog catalog)
    {
        var origin = http.Request.Headers[Origin].ToString();
        if (catalog.Find(connection) is not { Handshake: Handshake.CloudEvents } || origin.Length is 0 or > MaxHeaderLength)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.Headers.Allow = HttpMethods.Post;
        http.Response.Headers["WebHook-Allowed-Origin"] = origin;
        http.Response.Headers["WebHook-Allowed-Rate"] = "*";
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

    private static Task Answer(HttpContext http, Reply reply, string code = "", string message = "")
    {
        http.Response.StatusCode = reply.Status;
        if (reply.RetryAfter > 0) http.Response.Headers.RetryAfter = reply.RetryAfter.ToString(CultureInfo.InvariantCulture);
        if (reply.Body is null) return http.Response.WriteAsJsonAsync(new { code, message });
        if (reply.Body.Length == 0) return Task.CompletedTask;
        http.Response.ContentType = reply.ContentType;
        return http.Response.WriteAsync(reply.Body, Encoding.UTF8);
    }

    private static Dictionary<string, string> Kept(IHeaderDictionary headers) => KeptHeaders
        .Where(headers.ContainsKey).ToDictionary(name => name.ToLowerInvariant(), name => Cut(headers[name].ToString()));

    private static string Cut(string text) => text.Length <= MaxHeaderLength ? text : text[..MaxHeaderLength];

    [LoggerMessage(LogLevel.Error, "A delivery of {Connection} could not be kept")]
    private static partial void NotDurable(ILogger log, Exception failure, string connection);
}
