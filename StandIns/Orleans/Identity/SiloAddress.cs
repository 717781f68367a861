using System.Net;

namespace Orleans.Runtime;

/// <summary>Where a silo is reached.</summary>
[Immutable]
public sealed class SiloAddress : IEquatable<SiloAddress>
{
    private SiloAddress(IPEndPoint endpoint, int generation) => (Endpoint, Generation) = (endpoint, generation);

    public IPEndPoint Endpoint { get; }

    public int Generation { get; }

    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

    public bool Equals(SiloAddress? other) =>
        other is not null && other.Generation == Generation && other.Endpoint.Equals(Endpoint);

    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    public override string ToString() => $"{Endpoint}:{Generation}";
}

/// <summary>What this silo is called and where it listens.</summary>
public interface ILocalSiloDetails
{
    string Name { get; }

    string ClusterId { get; }

    /// <summary>The endpoint that takes calls from other processes; port 0 while it takes none.</summary>
    SiloAddress GatewayAddress { get; }
}
