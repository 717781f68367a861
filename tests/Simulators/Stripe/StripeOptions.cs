using Q2C.Simulators.Core;

namespace Q2C.Simulators.Stripe;

/// <summary>Settings of the Stripe simulator. The defaults are fixed test credentials, valid nowhere else.</summary>
public sealed record StripeOptions : SimulatorOptions
{
    public string SecretKey { get; init; } = "sk_test_simulator";

    public string WebhookSecret { get; init; } = "whsec_simulator";

    /// <summary>Path of the webhook endpoint under <see cref="SimulatorOptions.Webhooks"/>.</summary>
    public string WebhookPath { get; init; } = "/webhooks/stripe";

    /// <summary>Event types that the webhook endpoint is subscribed to; "*" takes all.</summary>
    public IReadOnlyList<string> EnabledEvents { get; init; } =
        ["payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"];

    /// <summary>How long a new or changed object stays invisible to search.</summary>
    public TimeSpan SearchLag { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Delay before the first retry of a webhook; it doubles up to an hour, for three days.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);
}
