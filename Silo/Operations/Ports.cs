using System.Net;
using System.Net.Sockets;

namespace Q2C.Silo.Operations;

internal static class Ports
{
    /// <summary>Throws <see cref="OperationsException"/> if something listens on the port already.</summary>
    public static void EnsureFree(int port, string whose, string option)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port) { ExclusiveAddressUse = true };
            listener.Start();
        }
        catch (SocketException)
        {
            throw new OperationsException(
                $"Port {port}, meant for the {whose}, is in use.",
                $"Stop what uses it (./q2c down, if it is an earlier run), or choose another with {option}.");
        }
    }
}
