using System.Collections.Concurrent;
using Npgsql;
using Q2C.BulkActions;
using Q2C.Silo.Journal;

namespace Q2C.Silo.BulkActions;

/// <summary>
/// Works the bulk actions that have something to do, each at its own pace, under one lease for the installation. What it
/// did is recorded in the action's grain after each batch; a batch that is done again under the same keys changes nothing.
/// </summary>
public sealed class BulkActionHost(
    NpgsqlDataSource database, IGrainFactory grains, LeaseKeeper leases, BulkWork work, JournalOptions options, TimeProvider clock,
    ILogger<BulkActionHost> log) : BackgroundService
{
    public const string LeaseName = "bulk-actions";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        leases.RunWhileHeld(LeaseName, (_, held) => Run(held), stoppingToken);

    private async Task Run(CancellationToken cancel)
    {
        var working = new ConcurrentDictionary<string, Task>(StringComparer.Ordinal);
        var loop = new StepLoop(options, clock, log);
        try
        {
            await loop.Run("Bulk actions", options.PollInterval, async token =>
            {
                foreach (var id in await Active(token)) _ = working.GetOrAdd(id, one => Work(one, working, token));
                return false;
            }, cancel);
        }
        finally
        {
            await Task.WhenAll(working.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Work(string id, ConcurrentDictionary<string, Task> working, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            var action = grains.GetGrain<IBulkActionGrain>(id);
            while (await action.NextBatch() is { } batch) await action.Execute(await work.Do(id, batch, cancel));
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            log.LogError(failure, "A batch of {BulkAction} failed; trying again in {Delay}", id, options.RetryDelay);
            await Task.Delay(options.RetryDelay, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException)
        {
            // Whoever has the lease next goes on.
        }
        finally
        {
            working.TryRemove(id, out _);
        }
    }

    private async Task<IReadOnlyList<string>> Active(CancellationToken cancel)
    {
        await using var command = database.CreateCommand("select id from q2c_read.bulk_action where status in ('checking', 'running')");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancel)) ids.Add(reader.GetString(0));
        return ids;
    }
}

public static class BulkActionServices
{
    /// <summary>Needs the journal (<c>AddJournal</c>) and the read models.</summary>
    public static IServiceCollection AddBulkActions(this IServiceCollection services) =>
        services.AddSingleton<BulkOutcomes>().AddSingleton<BulkDeliveries>().AddSingleton<BulkRoutes>().AddSingleton<BulkWork>()
            .AddHostedService<BulkActionHost>();
}
