using System.Collections.Concurrent;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Journal;

/// <summary>
/// Hands what one shard's rows ask for to the outside: effects to their table, deliveries to the streams. The cursor
/// moves when all of a batch is handed over; a target that does not take its deliveries is left to the sweep.
/// </summary>
internal sealed class DispatchPump(
    IDispatchStore store, IDeliverySink sink, JournalOptions options, Wakeups wakeups, TimeProvider clock, ILogger log)
{
    // Targets that failed lately: their deliveries go to the sweep at once, so that nobody waits for them each time.
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);

    /// <summary>Takes one batch; true if there may be more.</summary>
    public async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var (from, rows) = await store.Next(options.PumpBatchRows, cancel);
        if (rows.Count == 0) return false;

        await PutEffects(lease, rows, cancel);
        var failed = await Deliver(rows, cancel);
        await store.Move(lease, from, rows[^1].Row.Seq, failed, clock.GetUtcNow() + options.RetryDelay, cancel);
        FaultPoints.Pass(FaultPoints.DispatchMoved);

        return rows.Count == options.PumpBatchRows;
    }

    private async Task PutEffects(Lease lease, List<PumpedRow> rows, CancellationToken cancel)
    {
        var effects = EffectRows.From(rows);
        if (effects.Count == 0) return;
        using var spans = Tracing.Pumps.StartEach("hand over effect", effects.Select(effect => effect.Row.Correlation));
        await store.PutEffects(lease, effects, clock.GetUtcNow(), cancel);
        FaultPoints.Pass(FaultPoints.DispatchEffectsPut);
        foreach (var name in effects.Select(effect => effect.Request.Connection).Distinct())
            wakeups.Raise(Wakeups.Effects(name));
    }

    /// <summary>
    /// Each target gets its deliveries in order, the targets side by side; returns what was not taken.
    /// </summary>
    private async Task<IReadOnlyCollection<ParkedDelivery>> Deliver(List<PumpedRow> rows, CancellationToken cancel)
    {
        var byTarget = rows.SelectMany(row => DeliveryReader.All(row.Row, row.Body))
            .GroupBy(delivery => delivery.Target).ToList();
        if (byTarget.Count == 0) return [];
        var failed = new ConcurrentBag<ParkedDelivery>();
        var limits = options.SideBySide(cancel);
        await Parallel.ForEachAsync(byTarget, limits, async (deliveries, token) =>
        {
            if (await TryDeliver(deliveries.Key, [.. deliveries], token) is not { } error) return;
            foreach (var bySource in deliveries.GroupBy(delivery => delivery.Source.Grain))
                failed.Add(new(bySource.Key, deliveries.Key, bySource.Max(delivery => delivery.Source.Version), error));
        });
        return failed;
    }

    /// <summary>Null, or why the target did not take them.</summary>
    private async Task<string?> TryDeliver(string target, IReadOnlyList<Delivery> deliveries, CancellationToken cancel)
    {
        if (_resting.TryGetValue(target, out var until) && until > clock.GetUtcNow()) return "The target failed a moment ago.";
        _resting.TryRemove(target, out _);
        using var spans = Tracing.Pumps.StartEach("deliver", deliveries.Select(delivery => delivery.Correlation));
        try
        {
            await sink.Deliver(deliveries).WaitAsync(options.DeliveryTimeout, clock, cancel);
            FaultPoints.Pass(FaultPoints.DispatchDelivered);
            return null;
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested)
        {
            log.LogError(
                failure, "{Target} did not take {Count} deliveries; the sweep goes on", target, deliveries.Count);
            _resting[target] = clock.GetUtcNow() + options.StreamLagLimit;
            return failure.Message;
        }
    }
}
