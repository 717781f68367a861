using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Q2C.BulkActions;
using Q2C.Contracts;

namespace Q2C.Silo.BulkActions;

/// <summary>One batch of a bulk action: tried dry, or done and watched until the other systems have answered.</summary>
public sealed class BulkWork(NpgsqlDataSource database, IGrainFactory grains, BulkOutcomes outcomes, TimeProvider clock)
{
    /// <summary>Items of a batch that are worked at the same time.</summary>
    private const int SideBySide = 8;

    private const string Delivery = "delivery/";

    /// <summary>What to tell the action's grain, under the same key however often the batch is done.</summary>
    public async Task<CommandEnvelope> Do(string id, BulkBatch batch, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        Command report = batch.IsDryRun
            ? new RecordBulkChecks(batch.From, [.. await Each(batch, i => Check(id, batch, i, cancel), cancel)])
            : new RecordBulkResults(batch.From, [.. await Each(batch, i => Apply(id, batch, i, cancel), cancel)]);
        if (!batch.IsDryRun && Pause(batch) - clock.GetElapsedTime(started) is { Ticks: > 0 } rest) await Task.Delay(rest, clock, cancel);
        return new($"{(batch.IsDryRun ? "checks" : "results")}/{batch.From}", report, Actor.System, $"bulk/{id}");
    }

    private static TimeSpan Pause(BulkBatch batch) =>
        TimeSpan.FromMinutes((double)batch.Possible.Count(possible => possible) / batch.PerMinute);

    private static async Task<T[]> Each<T>(BulkBatch batch, Func<int, Task<T>> work, CancellationToken cancel)
    {
        var results = new T[batch.Items.Length];
        var limits = new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancel };
        await Parallel.ForAsync(0, results.Length, limits, async (i, _) => results[i] = await work(i));
        return results;
    }

    private async Task<BulkFinding> Check(string id, BulkBatch batch, int i, CancellationToken cancel)
    {
        if (DeliveryOf(batch.Items[i]) is { } delivery)
            return (batch.Kind, await outcomes.DeliveryStatus(delivery, cancel)) switch
            {
                (BulkActionKind.Compensate, _) => new(false, [], "A delivery has nothing that could be undone."),
                (_, "parked") => new(true, [], null),
                (_, var status) => new(false, [], $"The delivery is {status ?? "not there"}."),
            };
        if (Envelope(id, batch, i) is not { } envelope) return new(false, [], "Only an activation can be undone.");
        var preview = await grains.Aggregate(GrainOf(batch.Items[i])).Preview(envelope);
        return preview.Outcome is Outcome.Changed
            ? new(true, [.. preview.Effects.Select(effect => $"{effect.Connection} {effect.Operation}")], null)
            : new(false, [], Words(preview.Problems.Select(problem => problem.Message), "Nothing would change."));
    }

    private async Task<BulkResult> Apply(string id, BulkBatch batch, int i, CancellationToken cancel)
    {
        if (!batch.Possible[i]) return new(BulkOutcome.LeftOut, null);
        if (DeliveryOf(batch.Items[i]) is { } delivery) return await ApplyTo(delivery, id, batch, i, cancel);
        var envelope = Envelope(id, batch, i)!;
        var grain = GrainOf(batch.Items[i]);
        var receipt = await grains.Aggregate(grain).Execute(envelope);
        return receipt.IsRefused
            ? new(BulkOutcome.Failed, Words(receipt.Problems.Select(problem => problem.Message), "Refused."))
            : await outcomes.OfEffects(grain, envelope.Correlation, receipt.Token, cancel);
    }

    private async Task<BulkResult> ApplyTo(long delivery, string id, BulkBatch batch, int i, CancellationToken cancel)
    {
        var action = batch.Kind == BulkActionKind.Skip ? "skip" : "retry";
        await using var command = database.CreateCommand(
            """
            select acted.outcome, pg_notify('q2c', 'inbox/' || i.connection)
            from q2c.act_on_delivery($1, $2, $3, $4, $5, $6, $7) acted(outcome), q2c.inbox i where i.id = $1
            """);
        var key = $"{batch.By.Id}:{KeyOf(id, batch, i)}";
        var fingerprint = SHA256.HashData(Encoding.UTF8.GetBytes($"{action}\n{batch.Reason}\n"));
        foreach (var value in (object[])[delivery, action, batch.By.Id, key, fingerprint, batch.Reason, clock.GetUtcNow().UtcDateTime])
            command.Parameters.Add(new() { Value = value });
        return (string?)await command.ExecuteScalarAsync(cancel) is "done" or "repeated"
            ? await outcomes.OfDelivery(delivery, cancel)
            : new(BulkOutcome.Failed, "The delivery does not wait for a person any more.");
    }

    /// <summary>Null where the object has no such action.</summary>
    private static CommandEnvelope? Envelope(string id, BulkBatch batch, int i)
    {
        var exception = batch.Items[i].ExceptionId;
        var item = exception[(exception.IndexOf('/') + 1)..];
        Command? command = batch.Kind switch
        {
            BulkActionKind.Retry => new RetryStep(item, batch.Reason),
            BulkActionKind.Skip => new SkipStep(item, batch.Reason),
            _ => Ids.Is(GrainOf(batch.Items[i]), Ids.Contract) ? new CompensateActivation(batch.Reason) : null,
        };
        return command is null ? null : new(KeyOf(id, batch, i), command, batch.By, KeyOf(id, batch, i), id);
    }

    private static string KeyOf(string id, BulkBatch batch, int i) => $"bulk/{id}/{batch.From + i}";

    private static string GrainOf(BulkItem item) => item.ExceptionId[..item.ExceptionId.IndexOf('/')];

    private static long? DeliveryOf(BulkItem item) =>
        item.ExceptionId.StartsWith(Delivery, StringComparison.Ordinal)
        && long.TryParse(item.ExceptionId.AsSpan(Delivery.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string Words(IEnumerable<string> messages, string otherwise) =>
        string.Join(' ', messages) is { Length: > 0 } text ? text : otherwise;
}
