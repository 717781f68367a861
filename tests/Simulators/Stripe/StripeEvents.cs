using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Stripe;

public sealed partial class StripeSimulator
{
    /// <summary>
    /// A payer pays an open payment intent. An amount below the intent's is a payment intent of its own with the same
    /// metadata and customer, and the open one is lowered to the rest. Returns the succeeded payment intent.
    /// </summary>
    public JsonObject Pay(string paymentIntent, long? amount = null) => Change(() =>
    {
        var open = Find(Intents, paymentIntent).Copy();
        Expect(open, "requires_payment_method", "requires_confirmation");
        var due = (long)open["amount"].Number()!;
        if (amount is { } asked && (asked < 1 || asked > due))
            throw new ArgumentException($"amount {asked} is not between 1 and {due}");
        if (amount is null || amount == due) return Succeed(open, "pm_card_visa", null).Copy();
        var part = NewIntent(amount.Value, open["currency"].Text()!);
        part["customer"] = open["customer"]?.DeepClone();
        part["description"] = open["description"]?.DeepClone();
        part["metadata"] = open["metadata"]!.DeepClone();
        open["amount"] = due - amount.Value;
        Save(Intents, open);
        return Succeed(part, "pm_card_visa", null).Copy();
    });

    /// <summary>Pays whatever open payment intent carries all of this metadata; without one, the payer makes one.</summary>
    public JsonObject PayByMetadata(JsonObject metadata, long? amount = null, string? currency = null)
    {
        var open = Records(Intents).FirstOrDefault(intent =>
            intent["status"].Text() is "requires_payment_method" or "requires_confirmation"
            && metadata.All(pair => intent["metadata"]?[pair.Key].Text() == pair.Value.Text()));
        if (open is not null) return Pay(open["id"].Text()!, amount);
        if (amount is null || currency is null)
            throw new ArgumentException("no open payment intent has this metadata; give amount and currency to make one");
        return Change(() =>
        {
            var intent = NewIntent(amount.Value, currency);
            intent["metadata"] = metadata.Copy();
            return Succeed(intent, "pm_card_visa", null).Copy();
        });
    }

    /// <summary>A payment attempt that the bank refuses.</summary>
    public void FailPayment(string paymentIntent) => Change(() =>
    {
        Decline(Find(Intents, paymentIntent).Copy(), null);
    });

    /// <summary>Holds all webhooks back until <see cref="ReleaseWebhooksAsync"/>.</summary>
    public void HoldWebhooks() => _outbox.Hold();

    public Task ReleaseWebhooksAsync(DeliveryOrder order = DeliveryOrder.Oldest) => _outbox.ReleaseAsync(order);

    /// <summary>Sends the webhooks that are due, instead of waiting for the next tick.</summary>
    public Task SendWebhooksAsync() => _outbox.SendDueAsync();

    /// <summary>Sends events again that may have been taken already. No ids means all of them.</summary>
    public Task<bool> RedeliverAsync(IReadOnlyList<string>? ids = null, int times = 1, DeliveryOrder order = DeliveryOrder.Oldest) =>
        _outbox.RepeatAsync(
            ids ?? [.. Records(Events).Where(Subscribed).Select(each => each["id"].Text()!)], times, order);

    private void MapControl()
    {
        Control("POST", "/pay", json =>
        {
            var amount = (long?)json["amount"].Number();
            if (json["payment_intent"].Text() is { } intent) return Pay(intent, amount);
            var metadata = json["metadata"] as JsonObject
                ?? throw new FormatException("give payment_intent, or metadata with the invoice id");
            return PayByMetadata(metadata, amount, json["currency"].Text());
        });
        Control("POST", "/fail-payment", json =>
        {
            FailPayment(json["payment_intent"].Text() ?? throw new FormatException("payment_intent is missing"));
            return new JsonObject();
        });
        Control("POST", "/hold", _ =>
        {
            HoldWebhooks();
            return new JsonObject { ["held"] = true };
        });
        Control("POST", "/release", json =>
        {
            ReleaseWebhooksAsync(json.Order()).GetAwaiter().GetResult();
            return new JsonObject { ["pending"] = PendingWebhooks.Count };
        });
        Control("POST", "/redeliver", json => new JsonObject
        {
            ["taken"] = RedeliverAsync(json.Ids(), json.Times(), json.Order()).GetAwaiter().GetResult(),
        });
        Control("GET", "/pending", _ => PendingWebhooks.ToJson());
    }

    private void Emit(string type, JsonObject snapshot, Call? call)
    {
        var id = NewId("evt", Events);
        var each = new JsonObject
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = ApiVersion,
            ["created"] = Now.ToUnixTimeSeconds(),
            ["data"] = new JsonObject { ["object"] = snapshot.DeepClone() },
            ["livemode"] = false,
            ["pending_webhooks"] = 0,
            ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = call?.Header("Idempotency-Key") },
            ["type"] = type,
        };
        if (_options.Webhooks is not null && Subscribed(each))
        {
            each["pending_webhooks"] = 1;
            _outbox.Enqueue(id);
        }
        Store.Put(Events, id, each);
    }

    private bool Subscribed(JsonObject each) =>
        _options.EnabledEvents.Contains("*") || _options.EnabledEvents.Contains(each["type"].Text()!);

    private async Task<bool> SendAsync(IReadOnlyList<string> ids)
    {
        if (_options.Webhooks is not { } hub) return false;
        string body;
        lock (Store.Gate) body = Find(Events, ids[0]).ToJsonString(Notation.Wire);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, _options.WebhookPath));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("Stripe-Signature", StripeSignature.Header(_options.WebhookSecret, Now, body));
        try
        {
            using var response = await _http.SendAsync(request);
            if (!response.IsSuccessStatusCode) return false;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
        Change(() => Store.Update(Events, ids[0], each => each["pending_webhooks"] = 0));
        return true;
    }
}
