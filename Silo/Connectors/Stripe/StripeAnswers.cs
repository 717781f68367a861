namespace Q2C.Silo.Connectors.Stripe;

/// <summary>What became of a request that makes something at Stripe.</summary>
internal static class StripeAnswers
{
    /// <param name="what">For people: <c>payment request</c>.</param>
    public static SendResult Read(VendorReply reply, string what)
    {
        if (reply is VendorReply.Answered { IsSuccess: true } created && created.Text("id") is { Length: > 0 } id)
            return new SendResult.Accepted(id);
        var answer = reply as VendorReply.Answered;
        var code = answer?.Text("error", "code") ?? answer?.Text("error", "type");
        var message = answer?.Text("error", "message");
        return answer switch
        {
            { Status: 400 or 402 or 404 } => new SendResult.Refused(
                code ?? "STRIPE_REFUSED", message ?? $"Stripe refused the {what}.", Remedy(code),
                code is "idempotency_error" ? ErrorClass.Permanent : ErrorClass.Business),

            // Our own request under this key is still at work there.
            { Status: 409 } => new SendResult.Unknown(message ?? "Stripe still works on the request with this key."),
            _ => reply.ToSendResult(code, message),
        };
    }

    private static string Remedy(string? code) => code switch
    {
        "idempotency_error" => "The same key was used with other content; retry makes a new request with a new key.",
        "amount_too_large" or "amount_too_small" => "Stripe limits the amount of one payment: collect this invoice another way and skip the step.",
        _ => "Correct what Stripe names, then retry; or skip the step and settle it another way.",
    };
}
