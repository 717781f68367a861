using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Q2C.BulkActions;
using Q2C.Connections;

namespace Q2C.Silo.BulkActions;

/// <summary>Deliveries of a bulk action: each is tried by its connection before anything is done about it.</summary>
public sealed class BulkDeliveries(NpgsqlDataSource database, IGrainFactory grains, BulkOutcomes outcomes, TimeProvider clock)
{
    private const string Prefix = "delivery/";

    private const string Act =
        """
        select acted.outcome, $1, pg_notify('q2c', 'inbox/' || i.connection)
        from q2c.act_on_delivery($1, $2, $3, $4, $5, $6, $7) acted(outcome), q2c.inbox i where i.id = $1
        """;

    private const string Replay =
        """
        select acted.outcome, $1, pg_notify('q2c', 'inbox/' || i.connection)
        from q2c.replay_delivery($1, $2, $3, $4, $5, $6) acted(outcome), q2c.inbox i where i.id = $1
        """;

    private const string Reroute =
        """
        select acted.outcome, (select c.child_id from q2c.correction c where c.id = acted.correction), pg_notify('q2c', 'inbox/' || $2)
        from q2c.correct_delivery($1, $2, null, '[]', null, $3, $4, $5, $6, $7, null, null) acted
        """;

    /// <summary>Null for what is no delivery.</summary>
    internal static long? NumberOf(BulkItem item) =>
        item.ExceptionId.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(item.ExceptionId.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    internal async Task<BulkFinding> Check(BulkBatch batch, BulkItem item, CancellationToken cancel)
    {
        if (Needed(batch.Kind) is not { } needed) return Not("A delivery has nothing that could be undone or held.");
        if (await Find(NumberOf(item)!.Value, cancel) is not { } delivery) return Not("The delivery is not there any more.");
        if (delivery.Status != needed) return Not($"The delivery is {delivery.Status}.");
        if (batch.Kind == BulkActionKind.Skip) return new(true, [], null);
        var trial = await grains.GetGrain<IDeliveryTrialGrain>(batch.Arguments.Connection ?? delivery.Connection)
            .Try(delivery.Feed, delivery.Key, delivery.Body);
        var refusals = trial.Problems.Select(found => found.Problem)
            .Concat(trial.Commands.Where(command => command.Preview.Outcome == Outcome.Refused).SelectMany(command => command.Preview.Problems))
            .ToList();
        if (refusals is not []) return Not(BulkWork.Words(refusals, "It would be refused."));
        return batch.Kind == BulkActionKind.Replay && trial is { Waits: null } && trial.Commands.All(command => command.Preview.Outcome != Outcome.Changed)
            ? Not("Nothing would change.")
            : new(
                true, [.. trial.Commands.SelectMany(command => command.Preview.Effects).Select(effect => $"{effect.Connection} {effect.Operation}")],
                trial.Waits);
    }

    internal async Task<BulkResult> Apply(string key, BulkBatch batch, BulkItem item, CancellationToken cancel)
    {
        var action = batch.Kind.ToString().ToLowerInvariant();
        object[] common =
        [
            batch.By.Id, $"{batch.By.Id}:{key}", SHA256.HashData(Encoding.UTF8.GetBytes($"{action}\n{batch.Arguments.Connection}\n{batch.Reason}")),
            batch.Reason, clock.GetUtcNow().UtcDateTime,
        ];
        var delivery = NumberOf(item)!.Value;
        var (outcome, awaited) = await (batch.Kind switch
        {
            BulkActionKind.Replay => Call(Replay, [delivery, .. common], cancel),
            BulkActionKind.Reroute => Call(Reroute, [delivery, batch.Arguments.Connection!, .. common], cancel),
            _ => Call(Act, [delivery, action, .. common], cancel),
        });
        return outcome is "done" or "repeated"
            ? await outcomes.OfDelivery(awaited, cancel)
            : new(BulkOutcome.Failed, "The delivery is not as it was any more: somebody else was faster.");
    }

    /// <summary>The status in which the kind applies; null for a kind that never does.</summary>
    private static string? Needed(BulkActionKind kind) => kind switch
    {
        BulkActionKind.Retry or BulkActionKind.Skip or BulkActionKind.Reroute => "parked",
        BulkActionKind.Replay => "done",
        _ => null,
    };

    private static BulkFinding Not(string why) => new(false, [], why);

    private async Task<(string Outcome, long Delivery)> Call(string sql, object[] values, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) && !reader.IsDBNull(1) ? (reader.GetString(0), reader.GetInt64(1)) : ("gone", 0);
    }

    private async Task<Found?> Find(long delivery, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select connection, feed, dedupe_key || '/retry-' || retries + 1, status, body from q2c.inbox where id = $1");
        command.Parameters.Add(new() { Value = delivery });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(4)))
            : null;
    }

    private sealed record Found(string Connection, string Feed, string Key, string Status, string Body);
}
