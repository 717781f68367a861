using Q2C.Silo.Operations;

namespace Q2C.EndToEnd;

/// <summary>Runs a hub that dies as planned and is started again each time; after the last kill it stays.</summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private const int KilledBySignal9 = 137;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _happened = [];

    public Supervisor(Town town, string postgres, KillPlan plan)
    {
        Left = plan;
        Failure = Run(town, postgres);
    }

    /// <summary>Ends only with an exception: a hub ended that nobody killed.</summary>
    public Task Failure { get; }

    /// <summary>What has yet to happen.</summary>
    public KillPlan Left { get; private set; }

    /// <summary>The kills so far.</summary>
    public string Happened
    {
        get
        {
            lock (_happened) return string.Join(", ", _happened);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Failure.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Run(Town town, string postgres)
    {
        while (true)
        {
            await using var hub = HubProcess.Launch(
                town, postgres, town.HubPort, new Dictionary<string, string> { [FaultPoints.Variable] = Left.Faults });
            var ended = hub.Exit(_stop.Token);
            if (Left.Moments is [var moment, ..] && await Task.WhenAny(ended, Task.Delay(moment, _stop.Token)) != ended)
            {
                _stop.Token.ThrowIfCancellationRequested();
                hub.Kill();
                await ended;
                Left = Left.WithoutFirstMoment();
                Remember($"after {moment.TotalSeconds:0.0} s");
                continue;
            }

            var code = await ended;
            var point = Left.Points.Keys.FirstOrDefault(name => hub.Output.Contains(FaultPoints.LastWords(name)));
            if (code != KilledBySignal9 || point is null)
                throw new InvalidOperationException($"The hub ended by itself with {code}.\n{hub.Output}");
            Remember($"{point}@{Left.Points[point]}");
            Left = Left.Without(point, hub.Output);
        }
    }

    private void Remember(string kill)
    {
        lock (_happened) _happened.Add(kill);
    }
}
