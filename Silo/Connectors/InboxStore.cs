using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Connectors;

/// <summary>What vendors delivered, for the holder of a connection's lease: taken in order, kept whatever becomes of it.</summary>
public interface IInboxStore
{
    Task<IReadOnlyList<InboxItem>> Due(string connection, DateTimeOffset now, int limit, CancellationToken cancel);

    /// <summary>
    /// Processed, all in one transaction: each with the receipts of its commands. A corrected delivery takes the place of
    /// the one it corrects.
    /// </summary>
    Task Done(Lease lease, IReadOnlyCollection<(long Id, ImmutableArray<Receipt> Receipts)> done, CancellationToken cancel);

    Task Park(Lease lease, long id, ImmutableArray<ParseProblem> problems, CancellationToken cancel);

    /// <summary>Its keys are used up by what it brought when it was mapped before: mapped again at once, under fresh ones.</summary>
    Task Again(Lease lease, long id, CancellationToken cancel);

    Task Later(Lease lease, long id, DateTimeOffset at, Problem why, CancellationToken cancel);

    Task<string?> Watermark(string connection, string feed, CancellationToken cancel);

    /// <summary>Deliveries and watermark, both or neither.</summary>
    Task Add(
        Lease lease, string connection, string feed, PollResult.Page page, DateTimeOffset now, CancellationToken cancel);
}

/// <summary>The table of the inbox.</summary>
public sealed class InboxStore(NpgsqlDataSource database, IPolicySource policies) : IInboxStore
{
    private const string DueSql =
        """
        select id, connection, feed, dedupe_key || case when retries > 0 then '/retry-' || retries else '' end, body,
               received_at, attempts
        from q2c.inbox
        where connection = $1 and status = 'received' and next_at <= $2
        order by id limit $3
        """;

    private const string AddSql =
        """
        insert into q2c.inbox (connection, feed, dedupe_key, received_at, next_at, content_type, body)
        select $1, $2, d.key, $3, $3, 'application/json', d.body from unnest($4, $5) with ordinality as d(key, body, place)
        order by d.place
        on conflict (connection, dedupe_key) do nothing
        """;

    private const string WatermarkSql =
        """
        insert into q2c.poll_watermark as w (connection, feed, watermark, epoch) values ($1, $2, $3, $4)
        on conflict (connection, feed) do update set watermark = excluded.watermark, epoch = excluded.epoch
        """;

    public async Task<IReadOnlyList<InboxItem>> Due(string connection, DateTimeOffset now, int limit, CancellationToken cancel)
    {
        await using var command = Command(null, DueSql, connection, now, limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var items = new List<InboxItem>();
        while (await reader.ReadAsync(cancel))
            items.Add(new(
                new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                    reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<DateTimeOffset>(5)),
                reader.GetInt32(6)));
        return items;
    }

    public Task Done(Lease lease, IReadOnlyCollection<(long Id, ImmutableArray<Receipt> Receipts)> done, CancellationToken cancel)
    {
        var ids = done.Select(one => one.Id).ToArray();
        return Write(
            lease, cancel,
            ("""
             update q2c.inbox i set status = 'done', error = null, result = d.result::jsonb, policies = $3
             from unnest($1, $2) as d(id, result) where i.id = d.id and i.status = 'received'
             """, [ids, done.Select(one => JsonSerializer.Serialize(one.Receipts, WireFormat.Options)).ToArray(), policies.Current.Version]),
            ("""
             update q2c.inbox set status = 'superseded'
             where id in (select parent_id from q2c.inbox where id = any($1)) and status = 'parked'
             """, [ids]));
    }

    public Task Park(Lease lease, long id, ImmutableArray<ParseProblem> problems, CancellationToken cancel) => Write(
        lease, cancel,
        ("update q2c.inbox set status = 'parked', error = $2, policies = $3 where id = $1 and status = 'received'",
            [id, Json(problems), policies.Current.Version]));

    public Task Again(Lease lease, long id, CancellationToken cancel) => Write(
        lease, cancel, ("update q2c.inbox set retries = retries + 1 where id = $1 and status = 'received'", [id]));

    public Task Later(Lease lease, long id, DateTimeOffset at, Problem why, CancellationToken cancel) => Write(
        lease, cancel,
        ("""
         update q2c.inbox set attempts = attempts + 1, next_at = $2, error = $3 where id = $1 and status = 'received'
         """, [id, at, Json(ImmutableArray.Create(new ParseProblem(why)))]));

    public async Task<string?> Watermark(string connection, string feed, CancellationToken cancel)
    {
        await using var command = Command(
            null, "select watermark from q2c.poll_watermark where connection = $1 and feed = $2", connection, feed);
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    public Task Add(
        Lease lease, string connection, string feed, PollResult.Page page, DateTimeOffset now, CancellationToken cancel)
    {
        var deliveries = page.Deliveries.DistinctBy(delivery => delivery.Key).ToArray();
        var rows = (AddSql, new object[]
        {
            connection, feed, now, deliveries.Select(delivery => delivery.Key).ToArray(),
            deliveries.Select(delivery => delivery.Body.ToArray()).ToArray(),
        });
        return page.Watermark is { } watermark
            ? Write(lease, cancel, rows, (WatermarkSql, [connection, feed, watermark, lease.Epoch]))
            : Write(lease, cancel, rows);
    }

    private async Task Write(Lease lease, CancellationToken cancel, params (string Sql, object[] Values)[] statements)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await lease.EnsureHeld(transaction, cancel);
        foreach (var (sql, values) in statements)
        {
            await using var command = Command(transaction, sql, values);
            await command.ExecuteNonQueryAsync(cancel);
        }

        await transaction.CommitAsync(cancel);
    }

    private NpgsqlCommand Command(NpgsqlTransaction? transaction, string sql, params object[] values)
    {
        var command = transaction is null ? database.CreateCommand(sql) : new(sql, transaction.Connection, transaction);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlParameter Json<T>(ImmutableArray<T> items) =>
        new() { Value = JsonSerializer.Serialize(items, WireFormat.Options), NpgsqlDbType = NpgsqlDbType.Jsonb };
}

/// <param name="Attempts">Times that it was tried and had to wait.</param>
public sealed record InboxItem(InboxDelivery Delivery, int Attempts);
