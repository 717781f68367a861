using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>A command that its grain wanted for later.</summary>
/// <param name="Attempts">Times that its grain did not take it.</param>
public sealed record DueRow(
    string Grain, string Key, DateTimeOffset At, ReadOnlyMemory<byte> Command, string Correlation, string Causation, int Attempts);

/// <summary>Due commands, for the holder of their lease.</summary>
public interface IDueStore
{
    Task<IReadOnlyList<DueRow>> Due(DateTimeOffset now, int limit, CancellationToken cancel);

    /// <summary>Its grain has answered. Leaves a row alone that was scheduled anew since it was read.</summary>
    Task Done(Lease lease, DueRow row, CancellationToken cancel);

    Task Failed(Lease lease, DueRow row, string error, DateTimeOffset nextAt, CancellationToken cancel);
}

public sealed class PostgresDue(NpgsqlDataSource database) : IDueStore
{
    private const int MaxErrorLength = 1_000;

    public async Task<IReadOnlyList<DueRow>> Due(DateTimeOffset now, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select grain, key, at, command, correlation, causation, attempts
            from q2c.due where next_at <= $1 order by next_at limit $2
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<DueRow>();
        while (await reader.ReadAsync(cancel))
            due.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<byte[]>(3),
                reader.GetString(4), reader.GetString(5), reader.GetInt32(6)));
        return due;
    }

    public Task Done(Lease lease, DueRow row, CancellationToken cancel) => lease.Write(database, async transaction =>
    {
        await using var command = new NpgsqlCommand(
            "delete from q2c.due where grain = $1 and key = $2 and at = $3", transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = row.Grain });
        command.Parameters.Add(new() { Value = row.Key });
        command.Parameters.Add(new() { Value = row.At.UtcDateTime });
        await command.ExecuteNonQueryAsync(cancel);
    }, cancel);

    public Task Failed(Lease lease, DueRow row, string error, DateTimeOffset nextAt, CancellationToken cancel) =>
        lease.Write(database, async transaction =>
        {
            await using var command = new NpgsqlCommand(
                """
                update q2c.due set attempts = attempts + 1, next_at = $3, error = left($4, $5) where grain = $1 and key = $2
                """,
                transaction.Connection, transaction);
            command.Parameters.Add(new() { Value = row.Grain });
            command.Parameters.Add(new() { Value = row.Key });
            command.Parameters.Add(new() { Value = nextAt.UtcDateTime });
            command.Parameters.Add(new() { Value = error.Replace('\0', ' ') });
            command.Parameters.Add(new() { Value = MaxErrorLength });
            await command.ExecuteNonQueryAsync(cancel);
        }, cancel);
}
