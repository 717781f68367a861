using System.Net;
using System.Net.Sockets;

namespace Q2C.Silo.Tests;

/// <summary>A silo by itself, for tests that host grains in their own process.</summary>
internal static class LocalSilo
{
    public static void UseLocalSilo(this ISiloBuilder silo)
    {
        silo.UseLocalhostClustering(FreePort(), FreePort());
        silo.AddMemoryGrainStorage("PubSubStore");
        silo.AddMemoryStreams(DeliveryStreams.Provider);
    }

    /// <summary>A port of the loopback address that nobody listens at.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
