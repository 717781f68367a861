using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Simulators.Core;
using static Q2C.Simulators.Stripe.StripeErrors;

namespace Q2C.Simulators.Stripe;

/// <summary>Customers, payment intents, events and signed webhooks of Stripe's v1 API.</summary>
public sealed partial class StripeSimulator : Simulator
{
    public const string ApiVersion = "2026-09-30.endive";
    private const string Customers = "customer";
    private const string Intents = "payment_intent";
    private const string RefundKind = "refund";
    private const string Events = "event";
    private const string Keys = "_idempotency";
    private const int LongestKey = 255;
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromHours(24);

    private readonly StripeOptions _options;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Outbox _outbox;
    private readonly HashSet<string> _keysInFlight = [];

    private StripeSimulator(StripeOptions options) : base("stripe", options)
    {
        _options = options;
        var plan = new RetryPlan(options.FirstRetry, TimeSpan.FromHours(1), TimeSpan.FromDays(3));
        _outbox = new Outbox(Store, Clock, plan, batch: 1, options.RandomSeed, SendAsync);
    }

    public static async Task<StripeSimulator> StartAsync(StripeOptions? options = null)
    {
        var simulator = new StripeSimulator(options ?? new());
        await simulator.LaunchAsync();
        simulator._outbox.Start();
        return simulator;
    }

    /// <summary>Webhooks that have not been taken yet.</summary>
    public IReadOnlyList<OutboxItem> PendingWebhooks => _outbox.Pending;

    public override async ValueTask DisposeAsync()
    {
        await _outbox.DisposeAsync();
        _http.Dispose();
        await base.DisposeAsync();
    }

    protected override void Seed()
    {
        // An account without customers is where every merchant starts.
    }

    protected override void Map()
    {
        Route("POST", "/v1/customers", "customers.create", CreateCustomer);
        Route("GET", "/v1/customers", "customers.list", call => List(call, Customers, "/v1/customers", _ => true));
        Route("GET", "/v1/customers/search", "customers.search", call => Search(call, Customers));
        Route("GET", "/v1/customers/{id}", "customers.get", call => Answer.Json(200, Find(Customers, call["id"]).Copy()));
        Route("POST", "/v1/customers/{id}", "customers.update", UpdateCustomer);
        Route("POST", "/v1/payment_intents", "payment_intents.create", CreateIntent);
        Route("GET", "/v1/payment_intents", "payment_intents.list", ListIntents);
        Route("GET", "/v1/payment_intents/search", "payment_intents.search", call => Search(call, Intents));
        Route("GET", "/v1/payment_intents/{id}", "payment_intents.get", call => Answer.Json(200, Find(Intents, call["id"]).Copy()));
        Route("POST", "/v1/payment_intents/{id}", "payment_intents.update", UpdateIntent);
        Route("POST", "/v1/payment_intents/{id}/confirm", "payment_intents.confirm", ConfirmIntent);
        Route("POST", "/v1/payment_intents/{id}/cancel", "payment_intents.cancel", CancelIntent);
        Route("POST", "/v1/refunds", "refunds.create", CreateRefund);
        Route("GET", "/v1/refunds", "refunds.list", call => List(call, RefundKind, "/v1/refunds",
            refund => call.QueryText("payment_intent") is not { } intent || refund["payment_intent"].Text() == intent));
        Route("GET", "/v1/events", "events.list", ListEvents);
        Route("GET", "/v1/events/{id}", "events.get", call => Answer.Json(200, Find(Events, call["id"]).Copy()));
        MapControl();
    }

    protected override Answer? Authorize(Call call)
    {
        var key = call.BearerToken ?? call.BasicCredentials?.User;
        if (key is null)
            return Error(401, "invalid_request_error", null,
                "You did not provide an API key. Provide it as a Bearer token or as the user name of Basic authentication.");
        return CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(_options.SecretKey))
            ? null
            : Error(401, "invalid_request_error", "api_key_invalid", $"Invalid API Key provided: {Masked(key)}");
    }

    protected override Answer NotFound(Call call) =>
        Error(404, "invalid_request_error", null, $"Unrecognized request URL ({call.Method}: {call.Path}).");

    protected override async Task<Answer> AnswerAsync(Call call, Func<Task<Answer>> work)
    {
        if (call.Header("Stripe-Version") is { } version && !VersionPattern().IsMatch(version))
            return Error(400, "invalid_request_error", null, $"Invalid Stripe API version: {version}.");
        var answer = call.Method == "POST" && call.Header("Idempotency-Key") is { } key && Authorize(call) is null
            ? await OnceAsync(call, key, work)
            : await work();
        return answer.With("Request-Id", $"req_{Guid.NewGuid():N}"[..18]).With("Stripe-Version", call.Header("Stripe-Version") ?? ApiVersion);
    }

    private async Task<Answer> OnceAsync(Call call, string key, Func<Task<Answer>> work)
    {
        if (key.Length > LongestKey)
            return Error(400, "invalid_request_error", null, "Idempotency keys are at most 255 characters long.");
        var fingerprint = Fingerprint(call);
        lock (Store.Gate)
        {
            if (Recorded(key) is { } record) return Replay(key, record, fingerprint);
            if (!_keysInFlight.Add(key))
                return Error(409, "idempotency_error", "idempotency_key_in_use",
                    $"There is currently another in-progress request using this Idempotent Key: {key}");
        }
        try
        {
            var answer = await work();
            if (WasExecuted(answer)) Change(() => Store.Put(Keys, key, Record(answer, fingerprint)));
            return answer;
        }
        finally
        {
            lock (Store.Gate) _keysInFlight.Remove(key);
        }
    }

    /// <summary>Failed validation and throttling come before an endpoint runs, so their answers are not kept; a 500 is.</summary>
    private static bool WasExecuted(Answer answer) => answer.Status is not (400 or 401 or 403 or 409 or 429);

    private JsonObject? Recorded(string key) =>
        Store.Find(Keys, key) is { } record && Now - record["at"].Instant() < KeyLifetime ? record : null;

    private static Answer Replay(string key, JsonObject record, string fingerprint) =>
        record["fingerprint"].Text() == fingerprint
            ? new Answer((int)record["status"].Number()!, record["body"].Text()).With("Idempotent-Replayed", "true")
            : Error(400, "idempotency_error", null,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                + $"Try using a key other than '{key}' if you meant to execute a different request.");

    private JsonObject Record(Answer answer, string fingerprint) => new()
    {
        ["fingerprint"] = fingerprint,
        ["status"] = answer.Status,
        ["body"] = answer.Body,
        ["at"] = Now.ToString("O"),
    };

    private static string Fingerprint(Call call)
    {
        var form = call.Form().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}");
        var text = $"{call.Path}\n{string.Join('&', form)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$")]
    private static partial Regex VersionPattern();

    private JsonObject Find(string kind, string id) => Store.Find(kind, id) ?? throw NoSuch(Noun(kind), id);

    private static string Noun(string kind) => kind == Intents ? "payment_intent" : kind;

    private string NewId(string prefix, string counter) => $"{prefix}_Sim{Store.Next(counter):D14}";

    private static string Masked(string key) => key.Length <= 12 ? "********" : $"{key[..8]}********{key[^4..]}";
}
