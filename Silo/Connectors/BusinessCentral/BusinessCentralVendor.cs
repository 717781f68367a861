using System.Collections.Immutable;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// One company of Business Central by its API v2.0. Options: <c>tenant</c>, <c>companyId</c>, <c>clientId</c>; and where they
/// are used <c>paymentAccount</c>, <c>projectDimension</c>, <c>dimensionValues</c>, <c>notificationUrl</c>,
/// <c>tokenAddress</c>, <c>longestProcessingSeconds</c> (960). Secrets: <c>clientSecret</c>; <c>clientState</c> with
/// <c>notificationUrl</c>.
/// </summary>
public sealed class BusinessCentralVendor : IVendor
{
    private const string Scope = "https://api.businesscentral.dynamics.com/.default";

    public string Name => "businesscentral";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        var tenant = settings.RequiredOption("tenant");
        var clientId = settings.RequiredOption("clientId");
        var token = settings.Option("tokenAddress") ?? $"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token";
        if (!Uri.TryCreate(token, UriKind.Absolute, out var tokenAddress))
            throw new ConfigurationException($"{ConnectionSettings.Section}:{settings.Name}:Options:tokenAddress is no address: '{token}'.");
        var credentials = new OAuthCredentials(
            context.Http, tokenAddress,
            () =>
            [
                new("grant_type", "client_credentials"),
                new("client_id", clientId),
                new("client_secret", settings.Secret("clientSecret")),
                new("scope", Scope),
            ],
            context.Time);
        var client = new BusinessCentralClient(
            new(context.Http, settings.BaseAddress, credentials, context.Time), settings.BaseAddress, settings.RequiredOption("companyId"));
        var dimension = ProjectDimension.Of(settings);
        var maps = new BusinessCentralMaps(context.Maps);
        var connector = new BusinessCentralConnector(
            settings, client, new(client, maps, dimension), new(client, maps, dimension), new(client, maps, settings.Option("paymentAccount")));
        var inbound = new ChangeNotifications(settings.Name, client, context.Time);
        ImmutableArray<IPoller> pollers = settings.Option("notificationUrl") is { } url
            ? [new Subscriptions(client, url, () => settings.Secret("clientState"), context.Time)]
            : [];
        return new(connector, inbound, pollers, new HeldDocuments(client));
    }
}
