using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Q2C.Silo.Connectors.OutgoingWebhook;

/// <summary>
/// Posts an alert as JSON, signed by HMAC-SHA256 over id, time and body
/// (https://github.com/standard-webhooks/standard-webhooks). The id is the effect's, so a receiver can drop a repeat.
/// </summary>
internal sealed class WebhookConnector(ConnectionSettings settings, HttpClient http, TimeProvider time) : IConnector
{
    private const string SecretPrefix = "whsec_";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string Connection => settings.Name;

    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromSeconds(30));

    public Guarantee GuaranteeOf(Operation operation) => operation is SendNotification
        ? Guarantee.VendorIdempotency
        : throw new NotSupportedException($"A webhook cannot carry out {operation.GetType().Name}.");

    /// <summary>What was told leaves nothing behind that could be looked up.</summary>
    public bool CanConfirm(Operation operation) => false;

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (effect.Operation is not SendNotification notification)
            throw new NotSupportedException($"A webhook cannot carry out {effect.Operation.GetType().Name}.");
        var body = Body(notification);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.BaseAddress)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("webhook-id", effect.Id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", Sign(Key(settings), $"{effect.Id}.{timestamp}.{body}"));
        var reply = await VendorHttp.Exchange(http, request, Timeout, time, cancel);
        return reply switch
        {
            VendorReply.Answered { IsSuccess: true } => new SendResult.Accepted(effect.Id),

            // Whoever says so has not taken it; the specification asks for another try.
            VendorReply.Answered { Status: 429 or 502 or 503 or 504 } busy => new SendResult.Unavailable(
                $"HTTP_{busy.Status}", $"The receiver answered {busy.Status}.", busy.RetryAfter),
            _ => reply.ToSendResult(),
        };
    }

    /// <summary>A receiver tells nothing of what it has. Sending again is safe: the id is the same.</summary>
    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) =>
        Task.FromResult<LookUpResult>(new LookUpResult.Absent());

    public Task<HealthReport> CheckHealth(CancellationToken cancel) =>
        Task.FromResult(new HealthReport(true, "A webhook can only be tried by sending something."));

    internal static byte[] Key(ConnectionSettings settings)
    {
        var secret = settings.Secret("signing");
        var encoded = secret.StartsWith(SecretPrefix, StringComparison.Ordinal) ? secret[SecretPrefix.Length..] : secret;
        var key = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, key, out var length) && length >= 24
            ? key[..length]
            : throw new ConfigurationException(
                $"{ConnectionSettings.Section}:{settings.Name}:Secrets:signing must be whsec_ and at least 24 bytes in base64.");
    }

    private static string Sign(byte[] key, string content) =>
        $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(content)))}";

    private static string Body(SendNotification notification) => JsonSerializer.Serialize(new
    {
        type = notification.Cleared ? "alert.cleared" : "alert.raised",
        timestamp = notification.At,
        data = new
        {
            id = notification.AlertId, rule = notification.Rule.ToString(), notification.Subject, notification.Severity, notification.Title,
            notification.Text,
        },
    }, Json);
}
