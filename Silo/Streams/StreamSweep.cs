using Q2C.Silo.Journal;

namespace Q2C.Silo.Streams;

/// <summary>
/// Has targets fetch from the journal what a stream did not bring them: deliveries that failed, and those that were
/// sent
/// and not recorded for too long. Tried again with growing pauses until it works.
/// </summary>
public sealed class StreamSweep(
    ILagStore store, LeaseKeeper leases, ICommandRouter router, JournalOptions options, TimeProvider clock,
    ILogger<StreamSweep> log) : BackgroundService
{
    public const string LeaseName = "stream-sweep";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Run(stoppingToken);

    internal Task Run(CancellationToken stop) => leases.RunWhileHeld(
        LeaseName,
        (lease, held) => new StepLoop(options, clock, log).Run(
            "Sweep over streams", options.SweepInterval, token => Step(lease, token), held),
        stop);

    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await store.ParkOverdue(lease, now - options.StreamLagLimit, now, options.SweepBatch, cancel);
        var due = await store.Due(now, options.SweepBatch, cancel);
        var limits = options.SideBySide(cancel);
        await Parallel.ForEachAsync(due, limits, async (lag, token) => await CatchUp(lease, lag, token));
        return due.Count == options.SweepBatch;
    }

    private async Task CatchUp(Lease lease, Lag lag, CancellationToken cancel)
    {
        try
        {
            await router.CatchUp(lag.Target, lag.Source).WaitAsync(options.CommandTimeout, clock, cancel);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var nextAt = clock.GetUtcNow() + BackOff.After(lag.Attempts, options);
            log.LogWarning(
                failure, "{Target} could not catch up with {Source}; again at {NextAt}", lag.Target, lag.Source, nextAt);
            await store.Failed(lease, lag, failure.Message, nextAt, cancel);
            return;
        }

        await store.Caught(lease, lag, cancel);
    }
}
