using Microsoft.Extensions.DependencyInjection.Extensions;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Reconciliation;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Effects;

public static class EffectServices
{
    /// <summary>
    /// Effects, inbox and polls of every connection. Needs the journal (<c>AddJournal</c>) and the connections
    /// (<c>AddConnectors</c>).
    /// </summary>
    public static IServiceCollection AddEffects(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IEffectStore, EffectStore>();
        services.AddSingleton<ConnectionHolds>();
        services.AddSingleton<IInboxStore, InboxStore>();
        services.AddSingleton<ReconciliationStore>();
        services.TryAddSingleton(Random.Shared);
        services.AddHostedService<RestoredConnections>();
        services.AddHostedService<ConnectionHost>();
        services.AddHostedService<ConnectionWatches>();
        return services;
    }
}
