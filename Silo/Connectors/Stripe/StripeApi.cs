using System.Text.Json;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>The few calls of Stripe's v1 API that Q2C makes.</summary>
internal sealed class StripeApi(VendorHttp http)
{
    public const int PageSize = 100;

    public Task<VendorReply> CreateIntent(
        IEnumerable<KeyValuePair<string, string>> fields, string idempotencyKey, string correlation, CancellationToken cancel) =>
        http.Send(
            () => VendorRequest.Form("/v1/payment_intents", fields) with { Headers = [("Idempotency-Key", idempotencyKey)] },
            correlation, cancel);

    public Task<VendorReply> Intent(string id, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"/v1/payment_intents/{Uri.EscapeDataString(id)}"), correlation, cancel);

    /// <summary>Newest first. Lists are consistent, unlike searches.</summary>
    public Task<VendorReply> Intents(string? startingAfter, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"/v1/payment_intents?limit={PageSize}{After(startingAfter)}"), correlation, cancel);

    /// <summary>However old; what is younger than a minute may be missing.</summary>
    public Task<VendorReply> IntentsOfEffect(string effect, string correlation, CancellationToken cancel) => http.Send(
        () => VendorRequest.Get(
            $"/v1/payment_intents/search?query={Uri.EscapeDataString($"metadata[\"effect_id\"]:\"{effect}\"")}"),
        correlation, cancel);

    /// <summary>Events whose delivery to us failed, newest first; Stripe keeps them for 30 days.</summary>
    public Task<VendorReply> UndeliveredEvents(string? startingAfter, CancellationToken cancel) => http.Send(
        () => VendorRequest.Get(
            $"/v1/events?delivery_success=false&types[]={StripeEvents.PaymentSucceeded}&limit={PageSize}{After(startingAfter)}"),
        "stripe/missed-events", cancel);

    public Task<VendorReply> Account(CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get("/v1/events?limit=1"), "stripe/health", cancel);

    /// <summary>The items of a list answer; null if the answer is no list.</summary>
    public static IReadOnlyList<JsonElement>? Items(VendorReply reply) =>
        reply is VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? [.. data.EnumerateArray()]
            : null;

    private static string After(string? id) => id is null ? "" : $"&starting_after={Uri.EscapeDataString(id)}";
}
