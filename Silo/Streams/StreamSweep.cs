using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Streams;

/// <summary>
/// Has targets fetch from the journal what a stream did not bring them: deliveries that failed, and those that were
/// sent
/// and not recorded for too long. Tried again with growing pauses until it works.
/// </summary>
public sealed class StreamSweep(
    NpgsqlDataSource database, LeaseKeeper leases, ICommandRouter router, JournalOptions options, TimeProvider clock,
    ILogger<StreamSweep> log) : BackgroundService
{
    public const string LeaseName = "stream-sweep";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunWhileHeld(
        LeaseName,
        (lease, held) => new StepLoop(options, clock, log).Run(
            "Sweep over streams", options.SweepInterval, token => Step(lease, token), held),
        stoppingToken);

    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await lease.Write(database, transaction => StreamLag.ParkOverdue(
            transaction, now - options.StreamLagLimit, now, options.SweepBatch, cancel), cancel);
        var due = await StreamLag.Due(database, now, options.SweepBatch, cancel);
        var limits = options.SideBySide(cancel);
        await Parallel.ForEachAsync(due, limits, async (pair, token) =>
            await CatchUp(lease, pair.Source, pair.Target, pair.Version, pair.Attempts, token));
        return due.Count == options.SweepBatch;
    }

    private async Task CatchUp(
        Lease lease, string source, string target, long version, int attempts, CancellationToken cancel)
    {
        try
        {
            await router.CatchUp(target, source).WaitAsync(options.CommandTimeout, clock, cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var nextAt = clock.GetUtcNow() + BackOff.After(attempts, options);
            log.LogWarning(
                failure, "{Target} could not catch up with {Source}; again at {NextAt}", target, source, nextAt);
            await lease.Write(
                database, transaction => StreamLag.Failed(transaction, source, target, failure.Message, nextAt, cancel),
                cancel);
            return;
        }

        await lease.Write(
            database, transaction => StreamLag.Caught(transaction, source, target, version, cancel), cancel);
    }
}
