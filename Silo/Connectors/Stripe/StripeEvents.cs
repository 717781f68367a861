using System.Text.Json;
using Q2C.Invoices;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// Signed events in. An event is a snapshot of its moment and events come in any order, so the payment object is read
/// again before money is recorded. Only payments that carry one of our invoice ids are ours.
/// </summary>
internal sealed class StripeEvents(string connection, StripeApi api) : IInboundMap
{
    public const string PaymentSucceeded = "payment_intent.succeeded";

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        if (!JsonBody.TryRead(
            delivery.Body, "event", out var @event, out var broken,
            "Look at the body; if it was cut off, ask Stripe to send the event again, or correct it and retry."))
            return new InboundResult.Parked([broken]);

        // Another generation of Stripe's events: they come to endpoints of another kind and have no object in them.
        if (Text(@event, "object") == "v2.core.event")
            return Park(new(
                "EVENT_KIND_UNSUPPORTED", "object", "This is a thin event (v2); the connector reads the v1 events with their object.",
                "Set the endpoint up for snapshot events of API v1 in Stripe, then skip this delivery: payments missed are fetched."));
        if (Text(@event, "type") is not { } type)
            return Park(new("MEMBER_MISSING", "type", "The event has no type.", "Check that this endpoint receives v1 events."));
        if (type != PaymentSucceeded) return Nothing;
        if (Text(@event, "data", "object", "id") is not { } intentId)
            return Park(new(
                "MEMBER_MISSING", "data.object.id", "The event names no payment.",
                "Compare the endpoint's API version with the one that this connector was written for."));

        var reply = await api.Intent(intentId, delivery.Key, cancel);
        return reply switch
        {
            VendorReply.Answered { IsSuccess: true, Json: { } intent } when Text(intent, "id") == intentId =>
                Record(intent, Number(@event, "created"), delivery),
            VendorReply.Answered { Status: 404 } => Park(new(
                "PAYMENT_UNKNOWN", "data.object.id", $"Stripe does not know the payment {intentId} that its event names.",
                "Check that the webhook's account and the API key's account are the same.")),
            VendorReply.Answered answer => new InboundResult.Waits(
                "STRIPE_NOT_READABLE", $"Stripe answered {answer.Status} when {intentId} was read.", answer.RetryAfter),
            VendorReply.NotSent failure => new InboundResult.Waits(failure.Code, failure.Message, failure.RetryAfter),
            VendorReply.Lost failure => new InboundResult.Waits("NO_ANSWER", failure.Message),
            _ => throw new InvalidOperationException("A reply is one of three."),
        };
    }

    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    /// <param name="succeeded">Unix seconds; the payment object itself only says when it was made.</param>
    private InboundResult Record(JsonElement intent, long? succeeded, InboxDelivery delivery)
    {
        if (Text(intent, "metadata", "invoice_id") is not { } invoice) return Nothing;
        if (!Ids.Is(invoice, Ids.Invoice))
            return Park(new(
                "INVOICE_ID_INVALID", "metadata.invoice_id", $"'{invoice}' is not an invoice id of this system.",
                "Correct invoice_id in the payment's metadata in Stripe, then retry."));
        if (Text(intent, "status") != "succeeded")
            return new InboundResult.Waits("PAYMENT_NOT_SETTLED", $"The payment is {Text(intent, "status")} when read again.");
        if (Number(intent, "amount_received") is not { } amount || Text(intent, "currency") is not { } currency
            || StripeMoney.From(amount, currency) is not { Minor: > 0 } money)
            return Park(new(
                "AMOUNT_INVALID", "amount_received", "The payment has no usable amount received in a known currency.",
                "Look at the payment in Stripe; record it by hand if it is right there."));

        var id = Text(intent, "id")!;
        var at = DateTimeOffset.FromUnixTimeSeconds(succeeded ?? delivery.ReceivedAt.ToUnixTimeSeconds());
        var command = new RecordPayment(id, connection, money, DateOnly.FromDateTime(at.UtcDateTime), Text(intent, "latest_charge") ?? id);
        return new InboundResult.Commands([new(invoice, new(
            delivery.Key, command, Actor.Connection(connection), delivery.Correlation, delivery.Causation, at))]);
    }

    private static InboundResult.Parked Park(Problem problem) => new([new(problem)]);

    private static string? Text(JsonElement at, params ReadOnlySpan<string> path) =>
        Member(at, path) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static long? Number(JsonElement at, params ReadOnlySpan<string> path) =>
        Member(at, path) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    private static JsonElement? Member(JsonElement at, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        return at;
    }
}

/// <summary>
/// Events that Stripe could not deliver to us, newest first. Stripe retries for three days and keeps events for thirty, so
/// what was missed in a long outage is fetched; what arrived after all has the same event id and is dropped as a repeat.
/// After a restoration one pass goes over all events since then, as those that were delivered went down with the database.
/// </summary>
internal sealed class MissedEvents(StripeApi api) : IPoller
{
    private const string FromTheNewest = "";
    private const string AllSince = "since/";

    public string Feed => "missed-events";

    public TimeSpan Interval { get; } = TimeSpan.FromMinutes(10);

    public string Since(DateTimeOffset moment) => $"{AllSince}{moment.ToUnixTimeSeconds()}";

    /// <param name="watermark">The event after which a pass goes on; <c>since/1764421200/evt_…</c> in a pass over all.</param>
    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var (pass, after) = Position(watermark ?? FromTheNewest);
        var reply = pass is [] ? await api.UndeliveredEvents(after, cancel) : await api.EventsSince(pass.Split('/')[1], after, cancel);
        if (StripeApi.Items(reply) is { } events)
        {
            var more = events.Count == StripeApi.PageSize;
            return new PollResult.Page(
                [.. events.Select(@event => new PolledDelivery(Id(@event), JsonSerializer.SerializeToUtf8Bytes(@event)))],
                more ? pass + Id(events[^1]) : FromTheNewest, more);
        }

        // The event that a pass stopped at has expired.
        if (after is not null && reply is VendorReply.Answered { Status: 400 or 404 })
            return new PollResult.Page([], FromTheNewest, More: true);
        var why = reply.ToLookUpUnavailable();
        return new PollResult.Unavailable(why.Code, why.Message, why.RetryAfter);
    }

    /// <summary>The pass, empty for the usual one, and the event after which it goes on.</summary>
    private static (string Pass, string? After) Position(string watermark)
    {
        var parts = watermark.StartsWith(AllSince, StringComparison.Ordinal) ? watermark.Split('/') : ["", "", watermark];
        var after = parts.ElementAtOrDefault(2);
        return (parts[0] is "" ? "" : $"{AllSince}{parts[1]}/", string.IsNullOrEmpty(after) ? null : after);
    }

    private static string Id(JsonElement @event) => @event.GetProperty("id").GetString()!;
}
