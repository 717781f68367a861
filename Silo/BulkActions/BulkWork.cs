using System.Collections.Immutable;
using Npgsql;
using Q2C.BillingRuns;
using Q2C.BulkActions;
using Q2C.Contracts;
using Q2C.ExceptionCases;
using Q2C.Silo.Connectors;

namespace Q2C.Silo.BulkActions;

/// <summary>One batch of a bulk action: tried dry, or done and watched until the other systems have answered.</summary>
public sealed class BulkWork(
    NpgsqlDataSource database, IGrainFactory grains, BulkOutcomes outcomes, BulkDeliveries deliveries, BulkRoutes routes, TimeProvider clock)
{
    /// <summary>Items of a batch that are worked at the same time.</summary>
    private const int SideBySide = 8;

    private static readonly ImmutableArray<string> Holdable = [Ids.Customer, Ids.Contract, Ids.Project, Ids.Invoice];

    /// <summary>What to tell the action's grain, under the same key however often the batch is done.</summary>
    public async Task<CommandEnvelope> Do(string id, BulkBatch batch, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        Command report = batch.IsDryRun
            ? new RecordBulkChecks(batch.From, [.. await Each(batch, item => Check(id, batch, item, cancel), cancel)])
            : new RecordBulkResults(batch.From, [.. await Each(batch, item => Apply(id, batch, item, cancel), cancel)]);
        if (Pause(batch) - clock.GetElapsedTime(started) is { Ticks: > 0 } rest) await Task.Delay(rest, clock, cancel);
        return new($"{(batch.IsDryRun ? "checks" : "results")}/{batch.From}", report, Actor.System, $"bulk/{id}");
    }

    /// <summary>A dry run that tries deliveries reads from the other system as well.</summary>
    private static TimeSpan Pause(BulkBatch batch)
    {
        var items = !batch.IsDryRun ? batch.Possible.Count(possible => possible)
            : batch.Kind == BulkActionKind.Skip ? 0
            : batch.Items.Count(item => IsDeliverys(batch, item));
        return TimeSpan.FromMinutes((double)items / batch.PerMinute);
    }

    private static async Task<T[]> Each<T>(BulkBatch batch, Func<BulkStep, Task<T>> work, CancellationToken cancel)
    {
        var results = new T[batch.Items.Length];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancel };
        await Parallel.ForAsync(0, results.Length, limits, async (i, _) => results[i] = await work(new(batch.Items[i], batch.From + i)));
        return results;
    }

    private async Task<BulkFinding> Check(string id, BulkBatch batch, BulkStep step, CancellationToken cancel)
    {
        if (IsDeliverys(batch, step.Item)) return await deliveries.Check(batch, step.Item, cancel);
        if (batch.Kind == BulkActionKind.Reroute) return await routes.Check(batch, step.Item, cancel);
        var commands = await Commands(id, batch, step, cancel);
        if (commands.IsEmpty) return new(false, [], WhyNothing(batch.Kind));
        var previews = await Task.WhenAll(commands.Select(command => grains.Aggregate(command.Grain).Preview(command.Envelope)));
        return previews.Any(preview => preview.Outcome is Outcome.Changed)
            ? new(true, [.. previews.SelectMany(preview => preview.Effects).Select(effect => $"{effect.Connection} {effect.Operation}")], null)
            : new(false, [], Words(previews.SelectMany(preview => preview.Problems), "Nothing would change."));
    }

    private async Task<BulkResult> Apply(string id, BulkBatch batch, BulkStep step, CancellationToken cancel)
    {
        if (!batch.Possible[step.Number - batch.From]) return new(BulkOutcome.LeftOut, null);
        if (IsDeliverys(batch, step.Item)) return await deliveries.Apply(KeyOf(id, $"{step.Number}"), batch, step.Item, cancel);
        if (batch.Kind == BulkActionKind.Reroute
            && await routes.Apply(KeyOf(id, $"{step.Number}/route"), batch, step.Item, cancel) is { } refused) return refused;
        foreach (var (grain, envelope) in await Commands(id, batch, step, cancel))
        {
            var receipt = await grains.Aggregate(grain).Execute(envelope);

            // What waits goes to the other connection as it is; only what was refused has to be asked for again.
            if (receipt.IsRefused && batch.Kind == BulkActionKind.Reroute) continue;
            if (receipt.IsRefused) return new(BulkOutcome.Failed, Words(receipt.Problems, "Refused."));
            if (Asks(batch.Kind) && await outcomes.OfEffects(grain, envelope.Correlation, receipt.Token, cancel) is { Outcome: not BulkOutcome.Succeeded } result)
                return result;
        }

        return new(BulkOutcome.Succeeded, null);
    }

    /// <summary>A parked delivery has a case as all exceptions do; everything else about it is the inbox's.</summary>
    private static bool IsDeliverys(BulkBatch batch, BulkItem item) => BulkDeliveries.NumberOf(item) is not null && !IsOfCase(batch.Kind);

    private static bool IsOfCase(BulkActionKind kind) => kind is BulkActionKind.Assign or BulkActionKind.Tag or BulkActionKind.Snooze;

    private static bool Asks(BulkActionKind kind) =>
        kind is BulkActionKind.Retry or BulkActionKind.Skip or BulkActionKind.Compensate or BulkActionKind.Reroute;

    /// <summary>
    /// What is sent for an item, under the same keys however often it is worked; nothing where the object has no such action.
    /// An object is held once for all items that name it.
    /// </summary>
    private async ValueTask<ImmutableArray<GrainCommand>> Commands(string id, BulkBatch batch, BulkStep step, CancellationToken cancel)
    {
        var (grain, item) = Split(step.Item.ExceptionId);
        return (batch.Kind, batch.Arguments) switch
        {
            (BulkActionKind.Retry or BulkActionKind.Reroute, _) => One(grain, new RetryStep(item, batch.Reason)),
            (BulkActionKind.Skip, _) => One(grain, new SkipStep(item, batch.Reason)),
            (BulkActionKind.Compensate, _) when Ids.Is(grain, Ids.Contract) => One(grain, new CompensateActivation(batch.Reason)),
            (BulkActionKind.Assign, var arguments) when step.Item.CaseId is { } own =>
                One(own, new AssignCase(Subject(step.Item), arguments.Assignee, batch.Reason)),
            (BulkActionKind.Tag, var arguments) when step.Item.CaseId is { } own =>
                One(own, new TagCase(Subject(step.Item), arguments.Add, arguments.Remove, batch.Reason)),
            (BulkActionKind.Snooze, var arguments) when step.Item.CaseId is { } own =>
                One(own, new SnoozeCase(Subject(step.Item), arguments.Until, batch.Reason)),
            (BulkActionKind.Hold, _) when Held(grain, step.Item) is { } held => [Keyed(held, held, new HoldBilling(batch.Reason))],
            (BulkActionKind.Release, _) when Held(grain, step.Item) is { } held =>
                [.. (await HoldsOn(held, cancel)).Select(hold => Keyed(held, hold, new ReleaseBilling(hold, batch.Reason)))],
            _ => [],
        };

        ImmutableArray<GrainCommand> One(string to, Command command) => [Keyed(to, $"{step.Number}", command)];

        GrainCommand Keyed(string to, string key, Command command) => new(to, new(KeyOf(id, key), command, batch.By, KeyOf(id, key), id));
    }

    private static CaseSubject Subject(BulkItem item) => new(item.ExceptionId, null, item.ContractId);

    private static string? Held(string grain, BulkItem item) =>
        Holdable.Any(kind => Ids.Is(grain, kind)) ? grain : item.ContractId;

    private async Task<IReadOnlyList<string>> HoldsOn(string subject, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select hold_id from q2c_read.billing_hold where subject = $1 and placed_on = subject and released_at is null order by placed_at, id");
        command.Parameters.Add(new() { Value = subject });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var holds = new List<string>();
        while (await reader.ReadAsync(cancel)) holds.Add(reader.GetString(0));
        return holds;
    }

    private static string WhyNothing(BulkActionKind kind) => kind switch
    {
        BulkActionKind.Compensate => "Only an activation can be undone.",
        BulkActionKind.Hold => "It belongs to nothing that is billed.",
        BulkActionKind.Release => "Nothing is held there.",
        BulkActionKind.Replay => "Only a delivery can be replayed.",
        _ => "There is no such action for it.",
    };

    private static string KeyOf(string id, string step) => $"bulk/{id}/{step}";

    internal static (string Grain, string Item) Split(string exceptionId)
    {
        var slash = exceptionId.IndexOf('/');
        return (exceptionId[..slash], exceptionId[(slash + 1)..]);
    }

    internal static string Words(IEnumerable<Problem> problems, string otherwise) =>
        string.Join(' ', problems.Select(problem => problem.Message)) is { Length: > 0 } text ? text : otherwise;
}

/// <param name="Number">Its place in the whole selection, from 0.</param>
internal sealed record BulkStep(BulkItem Item, int Number);
