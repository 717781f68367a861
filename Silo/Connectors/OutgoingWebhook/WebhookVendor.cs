namespace Q2C.Silo.Connectors.OutgoingWebhook;

/// <summary>
/// Alerts as signed HTTP requests, by the Standard Webhooks specification. The address is the connection's; secret
/// <c>signing</c>: <c>whsec_</c> and the key in base64.
/// </summary>
public sealed class WebhookVendor : IVendor
{
    public string Name => "webhook";

    public ConnectionParts Connect(ConnectorContext context)
    {
        _ = WebhookConnector.Key(context.Settings);
        return new(new WebhookConnector(context.Settings, context.Http, context.Time));
    }
}
