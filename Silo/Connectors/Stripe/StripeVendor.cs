namespace Q2C.Silo.Connectors.Stripe;

/// <summary>Stripe: payment objects out, signed events in. Secret <c>apiKey</c>.</summary>
public sealed class StripeVendor : IVendor
{
    public string Name => "stripe";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var api = new StripeApi(new(
            context.Http, context.Settings.BaseAddress, new SecretCredentials(() => SecretCredentials.Bearer(context.Settings.Secret("apiKey"))), context.Time));
        var inbound = new StripeEvents(context.Settings.Name, api);
        return new(new StripeConnector(context.Settings, api), inbound, [new MissedEvents(api)]);
    }
}
