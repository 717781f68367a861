using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Q2C.StandIns.Orleans.Tests;

/// <summary>Silos and a client as hosts of their own, which reach each other over HTTP/2 on loopback only.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    public const string Key = "a key for tests only";

    private readonly List<IHost> clients = [];

    private TestCluster(IHost[] silos, int[] ports) => (Silos, Ports) = (silos, ports);

    public IHost[] Silos { get; }

    public int[] Ports { get; }

    public static async Task<TestCluster> Start(int silos, Action<ISiloBuilder>? configure = null)
    {
        var ports = Enumerable.Range(0, silos).Select(_ => FreePort()).ToArray();
        var hosts = ports.Select((port, index) => Silo(index, port, ports, configure)).ToArray();
        foreach (var host in hosts) await host.StartAsync();
        return new(hosts, ports);
    }

    public async Task<IClusterClient> Client(string key = Key, Action<IClientBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering([.. Ports.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
            client.Configure<ClusterKeyOptions>(options => options.Key = key);
            client.AddMemoryStreams("streams");
            configure?.Invoke(client);
        });
        var host = builder.Build();
        clients.Add(host);
        await host.StartAsync();
        return host.Services.GetRequiredService<IClusterClient>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in clients.Concat(Silos))
        {
            await host.StopAsync();
            host.Dispose();
        }
    }

    private static IHost Silo(int index, int port, int[] ports, Action<ISiloBuilder>? configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            silo.ConfigureEndpoints(IPAddress.Loopback, 0, port);
            silo.Configure<ClusterKeyOptions>(options => options.Key = Key);
            silo.Configure<StaticGatewayListProviderOptions>(options =>
                options.Gateways = [.. ports.Select(other => new Uri($"gwy.tcp://127.0.0.1:{other}/0"))]);
            silo.AddMemoryStreams("streams");
            silo.AddMemoryGrainStorage("memory");
            silo.Services.AddSingleton(new SiloName($"silo{index}"));
            silo.Services.AddSingleton<Witness>();
            configure?.Invoke(silo);
        });
        return builder.Build();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

public sealed record SiloName(string Name);
