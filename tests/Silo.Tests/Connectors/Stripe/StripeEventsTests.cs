using System.Text.Json.Nodes;
using Q2C.Gateway.Tests;
using Q2C.Invoices;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;
using Q2C.Simulators.Stripe;

namespace Q2C.Silo.Tests.Connectors.Stripe;

public sealed class StripeEventsTests : IAsyncLifetime
{
    private const string Sample = "stripe-event-payment_intent.succeeded.json";

    private static readonly string Invoice = Ids.Derive("eu", Ids.Invoice, "one");

    private readonly ManualClock _clock = new();
    private StripeSimulator _stripe = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _stripe = await StripeSimulator.StartAsync(new() { Clock = _clock, Webhooks = Vendors.Nowhere });
        _spec = StripeBench.Connect(_stripe.BaseAddress, _clock);
    }

    public async Task DisposeAsync() => await _stripe.DisposeAsync();

    [Fact]
    public async Task A_part_and_the_rest_become_two_payments_dated_when_they_were_made()
    {
        await _spec.SendWell(new RequestPayment(
            Invoice, "eu_cu_1", "Fabrikam AG", null, "INV-1", Samples.Eur(100.01m), new(2026, 12, 30)));
        var open = (string)_stripe.Records("payment_intent")[0]["id"]!;
        _clock.Advance(TimeSpan.FromDays(20));
        var part = _stripe.Pay(open, 4000);
        var partPaid = _clock.GetUtcNow();
        await _spec.Brings(Last(), (Invoice, Recorded(part, 40m, new(2026, 12, 11)), partPaid));
        _clock.Advance(TimeSpan.FromDays(5));
        var rest = _stripe.Pay(open);
        await _spec.Brings(Last(), (Invoice, Recorded(rest, 60.01m, new(2026, 12, 16)), _clock.GetUtcNow()));
    }

    [Fact]
    public async Task The_money_is_what_stripe_says_now_and_not_what_the_event_remembers()
    {
        var paid = Pay();
        var body = JsonNode.Parse(Last())!;
        body["data"]!["object"]!["amount_received"] = 999_999;
        body["data"]!["object"]!["metadata"]!["invoice_id"] = "eu_inv_other";
        await _spec.Brings(body.ToJsonString(), (Invoice, Recorded(paid, 25m, new(2026, 11, 21)), _clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_currency_without_minor_units_comes_back_whole()
    {
        var paid = _stripe.PayByMetadata(new() { ["invoice_id"] = Invoice }, 125_000, "isk");
        await _spec.Brings(Last(), (Invoice, Recorded(paid, 0, new(2026, 11, 21)) with { Amount = new(1250, "ISK") }, _clock.GetUtcNow()));
    }

    [Theory]
    [InlineData(125_050, "isk")]
    [InlineData(100, "xxx")]
    public async Task Money_that_cannot_be_is_parked(long amount, string currency)
    {
        _stripe.PayByMetadata(new() { ["invoice_id"] = Invoice }, amount, currency);
        await _spec.Parks(Last(), (
            "AMOUNT_INVALID", "amount_received", "The payment has no usable amount received in a known currency."));
    }

    [Fact]
    public async Task A_payment_that_is_not_ours_brings_nothing()
    {
        _stripe.PayByMetadata(new() { ["order"] = "77" }, 2500, "eur");
        await _spec.BringsNothing(Last());
    }

    [Fact]
    public async Task An_event_of_another_kind_brings_nothing_and_asks_nothing()
    {
        await _spec.BringsNothing("""{"id":"evt_1","type":"payment_intent.payment_failed","data":{"object":{"id":"pi_1"}}}""");
        Assert.Empty(_stripe.Calls.Entries);
    }

    [Fact]
    public async Task An_event_of_another_api_version_is_read_by_what_all_versions_have()
    {
        var paid = Pay();
        var body = JsonNode.Parse(Last())!;
        body["api_version"] = "2019-02-11";
        body["data"]!["object"]!.AsObject().Remove("amount_received");
        await _spec.Brings(body.ToJsonString(), (Invoice, Recorded(paid, 25m, new(2026, 11, 21)), _clock.GetUtcNow()));
    }

    [Fact]
    public async Task A_thin_event_is_parked_with_what_to_change() => await _spec.Parks(
        """{"id":"evt_2","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered"}""",
        ("EVENT_KIND_UNSUPPORTED", "object", "This is a thin event (v2); the connector reads the v1 events with their object."));

    [Theory]
    [InlineData("INV-1")]
    [InlineData("eu_ct_1")]
    [InlineData("")]
    public async Task An_invoice_id_that_is_none_is_parked(string id)
    {
        _stripe.PayByMetadata(new() { ["invoice_id"] = id }, 2500, "eur");
        await _spec.Parks(Last(), ("INVOICE_ID_INVALID", "metadata.invoice_id", $"'{id}' is not an invoice id of this system."));
    }

    [Fact]
    public async Task A_payment_of_another_account_is_parked() => await _spec.Parks(
        """{"type":"payment_intent.succeeded","data":{"object":{"id":"pi_elsewhere"}}}""",
        ("PAYMENT_UNKNOWN", "data.object.id", "Stripe does not know the payment pi_elsewhere that its event names."));

    [Fact]
    public async Task A_payment_that_is_open_when_read_again_waits()
    {
        var open = await _spec.SendWell(new RequestPayment(
            Invoice, "eu_cu_1", "Fabrikam AG", null, "INV-1", Samples.Eur(100m), new(2026, 12, 30)));
        await _spec.Waits(
            new JsonObject
            {
                ["type"] = "payment_intent.succeeded",
                ["data"] = new JsonObject { ["object"] = new JsonObject { ["id"] = open } },
            }.ToJsonString(),
            "PAYMENT_NOT_SETTLED");
    }

    [Theory]
    [InlineData(FaultKind.Drop, 0, "", "NO_ANSWER")]
    [InlineData(FaultKind.Truncate, 0, "", "NO_ANSWER")]
    [InlineData(FaultKind.Html, 502, null, "STRIPE_NOT_READABLE")]
    [InlineData(FaultKind.Status, 200, """{"error":{"type":"api_error"}}""", "STRIPE_NOT_READABLE")]
    [InlineData(FaultKind.Status, 200, "", "STRIPE_NOT_READABLE")]
    [InlineData(FaultKind.Status, 429, "{}", "STRIPE_NOT_READABLE")]
    public async Task While_stripe_is_away_the_event_waits(FaultKind kind, int status, string? body, string code)
    {
        Pay();
        _stripe.Faults.Add(new("payment_intents.get", kind) { Status = status, Body = body });
        await _spec.Waits(Last(), code);
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_makes_the_event_wait()
    {
        Pay();
        await StripeBench.Connect(Vendors.Nowhere, _clock).Waits(Last(), "UNREACHABLE");
    }

    [Fact]
    public async Task A_malformed_body_is_parked_with_its_position() =>
        await _spec.ParksAt("{\n  \"type\": payment\n}", "BODY_NOT_JSON", line: 2, column: 11);

    [Theory]
    [InlineData("[]", "type", "The event has no type.")]
    [InlineData("""{"type":7}""", "type", "The event has no type.")]
    [InlineData("""{"type":"payment_intent.succeeded","data":{}}""", "data.object.id", "The event names no payment.")]
    public async Task A_body_without_what_is_needed_is_parked(string body, string path, string message) =>
        await _spec.Parks(body, ("MEMBER_MISSING", path, message));

    [Fact]
    public async Task Missed_events_are_fetched_over_all_pages_and_only_once()
    {
        for (var i = 0; i < 101; i++) Pay();
        var missed = await _spec.Pass(pages: 2);
        Assert.Equal(Events().Select(each => (string)each["id"]!).Reverse(), missed.Select(delivery => delivery.Key));
        await _spec.Brings(
            ConnectorSpec.Body(missed[^1]),
            (Invoice, Recorded(_stripe.Records("payment_intent")[0], 25m, new(2026, 11, 21)), _clock.GetUtcNow()));
        Assert.Empty(await _spec.Pass(pages: 2));
    }

    [Fact]
    public async Task A_pass_whose_place_has_expired_begins_again()
    {
        for (var i = 0; i < 101; i++) Pay();
        Assert.Equal(100, (await _spec.Page()).Fresh.Length);
        _stripe.Faults.Add(new("events.list", FaultKind.Status) { Status = 400, Body = """{"error":{"type":"invalid_request_error"}}""" });
        Assert.Equal((string)Events().First()["id"]!, Assert.Single(await _spec.Pass(pages: 3)).Key);
    }

    [Fact]
    public async Task While_stripe_is_away_missed_events_wait()
    {
        _stripe.Faults.Add(new("events.list", FaultKind.Down));
        Assert.Equal("NO_ANSWER", Assert.IsType<PollResult.Unavailable>(await _spec.Poll()).Code);
    }

    /// <summary>The sample's payment is of another account, so the event must be understood to be parked with its id.</summary>
    [VendorSampleFact(Sample)]
    public async Task A_real_event_is_understood() => await _spec.Parks(
        System.Text.Encoding.UTF8.GetString(VendorSamples.Find(Sample)!),
        ("PAYMENT_UNKNOWN", "data.object.id", "Stripe does not know the payment pi_000000000000000000000000 that its event names."));

    private static RecordPayment Recorded(JsonObject intent, decimal amount, DateOnly date) =>
        new((string)intent["id"]!, "stripe", Samples.Eur(amount), date, (string)intent["latest_charge"]!);

    private JsonObject Pay() => _stripe.PayByMetadata(new() { ["invoice_id"] = Invoice }, 2500, "eur");

    private IEnumerable<JsonObject> Events() =>
        _stripe.Records("event").Where(each => (string)each["type"]! == "payment_intent.succeeded");

    private string Last() => Events().Last().ToJsonString();
}
