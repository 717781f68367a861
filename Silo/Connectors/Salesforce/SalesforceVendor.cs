using System.Collections.Immutable;
using Q2C.Silo.Connectors.Salesforce.PubSub;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>
/// Salesforce with CPQ: Outbound Messages or change events in, status out. Options <c>apiVersion</c>, <c>currency</c>, and
/// <c>changeEvents</c> with <c>organizationId</c>; secrets <c>clientId</c>, <c>clientSecret</c> of a connected app with the
/// client-credentials flow.
/// </summary>
public sealed class SalesforceVendor : IVendor
{
    private static readonly string[] Told = ["Opportunity", "Account"];

    public string Name => "salesforce";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var org = SalesforceOrg.Of(context);
        var quotes = new QuoteReader(org.Api, context.Maps);
        return new(
            new SalesforceConnector(context.Settings, org.Api, context.Maps.Outbound<ReportCrmStatus>("status")),
            new ClosedWon(
                context.Settings.Name, context.Policies.Region, quotes, context.References, context.Settings.Option("currency")),
            org.ChangesOf(Told), new HeldByExternalId(org.Api, SalesforceConnector.Opportunity, SalesforceConnector.EngagementId, "opportunity", Ids.Contract));
    }
}

/// <summary>One org as packages in it are reached too: session, REST API and change events.</summary>
internal sealed class SalesforceOrg : IDisposable
{
    private const string DefaultApiVersion = "v62.0";
    private const string DefaultPubSub = "https://api.pubsub.salesforce.com:7443";

    private readonly ConnectorContext _context;
    private readonly OAuthCredentials _credentials;

    private SalesforceOrg(ConnectorContext context)
    {
        var settings = context.Settings;
        _context = context;
        _credentials = new(
            context.Http, new(settings.BaseAddress, "/services/oauth2/token"),
            () =>
            [
                new("grant_type", "client_credentials"),
                new("client_id", settings.Secret("clientId")),
                new("client_secret", settings.Secret("clientSecret")),
            ],
            context.Time);
        Api = new(new(context.Http, settings.BaseAddress, _credentials, context.Time), settings.Option("apiVersion") ?? DefaultApiVersion);
    }

    public SalesforceApi Api { get; }

    public static SalesforceOrg Of(ConnectorContext context) => new(context);

    public void Dispose() => _credentials.Dispose();

    /// <summary>
    /// The objects whose changes are followed: with the option <c>changeEvents</c> set to <c>all</c> those that matter to
    /// the connector, or a part of them; none without it. Throws <see cref="ConfigurationException"/> for another object.
    /// </summary>
    public ImmutableArray<IPoller> ChangesOf(string[] told)
    {
        var settings = _context.Settings;
        if (settings.Option("changeEvents") is not { Length: > 0 } asked) return [];
        var entities = asked == "all" ? told : asked.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entities.Except(told).FirstOrDefault() is { } unknown)
            throw new ConfigurationException(
                $"{ConnectionSettings.Section}:{settings.Name}:Options:changeEvents names '{unknown}'; known are all, {string.Join(", ", told)}.");
        var address = settings.Option("pubSubAddress") ?? DefaultPubSub;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var server))
            throw new ConfigurationException($"{ConnectionSettings.Section}:{settings.Name}:Options:pubSubAddress is no address: '{address}'.");
        var pubSub = new PubSubClient(_context.Http, server, settings.BaseAddress, settings.RequiredOption("organizationId"), _credentials);
        return [.. entities.Select(entity => new ChangeEvents(pubSub, Api, entity, SalesforceApi.ClientName, _context.Time))];
    }
}
