using System.Text.Json;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// The few calls of Stripe's v1 API that Q2C makes, all of them in one API version: that of the account, which its events
/// have, may be another and changes when somebody presses a button.
/// </summary>
internal sealed class StripeApi(VendorHttp http, string version)
{
    public const int PageSize = 100;
    public const string DefaultVersion = "2026-09-30.endive";

    public Task<VendorReply> CreateIntent(
        IEnumerable<KeyValuePair<string, string>> fields, string idempotencyKey, string correlation, CancellationToken cancel) =>
        Post("/v1/payment_intents", fields, idempotencyKey, correlation, cancel);

    public Task<VendorReply> CreateCustomer(
        IEnumerable<KeyValuePair<string, string>> fields, string idempotencyKey, string correlation, CancellationToken cancel) =>
        Post("/v1/customers", fields, idempotencyKey, correlation, cancel);

    /// <summary>What is younger than a minute may be missing.</summary>
    public Task<VendorReply> CustomersOf(string customerId, string correlation, CancellationToken cancel) => Get(
        $"/v1/customers/search?query={Uri.EscapeDataString($"metadata[\"customer_id\"]:\"{customerId}\"")}", correlation, cancel);

    public Task<VendorReply> CreateRefund(
        IEnumerable<KeyValuePair<string, string>> fields, string idempotencyKey, string correlation, CancellationToken cancel) =>
        Post("/v1/refunds", fields, idempotencyKey, correlation, cancel);

    public Task<VendorReply> RefundsOf(string intent, string correlation, CancellationToken cancel) =>
        Get($"/v1/refunds?payment_intent={Uri.EscapeDataString(intent)}&limit={PageSize}", correlation, cancel);

    public Task<VendorReply> Intent(string id, string correlation, CancellationToken cancel) =>
        Get($"/v1/payment_intents/{Uri.EscapeDataString(id)}", correlation, cancel);

    /// <summary>Newest first. Lists are consistent, unlike searches.</summary>
    public Task<VendorReply> Intents(string? startingAfter, string correlation, CancellationToken cancel) =>
        Get($"/v1/payment_intents?limit={PageSize}{After(startingAfter)}", correlation, cancel);

    /// <summary>However old; what is younger than a minute may be missing.</summary>
    public Task<VendorReply> IntentsOfEffect(string effect, string correlation, CancellationToken cancel) => Get(
        $"/v1/payment_intents/search?query={Uri.EscapeDataString($"metadata[\"effect_id\"]:\"{effect}\"")}", correlation, cancel);

    /// <summary>Events whose delivery to us failed, newest first; Stripe keeps them for 30 days.</summary>
    public Task<VendorReply> UndeliveredEvents(string? startingAfter, CancellationToken cancel) =>
        Events("delivery_success=false", startingAfter, cancel);

    /// <summary>Events of since then, whether they were delivered or not, newest first.</summary>
    /// <param name="since">Unix seconds.</param>
    public Task<VendorReply> EventsSince(string since, string? startingAfter, CancellationToken cancel) =>
        Events($"created[gte]={since}", startingAfter, cancel);

    private Task<VendorReply> Events(string filter, string? startingAfter, CancellationToken cancel) => Get(
        $"/v1/events?{filter}&types[]={StripeEvents.PaymentSucceeded}&limit={PageSize}{After(startingAfter)}", "stripe/missed-events", cancel);

    public Task<VendorReply> Account(CancellationToken cancel) =>
        Get("/v1/events?limit=1", "stripe/health", cancel);

    /// <summary>The items of a list answer; null if the answer is no list.</summary>
    public static IReadOnlyList<JsonElement>? Items(VendorReply reply) =>
        reply is VendorReply.Answered { IsSuccess: true, Json: { ValueKind: JsonValueKind.Object } json }
        && json.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array
            ? [.. data.EnumerateArray()]
            : null;

    public static string? Metadata(JsonElement record, string name) =>
        record.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty(name, out var value) ? value.GetString() : null;

    private Task<VendorReply> Get(string path, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get(path) with { Headers = [("Stripe-Version", version)] }, correlation, cancel);

    private Task<VendorReply> Post(
        string path, IEnumerable<KeyValuePair<string, string>> fields, string idempotencyKey, string correlation, CancellationToken cancel) =>
        http.Send(
            () => VendorRequest.Form(path, fields) with
            {
                Headers = [("Stripe-Version", version), ("Idempotency-Key", idempotencyKey)],
            }, correlation, cancel);

    private static string After(string? id) => id is null ? "" : $"&starting_after={Uri.EscapeDataString(id)}";
}
