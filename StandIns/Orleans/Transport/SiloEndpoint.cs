using System.Net;
using System.Net.Sockets;

namespace Orleans.Transport;

/// <summary>Where a silo takes calls, written the same by all who know it.</summary>
internal readonly record struct SiloEndpoint(string Host, int Port)
{
    public static SiloEndpoint Of(Uri gateway) => new(gateway.IdnHost, gateway.Port);

    public static SiloEndpoint Of(IPEndPoint endpoint) => new(
        endpoint.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{endpoint.Address}]" : endpoint.Address.ToString(),
        endpoint.Port);

    public Uri Address => new($"http://{this}/");

    public override string ToString() => $"{Host}:{Port}";
}
