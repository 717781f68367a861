using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Connectors;

/// <summary>
/// Turns what one connection received into commands, while it holds the connection's lease: in order, a bounded batch at
/// a time. Nothing is lost: what cannot be read is parked with its position, what cannot be mapped yet is tried again.
/// </summary>
public sealed class InboxWorker(
    string connection, IInboundMap map, InboxStore store, ICommandRouter router, RetryPause pause, Wakeups wakeups,
    TimeProvider time, ILogger<InboxWorker> log)
{
    private const int BatchSize = 100;

    public async Task Run(Lease lease, CancellationToken cancel)
    {
        while (true)
        {
            var signal = wakeups.Next(Wakeups.Inbox(connection));
            if (!await Step(lease, cancel)) await wakeups.Wait(signal, cancel);
        }
    }

    /// <summary>One batch; true if there may be more.</summary>
    internal async Task<bool> Step(Lease lease, CancellationToken cancel)
    {
        var items = await store.Due(connection, time.GetUtcNow(), BatchSize, cancel);
        var mapped = new List<(InboxItem Item, ImmutableArray<GrainCommand> Commands)>();
        foreach (var item in items)
        {
            using var scope = log.BeginScope(LogScope.Of(item.Delivery));
            switch (await Map(item.Delivery, cancel))
            {
                case InboundResult.Commands commands:
                    mapped.Add((item, commands.Items));
                    break;
                case InboundResult.Parked parked:
                    log.LogWarning("Delivery {Id} of {Connection} is parked: {Problems}", item.Delivery.Id, connection,
                        string.Join(", ", parked.Problems.Select(problem => problem.Problem.Code)));
                    await store.Park(lease, item.Delivery.Id, parked.Problems, cancel);
                    break;
                case InboundResult.Waits waits:
                    log.LogInformation("Delivery {Id} of {Connection} waits: {Code}", item.Delivery.Id, connection, waits.Code);
                    await Later(lease, item, waits.Code, waits.Reason, waits.RetryAfter, cancel);
                    break;
            }
        }

        var receipts = await Execute(mapped);
        foreach (var (item, _) in mapped)
        {
            if (receipts.TryGetValue(item.Delivery.Id, out var own)) await store.Done(lease, item.Delivery.Id, [.. own], cancel);
            else await Later(lease, item, "GRAIN_UNREACHABLE", "The commands of this delivery could not be carried out yet.", null, cancel);
        }

        return items.Count == BatchSize;
    }

    private async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        using var span = Tracing.Connectors.Start("map delivery", delivery.Correlation, delivery.Causation, ActivityKind.Consumer);
        span?.SetTag("q2c.connection", connection);
        try
        {
            return await map.Map(delivery, cancel);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            log.LogError(failure, "Delivery {Id} of {Connection} cannot be mapped", delivery.Id, connection);
            return new InboundResult.Parked([new(new(
                "DELIVERY_UNREADABLE", "", $"This delivery cannot be read ({failure.GetType().Name}).",
                "Compare it with what this connection is set up for; correct and retry it, or skip it with a reason."))]);
        }
    }

    /// <summary>The receipts by delivery, for those whose commands were all answered.</summary>
    private async Task<Dictionary<long, List<Receipt>>> Execute(
        List<(InboxItem Item, ImmutableArray<GrainCommand> Commands)> mapped)
    {
        var receipts = mapped.ToDictionary(one => one.Item.Delivery.Id, _ => new List<Receipt>());
        foreach (var batch in CommandBatches.Of(mapped.Select(one => (one.Item.Delivery.Id, one.Commands))))
        {
            // A delivery stops at its first command that failed: what follows may depend on it.
            var open = batch.Commands.Where(command => receipts.ContainsKey(command.Delivery)).ToArray();
            if (open is []) continue;
            try
            {
                var answers = await router.ExecuteMany(batch.Grain, [.. open.Select(command => command.Envelope)]);
                foreach (var (command, receipt) in open.Zip(answers)) receipts[command.Delivery].Add(receipt);
            }
            catch (Exception failure)
            {
                log.LogWarning(failure, "{Grain} did not take {Count} commands from {Connection}; they are sent again",
                    batch.Grain, open.Length, connection);
                foreach (var (delivery, _) in open) receipts.Remove(delivery);
            }
        }

        return receipts;
    }

    private Task Later(
        Lease lease, InboxItem item, string code, string reason, TimeSpan? retryAfter, CancellationToken cancel) => store.Later(
            lease, item.Delivery.Id, time.GetUtcNow() + pause.After(item.Attempts + 1, retryAfter),
            new(code, "", reason, "Nothing has to be done: it is tried again."), cancel);
}
