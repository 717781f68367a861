using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Stripe;
using Q2C.Simulators.Core;
using Q2C.Simulators.Stripe;

namespace Q2C.Silo.Tests.Connectors.Stripe;

public sealed class StripeConnectorTests : IAsyncLifetime
{
    private const string Create = "payment_intents.create";

    private static readonly RequestPayment Payment = new(
        "eu_inv_1", "eu_cu_1", "Fabrikam AG", "ap@fabrikam.example", "INV-1", Samples.Eur(8395.31m), new(2026, 12, 30));

    private readonly ManualClock _clock = new();
    private StripeSimulator _stripe = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _stripe = await StripeSimulator.StartAsync(new() { Clock = _clock });
        _spec = StripeBench.Connect(_stripe.BaseAddress, _clock);
    }

    public async Task DisposeAsync() => await _stripe.DisposeAsync();

    [Fact]
    public async Task A_payment_object_carries_the_invoice()
    {
        var id = await _spec.SendWell(Payment);
        var intent = Assert.Single(Intents);
        Assert.Equal(
            (id, 839531L, "eur", "Invoice INV-1, due 2026-12-30", "ap@fabrikam.example", """{"enabled":true}"""),
            ((string)intent["id"]!, (long)intent["amount"]!, (string)intent["currency"]!, (string)intent["description"]!,
                (string)intent["receipt_email"]!, intent["automatic_payment_methods"]!.ToJsonString()));
        Assert.Equal(
            """{"invoice_id":"eu_inv_1","invoice_number":"INV-1","customer_id":"eu_cu_1","effect_id":"effect-1"}""",
            intent["metadata"]!.ToJsonString());
    }

    [Fact]
    public async Task Of_payment_objects_those_are_listed_that_could_still_be_paid()
    {
        var (paid, open) = (Ids.Derive("eu", Ids.Invoice, "paid"), Ids.Derive("eu", Ids.Invoice, "open"));
        var first = await _spec.SendWell(Payment with { InvoiceId = paid });
        _stripe.Pay(first);
        var second = await _spec.SendWell(Payment with { InvoiceId = open }, "effect-2");
        var twice = await _spec.SendWell(Payment with { InvoiceId = open }, "effect-3");
        await _spec.Holds(DateTimeOffset.UnixEpoch, ("payment request", open, second), ("payment request", open, twice));
        await _spec.Holds(_clock.GetUtcNow().AddDays(1));
    }

    [Fact]
    public async Task A_customer_is_made_once_and_carries_our_id()
    {
        await _spec.SendWell(Payment);
        await _spec.SendWell(Payment with { InvoiceId = "eu_inv_2", Number = "INV-2" }, id: "effect-2");
        await StripeBench.Connect(_stripe.BaseAddress, _clock).SendWell(Payment with { InvoiceId = "eu_inv_3", Number = "INV-3" }, id: "effect-3");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await StripeBench.Connect(_stripe.BaseAddress, _clock).SendWell(
            Payment with { InvoiceId = "eu_inv_4", Number = "INV-4", Email = "other@fabrikam.example" }, id: "effect-4");
        var customer = Assert.Single(_stripe.Records("customer"));
        Assert.Equal(("Fabrikam AG", "eu_cu_1"), ((string)customer["name"]!, (string)customer["metadata"]!["customer_id"]!));
        Assert.All(Intents, intent => Assert.Equal((string)customer["id"]!, (string)intent["customer"]!));
    }

    [Fact]
    public async Task A_customer_whose_creation_got_lost_asks_for_no_payment_and_is_one()
    {
        _stripe.Faults.Add(new("customers.create", FaultKind.ApplyThenDrop));
        Assert.Equal("NO_ANSWER", Assert.IsType<SendResult.Unavailable>(await _spec.Send(Payment)).Code);
        Assert.Empty(Intents);
        await _spec.SendWell(Payment);
        Assert.Single(_stripe.Records("customer"));
    }

    [Fact]
    public async Task Every_request_is_in_the_version_that_the_connector_was_written_for()
    {
        await _spec.SendWell(Payment);
        Assert.All(_stripe.Calls.Entries, call => Assert.Equal("2026-09-30.endive", call.Headers["Stripe-Version"]));
    }

    [Fact]
    public async Task Money_goes_back_through_the_payments_that_it_came_by_and_only_once()
    {
        var refund = Paid(60m, 50m);
        for (var i = 0; i < 2; i++) await _spec.SendWell(refund);
        Assert.Equal([6000L, 2000L], _stripe.Records("refund").Select(one => (long)one["amount"]!));
        Assert.IsType<LookUpResult.Found>(await _spec.LookUp(refund));
        await _spec.Refuses(refund with { RefundId = "r2", Amount = Samples.Eur(80m) }, "effect-2", "REFUND_EXCEEDS_PAYMENTS",
            $"80.00 EUR are to be paid back, and Stripe holds 30.00 EUR of the customer's payments ({string.Join(", ", refund.PaymentIds)}).");
    }

    [Fact]
    public async Task A_refund_that_was_interrupted_goes_on_where_it_stopped()
    {
        var refund = Paid(60m, 50m);
        _stripe.Faults.Add(new("refunds.create", FaultKind.ApplyThenDrop));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(refund));
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(refund));
        await _spec.Send(refund, generation: 2);
        Assert.Equal([6000L, 2000L], _stripe.Records("refund").Select(one => (long)one["amount"]!));
        Assert.IsType<LookUpResult.Found>(await _spec.LookUp(refund));
    }

    [Fact]
    public async Task A_customer_without_mail_gets_no_receipt()
    {
        await _spec.SendWell(Payment with { Email = null });
        Assert.Null(Assert.Single(Intents)["receipt_email"]);
    }

    [Fact]
    public async Task The_same_effect_and_generation_twice_is_one_payment_object()
    {
        Assert.Equal(await _spec.SendWell(Payment), await _spec.SendWell(Payment));
        Assert.Single(Intents);
    }

    [Fact]
    public async Task What_was_applied_while_its_answer_got_lost_is_found()
    {
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(Payment));
        _stripe.Faults.Add(new(Create, FaultKind.ApplyThenDrop));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Payment));
        Assert.Equal(new LookUpResult.Found((string)Assert.Single(Intents)["id"]!), await _spec.LookUp(Payment));
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(Payment, id: "effect-2"));
    }

    [Fact]
    public async Task A_stored_500_needs_the_next_generation()
    {
        _stripe.Faults.Add(new(Create, FaultKind.Status) { Status = 500 });
        for (var i = 0; i < 2; i++) Assert.IsType<SendResult.Unknown>(await _spec.Send(Payment));
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(Payment));
        Assert.IsType<SendResult.Accepted>(await _spec.Send(Payment, generation: 2));
        Assert.Single(Intents);
    }

    [Fact]
    public async Task A_payment_object_is_found_however_many_were_made_since()
    {
        var id = await _spec.SendWell(Payment);
        for (var i = 0; i < 500; i++) _stripe.PayByMetadata(new() { ["order"] = $"{i}" }, 100, "eur");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new LookUpResult.Found(id), await _spec.LookUp(Payment));
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(Payment, id: "effect-2"));
    }

    [Theory]
    [InlineData(502, "<html><body>Bad gateway</body></html>", "Unknown", "The system answered 502 with an HTML or XML page instead of JSON.")]
    [InlineData(200, """{"error":{"type":"api_error","message":"Broken."}}""", "Unknown", "The system answered 200 with an unexpected body.")]
    [InlineData(200, """{"id":""", "Unknown", "The system answered 200 with JSON that breaks at line 1, byte 7.")]
    [InlineData(200, "<html></html>", "Unknown", "The system answered 200 with an HTML or XML page instead of JSON.")]
    [InlineData(409, """{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"In use."}}""", "Unknown", "In use.")]
    [InlineData(429, """{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Slow."}}""", "Unavailable", "Slow.")]
    [InlineData(400, """{"error":{"type":"invalid_request_error","code":"amount_too_large","message":"Too much."}}""", "Refused", "Too much.")]
    [InlineData(402, "", "Refused", "Stripe refused the payment request.")]
    public async Task Odd_answers_are_told_apart(int status, string body, string result, string message)
    {
        _stripe.Faults.Add(new(Create, FaultKind.Status) { Status = status, Body = body });
        var sent = await _spec.Send(Payment);
        Assert.Equal((result, message), (sent.GetType().Name, sent switch
        {
            SendResult.Unknown unknown => unknown.Message,
            SendResult.Unavailable away => away.Message,
            SendResult.Refused refused => refused.Message,
            _ => "",
        }));
    }

    [Fact]
    public async Task Half_an_answer_is_unknown_and_the_payment_object_is_found()
    {
        _stripe.Faults.Add(new(Create, FaultKind.Truncate));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Payment));
        Assert.IsType<LookUpResult.Found>(await _spec.LookUp(Payment));
    }

    [Fact]
    public async Task An_amount_that_stripe_does_not_take_is_refused_with_its_words() =>
        await _spec.Refuses(
            Payment with { Due = Samples.Eur(0) }, "parameter_invalid_integer", "This value must be greater than or equal to 1.");

    [Fact]
    public async Task A_key_with_other_content_is_refused_for_good()
    {
        await _spec.SendWell(Payment);
        var refused = Assert.IsType<SendResult.Refused>(await _spec.Send(Payment with { Due = Samples.Eur(1) }));
        Assert.Equal(("idempotency_error", ErrorClass.Permanent), (refused.Code, refused.Class));
        Assert.Single(Intents);
    }

    [Fact]
    public async Task A_look_up_without_an_answer_proves_nothing()
    {
        foreach (var kind in new[] { FaultKind.Drop, FaultKind.Html, FaultKind.Truncate })
        {
            _stripe.Faults.Add(new("payment_intents.list", kind));
            Assert.IsType<LookUpResult.Unavailable>(await _spec.LookUp(Payment));
        }
    }

    [Fact]
    public async Task A_wrong_key_is_no_failure_of_the_request_and_shows_in_the_health()
    {
        var stranger = StripeBench.Connect(_stripe.BaseAddress, _clock, "sk_test_wrong");
        Assert.Equal("CREDENTIALS_REFUSED", Assert.IsType<SendResult.Unavailable>(await stranger.Send(Payment)).Code);
        Assert.False((await stranger.Connector.CheckHealth(default)).Healthy);
        Assert.True((await _spec.Connector.CheckHealth(default)).Healthy);
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_has_not_applied_anything()
    {
        var nowhere = StripeBench.Connect(Vendors.Nowhere, _clock);
        Assert.Equal("UNREACHABLE", Assert.IsType<SendResult.Unavailable>(await nowhere.Send(Payment)).Code);
    }

    [Theory]
    [InlineData(1250, "ISK", 125000, "isk")]
    [InlineData(3000, "UGX", 300000, "ugx")]
    [InlineData(1250, "JPY", 1250, "jpy")]
    [InlineData(1250, "EUR", 1250, "eur")]
    [InlineData(5120, "KWD", 5120, "kwd")]
    public async Task Amounts_are_counted_as_stripe_counts_them(long minor, string currency, long amount, string code)
    {
        var money = new Money(minor, currency);
        await _spec.SendWell(Payment with { Due = money });
        var intent = Assert.Single(Intents);
        Assert.Equal((amount, code), ((long)intent["amount"]!, (string)intent["currency"]!));
        Assert.Equal(money, StripeMoney.From(amount, code));
    }

    private RefundPayment Paid(params decimal[] amounts) => new(
        "r1", "eu_cu_1", Samples.Eur(80m),
        [.. amounts.Select((amount, i) => (string)_stripe.PayByMetadata(new() { ["order"] = $"{i}" }, (long)(amount * 100), "eur")["id"]!)],
        "Goodwill");

    private IReadOnlyList<JsonObject> Intents => _stripe.Records("payment_intent");
}

internal static class StripeBench
{
    public static ConnectorSpec Connect(Uri address, TimeProvider clock, string key = "sk_test_simulator") => new(
        Vendors.Parts(
            new StripeVendor(),
            Vendors.Settings("stripe", address, [], new() { ["apiKey"] = Vendors.SecretFile(key) }), clock, null),
        "stripe");
}
