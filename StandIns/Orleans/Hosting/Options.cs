using System.Net;

namespace Orleans.Configuration;

/// <summary>Names that belong to a cluster as a whole.</summary>
public class ClusterOptions
{
    public const string DefaultClusterId = "default";
    public const string DefaultServiceId = "default";

    public string ClusterId { get; set; } = DefaultClusterId;

    /// <summary>Stays the same over all deployments of a service; part of the key of stored state.</summary>
    public string ServiceId { get; set; } = DefaultServiceId;
}

/// <summary>When activations that nobody uses end, and how long beginning and end may take.</summary>
public class GrainCollectionOptions
{
    /// <summary>How long an activation must be idle; the default is 15 minutes.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The same by full name of the grain class.</summary>
    public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = [];

    /// <summary>How often idle activations are looked for.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan ActivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>Limits of calls.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for an answer; the default is 30 seconds.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest call or answer between processes, in bytes; the default is 100 MB.</summary>
    public int MaxMessageBodySize { get; set; } = 100 * 1024 * 1024;
}

/// <summary>Limits of calls that a silo makes.</summary>
public class SiloMessagingOptions : MessagingOptions;

/// <summary>Limits of calls that a client makes.</summary>
public class ClientMessagingOptions : MessagingOptions;

/// <summary>Where a silo takes calls from other processes.</summary>
public class EndpointOptions
{
    public const int DEFAULT_SILO_PORT = 11111;
    public const int DEFAULT_GATEWAY_PORT = 30000;

    /// <summary>The address under which others know this silo.</summary>
    public IPAddress AdvertisedIPAddress { get; set; } = IPAddress.Loopback;

    /// <summary>Not used here: silos and clients share the gateway port.</summary>
    public int SiloPort { get; set; } = DEFAULT_SILO_PORT;

    /// <summary>The port that takes calls; 0 takes none.</summary>
    public int GatewayPort { get; set; } = DEFAULT_GATEWAY_PORT;

    /// <summary>Where to listen, if not on the advertised address and the gateway port.</summary>
    public IPEndPoint? GatewayListeningEndpoint { get; set; }
}

/// <summary>The silos that can be called.</summary>
public class StaticGatewayListProviderOptions
{
    /// <summary>Their gateway endpoints, as <c>gwy.tcp://address:port/0</c>; only address and port count.</summary>
    public List<Uri> Gateways { get; set; } = [];
}

/// <summary>
/// What proves that a call comes from the same cluster. Only this library has it: with Orleans, connections are
/// secured by TLS.
/// </summary>
public class ClusterKeyOptions
{
    public const int MinKeyLength = 16;

    /// <summary>A secret of at least <see cref="MinKeyLength"/> characters, the same in all silos and clients.</summary>
    public string? Key { get; set; }
}

/// <summary>Where an ADO.NET grain storage keeps its states.</summary>
public class AdoNetGrainStorageOptions
{
    public const string DEFAULT_ADONET_INVARIANT = "Microsoft.Data.SqlClient";

    public string? ConnectionString { get; set; }

    /// <summary>The invariant name of the ADO.NET provider, <c>Npgsql</c> for PostgreSQL.</summary>
    public string Invariant { get; set; } = DEFAULT_ADONET_INVARIANT;
}
