namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>
/// Salesforce with CPQ: Outbound Messages in, status out. Option <c>apiVersion</c>; secrets <c>clientId</c>,
/// <c>clientSecret</c> of a connected app with the client-credentials flow.
/// </summary>
public sealed class SalesforceVendor : IVendor
{
    public const string DefaultApiVersion = "v62.0";

    public string Name => "salesforce";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        var credentials = new OAuthCredentials(
            context.Http, new(settings.BaseAddress, "/services/oauth2/token"),
            () =>
            [
                new("grant_type", "client_credentials"),
                new("client_id", settings.Secret("clientId")),
                new("client_secret", settings.Secret("clientSecret")),
            ],
            context.Time);
        var api = new SalesforceApi(
            new(context.Http, settings.BaseAddress, credentials, context.Time), settings.Option("apiVersion") ?? DefaultApiVersion);
        var quotes = new QuoteReader(api, context.Maps);
        return new(
            new SalesforceConnector(settings, api, context.Maps.Outbound<ReportCrmStatus>("status")),
            new ClosedWon(settings.Name, context.Policies.Region, quotes));
    }
}
