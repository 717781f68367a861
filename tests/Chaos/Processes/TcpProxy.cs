using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Q2C.Chaos.Processes;

/// <summary>How a line between two parts is.</summary>
/// <param name="IsCut">Connections break, and none is taken.</param>
/// <param name="IsSilent">Nothing passes, and nobody is told: a cable that was pulled.</param>
/// <param name="Delay">Of every piece that passes.</param>
internal sealed record LineState(bool IsCut = false, bool IsSilent = false, TimeSpan Delay = default)
{
    public static readonly LineState Good = new();
}

/// <summary>A line that can be made bad. With several targets it goes to the first that answers, as a load balancer would.</summary>
/// <param name="targets">Ports on this machine, in the order in which they are tried; asked anew for each connection.</param>
internal sealed class TcpProxy(Func<IEnumerable<int>> targets) : IAsyncDisposable
{
    private const int BufferSize = 16 * 1024;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private volatile LineState _state = LineState.Good;
    private Task _accepting = Task.CompletedTask;

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public LineState State
    {
        get => _state;
        set
        {
            _state = value;
            if (!value.IsCut) return;
            foreach (var client in _open.Keys) client.Close();
        }
    }

    public TcpProxy Start()
    {
        _listener.Start();
        _accepting = Accept();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        foreach (var client in _open.Keys) client.Close();
        await _accepting;
        _end.Dispose();
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                _ = Serve(await _listener.AcceptTcpClientAsync(_end.Token));
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(TcpClient from)
    {
        using var near = from;
        if (_state.IsCut) return;
        using var far = await Connect();
        if (far is null) return;
        _open[near] = _open[far] = true;
        try
        {
            near.NoDelay = far.NoDelay = true;
            await Task.WhenAny(Copy(near, far), Copy(far, near));
        }
        finally
        {
            _open.TryRemove(near, out _);
            _open.TryRemove(far, out _);
        }
    }

    private async Task<TcpClient?> Connect()
    {
        foreach (var port in targets())
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, _end.Token);
                return client;
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                client.Dispose();
            }
        }

        return null;
    }

    private async Task Copy(TcpClient from, TcpClient to)
    {
        var buffer = new byte[BufferSize];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _end.Token) is var read and > 0)
            {
                while (_state.IsSilent) await Task.Delay(Glance, _end.Token);
                if (_state.Delay > TimeSpan.Zero) await Task.Delay(_state.Delay, _end.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The other direction ends with it.
        }
    }
}
