using System.Text.Json;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>Creates the payment object of an invoice. It carries our invoice id as metadata, which its events bring back.</summary>
internal sealed class StripePayments(StripeApi api, StripeCustomers customers)
{
    /// <summary>Of the newest payment objects; older ones are in the search index.</summary>
    private const int MaxLookUpPages = 5;

    public async Task<SendResult> Request(EffectRequest effect, RequestPayment payment, int generation, CancellationToken cancel)
    {
        var (customer, failure) = await customers.Ensure(payment, effect.Id, cancel);
        if (failure is not null) return failure;
        var reply = await api.CreateIntent(Fields(effect, payment, customer!), effect.IdempotencyKey(generation), effect.Id, cancel);
        return StripeAnswers.Read(reply, "payment request");
    }

    public async Task<LookUpResult> LookUp(EffectRequest effect, CancellationToken cancel)
    {
        string? after = null;
        for (var page = 0; page < MaxLookUpPages; page++)
        {
            var reply = await api.Intents(after, effect.Id, cancel);
            if (StripeApi.Items(reply) is not { } intents) return reply.ToLookUpUnavailable();
            if (Of(effect, intents) is { } id) return new LookUpResult.Found(id);
            if (intents.Count < StripeApi.PageSize) return new LookUpResult.Absent();
            after = intents[^1].GetProperty("id").GetString();
        }

        var search = await api.IntentsOfEffect(effect.Id, effect.Id, cancel);
        if (StripeApi.Items(search) is not { } older) return search.ToLookUpUnavailable();
        return Of(effect, older) is { } found ? new LookUpResult.Found(found) : new LookUpResult.Absent();
    }

    public async Task<HealthReport> CheckHealth(CancellationToken cancel) => await api.Account(cancel) switch
    {
        VendorReply.Answered { IsSuccess: true } => new(true, "Stripe answers and takes our key."),
        VendorReply.Answered { Status: 401 } => new(false, "Stripe refuses our API key. Check the secret apiKey of this connection."),
        VendorReply.Answered { Status: 400 } answer when answer.Text("error", "message") is { } message => new(false, $"Stripe answers: {message}"),
        var reply => new(false, reply.ToLookUpUnavailable().Message),
    };

    private static Dictionary<string, string> Fields(EffectRequest effect, RequestPayment payment, string customer)
    {
        var fields = new Dictionary<string, string>
        {
            ["amount"] = $"{StripeMoney.ToStripe(payment.Due)}",
            ["currency"] = payment.Due.Currency.ToLowerInvariant(),
            ["customer"] = customer,
            ["description"] = $"Invoice {payment.Number}, due {payment.DueDate:yyyy-MM-dd}",
            ["automatic_payment_methods[enabled]"] = "true",
            ["metadata[invoice_id]"] = payment.InvoiceId,
            ["metadata[invoice_number]"] = payment.Number,
            ["metadata[customer_id]"] = payment.CustomerId,
            ["metadata[effect_id]"] = effect.Id,
        };
        if (payment.Email is { Length: > 0 } email) fields["receipt_email"] = email;
        return fields;
    }

    private static string? Of(EffectRequest effect, IReadOnlyList<JsonElement> intents)
    {
        foreach (var intent in intents)
            if (StripeApi.Metadata(intent, "effect_id") == effect.Id) return intent.GetProperty("id").GetString();
        return null;
    }
}
