namespace Q2C.Silo.Connectors.Stripe;

/// <summary>Stripe: customers, payment objects and refunds out, signed events in. Option <c>apiVersion</c>; secret <c>apiKey</c>.</summary>
public sealed class StripeVendor : IVendor
{
    public string Name => "stripe";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var api = new StripeApi(new(
            context.Http, context.Settings.BaseAddress,
            new SecretCredentials(() => context.Settings.SecretsOf("apiKey").Select(SecretCredentials.Bearer)), context.Time),
            context.Settings.Option("apiVersion") ?? StripeApi.DefaultVersion);
        var inbound = new StripeEvents(context.Settings.Name, api);
        return new(new StripeConnector(context.Settings, new(api, new(api)), new(api)), inbound, [new MissedEvents(api)],
            new HeldIntents(api));
    }
}
