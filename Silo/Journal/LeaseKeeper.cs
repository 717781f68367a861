namespace Q2C.Silo.Journal;

/// <summary>
/// Leases of this process: rows in PostgreSQL with owner, epoch and expiry by the database's clock. One that is not
/// renewed goes to whoever asks next.
/// </summary>
public sealed class LeaseKeeper(
    ILeaseStore store, JournalOptions options, TimeProvider clock, ILogger<LeaseKeeper> log)
{
    /// <summary>This process, in this life: another start is another owner.</summary>
    public string Owner { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():n}";

    /// <summary>The lease, kept renewed until it is disposed or lost; null while somebody else holds it.</summary>
    public Task<Lease?> TryAcquire(string name, CancellationToken cancel) => TryAcquire(name, renewed: true, cancel);

    /// <summary>
    /// Until cancelled: waits for the lease, runs the work while it is held, and starts over when the lease is lost or
    /// the
    /// work fails. The work's token is cancelled with the lease.
    /// </summary>
    public async Task RunWhileHeld(string name, Func<Lease, CancellationToken, Task> work, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await using var lease = await TryAcquire(name, cancel);
                if (lease is not null)
                {
                    using var held = CancellationTokenSource.CreateLinkedTokenSource(cancel, lease.Lost);
                    log.LogInformation("Holding {Lease}, epoch {Epoch}", name, lease.Epoch);
                    JournalMetrics.LeaseTaken(name);
                    await work(lease, held.Token);
                }

                await Task.Delay(options.LeaseRetry, clock, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is LeaseLostException or OperationCanceledException)
            {
                log.LogWarning("Lost {Lease}: somebody else goes on", name);
                JournalMetrics.LeaseLost(name);
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Work under {Lease} failed; starting over", name);
                await Pause(options.RetryDelay, cancel);
            }
        }
    }

    internal async Task<Lease?> TryAcquire(string name, bool renewed, CancellationToken cancel) =>
        await store.TryTake(name, Owner, options.LeaseDuration, cancel) is { } epoch
            ? new(store, name, Owner, epoch, options.LeaseDuration, clock, renewed)
            : null;

    private async Task Pause(TimeSpan time, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(time, clock, cancel);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }
}
