using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Q2C.StandIns.Orleans.Tests;

/// <summary>A silo in this process that takes no calls from others.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private TestSilo(IHost host) => Host = host;

    public IHost Host { get; }

    public IClusterClient Client => Host.Services.GetRequiredService<IClusterClient>();

    public static async Task<TestSilo> Start(Action<ISiloBuilder>? configure = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(gatewayPort: 0);
            silo.AddMemoryGrainStorage("memory");
            silo.AddMemoryStreams("streams");
            silo.Services.AddSingleton<Witness>();
            configure?.Invoke(silo);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    public Witness Witness => Host.Services.GetRequiredService<Witness>();

    public T Grain<T>(string key) where T : IGrainWithStringKey => Client.GetGrain<T>(key);

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync();
        Host.Dispose();
    }
}
