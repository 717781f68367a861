using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>Collects idle activations while the host runs, and ends all when it stops.</summary>
internal sealed class SiloService(Catalog catalog) : IHostedService, IAsyncDisposable
{
    private ITimer? collector;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var quantum = catalog.Collection.CollectionQuantum;
        collector = catalog.Time.CreateTimer(_ => catalog.CollectIdle(), null, quantum, quantum);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (collector is not null) await collector.DisposeAsync();
        await catalog.Stop(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (collector is not null) await collector.DisposeAsync();
    }
}
