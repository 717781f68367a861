using Q2C.Grains.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>
/// Sends due commands to their grains. A row goes when the grain has answered; the key makes a command that is sent
/// again
/// count once.
/// </summary>
public sealed class DueDispatcher(
    IDueStore store, LeaseKeeper leases, ICommandRouter router, JournalOptions options, TimeProvider clock,
    ILogger<DueDispatcher> log) : BackgroundService
{
    public const string LeaseName = "due";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Run(stoppingToken);

    internal Task Run(CancellationToken stop) => leases.RunWhileHeld(
        LeaseName,
        (lease, held) => new StepLoop(options, clock, log).Run(
            "Due commands", options.DueInterval, token => Step(lease, token), held),
        stop);

    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var due = await store.Due(clock.GetUtcNow(), options.DueBatch, cancel);
        var limits = options.SideBySide(cancel);
        await Parallel.ForEachAsync(due, limits, async (row, token) => await Send(lease, row, token));
        return due.Count == options.DueBatch;
    }

    private async Task Send(Lease lease, DueRow row, CancellationToken cancel)
    {
        using var scope = log.BeginScope(LogScope.Of(row.Correlation, row.Causation));
        try
        {
            var envelope = new CommandEnvelope(
                DueKeys.Prefix + row.Key, WireFormat.Read<Command>(row.Command), Actor.System, row.Correlation,
                row.Causation, row.At);
            using var span = Tracing.Pumps.Start("due command", row.Correlation, row.Causation);
            await router.Execute(row.Grain, envelope).WaitAsync(options.CommandTimeout, clock, cancel);
            FaultPoints.Pass(FaultPoints.DueExecuted);
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            var nextAt = clock.GetUtcNow() + BackOff.After(row.Attempts, options);
            log.LogWarning(
                failure, "{Grain} did not take due command {Key}; again at {NextAt}", row.Grain, row.Key, nextAt);
            await store.Failed(lease, row, failure.Message, nextAt, cancel);
            return;
        }

        await store.Done(lease, row, cancel);
    }
}
