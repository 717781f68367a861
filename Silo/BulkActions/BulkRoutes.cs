using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Q2C.BulkActions;

namespace Q2C.Silo.BulkActions;

/// <summary>
/// What an object asks of one connection goes to another: what waits there, and all that it asks later. Nothing of which
/// the outcome is unknown is moved, so nothing can be done in both.
/// </summary>
public sealed class BulkRoutes(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>What of it the target takes, and whether there is such a target.</summary>
    private const string Asked =
        """
        select distinct asked.operation, s.connection is not null,
               coalesce(s.capabilities -> 'operations' @> jsonb_build_array(jsonb_build_object('operation', asked.operation)), false),
               asked.open
        from (
            select convert_from(e.operation, 'utf8')::jsonb ->> '$type' as operation, e.status in ('sending', 'waiting') as open
            from q2c.effect e
            where e.grain = $1 and e.connection = $2 and (e.settled_at is null or e.status = 'refused')) asked
        left join q2c.connection_state s on s.connection = $3
        order by 1
        """;

    internal async Task<BulkFinding> Check(BulkBatch batch, BulkItem item, CancellationToken cancel)
    {
        var target = batch.Arguments.Connection!;
        if (item.Connection is not { } connection || connection == target) return Not($"It waits for no other system than '{target}'.");
        await using var command = database.CreateCommand(Asked);
        foreach (var value in (object[])[BulkWork.Split(item.ExceptionId).Grain, connection, target]) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var effects = new List<string>();
        while (await reader.ReadAsync(cancel))
        {
            var operation = reader.GetString(0);
            if (!reader.GetBoolean(1)) return Not($"There is no connection '{target}'.");
            if (!reader.GetBoolean(2)) return Not($"'{target}' does not take {operation}.");
            if (reader.GetBoolean(3)) return Not($"Nobody knows yet whether '{connection}' has done {operation}: it is looked up first.");
            effects.Add($"{target} {operation}");
        }

        return effects is [] ? Not($"Nothing is asked of '{connection}' now.") : new(true, [.. effects], null);
    }

    /// <summary>Null once it is routed.</summary>
    internal async Task<BulkResult?> Apply(string key, BulkBatch batch, BulkItem item, CancellationToken cancel)
    {
        var target = batch.Arguments.Connection!;
        await using var command = database.CreateCommand(
            """
            select q2c.reroute_effects($1, $2, $3, $4, $5, $6, $7, $8), pg_notify('q2c', 'effects/' || $3)
            """);
        foreach (var value in (object[])
                 [
                     BulkWork.Split(item.ExceptionId).Grain, item.Connection!, target, batch.By.Id, $"{batch.By.Id}:{key}",
                     SHA256.HashData(Encoding.UTF8.GetBytes($"{item.Connection}\n{target}\n{batch.Reason}")), batch.Reason, clock.GetUtcNow().UtcDateTime,
                 ])
            command.Parameters.Add(new() { Value = value });
        return (string?)await command.ExecuteScalarAsync(cancel) is "done" or "repeated"
            ? null
            : new(BulkOutcome.Failed, $"Nobody knows whether '{item.Connection}' has done what was asked of it: it is looked up first.");
    }

    private static BulkFinding Not(string why) => new(false, [], why);
}
