#if OFFICIAL_PACKAGES
using Orleans.Configuration;
#else
using System.Net;
#endif

namespace Q2C.Gateway;

/// <summary>How a gateway of its own finds the silos: the one file that differs between the builds.</summary>
internal static class ClusterConnection
{
    private const string ServiceId = "q2c";

    /// <summary>
    /// Settings, the same as of silos: <c>Q2C:Cluster:Silos</c>, the address:port of every silo (the local one), and
    /// <c>Q2C:Cluster:Key</c>, the file with the key that they share. Throws <see cref="InvalidOperationException"/> for a
    /// silo that is no address with a port.
    /// </summary>
    public static void Configure(IClientBuilder client, GatewayOptions options, IConfiguration configuration)
    {
#if OFFICIAL_PACKAGES
        client.UseAdoNetClustering(
            clustering => (clustering.Invariant, clustering.ConnectionString) = ("Npgsql", Database(options.Postgres)));
        client.Configure<ClusterOptions>(
            cluster => (cluster.ServiceId, cluster.ClusterId) = (ServiceId, $"{ServiceId}-{options.Region}"));
#else
        client.UseStaticClustering(Silos(configuration));
        if (configuration["Q2C:Cluster:Key"] is { Length: > 0 } keyFile)
            client.Configure<Orleans.Configuration.ClusterKeyOptions>(cluster => cluster.Key = File.ReadAllText(keyFile).Trim());
        client.Configure<Orleans.Configuration.ClusterOptions>(
            cluster => (cluster.ServiceId, cluster.ClusterId) = (ServiceId, $"{ServiceId}-{options.Region}"));
#endif
    }

#if OFFICIAL_PACKAGES
    /// <summary>Where Orleans finds the statements of its membership (0050_cluster_membership.sql).</summary>
    public static string Database(string postgres) =>
        new Npgsql.NpgsqlConnectionStringBuilder(postgres) { SearchPath = "q2c_cluster" }.ConnectionString;
#else
    private static readonly string[] LocalSilo = ["127.0.0.1:5081"];

    private static IPEndPoint[] Silos(IConfiguration configuration) =>
        [.. (configuration.GetSection("Q2C:Cluster:Silos").Get<string[]>() ?? LocalSilo).Select(text =>
            IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port > 0
                ? endpoint
                : throw new InvalidOperationException($"Q2C:Cluster:Silos names '{text}', which is no address with a port."))];
#endif
}
