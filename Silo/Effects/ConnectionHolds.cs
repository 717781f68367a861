using Npgsql;

namespace Q2C.Silo.Effects;

/// <summary>
/// Connections that send nothing for now: maintenance, or the time after a restore until what was sent is reconciled.
/// Requests under way end; everything else is kept and goes on after the release.
/// </summary>
public sealed class ConnectionHolds(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Holding a connection that is held changes the reason.</summary>
    public async Task Hold(string connection, string reason, string by, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            insert into q2c.connection_hold (connection, reason, held_by, held_at) values ($1, $2, $3, $4)
            on conflict (connection) do update set reason = excluded.reason, held_by = excluded.held_by, held_at = excluded.held_at
            """);
        foreach (object value in new object[] { connection, reason, by, time.GetUtcNow() })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>False if it was not held.</summary>
    public async Task<bool> Release(string connection, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("delete from q2c.connection_hold where connection = $1");
        command.Parameters.Add(new() { Value = connection });
        return await command.ExecuteNonQueryAsync(cancel) > 0;
    }
}
