using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using Q2C.Simulators.Stripe;

namespace Q2C.Simulators.Tests;

public sealed class StripeTests : IAsyncLifetime
{
    private const string Intents = "/v1/payment_intents";
    private readonly ManualClock _clock = new();
    private StripeSimulator _stripe = null!;
    private Receiver _hub = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _hub = await Receiver.StartAsync();
        _stripe = await StripeSimulator.StartAsync(new() { Clock = _clock, Webhooks = _hub.Address });
        _client = new Client(_stripe.BaseAddress, "Bearer sk_test_simulator");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _stripe.DisposeAsync();
        await _hub.DisposeAsync();
    }

    private async Task<string> IntentAsync(long amount = 1000) =>
        (await _client.FormAsync(Intents, $"amount={amount}&currency=eur&metadata[invoice]=inv_1")).Json.At("id")!;

    [Fact]
    public void The_signature_is_what_openssl_computes()
    {
        var header = StripeSignature.Header("whsec_golden", DateTimeOffset.FromUnixTimeSeconds(1700000000),
            "{\"id\":\"evt_1\",\"object\":\"event\",\"amount\":\"1\u00a0200,00 \u20ac\"}\n");
        Assert.Equal("t=1700000000,v1=547c8e1f508b8204da2b6f76ff9f4242171dee2fdf68a61a40183198dd2331f0", header);
    }

    [Fact]
    public async Task A_wrong_key_is_401_and_a_basic_user_name_is_a_key()
    {
        using var wrong = new Client(_stripe.BaseAddress, "Bearer sk_test_somebody_else");
        using var basic = new Client(_stripe.BaseAddress, "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("sk_test_simulator:")));
        Assert.Equal((401, 200), ((await wrong.SendAsync("GET", Intents)).Status, (await basic.SendAsync("GET", Intents)).Status));
    }

    [Fact]
    public async Task The_same_key_and_body_is_one_payment_intent_and_replays_its_answer()
    {
        var first = await _client.FormAsync(Intents, "amount=1000&currency=eur", ("Idempotency-Key", "k1"));
        var second = await _client.FormAsync(Intents, "currency=eur&amount=1000", ("Idempotency-Key", "k1"));
        Assert.Equal((200, first.Body, "true"), (second.Status, second.Body, second.Headers["Idempotent-Replayed"]));
        Assert.Single(_stripe.Records("payment_intent"));
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_an_idempotency_error()
    {
        await _client.FormAsync(Intents, "amount=1000&currency=eur", ("Idempotency-Key", "k1"));
        var other = await _client.FormAsync(Intents, "amount=2000&currency=eur", ("Idempotency-Key", "k1"));
        Assert.Equal((400, "idempotency_error"), (other.Status, other.Json.At("error.type")));
    }

    [Fact]
    public async Task A_500_is_stored_under_its_key_until_the_key_is_pruned()
    {
        _stripe.Faults.Add(new Fault("payment_intents.create", FaultKind.Status) { Body = """{"error":{"type":"api_error"}}""" });
        var statuses = new List<int>();
        for (var i = 0; i < 2; i++) statuses.Add((await _client.FormAsync(Intents, "amount=1&currency=eur", ("Idempotency-Key", "k1"))).Status);
        _clock.Advance(TimeSpan.FromHours(25));
        statuses.Add((await _client.FormAsync(Intents, "amount=1&currency=eur", ("Idempotency-Key", "k1"))).Status);
        Assert.Equal([500, 500, 200], statuses);
    }

    [Fact]
    public async Task Failed_validation_is_not_stored_under_its_key()
    {
        var refused = await _client.FormAsync(Intents, "currency=eur", ("Idempotency-Key", "k1"));
        var accepted = await _client.FormAsync(Intents, "amount=1000&currency=eur", ("Idempotency-Key", "k1"));
        Assert.Equal((400, "parameter_missing", 200), (refused.Status, refused.Json.At("error.code"), accepted.Status));
    }

    [Fact]
    public async Task An_applied_but_lost_request_is_resolved_by_its_key()
    {
        _stripe.Faults.Add(new Fault("payment_intents.create", FaultKind.ApplyThenDrop));
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.FormAsync(Intents, "amount=5&currency=eur", ("Idempotency-Key", "k1")));
        var again = await _client.FormAsync(Intents, "amount=5&currency=eur", ("Idempotency-Key", "k1"));
        Assert.Equal([again.Json.At("id")], _stripe.Records("payment_intent").Select(each => each.At("id")));
    }

    [Fact]
    public async Task An_unknown_parameter_is_refused_by_name()
    {
        var reply = await _client.FormAsync(Intents, "amount=5&currency=eur&colour=red");
        Assert.Equal((400, "parameter_unknown", "colour"), (reply.Status, reply.Json.At("error.code"), reply.Json.At("error.param")));
    }

    [Fact]
    public async Task Search_finds_by_metadata_only_after_its_lag()
    {
        var id = await IntentAsync();
        var path = Intents + "/search?query=" + Uri.EscapeDataString("metadata['invoice']:'inv_1' AND status:'requires_payment_method'");
        var before = (await _client.SendAsync("GET", path)).Json["data"]!.AsArray().Count;
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((0, id), (before, (await _client.SendAsync("GET", path)).Json.At("data.0.id")));
    }

    [Fact]
    public async Task A_part_payment_and_the_rest_are_two_signed_events_that_add_up()
    {
        var open = await IntentAsync();
        _stripe.Pay(open, 400);
        _stripe.Pay(open);
        await Wait.UntilAsync(() => _hub.Received.Count == 2, "two webhooks");
        var events = _hub.Received.Select(each => (Event: JsonNode.Parse(each.Body)!, each.Body, each.Signature)).ToList();
        Assert.All(events, each => Assert.Equal(StripeSignature.Header("whsec_simulator", _clock.Now, each.Body), each.Signature));
        Assert.Equal(
            [("payment_intent.succeeded", "400", "inv_1"), ("payment_intent.succeeded", "600", "inv_1")],
            events.Select(each => (each.Event.At("type"), each.Event.At("data.object.amount_received"), each.Event.At("data.object.metadata.invoice"))));
    }

    [Fact]
    public async Task A_refused_webhook_is_sent_again_with_the_same_event_id_and_a_fresh_signature()
    {
        _hub.Answer = count => (count == 1 ? 500 : 200, "");
        _stripe.Pay(await IntentAsync());
        await Wait.UntilAsync(() => _stripe.PendingWebhooks is [{ Attempts: 1 }], "a failed attempt");
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Wait.UntilAsync(() => _stripe.PendingWebhooks.Count == 0, "a second attempt");
        var sent = _hub.Received.ToList();
        Assert.Equal(JsonNode.Parse(sent[0].Body)!.At("id"), JsonNode.Parse(sent[1].Body)!.At("id"));
        Assert.NotEqual(sent[0].Signature, sent[1].Signature);
    }

    [Fact]
    public async Task Held_webhooks_leave_in_the_order_asked_for_and_can_be_repeated()
    {
        _stripe.HoldWebhooks();
        foreach (var amount in new[] { 10, 20, 30 }) _stripe.Pay(await IntentAsync(amount));
        await _stripe.ReleaseWebhooksAsync(DeliveryOrder.Newest);
        await _stripe.RedeliverAsync();
        Assert.Equal(["30", "20", "10", "10", "20", "30"], _hub.Received.Select(each => JsonNode.Parse(each.Body)!.At("data.object.amount")));
    }

    [Fact]
    public async Task Undelivered_events_are_listed_for_30_days()
    {
        _stripe.HoldWebhooks();
        _stripe.Pay(await IntentAsync());
        const string path = "/v1/events?delivery_success=false&types[]=payment_intent.succeeded";
        var fresh = (await _client.SendAsync("GET", path)).Json["data"]!.AsArray().Count;
        _clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal((1, 0), (fresh, (await _client.SendAsync("GET", path)).Json["data"]!.AsArray().Count));
    }

    [Fact]
    public async Task Lists_are_newest_first_and_page_by_starting_after()
    {
        foreach (var amount in new[] { 1, 2, 3 }) await IntentAsync(amount);
        var first = await _client.SendAsync("GET", Intents + "?limit=2");
        var second = await _client.SendAsync("GET", $"{Intents}?limit=2&starting_after={first.Json.At("data.1.id")}");
        Assert.Equal(
            ("3", "2", "true", "1", "false"),
            (first.Json.At("data.0.amount"), first.Json.At("data.1.amount"), first.Json.At("has_more"), second.Json.At("data.0.amount"), second.Json.At("has_more")));
    }

    private static async Task<bool> Fails(Func<Task> action) => await Record.ExceptionAsync(action) is HttpRequestException;

    [Fact]
    public async Task Faults_do_what_their_kind_says_and_then_end()
    {
        foreach (var kind in new[] { FaultKind.Drop, FaultKind.Truncate, FaultKind.ApplyThenDrop })
            _stripe.Faults.Add(new Fault("payment_intents.create", kind));
        var failed = new List<bool>();
        for (var i = 0; i < 4; i++) failed.Add(await Fails(() => IntentAsync()));
        Assert.Equal([true, true, true, false], failed);
        Assert.Equal(3, _stripe.Records("payment_intent").Count);
    }

    [Fact]
    public async Task The_control_api_sets_faults_and_keeps_secrets_out_of_the_log()
    {
        using var control = new Client(_stripe.BaseAddress);
        await control.SendAsync("POST", "/_control/faults", """{"match":"/v1/customers","kind":"html"}""");
        var wrong = await control.SendAsync("POST", "/_control/faults", """{"kind":"explode"}""");
        var html = await _client.SendAsync("GET", "/v1/customers");
        await control.SendAsync("POST", "/_control/faults", """{"kind":"down"}""");
        var down = await Fails(() => _client.SendAsync("GET", "/v1/customers"));
        await control.SendAsync("DELETE", "/_control/faults");
        var up = await _client.SendAsync("GET", "/v1/customers");
        var log = (await control.SendAsync("GET", "/_control/calls")).Body;
        Assert.Equal((400, 502, true, 200, false),
            (wrong.Status, html.Status, down, up.Status, log.Contains("sk_test_simulator", StringComparison.Ordinal)));
    }
}
