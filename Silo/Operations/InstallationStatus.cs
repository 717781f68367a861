using System.Text.Json;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>How far one shard's readers are behind its head, in rows.</summary>
internal sealed record ShardStatus(int Shard, long Seq, long ReadModelsLag, long DispatchLag);

/// <param name="HeldBecause">Null for a connection that may send.</param>
/// <param name="LastOutcome">Of the effect that was told last: its kind, and the code if it has one.</param>
internal sealed record ConnectionStatus(
    string Connection, string? HeldBecause, long OpenEffects, DateTimeOffset? OldestEffect, long OpenDeliveries,
    DateTimeOffset? OldestDelivery, string? LastOutcome, DateTimeOffset? LastOutcomeAt);

internal sealed record InboxStatus(string Connection, string Status, long Deliveries);

/// <param name="Held">Money that cannot be invoiced until these are resolved; one entry per code and currency.</param>
internal sealed record ExceptionStatus(string Code, string OwnerRole, long Open, string? Held, DateTimeOffset Oldest);

internal sealed record LeaseStatus(string Lease, string Owner, long Epoch, DateTimeOffset ExpiresAt, bool IsHeld);

/// <summary>What the database tells of an installation, at one moment.</summary>
internal sealed record InstallationStatus(
    IReadOnlyList<ShardStatus> Shards, IReadOnlyList<ConnectionStatus> Connections, IReadOnlyList<InboxStatus> Inbox,
    IReadOnlyList<ExceptionStatus> Exceptions, IReadOnlyList<LeaseStatus> Leases)
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private const string ShardSql =
        """
        select h.shard, h.seq, h.seq - r.seq, h.seq - d.seq
        from q2c.shard_head h
        join q2c.cursor r on r.shard = h.shard and r.name = 'read-models'
        join q2c.cursor d on d.shard = h.shard and d.name = 'dispatch'
        order by h.shard
        """;

    private const string ConnectionSql =
        """
        select n.connection, h.reason, e.open, e.oldest, i.open, i.oldest, last.outcome, last.updated_at
        from (
            select connection from q2c.effect union select connection from q2c.inbox
            union select connection from q2c.connection_hold
            union select substr(name, length('connection/') + 1) from q2c.lease where name like 'connection/%'
        ) n
        left join q2c.connection_hold h using (connection)
        cross join lateral (
            select count(*) as open, min(created_at) as oldest from q2c.effect
            where connection = n.connection and settled_at is null) e
        cross join lateral (
            select count(*) as open, min(received_at) as oldest from q2c.inbox
            where connection = n.connection and status = 'received') i
        left join lateral (
            select convert_from(outcome, 'utf8') as outcome, updated_at from q2c.effect
            where connection = n.connection and outcome is not null order by updated_at desc limit 1) last on true
        order by n.connection
        """;

    private const string InboxSql =
        "select connection, status, count(*) from q2c.inbox group by connection, status order by connection, status";

    private const string ExceptionSql =
        """
        select code, owner_role, count(*), sum(held_minor)::bigint, held_currency, min(raised_at)
        from q2c_read.exception where status = 'open'
        group by code, owner_role, held_currency order by code, held_currency
        """;

    private const string LeaseSql =
        """
        select name, owner, epoch, case when isfinite(expires_at) then expires_at else to_timestamp(0) end,
               expires_at > clock_timestamp()
        from q2c.lease order by name
        """;

    /// <summary>Throws <see cref="OperationsException"/> if the database does not answer or is none of Q2C's.</summary>
    public static async Task<InstallationStatus> Read(string postgres, CancellationToken cancel)
    {
        try
        {
            await using var database = NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(postgres) { ApplicationName = "q2c-status", CommandTimeout = (int)Limit.TotalSeconds });
            return new(
                await Rows(database, ShardSql, row => new ShardStatus(
                    row.GetInt32(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)), cancel),
                await Rows(database, ConnectionSql, row => new ConnectionStatus(
                    row.GetString(0), Text(row, 1), row.GetInt64(2), Time(row, 3), row.GetInt64(4), Time(row, 5),
                    Outcome(Text(row, 6)), Time(row, 7)), cancel),
                await Rows(database, InboxSql, row => new InboxStatus(row.GetString(0), row.GetString(1), row.GetInt64(2)), cancel),
                await Rows(database, ExceptionSql, row => new ExceptionStatus(
                    row.GetString(0), row.GetString(1), row.GetInt64(2), Held(row), Time(row, 5)!.Value), cancel),
                await Rows(database, LeaseSql, row => new LeaseStatus(
                    row.GetString(0), row.GetString(1), row.GetInt64(2), Time(row, 3)!.Value, row.GetBoolean(4)), cancel));
        }
        catch (PostgresException missing) when (missing.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new OperationsException("This database holds no Q2C of this version.", "./q2c up migrates it.");
        }
        catch (ArgumentException wrong)
        {
            throw new OperationsException($"Q2C_POSTGRES is not a connection string: {wrong.Message}", "Write it like: Host=localhost;Username=q2c;Password=...;Database=q2c");
        }
        catch (NpgsqlException unreachable)
        {
            throw new OperationsException($"PostgreSQL does not answer: {unreachable.Message}", "Check that it runs, and Q2C_POSTGRES if that is set.");
        }
    }

    private static async Task<IReadOnlyList<T>> Rows<T>(
        NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static string? Held(NpgsqlDataReader row) =>
        row.IsDBNull(3) || row.IsDBNull(4) ? null : new Money(row.GetInt64(3), row.GetString(4)).ToString();

    /// <summary><c>effect.refused.v1</c> with code <c>PERIOD_CLOSED</c> is <c>refused PERIOD_CLOSED</c>.</summary>
    private static string? Outcome(string? stored)
    {
        if (stored is null) return null;
        using var outcome = JsonDocument.Parse(stored);
        var kind = outcome.RootElement.GetProperty("$type").GetString()!.Split('.')[1];
        return outcome.RootElement.TryGetProperty("code", out var code) ? $"{kind} {code.GetString()}" : kind;
    }
}
