using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Q2C.Silo.Tests.Connectors.Notifications;

/// <summary>
/// A mail server on a port of its own that keeps what it is given (RFC 5321: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT), and
/// can be told to misbehave.
/// </summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public SmtpServer()
    {
        _listener.Start();
        _serving = Serve();
    }

    public Uri Address => new($"smtp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentQueue<string> Messages { get; } = new();

    /// <summary>The answer to the recipient, unless it is taken.</summary>
    public string? Recipient { get; set; }

    /// <summary>user NUL user NUL password in base64; anything goes without.</summary>
    public string? Credentials { get; set; }

    /// <summary>Takes the next message and hangs up instead of saying so.</summary>
    public bool HangsUp { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Serve()
    {
        while (true)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            try
            {
                await Talk(client.GetStream());
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }

    private async Task Talk(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            switch (line.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await writer.WriteLineAsync(Credentials is null ? "250 test" : "250-test\r\n250 AUTH PLAIN");
                    break;
                case "AUTH":
                    await writer.WriteLineAsync(line.EndsWith(Credentials!, StringComparison.Ordinal) ? "235 welcome" : "535 no");
                    break;
                case "RCPT":
                    await writer.WriteLineAsync(Recipient ?? "250 ok");
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    Messages.Enqueue(await Body(reader));
                    if (HangsUp) return;
                    await writer.WriteLineAsync("250 kept");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("250 ok");
                    break;
            }
        }
    }

    private static async Task<string> Body(StreamReader reader)
    {
        var body = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line && line != ".") body.AppendLine(line);
        return body.ToString();
    }
}
