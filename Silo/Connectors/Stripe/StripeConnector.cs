using System.Text.Json;

namespace Q2C.Silo.Connectors.Stripe;

/// <summary>Creates the payment object of an invoice. It carries our invoice id as metadata, which its events bring back.</summary>
internal sealed class StripeConnector(ConnectionSettings settings, StripeApi api) : IConnector
{
    /// <summary>Of the newest payment objects; older ones are in the search index.</summary>
    private const int MaxLookUpPages = 5;

    public string Connection => settings.Name;

    /// <summary>The longest that Stripe's own client waits for an answer.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromSeconds(80));

    public Guarantee GuaranteeOf(Operation operation) => operation is RequestPayment
        ? Guarantee.VendorIdempotency
        : throw new NotSupportedException($"Stripe cannot carry out {operation.GetType().Name}.");

    public async Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel)
    {
        if (effect.Operation is not RequestPayment payment)
            throw new NotSupportedException($"Stripe cannot carry out {effect.Operation.GetType().Name}.");
        var reply = await api.CreateIntent(Fields(effect, payment), effect.IdempotencyKey(generation), effect.Id, cancel);
        if (reply is VendorReply.Answered { IsSuccess: true } created && created.Text("id") is { Length: > 0 } id)
            return new SendResult.Accepted(id);
        var answer = reply as VendorReply.Answered;
        var code = answer?.Text("error", "code") ?? answer?.Text("error", "type");
        var message = answer?.Text("error", "message");
        return answer switch
        {
            { Status: 400 or 402 or 404 } => new SendResult.Refused(
                code ?? "STRIPE_REFUSED", message ?? "Stripe refused the payment request.", Remedy(code),
                code is "idempotency_error" ? ErrorClass.Permanent : ErrorClass.Business),

            // Our own request under this key is still at work there.
            { Status: 409 } => new SendResult.Unknown(message ?? "Stripe still works on the request with this key."),
            _ => reply.ToSendResult(code, message),
        };
    }

    public async Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel)
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
        VendorReply.Answered answer => new(false, $"Stripe answers {answer.Status}."),
        VendorReply.NotSent failure => new(false, failure.Message),
        VendorReply.Lost failure => new(false, failure.Message),
        _ => throw new InvalidOperationException("A reply is one of three."),
    };

    private static Dictionary<string, string> Fields(EffectRequest effect, RequestPayment payment)
    {
        var fields = new Dictionary<string, string>
        {
            ["amount"] = $"{StripeMoney.ToStripe(payment.Due)}",
            ["currency"] = payment.Due.Currency.ToLowerInvariant(),
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
            if (intent.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("effect_id", out var id)
                && id.GetString() == effect.Id)
                return intent.GetProperty("id").GetString();
        return null;
    }

    private static string Remedy(string? code) => code switch
    {
        "idempotency_error" => "The same key was used with other content; retry makes a new request with a new key.",
        "amount_too_large" or "amount_too_small" => "Stripe limits the amount of one payment: collect this invoice another way and skip the step.",
        _ => "Correct what Stripe names, then retry; or skip the step and collect the invoice another way.",
    };
}
