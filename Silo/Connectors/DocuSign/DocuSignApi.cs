using System.Globalization;
using System.Text.Json;

namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>Envelopes of one account. Limits are told with an error of their own and not always by the status.</summary>
internal sealed class DocuSignApi(VendorHttp http, string account, TimeProvider time)
{
    public const int PageSize = 100;

    private static readonly TimeSpan HourlyPause = TimeSpan.FromMinutes(15);

    public Task<VendorReply> Envelope(string id, string correlation, CancellationToken cancel) =>
        Get($"envelopes/{Uri.EscapeDataString(id)}?include=custom_fields,recipients", correlation, cancel);

    /// <summary>Envelopes that came to an end since then.</summary>
    public Task<VendorReply> Ended(DateTimeOffset since, int position, CancellationToken cancel) => Get(
        "envelopes?status=completed,declined,voided&from_to_status=changed&order_by=status_changed&order=asc"
        + $"&from_date={Uri.EscapeDataString(since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))}"
        + $"&count={PageSize}&start_position={position}", "docusign/changed-envelopes", cancel);

    public Task<VendorReply> Account(CancellationToken cancel) => Get("", "docusign/health", cancel);

    /// <summary>Until when the account may not ask any more; null if it may.</summary>
    public TimeSpan? Limited(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { IsSuccess: false } answer) return null;
        var isLimit = answer.Status == 429 || answer.Text("errorCode")?.Contains("LIMIT_EXCEEDED", StringComparison.OrdinalIgnoreCase) == true;
        if (!isLimit) return null;
        if (answer.RetryAfter is { } wanted) return wanted;
        return answer.Headers.TryGetValue("X-RateLimit-Reset", out var reset) && long.TryParse(reset, CultureInfo.InvariantCulture, out var at)
            && DateTimeOffset.FromUnixTimeSeconds(at) - time.GetUtcNow() is { Ticks: > 0 } left
            ? left
            : HourlyPause;
    }

    public static string? Text(JsonElement at, string name) =>
        at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private Task<VendorReply> Get(string path, string correlation, CancellationToken cancel) => http.Send(
        () => VendorRequest.Get($"restapi/v2.1/accounts/{Uri.EscapeDataString(account)}{(path.Length == 0 ? "" : $"/{path}")}"), correlation, cancel);
}
