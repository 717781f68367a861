using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Streams;

/// <param name="Version">The newest row of the source that the target was to get.</param>
public sealed record ParkedDelivery(string Source, string Target, long Version, string Error);

/// <summary>What a target has to fetch from the journal of a source, up to this version.</summary>
public sealed record Lag(string Source, string Target, long Version, int Attempts);

/// <summary>Deliveries that did not arrive and have to be fetched by their target, for the holder of the sweep's lease.</summary>
public interface ILagStore
{
    /// <summary>
    /// Parks what was sent before <paramref name="before"/> and not recorded by its target, unless the read models that
    /// tell are behind themselves.
    /// </summary>
    Task ParkOverdue(Lease lease, DateTimeOffset before, DateTimeOffset now, int limit, CancellationToken cancel);

    Task<IReadOnlyList<Lag>> Due(DateTimeOffset now, int limit, CancellationToken cancel);

    /// <summary>The target has fetched up to this version; what was parked since then stays.</summary>
    Task Caught(Lease lease, Lag lag, CancellationToken cancel);

    Task Failed(Lease lease, Lag lag, string error, DateTimeOffset nextAt, CancellationToken cancel);
}

internal sealed class StreamLag(NpgsqlDataSource database) : ILagStore
{
    private const int MaxErrorLength = 1_000;

    public static async Task Park(
        NpgsqlTransaction transaction, IReadOnlyCollection<ParkedDelivery> parked, DateTimeOffset nextAt,
        CancellationToken cancel)
    {
        if (parked.Count == 0) return;
        await using var command = new NpgsqlCommand(
            """
            insert into q2c.stream_lag as l (source, target, version, error, next_at)
            select p.source, p.target, p.version, left(p.error, $6), $5
            from unnest($1, $2, $3, $4) as p(source, target, version, error)
            order by p.source, p.target
            on conflict (source, target) do update set version = greatest(l.version, excluded.version)
            """, transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = parked.Select(delivery => delivery.Source).ToArray() });
        command.Parameters.Add(new() { Value = parked.Select(delivery => delivery.Target).ToArray() });
        command.Parameters.Add(new() { Value = parked.Select(delivery => delivery.Version).ToArray() });
        command.Parameters.Add(
            new() { Value = parked.Select(delivery => delivery.Error.Replace('\0', ' ')).ToArray() });
        command.Parameters.Add(new() { Value = nextAt.UtcDateTime });
        command.Parameters.Add(new() { Value = MaxErrorLength });
        await command.ExecuteNonQueryAsync(cancel);
    }

    public Task ParkOverdue(Lease lease, DateTimeOffset before, DateTimeOffset now, int limit, CancellationToken cancel) =>
        lease.Write(database, async transaction =>
        {
            await using var command = new NpgsqlCommand(
                """
                insert into q2c.stream_lag (source, target, version, next_at)
                select p.source, p.target, p.sent, $2 from q2c.stream_progress p
                where p.sent > p.received and p.sent_at < $1
                  and not exists (
                      select from q2c.shard_head h left join q2c.cursor c on c.shard = h.shard and c.name = 'read-models'
                      where h.seq - coalesce(c.seq, 0) > $4)
                order by p.source, p.target limit $3
                on conflict (source, target) do nothing
                """, transaction.Connection, transaction);
            command.Parameters.Add(new() { Value = before.UtcDateTime });
            command.Parameters.Add(new() { Value = now.UtcDateTime });
            command.Parameters.Add(new() { Value = limit });
            command.Parameters.Add(new() { Value = ReadModelsNearby });
            await command.ExecuteNonQueryAsync(cancel);
        }, cancel);

    public async Task<IReadOnlyList<Lag>> Due(DateTimeOffset now, int limit, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select source, target, version, attempts from q2c.stream_lag where next_at <= $1 order by next_at limit $2
            """);
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<Lag>();
        while (await reader.ReadAsync(cancel))
            due.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt32(3)));
        return due;
    }

    public Task Caught(Lease lease, Lag lag, CancellationToken cancel) => lease.Write(database, async transaction =>
    {
        await using var command = new NpgsqlCommand(
            "delete from q2c.stream_lag where source = $1 and target = $2 and version <= $3", transaction.Connection,
            transaction);
        command.Parameters.Add(new() { Value = lag.Source });
        command.Parameters.Add(new() { Value = lag.Target });
        command.Parameters.Add(new() { Value = lag.Version });
        await command.ExecuteNonQueryAsync(cancel);
    }, cancel);

    public Task Failed(Lease lease, Lag lag, string error, DateTimeOffset nextAt, CancellationToken cancel) =>
        lease.Write(database, async transaction =>
        {
            await using var command = new NpgsqlCommand(
                """
                update q2c.stream_lag set attempts = attempts + 1, next_at = $3, error = left($4, $5)
                where source = $1 and target = $2
                """, transaction.Connection, transaction);
            command.Parameters.Add(new() { Value = lag.Source });
            command.Parameters.Add(new() { Value = lag.Target });
            command.Parameters.Add(new() { Value = nextAt.UtcDateTime });
            command.Parameters.Add(new() { Value = error.Replace('\0', ' ') });
            command.Parameters.Add(new() { Value = MaxErrorLength });
            await command.ExecuteNonQueryAsync(cancel);
        }, cancel);

    /// <summary>Rows by which the read models may be behind and still be believed.</summary>
    private const long ReadModelsNearby = 1_000;
}
