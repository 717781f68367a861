using Npgsql;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>
/// Reads every shard in order and moves two cursors, one for the read models and one for streams and effects; neither
/// waits for the other. One lease per shard: of several processes, one pumps it.
/// </summary>
public sealed class ShardPumps(
    NpgsqlDataSource database, PostgresJournal journal, LeaseKeeper leases, IEnumerable<IProjection> projections,
    IDeliverySink sink, JournalOptions options, Wakeups wakeups, TimeProvider clock, ILogger<ShardPumps> log) : BackgroundService
{
    private readonly IProjection[] _projections = [.. projections];

    public static string LeaseName(int shard) => $"pump/{shard}";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Shards).Select(shard => Run(shard, stoppingToken)));

    private async Task Run(int shard, CancellationToken stop)
    {
        var tail = new ShardTail(shard, journal.Recent(shard), options);
        await using var readModels = new ReadModelPump(shard, database, tail, _projections, options, wakeups);
        await using var store = new PostgresDispatch(shard, database, tail);
        var dispatch = new DispatchPump(store, sink, options, wakeups, clock, log);
        await leases.RunWhileHeld(
            LeaseName(shard), (lease, held) => Both(shard, lease, readModels, dispatch, held), stop);
    }

    private async Task Both(
        int shard, Lease lease, ReadModelPump readModels, DispatchPump dispatch, CancellationToken held)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(held);
        var loop = new StepLoop(options, clock, log);
        Task[] loops =
        [
            loop.Run($"Read models of shard {shard}", token => readModels.Step(lease, token), Listen, either.Token, options.PumpGap),
            loop.Run($"Dispatch of shard {shard}", token => dispatch.Step(lease, token), Listen, either.Token, options.PumpGap),
        ];
        var first = await Task.WhenAny(loops);
        either.Cancel();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await first;

        Func<Task> Listen()
        {
            var signal = wakeups.Next(Wakeups.Journal(shard));
            return () => wakeups.Wait(either.Token, signal);
        }
    }
}
