using System.Text.Json;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>
/// Pays a customer back through the payments that the money came by, as much of each as is left of it. Each part has an
/// idempotency key of its own and carries our effect, so an interrupted refund goes on where it stopped.
/// </summary>
internal sealed class StripeRefunds(StripeApi api)
{
    public async Task<SendResult> Refund(EffectRequest effect, RefundPayment refund, int generation, CancellationToken cancel)
    {
        var (payments, unread) = await Read(effect, refund, cancel);
        if (payments is null) return new SendResult.Unavailable(unread!.Code, unread.Message, unread.RetryAfter);
        var left = refund.Amount.Minor - payments.Sum(payment => payment.Ours);
        if (left > payments.Sum(payment => payment.Available))
            return new SendResult.Refused(
                "REFUND_EXCEEDS_PAYMENTS",
                $"{new Money(left, refund.Amount.Currency)} are to be paid back, and Stripe holds {new Money(payments.Sum(payment => payment.Available), refund.Amount.Currency)} "
                + $"of the customer's payments ({string.Join(", ", refund.PaymentIds)}).",
                "Pay the rest back another way: skip the step with a reason, or refund a smaller amount.", ErrorClass.Business);
        string? last = payments.Select(payment => payment.Last).LastOrDefault(id => id is not null);
        foreach (var payment in payments.Where(payment => payment.Available > 0))
        {
            if (left == 0) break;
            var part = Math.Min(left, payment.Available);
            var reply = await api.CreateRefund(
                Fields(effect, refund, payment.Id, part), $"{effect.IdempotencyKey(generation)}/{payment.Id}", effect.Id, cancel);
            if (StripeAnswers.Read(reply, "refund") is not SendResult.Accepted made) return StripeAnswers.Read(reply, "refund");
            last = made.ExternalId;
            left -= part;
        }

        return new SendResult.Accepted(last ?? refund.RefundId);
    }

    public async Task<LookUpResult> LookUp(EffectRequest effect, RefundPayment refund, CancellationToken cancel)
    {
        var (payments, unread) = await Read(effect, refund, cancel);
        if (payments is null) return unread!;
        return payments.Sum(payment => payment.Ours) == refund.Amount.Minor
            ? new LookUpResult.Found(payments.Select(payment => payment.Last).Last(id => id is not null)!)
            : new LookUpResult.Absent();
    }

    /// <summary>What of each payment is left, and what this effect has paid back already; minor units of ours.</summary>
    private async Task<(IReadOnlyList<Refundable>? Payments, LookUpResult.Unavailable? Unread)> Read(
        EffectRequest effect, RefundPayment refund, CancellationToken cancel)
    {
        var payments = new List<Refundable>();
        foreach (var id in refund.PaymentIds)
        {
            var intent = await api.Intent(id, effect.Id, cancel);
            if (intent is VendorReply.Answered { Status: 404 }) continue;
            if (intent is not VendorReply.Answered { IsSuccess: true, Json: { } shown }) return (null, intent.ToLookUpUnavailable());
            var reply = await api.RefundsOf(id, effect.Id, cancel);
            if (StripeApi.Items(reply) is not { } refunds) return (null, reply.ToLookUpUnavailable());
            var standing = refunds.Where(one => one.GetProperty("status").GetString() is not ("failed" or "canceled")).ToList();
            var ours = standing.Where(one => StripeApi.Metadata(one, "effect_id") == effect.Id).ToList();
            var received = StripeMoney.From(Number(shown, "amount_received"), shown.GetProperty("currency").GetString() ?? "");
            if (received?.Currency != refund.Amount.Currency) continue;
            payments.Add(new(
                id, received.Value.Minor - Minor(standing), Minor(ours), ours.Select(one => one.GetProperty("id").GetString()).LastOrDefault()));

            long Minor(List<JsonElement> amounts) =>
                amounts.Sum(one => StripeMoney.From(Number(one, "amount"), received.Value.Currency)?.Minor ?? 0);
        }

        return (payments, null);
    }

    private static Dictionary<string, string> Fields(EffectRequest effect, RefundPayment refund, string payment, long minor) => new()
    {
        ["payment_intent"] = payment,
        ["amount"] = $"{StripeMoney.ToStripe(new(minor, refund.Amount.Currency))}",
        ["reason"] = "requested_by_customer",
        ["metadata[refund_id]"] = refund.RefundId,
        ["metadata[customer_id]"] = refund.CustomerId,
        ["metadata[effect_id]"] = effect.Id,
    };

    private static long Number(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : 0;

    /// <param name="Last">The newest of our refunds of it.</param>
    private sealed record Refundable(string Id, long Available, long Ours, string? Last);
}
