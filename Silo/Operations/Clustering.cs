using System.Net;
using Orleans.Configuration;

namespace Q2C.Silo.Operations;

/// <summary>
/// How silos find each other and what carries deliveries: the one file of this project that differs between the builds.
/// Settings: <c>Q2C:Cluster:Address</c> (loopback), and without membership <c>Q2C:Cluster:Silos</c>, the address:port of
/// every silo, and <c>Q2C:Cluster:Key</c>, the file with the key that they share; without a key a silo serves only its
/// own process. On Orleans' packages, silos reach each other at the port after the one that they are told.
/// </summary>
internal static class Clustering
{
    private const string ServiceId = "q2c";

    public static void Configure(ISiloBuilder silo, IConfiguration configuration, string region, int siloPort)
    {
        var address = IPAddress.Parse(configuration["Q2C:Cluster:Address"] ?? "127.0.0.1");
#if OFFICIAL_PACKAGES
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (
            "Npgsql", Gateway.ClusterConnection.Database(configuration.GetConnectionString("Postgres")!)));
        silo.ConfigureEndpoints(address, siloPort == 0 ? EndpointOptions.DEFAULT_SILO_PORT : siloPort + 1, gatewayPort: siloPort);
        silo.AddMemoryGrainStorage("PubSubStore");
#else
        silo.ConfigureEndpoints(address, siloPort, gatewayPort: siloPort);
        if (configuration["Q2C:Cluster:Key"] is { Length: > 0 } keyFile)
            silo.Configure<ClusterKeyOptions>(options => options.Key = File.ReadAllText(keyFile).Trim());
        var silos = configuration.GetSection("Q2C:Cluster:Silos").Get<string[]>() ?? [];
        silo.Configure<StaticGatewayListProviderOptions>(options =>
            options.Gateways = [.. silos.Select(one => new Uri($"gwy.tcp://{one}/0"))]);
#endif
        silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ServiceId, $"{ServiceId}-{region}"));
        silo.AddMemoryStreams(DeliveryStreams.Provider);
    }
}
