using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.Connectors;

/// <summary>
/// Turns what one connection received into commands, while it holds the connection's lease: in order, a bounded batch at
/// a time. Nothing is lost: what cannot be read or is refused is parked, what cannot be mapped yet is tried again.
/// </summary>
public sealed class InboxWorker(
    string connection, IInboundMap map, IInboxStore store, ICommandRouter router, RetryPause pause, Wakeups wakeups,
    TimeProvider time, ILogger<InboxWorker> log)
{
    private const int BatchSize = 100;

    public async Task Run(Lease lease, CancellationToken cancel)
    {
        while (true)
        {
            var signal = wakeups.Next(Wakeups.Inbox(connection));
            if (!await Step(lease, cancel)) await wakeups.Wait(cancel, signal);
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
                    await Park(lease, item.Delivery, parked.Problems, cancel);
                    break;
                case InboundResult.Waits waits:
                    log.LogInformation("Delivery {Id} of {Connection} waits: {Code}", item.Delivery.Id, connection, waits.Code);
                    await Later(lease, item, waits.Code, waits.Reason, waits.RetryAfter, cancel);
                    break;
            }
        }

        if (mapped.Count > 0) FaultPoints.Pass(FaultPoints.InboxTaken);
        var receipts = await Execute(mapped);
        if (receipts.Count > 0) FaultPoints.Pass(FaultPoints.InboxExecuted);
        var done = receipts.Where(one => !one.Value.Any(receipt => receipt.IsRefused)).ToArray();
        if (done is not []) await store.Done(lease, [.. done.Select(one => (one.Key, one.Value.ToImmutableArray()))], cancel);
        if (done is not []) FaultPoints.Pass(FaultPoints.InboxDone);
        foreach (var (item, _) in mapped)
        {
            if (!receipts.TryGetValue(item.Delivery.Id, out var own))
                await Later(lease, item, "GRAIN_UNREACHABLE", "The commands of this delivery could not be carried out yet.", null, cancel);
            else if (own.Any(receipt => receipt.IsRefused))
                await Refused(lease, item.Delivery, [.. own.SelectMany(receipt => receipt.IsRefused ? receipt.Problems : [])], cancel);
        }

        return items.Count == BatchSize;
    }

    /// <summary>
    /// A delivery that a grain refused waits for a person, with the reasons. One whose keys were used up read something
    /// else than when it was carried out before a crash: what it reads now is newer, and is carried out as well.
    /// </summary>
    private async Task Refused(Lease lease, InboxDelivery delivery, ImmutableArray<Problem> problems, CancellationToken cancel)
    {
        if (problems.Any(problem => problem.Code == ProblemCodes.IdempotencyKeyReused)) await store.Again(lease, delivery.Id, cancel);
        else await Park(lease, delivery, [.. problems.Select(problem => new ParseProblem(problem))], cancel);
    }

    private async Task Park(Lease lease, InboxDelivery delivery, ImmutableArray<ParseProblem> problems, CancellationToken cancel)
    {
        log.LogWarning("Delivery {Id} of {Connection} is parked: {Problems}", delivery.Id, connection,
            string.Join(", ", problems.Select(problem => problem.Problem.Code)));
        await store.Park(lease, delivery.Id, problems, cancel);
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
            return Unreadable(failure);
        }
    }

    internal static InboundResult.Parked Unreadable(Exception failure) => new([new(new(
        "DELIVERY_UNREADABLE", "", $"This delivery cannot be read ({failure.GetType().Name}).",
        "Compare it with what this connection is set up for; correct and retry it, or skip it with a reason."))]);

    /// <summary>
    /// The receipts by delivery, for those whose commands were all answered. Different grains take theirs at the same
    /// time; what concerns one grain or one delivery stays in order.
    /// </summary>
    private async Task<Dictionary<long, List<Receipt>>> Execute(
        List<(InboxItem Item, ImmutableArray<GrainCommand> Commands)> mapped)
    {
        var receipts = mapped.ToDictionary(one => one.Item.Delivery.Id, _ => new List<Receipt>());
        var lastOfGrain = new Dictionary<string, Task>(StringComparer.Ordinal);
        var lastOfDelivery = new Dictionary<long, Task>();
        foreach (var batch in CommandBatches.Of(mapped.Select(one => (one.Item.Delivery.Id, one.Commands))))
        {
            var deliveries = batch.Commands.Select(command => command.Delivery).Distinct().ToArray();
            var before = deliveries.Select(delivery => lastOfDelivery.GetValueOrDefault(delivery, Task.CompletedTask))
                .Append(lastOfGrain.GetValueOrDefault(batch.Grain, Task.CompletedTask));
            var own = Send(batch, receipts, Task.WhenAll(before));
            lastOfGrain[batch.Grain] = own;
            foreach (var delivery in deliveries) lastOfDelivery[delivery] = own;
        }

        await Task.WhenAll(lastOfGrain.Values);
        return receipts;
    }

    private async Task Send(CommandBatch batch, Dictionary<long, List<Receipt>> receipts, Task before)
    {
        await before;
        // A delivery stops at its first command that failed: what follows may depend on it.
        (long Delivery, CommandEnvelope Envelope)[] open;
        lock (receipts) open = [.. batch.Commands.Where(command => receipts.ContainsKey(command.Delivery))];
        if (open is []) return;
        try
        {
            var answers = await router.ExecuteMany(batch.Grain, [.. open.Select(command => command.Envelope)]);
            lock (receipts)
                foreach (var (command, receipt) in open.Zip(answers)) receipts[command.Delivery].Add(receipt);
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "{Grain} did not take {Count} commands from {Connection}; they are sent again",
                batch.Grain, open.Length, connection);
            lock (receipts)
                foreach (var (delivery, _) in open) receipts.Remove(delivery);
        }
    }

    private Task Later(
        Lease lease, InboxItem item, string code, string reason, TimeSpan? retryAfter, CancellationToken cancel) => store.Later(
            lease, item.Delivery.Id, time.GetUtcNow() + pause.After(item.Attempts + 1, retryAfter),
            new(code, "", reason, "Nothing has to be done: it is tried again."), cancel);
}
