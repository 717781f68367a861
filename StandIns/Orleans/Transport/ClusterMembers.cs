using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>The configured silos, for a client.</summary>
internal sealed class ClientMembers(IOptions<StaticGatewayListProviderOptions> gateways) : IClusterMembers
{
    public IReadOnlyList<SiloEndpoint> All { get; } = gateways.Value.Gateways is { Count: > 0 } given
        ? [.. given.Select(SiloEndpoint.Of).Distinct()]
        : throw new OrleansConfigurationException(
            "The client knows no silo: call UseStaticClustering or UseLocalhostClustering.");

    public SiloEndpoint? Self => null;
}

/// <summary>The configured silos and this one, once it listens.</summary>
internal sealed class SiloMembers(
    IOptions<StaticGatewayListProviderOptions> gateways,
    IOptions<ClusterOptions> cluster,
    SiloListener listener) : IClusterMembers, ILocalSiloDetails
{
    private readonly Lock gate = new();
    private SiloEndpoint[]? all;

    public IReadOnlyList<SiloEndpoint> All
    {
        get
        {
            lock (gate) return all ??= Find();
        }
    }

    public SiloEndpoint? Self => listener.Listening is { } endpoint ? SiloEndpoint.Of(endpoint) : null;

    public string Name { get; } = $"Silo_{Environment.MachineName}_{Environment.ProcessId}";

    public string ClusterId => cluster.Value.ClusterId;

    public SiloAddress GatewayAddress =>
        SiloAddress.New(listener.Listening ?? new(System.Net.IPAddress.Loopback, 0), 0);

    /// <summary>Called when the listener started: only now is it known which of the silos this one is.</summary>
    /// <exception cref="OrleansConfigurationException">Others are configured and this one takes no calls.</exception>
    public void Refresh()
    {
        lock (gate) all = Find();
        if (Self is null && all.Length > 0)
            throw new OrleansConfigurationException(
                "Other silos are configured, and this one takes no calls from them: set a gateway port and " +
                $"{nameof(ClusterKeyOptions)}.{nameof(ClusterKeyOptions.Key)}.");
    }

    private SiloEndpoint[] Find() =>
        [.. gateways.Value.Gateways.Select(SiloEndpoint.Of).Concat(Self is { } self ? [self] : []).Distinct()];
}
