using System.Collections.Immutable;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>Kantata OX: projects, tasks and roles out; approved work in, by polling. Secret <c>token</c>.</summary>
public sealed class KantataVendor : IVendor
{
    public string Name => "kantata";

    public ConnectionParts Connect(ConnectorContext context)
    {
        var api = new KantataApi(new(
            context.Http, context.Settings.BaseAddress, new SecretCredentials(() => context.Settings.SecretsOf("token").Select(SecretCredentials.Bearer)), context.Time));
        ImmutableArray<IPoller> pollers = [new SubscribedEvents(api, context.Time)];
        return new(
            new KantataConnector(context.Settings, api, new(api)), new KantataWork(context.Settings.Name, api), pollers,
            new HeldProjects(api));
    }
}
