using System.Collections.Immutable;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>
/// Jira Cloud: worklogs in, by webhook and by polling; project links out. Option <c>email</c> with secret <c>apiToken</c>,
/// or secrets <c>clientId</c> and <c>clientSecret</c> of a service account.
/// </summary>
public sealed class JiraVendor : IVendor
{
    private const string TokenAddress = "https://auth.atlassian.com/oauth/token";

    public string Name => "jira";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var settings = context.Settings;
        var api = new JiraApi(new(context.Http, settings.BaseAddress, Credentials(context), context.Time));
        var links = new JiraLinks(api, context.Time);
        var interval = settings.Seconds("pollSeconds", TimeSpan.FromMinutes(1));
        ImmutableArray<IPoller> pollers =
        [
            new ChangedWorklogs(api, context.Time, interval), new DeletedWorklogs(api, context.Time, interval),
            new LinkedProjects(api, interval),
        ];
        return new(
            new JiraConnector(settings, api, links),
            new JiraWork(settings.Name, api, links, context.References, context.Maps.Inbound<Worklog>("worklog")), pollers);
    }

    private static IVendorCredentials Credentials(ConnectorContext context)
    {
        var settings = context.Settings;
        if (settings.Option("email") is { } email)
            return new SecretCredentials(() => settings.SecretsOf("apiToken").Select(token => SecretCredentials.Basic(email, token)));
        return new OAuthCredentials(
            context.Http, new(settings.Option("tokenAddress") ?? TokenAddress),
            () =>
            [
                new("grant_type", "client_credentials"),
                new("client_id", settings.Secret("clientId")),
                new("client_secret", settings.Secret("clientSecret")),
            ],
            context.Time);
    }
}
