namespace Q2C.Silo.Connectors.Stripe;

/// <summary>Payment objects of invoices, and refunds, each under an idempotency key that a look-up may renew.</summary>
internal sealed class StripeConnector(ConnectionSettings settings, StripePayments payments, StripeRefunds refunds) : IConnector
{
    public string Connection => settings.Name;

    /// <summary>The longest that Stripe's own client waits for an answer.</summary>
    public TimeSpan LongestProcessing { get; } = settings.Seconds("longestProcessingSeconds", TimeSpan.FromSeconds(80));

    public Guarantee GuaranteeOf(Operation operation) => operation is RequestPayment or RefundPayment
        ? Guarantee.VendorIdempotency
        : throw new NotSupportedException($"Stripe cannot carry out {operation.GetType().Name}.");

    public Task<SendResult> Send(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        RequestPayment o => payments.Request(effect, o, generation, cancel),
        RefundPayment o => refunds.Refund(effect, o, generation, cancel),
        var other => throw new NotSupportedException($"Stripe cannot carry out {other.GetType().Name}."),
    };

    public Task<LookUpResult> LookUp(EffectRequest effect, int generation, CancellationToken cancel) => effect.Operation switch
    {
        RequestPayment => payments.LookUp(effect, cancel),
        RefundPayment o => refunds.LookUp(effect, o, cancel),
        var other => throw new NotSupportedException($"Stripe cannot carry out {other.GetType().Name}."),
    };

    public Task<HealthReport> CheckHealth(CancellationToken cancel) => payments.CheckHealth(cancel);
}
