using Npgsql;
using Q2C.Silo.Connectors;

namespace Q2C.Silo.Operations;

/// <summary>
/// A database that came out of a backup does not know what was sent after it was taken. So its connections start held,
/// and for a while nothing is sent to a vendor before it was looked up there.
/// </summary>
internal static class Restoration
{
    /// <summary>
    /// SQL: whether what is asked for now may have been done in the time that was lost. As long after a restoration as
    /// somebody may do again what was done then.
    /// </summary>
    public const string MayBeRepeated = "exists (select from q2c.restoration where restored_at > now() - interval '30 days')";

    private const string HereSql =
        """
        select system_identifier || '/' || (select oid from pg_database where datname = current_database()) from pg_control_system()
        """;

    // The row of the restoration is locked, so that of two processes one holds a connection.
    private const string HoldSql =
        """
        with last as (select id, held, journal_until from q2c.restoration order by id desc limit 1 for update),
        new as (
            select distinct n.name, l.id, l.journal_until from unnest($1) as n(name), last l where n.name <> all (l.held)),
        seen as (
            update q2c.restoration r set held = r.held || array(select name from new order by name)
            where r.id = (select id from last) and exists (select from new)),
        hold as (
            insert into q2c.connection_hold (connection, reason, held_by, held_at)
            select name, format('Restored from a backup%s. Reconcile since then, put right what differs, and release.',
                                ' that ends at ' || to_char(journal_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'),
                   'system', now()
            from new
            on conflict (connection) do update set reason = excluded.reason, held_by = excluded.held_by, held_at = excluded.held_at)
        insert into q2c.connection_action (connection, action, actor, key, reason, at)
        select name, 'hold', 'system', 'restoration/' || id || '/' || name, 'The database was restored from a backup.', now()
        from new order by name
        returning connection
        """;

    // What had not been sent may have been since; what was being sent has surely ended.
    private const string LookUpFirstSql =
        """
        update q2c.effect
        set status = 'waiting', attempt = 0, deadline = null, next_at = now(), updated_at = now()
        where settled_at is null and status in ('pending', 'sending', 'waiting')
        """;

    private const string RewindSql =
        """
        update q2c.restoration set rewound = rewound || $1
        where id = (select max(id) from q2c.restoration) and $1 <> all (rewound) and journal_until is not null
        returning journal_until
        """;

    private const string WatermarkSql =
        """
        insert into q2c.poll_watermark as w (connection, feed, watermark, epoch) values ($1, $2, $3, 0)
        on conflict (connection, feed) do update set watermark = excluded.watermark
        """;

    private const string KnownSql =
        """
        select array(
            select connection from q2c.effect union select connection from q2c.inbox union select connection from q2c.connection_state
            union select connection from q2c.poll_watermark order by 1)
        """;

    /// <summary>
    /// Sees whether this database is a copy that runs for the first time, and prepares it if so. In the transaction of the
    /// caller, at every start.
    /// </summary>
    public static async Task<bool> Notice(NpgsqlConnection connection, CancellationToken cancel)
    {
        var was = await Scalar<string?>(connection, "select place from q2c.installation for update", cancel);
        var here = await Scalar<string>(connection, HereSql, cancel);
        if (was == here) return false;
        await Scalar<object?>(connection, "update q2c.installation set place = $1", cancel, here);
        if (was is null) return false;
        await Record(connection, cancel);
        return true;
    }

    /// <summary>
    /// Holds what is known and has everything open looked up. Also for a database that was brought back in its place, from
    /// its own archive of the log.
    /// </summary>
    public static async Task Record(NpgsqlConnection connection, CancellationToken cancel)
    {
        await Scalar<object?>(
            connection,
            """
            insert into q2c.restoration (journal_until)
            select max(j.record_time) from q2c.shard_head h join q2c.journal j on (j.shard, j.seq) = (h.shard, h.seq)
            """, cancel);
        await Scalar<object?>(connection, HoldSql, cancel, (object)await Scalar<string[]>(connection, KnownSql, cancel));
        await Scalar<object?>(connection, LookUpFirstSql, cancel);
    }

    /// <summary>Holds those of these connections that the last restoration has not seen; none without one.</summary>
    public static async Task HoldUnseen(NpgsqlDataSource database, IEnumerable<string> connections, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await Scalar<object?>(connection, HoldSql, cancel, (object)connections.ToArray());
    }

    /// <summary>Has the feeds of a connection bring again what came since the backup; once for each restoration.</summary>
    public static async Task Rewind(NpgsqlDataSource database, string name, IEnumerable<IPoller> feeds, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await Scalar<DateTime?>(connection, RewindSql, cancel, name) is { } until)
        {
            foreach (var feed in feeds)
                if (feed.Since(until) is { } watermark) await Scalar<object?>(connection, WatermarkSql, cancel, name, feed.Feed, watermark);
        }

        await transaction.CommitAsync(cancel);
    }

    private static async Task<T> Scalar<T>(NpgsqlConnection connection, string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(cancel) is T found ? found : default!;
    }
}

/// <summary>
/// Runs before any connection is worked: one that is configured now and was not known when the backup was taken is held as
/// well, and what vendors told since the backup is asked for again.
/// </summary>
public sealed class RestoredConnections(NpgsqlDataSource database, ConnectorRegistry registry) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Restoration.HoldUnseen(database, registry.Connections, cancellationToken);
        foreach (var name in registry.Connections)
            if (registry.Find(name)?.Pollers is { IsDefaultOrEmpty: false } feeds)
                await Restoration.Rewind(database, name, feeds, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
