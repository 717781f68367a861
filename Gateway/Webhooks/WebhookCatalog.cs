using System.Collections.Frozen;

namespace Q2C.Gateway.Webhooks;

/// <summary>The connections that may deliver, by name. Built at start-up: a mistake in the configuration stops it.</summary>
internal sealed class WebhookCatalog
{
    private readonly FrozenDictionary<string, Webhook> _webhooks;

    private WebhookCatalog(IEnumerable<Webhook> webhooks) =>
        _webhooks = webhooks.ToFrozenDictionary(webhook => webhook.Connection, StringComparer.Ordinal);

    public Webhook? Find(string connection) => _webhooks.GetValueOrDefault(connection);

    /// <summary>Throws <see cref="InvalidOperationException"/> that names the setting.</summary>
    public static WebhookCatalog Read(IConfiguration configuration) => new(
        from connection in configuration.GetSection("Q2C:Connections").GetChildren()
        let section = connection.GetSection("Webhook")
        where section.Exists()
        select Create(connection.Key, section));

    private static Webhook Create(string connection, IConfigurationSection section)
    {
        var options = section.Get<WebhookOptions>() ?? new();
        return options.Scheme switch
        {
            "stripe" => new(connection, new StripeScheme(Secrets(section, options), options.Tolerance), options.MaxBodyBytes),
            "salesforce-outbound" when options.OrganizationId.Length is 15 or 18 =>
                new(connection, new SalesforceOutboundScheme(options.OrganizationId), options.MaxBodyBytes),
            "salesforce-outbound" => throw Wrong(section, "OrganizationId", "must have 15 or 18 characters"),
            "hmac-sha256" when options.Header.Length == 0 => throw Wrong(section, "Header", "must name the signature's header"),
            "hmac-sha256" when options.Encoding is not ("hex" or "base64") => throw Wrong(section, "Encoding", "must be hex or base64"),
            "hmac-sha256" => new(connection, new HmacScheme(Secrets(section, options), options), options.MaxBodyBytes),
            _ => throw Wrong(section, "Scheme", "must be stripe, salesforce-outbound or hmac-sha256"),
        };
    }

    private static List<string> Secrets(IConfigurationSection section, WebhookOptions options) => options.Secrets.Length == 0
        ? throw Wrong(section, "Secrets", "must name at least one secret, as env:NAME or file:/path")
        : [.. options.Secrets.Select(SecretReference.Resolve)];

    private static InvalidOperationException Wrong(IConfigurationSection section, string member, string rule) =>
        new($"{section.Path}:{member} {rule}.");
}

internal sealed record Webhook(string Connection, IWebhookScheme Scheme, int MaxBodyBytes);
