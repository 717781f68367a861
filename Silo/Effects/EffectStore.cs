using Npgsql;
using NpgsqlTypes;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Effects;

/// <summary>
/// The effects, for the holder of a connection's lease. Every write is in one transaction with the proof that the lease
/// is held.
/// </summary>
public interface IEffectStore
{
    /// <summary>
    /// Claims effects whose turn it is and commits that before any of them is sent: none whose subject has an earlier one
    /// that is not settled, none whose grain has yet to hear of the last outcome, none of a connection on hold.
    /// </summary>
    /// <param name="mine">Those that this holder is busy with now.</param>
    /// <param name="within">
    /// None of these requests can be applied later than that. Counted by the database's clock, as its end is: the clocks of
    /// processes may be set wrong.
    /// </param>
    Task<IReadOnlyList<EffectRow>> Claim(
        Lease lease, string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now,
        TimeSpan within, CancellationToken cancel);

    /// <summary>Requests of which nobody knows the outcome any more, because their sender is gone, are to be looked up.</summary>
    /// <param name="mine">Those that this holder is sending now.</param>
    Task<int> TakeOver(
        Lease lease, string connection, IReadOnlyCollection<string> mine, DateTimeOffset now, CancellationToken cancel);

    /// <summary>Those whose outcome is not known and whose turn it is; of a subject the first that is not settled.</summary>
    Task<IReadOnlyList<EffectRow>> DueLookUps(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel);

    Task<IReadOnlyList<EffectRow>> DueReports(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel);

    /// <summary>
    /// Records what a request or look-up came to; null if the effect is no longer as it was then. Returns it as it is now.
    /// </summary>
    Task<EffectRow?> Record(Lease lease, EffectRow effect, EffectChange change, DateTimeOffset now, CancellationToken cancel);

    /// <summary>The grain has taken this outcome; a final one settles the effect.</summary>
    Task<int> Reported(Lease lease, EffectRow effect, DateTimeOffset now, CancellationToken cancel);

    Task<int> ReportLater(Lease lease, EffectRow effect, DateTimeOffset at, CancellationToken cancel);

    /// <summary>Connections that have open effects and are not among the known ones.</summary>
    Task<IReadOnlyList<string>> UnknownConnections(IEnumerable<string> known, CancellationToken cancel);
}

/// <summary>The table of effects.</summary>
public sealed class EffectStore(NpgsqlDataSource database, IPolicySource policies) : IEffectStore
{
    private const string Columns =
        """
        e.id, e.connection, e.subject, e.operation, e.grain, e.correlation, e.status, e.attempt, e.generation,
        e.deadline - clock_timestamp(),
        e.outcome, e.report
        """;

    private const string ClaimSql =
        $"""
        with due as (
            select o.id from q2c.effect o
            where o.connection = $1 and o.settled_at is null and o.status = 'pending' and o.next_at <= $4
                and o.report_at is null and o.id <> all ($7)
                and not exists (select from q2c.connection_hold h where h.connection = $1)
                and not exists (
                    select from q2c.effect b
                    where b.connection = $1 and b.subject = o.subject and b.ordinal < o.ordinal and b.settled_at is null)
            order by o.ordinal limit $6
            for update skip locked)
        update q2c.effect e
        set status = 'sending', attempt = e.attempt + 1, claim_owner = $2, claim_epoch = $3, deadline = clock_timestamp() + $5, updated_at = $4, policies = $8
        from due where e.id = due.id
        returning {Columns}
        """;

    private const string AbandonedSql =
        """
        update q2c.effect e set status = 'waiting', attempt = 0, next_at = $2, updated_at = $2
        where e.connection = $1 and e.settled_at is null and e.status = 'sending' and e.id <> all ($3)
        """;

    private const string LookUpsSql =
        $"""
        select {Columns} from q2c.effect e
        where e.connection = $1 and e.settled_at is null and e.status = 'waiting' and e.next_at <= $2
            and e.report_at is null and e.id <> all ($3)
            and not exists (select from q2c.connection_hold h where h.connection = $1)
            and not exists (
                select from q2c.effect b
                where b.connection = $1 and b.subject = e.subject and b.ordinal < e.ordinal and b.settled_at is null)
        order by e.next_at limit $4
        """;

    private const string ReportsSql =
        $"""
        select {Columns} from q2c.effect e
        where e.connection = $1 and e.report_at <= $2 and e.id <> all ($3)
        order by e.report_at limit $4
        """;

    private const string ChangeSql =
        """
        update q2c.effect
        set status = $4, next_at = $5, attempt = $6, generation = $7, updated_at = $8,
            external_id = coalesce($9, external_id), outcome = coalesce($10, outcome),
            report = case when $10 is null then report else report + 1 end,
            report_at = case when $10 is null then report_at else $8 end
        where id = $1 and status = $2 and attempt = $3
        returning report
        """;

    private const string ReportedSql =
        """
        update q2c.effect
        set report_at = null, updated_at = $3,
            settled_at = case when status in ('accepted', 'refused') then $3 end
        where id = $1 and report = $2 and report_at is not null
        """;

    public Task<IReadOnlyList<EffectRow>> Claim(
        Lease lease, string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now,
        TimeSpan within, CancellationToken cancel) => Write(
            lease, ClaimSql, Read, cancel, connection, lease.Owner, lease.Epoch, now, within, limit, mine.ToArray(), policies.Current.Version);

    public Task<int> TakeOver(
        Lease lease, string connection, IReadOnlyCollection<string> mine, DateTimeOffset now, CancellationToken cancel) =>
        Write(lease, AbandonedSql, Count, cancel, connection, now, mine.ToArray());

    public Task<IReadOnlyList<EffectRow>> DueLookUps(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel) =>
        Query(LookUpsSql, cancel, connection, now, mine.ToArray(), limit);

    public Task<IReadOnlyList<EffectRow>> DueReports(
        string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, CancellationToken cancel) =>
        Query(ReportsSql, cancel, connection, now, mine.ToArray(), limit);

    public async Task<EffectRow?> Record(
        Lease lease, EffectRow effect, EffectChange change, DateTimeOffset now, CancellationToken cancel)
    {
        var report = await Write(
            lease, ChangeSql, Single, cancel, effect.Id, Name(effect.Status), effect.Attempt, Name(change.Status),
            change.NextAt, change.Attempt, change.Generation, now,
            Nullable(change.ExternalId, NpgsqlDbType.Text),
            Nullable(change.Tell is null ? null : WireFormat.Write(change.Tell).ToArray(), NpgsqlDbType.Bytea));
        return report is null ? null : effect with
        {
            Status = change.Status, Attempt = change.Attempt, Generation = change.Generation,
            Outcome = change.Tell ?? effect.Outcome, Report = report.Value,
        };
    }

    public Task<int> Reported(Lease lease, EffectRow effect, DateTimeOffset now, CancellationToken cancel) =>
        Write(lease, ReportedSql, Count, cancel, effect.Id, effect.Report, now);

    public Task<int> ReportLater(Lease lease, EffectRow effect, DateTimeOffset at, CancellationToken cancel) => Write(
        lease, "update q2c.effect set report_at = $3 where id = $1 and report = $2 and report_at is not null",
        Count, cancel, effect.Id, effect.Report, at);

    public async Task<IReadOnlyList<string>> UnknownConnections(IEnumerable<string> known, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select distinct connection from q2c.effect where settled_at is null and connection <> all ($1)");
        Add(command, known.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var names = new List<string>();
        while (await reader.ReadAsync(cancel)) names.Add(reader.GetString(0));
        return names;
    }

    private async Task<IReadOnlyList<EffectRow>> Query(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) Add(command, value);
        return await Read(command, cancel);
    }

    private async Task<T> Write<T>(
        Lease lease, string sql, Func<NpgsqlCommand, CancellationToken, Task<T>> run, CancellationToken cancel, params object[] values)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await lease.EnsureHeld(transaction, cancel);
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var value in values) Add(command, value);
        var result = await run(command, cancel);
        await transaction.CommitAsync(cancel);
        return result;
    }

    private static async Task<int> Count(NpgsqlCommand command, CancellationToken cancel) =>
        await command.ExecuteNonQueryAsync(cancel);

    private static async Task<int?> Single(NpgsqlCommand command, CancellationToken cancel) =>
        await command.ExecuteScalarAsync(cancel) as int?;

    private static async Task<IReadOnlyList<EffectRow>> Read(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<EffectRow>();
        while (await reader.ReadAsync(cancel))
            rows.Add(new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3),
                reader.GetString(4), reader.GetString(5), Enum.Parse<EffectStatus>(reader.GetString(6), ignoreCase: true),
                reader.GetInt32(7), reader.GetInt32(8), reader.IsDBNull(9) ? null : reader.GetFieldValue<TimeSpan>(9),
                reader.IsDBNull(10) ? null : WireFormat.Read<EffectOutcome>(reader.GetFieldValue<byte[]>(10)),
                reader.GetInt32(11)));
        return rows;
    }

    private static string Name(EffectStatus status) => status.ToString().ToLowerInvariant();

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) =>
        new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static void Add(NpgsqlCommand command, object value) => command.Parameters.Add(value switch
    {
        NpgsqlParameter parameter => parameter,
        DateTimeOffset time => new() { Value = time.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
        _ => new() { Value = value },
    });
}
