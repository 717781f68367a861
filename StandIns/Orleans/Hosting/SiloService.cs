using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using Orleans.Transport;

namespace Orleans.Hosting;

/// <summary>Starts and stops the silo with its host, and collects idle activations in between.</summary>
internal sealed class SiloService(Catalog catalog, SiloListener listener, SiloMembers members) : IHostedService, IDisposable
{
    private ITimer? collector;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await listener.Start(cancellationToken);
        members.Refresh();
        var quantum = catalog.Collection.CollectionQuantum;
        collector = catalog.Time.CreateTimer(_ => catalog.CollectIdle(), null, quantum, quantum);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        collector?.Dispose();
        try
        {
            await catalog.Stop(cancellationToken);
        }
        finally
        {
            await listener.Stop(cancellationToken);
        }
    }

    public void Dispose() => collector?.Dispose();
}
