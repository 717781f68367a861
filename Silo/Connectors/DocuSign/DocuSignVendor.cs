using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>
/// DocuSign eSignature: Connect events in, envelopes read. Options: <c>accountId</c>, <c>userId</c>, <c>integrationKey</c>,
/// <c>authServer</c> (https://account.docusign.com), <c>quoteField</c> (q2c_quote_id), <c>quotesOf</c>. Secret:
/// <c>privateKey</c>, the PEM of the integration's RSA key.
/// </summary>
public sealed class DocuSignVendor : IVendor
{
    private const string AuthServer = "https://account.docusign.com";
    private const string DefaultField = "q2c_quote_id";

    public string Name => "docusign";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        if (!Uri.TryCreate(settings.Option("authServer") ?? AuthServer, UriKind.Absolute, out var server))
            throw new ConfigurationException($"{ConnectionSettings.Section}:{settings.Name}:Options:authServer is no address.");
        var (integration, user) = (settings.RequiredOption("integrationKey"), settings.RequiredOption("userId"));
        var assertion = new SignedAssertion(
            new() { ["typ"] = "JWT" }, () => new JsonObject
            {
                ["iss"] = integration, ["sub"] = user, ["aud"] = server.Host, ["scope"] = "signature impersonation",
            }, () => settings.Secret("privateKey"), RsaSignature.Pkcs1, context.Time);
        assertion.Check();
        var credentials = new OAuthCredentials(
            context.Http, new(server, "/oauth/token"),
            () => [new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", assertion.Create())], context.Time);
        var api = new DocuSignApi(new(context.Http, settings.BaseAddress, credentials, context.Time), settings.RequiredOption("accountId"), context.Time);
        var quotes = new QuoteField(settings.Option("quoteField") ?? DefaultField, settings.Option("quotesOf"), context.Policies.Region);
        return new(
            new DocuSignConnector(settings, api), new EnvelopeEvents(settings.Name, api, quotes), [new ChangedEnvelopes(api, context.Time)]);
    }
}
