using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Q2C.Silo.Connectors;

/// <summary>
/// HTTP with one vendor: credentials, time limits, bounded answers, and the difference between "surely not sent" and
/// "may have been applied". Bodies and secrets are never logged. A 401 renews the credentials and sends once more.
/// </summary>
public sealed class VendorHttp(HttpClient http, Uri baseAddress, IVendorCredentials credentials, TimeProvider time)
{
    public const int MaxAnswerBytes = 8 * 1024 * 1024;
    public const string CorrelationHeader = "X-Correlation-Id";

    public static TimeSpan DefaultTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <param name="request">Called for each try, because a request message can be sent only once.</param>
    /// <param name="correlation">The effect's id, or the delivery's key.</param>
    public async Task<VendorReply> Send(
        Func<VendorRequest> request, string correlation, CancellationToken cancel, TimeSpan? timeout = null)
    {
        using var span = Tracing.Connectors.StartActivity("call vendor", ActivityKind.Client);
        span?.SetTag("server.address", baseAddress.Host);
        var (reply, header) = await SendOnce(request(), correlation, timeout ?? DefaultTimeout, refused: null, cancel);
        return reply is VendorReply.Answered { Status: 401 } && header is not null && credentials.CanRenew(header)
            ? (await SendOnce(request(), correlation, timeout ?? DefaultTimeout, header, cancel)).Reply
            : reply;
    }

    private async Task<(VendorReply Reply, AuthenticationHeaderValue? Used)> SendOnce(
        VendorRequest request, string correlation, TimeSpan timeout, AuthenticationHeaderValue? refused, CancellationToken cancel)
    {
        using var message = request.ToMessage(baseAddress);
        message.Headers.TryAddWithoutValidation(CorrelationHeader, correlation);
        switch (await credentials.Get(refused, cancel))
        {
            case CredentialsResult.Ready ready:
                message.Headers.Authorization = ready.Header;
                break;
            case CredentialsResult.NotReady why:
                return (new VendorReply.NotSent(why.Code, why.Message, why.RetryAfter), null);
        }

        return (await Exchange(http, message, timeout, time, cancel), message.Headers.Authorization);
    }

    /// <summary>One request and its answer, without credentials of its own. Throws only when <paramref name="cancel"/> is.</summary>
    public static async Task<VendorReply> Exchange(
        HttpClient http, HttpRequestMessage message, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await Read(response, time, either.Token);
        }
        catch (HttpRequestException error) when (NeverConnected(error))
        {
            return new VendorReply.NotSent("UNREACHABLE", $"No connection to {message.RequestUri?.Host}: {error.HttpRequestError}.");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new VendorReply.Lost($"No whole answer within {timeout.TotalSeconds:0} seconds.");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new VendorReply.Lost($"The connection broke before the answer was whole ({Reason(error)}).");
        }
    }

    private static bool NeverConnected(HttpRequestException error) => error.HttpRequestError
        is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private static string Reason(Exception error) =>
        error is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http
            ? http.HttpRequestError.ToString()
            : error.GetType().Name;

    private static async Task<VendorReply> Read(HttpResponseMessage response, TimeProvider time, CancellationToken cancel)
    {
        var body = await ReadBounded(response.Content, cancel);
        var (json, defect) = Parse(body, response.Content.Headers.ContentType?.MediaType);
        return new VendorReply.Answered(
            (int)response.StatusCode, json, defect, RetryAfter(response.Headers.RetryAfter, time),
            response.Headers.Location,
            response.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));
    }

    private static async Task<byte[]?> ReadBounded(HttpContent content, CancellationToken cancel)
    {
        if (content.Headers.ContentLength > MaxAnswerBytes) return null;
        await using var stream = await content.ReadAsStreamAsync(cancel);
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancel)) > 0;)
        {
            if (whole.Length + read > MaxAnswerBytes) return null;
            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }

    private static (JsonElement? Json, string? Defect) Parse(byte[]? body, string? mediaType)
    {
        switch (body)
        {
            case null: return (null, $"a body of more than {MaxAnswerBytes / (1024 * 1024)} MB");
            case []: return (null, null);
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return (document.RootElement.Clone(), null);
        }
        catch (JsonException error)
        {
            return (null, body[0] == (byte)'<' || mediaType == "text/html"
                ? "an HTML or XML page instead of JSON"
                : $"JSON that breaks at line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}");
        }
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header, TimeProvider time) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is { Ticks: > 0 } wait ? wait : TimeSpan.Zero,
        _ => null,
    };
}

/// <summary>One request: method, path below the base address (or a whole address), and a JSON or form body.</summary>
public sealed record VendorRequest(HttpMethod Method, string Path, HttpContent? Content = null)
{
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public static VendorRequest Get(string path) => new(HttpMethod.Get, path);

    public static VendorRequest Json(HttpMethod method, string path, object body) =>
        new(method, path, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));

    public static VendorRequest Form(string path, IEnumerable<KeyValuePair<string, string>> fields) =>
        new(HttpMethod.Post, path, new FormUrlEncodedContent(fields));

    internal HttpRequestMessage ToMessage(Uri baseAddress)
    {
        var message = new HttpRequestMessage(Method, Address(baseAddress)) { Content = Content };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        foreach (var (name, value) in Headers) message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }

    private Uri Address(Uri baseAddress) => Path.StartsWith("http", StringComparison.Ordinal)
        ? new(Path)
        : new($"{baseAddress.AbsoluteUri.TrimEnd('/')}/{Path.TrimStart('/')}");
}
