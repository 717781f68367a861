#if OFFICIAL_PACKAGES
using Orleans.Configuration;
#endif
using Orleans.Hosting;

namespace Q2C.Silo.Operations;

/// <summary>How silos find each other and what carries deliveries: the one file that differs between the builds.</summary>
internal static class Clustering
{
    private const string ServiceId = "q2c";

    public static void Configure(ISiloBuilder silo, string postgres, string region, int siloPort)
    {
#if OFFICIAL_PACKAGES
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", postgres));
        silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (ServiceId, $"{ServiceId}-{region}"));
        silo.ConfigureEndpoints(siloPort, siloPort + 1);
        silo.AddMemoryGrainStorage("PubSubStore");
#else
        silo.UseLocalhostClustering(siloPort, siloPort, serviceId: ServiceId, clusterId: $"{ServiceId}-{region}");
#endif
        silo.AddMemoryStreams(DeliveryStreams.Provider);
    }
}
