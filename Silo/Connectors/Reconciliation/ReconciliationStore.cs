using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Connectors.Reconciliation;

/// <summary>How connections are, and comparisons that were asked for; written by the holder of the connection's lease.</summary>
public sealed class ReconciliationStore(NpgsqlDataSource database)
{
    private const string StateSql =
        """
        insert into q2c.connection_state as s (connection, vendor, healthy, detail, checked_at, capabilities) values ($1, $2, $3, $4, $5, $6)
        on conflict (connection) do update set vendor = excluded.vendor, healthy = excluded.healthy, detail = excluded.detail,
            checked_at = excluded.checked_at, capabilities = excluded.capabilities
        """;

    private const string SentSql =
        """
        select e.ordinal, e.id, e.subject, e.operation, e.generation
        from q2c.effect e
        where e.connection = $1 and e.ordinal > $2 and e.status = 'accepted' and e.settled_at >= $3
        order by e.ordinal limit $4
        """;

    // An errand's next round, another writer of the same record, or its undoing says how the subject should be now. Payments
    // are each a record of their own.
    private const string LaterSql =
        """
        select exists (
            select from q2c.effect l, lateral (select convert_from(l.operation, 'utf8')::jsonb ->> '$type' as type) o
            where l.connection = $1 and l.subject = $2 and l.ordinal > $3 and l.status <> 'refused'
                and (regexp_replace(l.id, '/[0-9]+$', '') = regexp_replace($4, '/[0-9]+$', '')
                    or (o.type = $5 and o.type <> 'erp.payment.record.v1')
                    or o.type in ('erp.record.withdraw.v1', 'psa.project.withdraw.v1', 'tax.void.v1', 'work.project.unlink.v1')))
        """;

    // As the rows of the read models are written.
    private static readonly JsonSerializerOptions AsRows = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public Task State(
        Lease lease, string connection, string vendor, HealthReport report, Capabilities capabilities, DateTimeOffset now, CancellationToken cancel) =>
        Write(lease, StateSql, cancel, connection, vendor, report.Healthy, report.Detail, now, Json(capabilities));

    /// <summary>Names the last time that somebody asked whether the system answers: it rises from one to the next.</summary>
    public async Task<long> LastCheckAsked(string connection, CancellationToken cancel)
    {
        await using var command = Command(
            null, "select coalesce(max(id), 0) from q2c.connection_action where connection = $1 and action = 'check'", connection);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>The comparison that is to be carried out; null if none is.</summary>
    public async Task<OpenReconciliation?> Open(string connection, CancellationToken cancel)
    {
        await using var command = Command(
            null, "select id, since, position from q2c.reconciliation where connection = $1 and finished_at is null", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(2))
            : null;
    }

    public async Task<IReadOnlyList<SentEffect>> Sent(
        string connection, OpenReconciliation open, int limit, CancellationToken cancel)
    {
        await using var command = Command(null, SentSql, connection, open.Position, open.Since, limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var sent = new List<SentEffect>();
        while (await reader.ReadAsync(cancel))
            sent.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetInt32(4)));
        return sent;
    }

    /// <summary>Whether a newer effect of the same kind decides how the subject should be.</summary>
    /// <param name="kind">Stored name of the operation.</param>
    public async Task<bool> IsOutdated(string connection, SentEffect sent, string kind, CancellationToken cancel)
    {
        await using var command = Command(null, LaterSql, connection, sent.Subject, sent.Ordinal, sent.Id, kind);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    public async Task<bool> WasSent(string connection, string subject, CancellationToken cancel)
    {
        await using var command = Command(
            null,
            """
            select exists (
                select from q2c.effect where connection = $1 and subject = $2 and (claim_owner is not null or status = 'accepted'))
            """, connection, subject);
        return await command.ExecuteScalarAsync(cancel) is true;
    }

    public Task Advance(Lease lease, long id, long position, int compared, CancellationToken cancel) => Write(
        lease, "update q2c.reconciliation set position = $2, checked = checked + $3, problem = null where id = $1", cancel, id, position, compared);

    public Task Interrupt(Lease lease, long id, string problem, CancellationToken cancel) =>
        Write(lease, "update q2c.reconciliation set problem = $2 where id = $1", cancel, id, problem);

    public Task Finish(Lease lease, long id, DateTimeOffset now, CancellationToken cancel) =>
        Write(lease, "update q2c.reconciliation set finished_at = $2, problem = null where id = $1", cancel, id, now);

    public Task Differs(Lease lease, long id, Difference difference, DateTimeOffset now, CancellationToken cancel) => Write(
        lease,
        """
        insert into q2c.reconciliation_difference (reconciliation_id, kind, subject, record, effect_id, external_ids, found_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict do nothing
        """, cancel, id, difference.Kind.ToString().ToLowerInvariant(), difference.Subject, difference.Record,
        new NpgsqlParameter { Value = (object?)difference.EffectId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        difference.ExternalIds.ToArray(), now);

    private async Task Write(Lease lease, string sql, CancellationToken cancel, params object[] values)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await lease.EnsureHeld(transaction, cancel);
        await using var command = Command(transaction, sql, values);
        await command.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    private NpgsqlCommand Command(NpgsqlTransaction? transaction, string sql, params object[] values)
    {
        var command = transaction is null ? database.CreateCommand(sql) : new(sql, transaction.Connection, transaction);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private static NpgsqlParameter Json(Capabilities capabilities) =>
        new() { Value = JsonSerializer.Serialize(capabilities, AsRows), NpgsqlDbType = NpgsqlDbType.Jsonb };
}

public sealed record OpenReconciliation(long Id, DateTimeOffset Since, long Position);

public sealed record SentEffect(long Ordinal, string Id, string Subject, ReadOnlyMemory<byte> Operation, int Generation);

/// <param name="Record">What it is about: the stored name of the operation, or the kind of record.</param>
public sealed record Difference(DifferenceKind Kind, string Subject, string Record, string? EffectId, IReadOnlyList<string> ExternalIds);

public enum DifferenceKind
{
    /// <summary>Sent and taken once, and not there as it was sent. Repaired by sending it again.</summary>
    Missing,

    /// <summary>There under an id of ours, and never sent. For a person: it was entered there, or comes from another installation.</summary>
    Unknown,

    /// <summary>There more than once. For a person: only one can be right.</summary>
    Twice,
}
