using Q2C.Silo.Connectors;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Effects;

/// <summary>
/// Works every connection of the installation, each under a lease of its own: effects out, inbox in, polls. Connections
/// that effects name and nobody configured are worked too, to refuse.
/// </summary>
public sealed class ConnectionHost(
    ConnectorRegistry registry, IEffectStore effects, IInboxStore inbox, ICommandRouter router,
    LeaseKeeper leases, Wakeups wakeups, Random random, TimeProvider time, ILoggerFactory logs) : BackgroundService
{
    private static readonly TimeSpan SearchInterval = TimeSpan.FromSeconds(5);

    private const ConfigureAwaitOptions Quietly =
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    private readonly ILogger _log = logs.CreateLogger<ConnectionHost>();

    public static string LeaseName(string connection) => $"connection/{connection}";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Run(stoppingToken);

    internal async Task Run(CancellationToken stop)
    {
        var working = registry.Connections.ToDictionary(name => name, name => Work(name, stop));
        while (!stop.IsCancellationRequested)
        {
            foreach (var name in await Unknown(working.Keys, stop)) working[name] = Work(name, stop);
            await Task.Delay(SearchInterval, time, stop).ConfigureAwait(Quietly);
        }

        await Task.WhenAll(working.Values);
    }

    private async Task<IReadOnlyList<string>> Unknown(IEnumerable<string> known, CancellationToken cancel)
    {
        try
        {
            return await effects.UnknownConnections(known, cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            _log.LogWarning(failure, "Could not look for effects of unknown connections; trying again");
            return [];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private Task Work(string name, CancellationToken stop) => leases.RunWhileHeld(
        LeaseName(name), (lease, held) => registry.Follow(name, turn => Work(name, lease, turn), held), stop);

    /// <summary>With the connection as it is now.</summary>
    private Task Work(string name, Lease lease, CancellationToken turn)
    {
        var parts = registry.Find(name);
        var limits = registry.LimitsOf(name);
        var pause = new RetryPause(limits, random);
        var connector = parts?.Connector ?? new MissingConnector(name, parts is not null);
        var executor = new EffectExecutor(
            connector, limits, effects, router, wakeups, random, time, logs.CreateLogger<EffectExecutor>());
        return Together(
        [
            token => executor.Run(lease, token),
            .. parts?.Inbound is { } map ? [Inbox(name, map, pause, lease)] : Array.Empty<Func<CancellationToken, Task>>(),
            .. (parts?.Pollers is { IsDefault: false } pollers ? pollers : []).Select(poller => Poller(name, poller, pause, lease)),
        ], turn);
    }

    private Func<CancellationToken, Task> Inbox(string name, IInboundMap map, RetryPause pause, Lease lease) => cancel =>
        new InboxWorker(name, map, inbox, router, pause, wakeups, time, logs.CreateLogger<InboxWorker>()).Run(lease, cancel);

    private Func<CancellationToken, Task> Poller(string name, IPoller poller, RetryPause pause, Lease lease) => cancel =>
        new PollWorker(name, poller, inbox, pause, wakeups, time, logs.CreateLogger<PollWorker>()).Run(lease, cancel);

    /// <summary>Runs all until one ends; then the others are stopped, and its failure is the failure of all.</summary>
    private static async Task Together(IEnumerable<Func<CancellationToken, Task>> works, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = works.Select(work => work(stop.Token)).ToArray();
        var first = await Task.WhenAny(running);
        stop.Cancel();
        await Task.WhenAll(running).ConfigureAwait(Quietly);
        await first;
    }
}
