using Npgsql;
using NpgsqlTypes;
using Q2C.Grains;
using Q2C.Grains.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Journal;

/// <summary>
/// Brings an exported journal into a database without one, in one transaction: rows, chain and signatures as they were, and
/// from the rows what else is written with them: references, due commands, keys of callers, effects. Read models follow by
/// themselves. What only the inbox knew does not come back.
/// </summary>
internal sealed class JournalImport(NpgsqlConnection connection)
{
    private const int PageRows = 1_000;

    private readonly List<(long Seq, byte[] Hash)> _chain = [];
    private NpgsqlBinaryImporter? _rows;
    private int _shard;

    /// <summary>
    /// Proves the file while it is read; with a fault in it the database stays as it was. The database has to be migrated
    /// and prepared for the region and shards of the file.
    /// </summary>
    public static async Task<IReadOnlyList<ChainReport>> Run(
        NpgsqlDataSource database, Stream from, ChainKeys? keys, IProgress<long>? rows, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var import = new JournalImport(connection);
        await import.RefuseUsed(cancel);
        IReadOnlyList<ChainReport> reports;
        try
        {
            reports = await JournalExport.Verify(from, keys, rows, cancel, import);
        }
        finally
        {
            if (import._rows is { } unfinished) await unfinished.DisposeAsync();
        }

        if (reports.Any(report => report.Fault is not null)) return reports;
        await import.Derive(cancel);
        await Restoration.Record(connection, cancel);
        await transaction.CommitAsync(cancel);
        return reports;
    }

    public async Task Begin(ExportedShard shard, CancellationToken cancel)
    {
        _shard = shard.Shard;
        await Execute("update q2c.shard_head set seq = $2, hash = $3 where shard = $1", cancel, shard.Shard, shard.Seq, shard.Hash);
        foreach (var head in shard.Signatures)
            await Execute(
                "insert into q2c.chain_signature (shard, seq, hash, signed_at, key_id, signature) values ($1, $2, $3, $4, $5, $6)", cancel,
                shard.Shard, head.Seq, head.Hash, head.SignedAt.ToUniversalTime(), head.KeyId, head.Signature);
        _rows = await connection.BeginBinaryImportAsync(
            """
            copy q2c.journal (
                shard, seq, grain, version, key, fingerprint, outcome, body, schema_version, correlation, causation, actor,
                business_time, record_time, digest) from stdin (format binary)
            """, cancel);
    }

    public async Task Add(WholeRow row, CancellationToken cancel)
    {
        var rows = _rows!;
        await rows.StartRowAsync(cancel);
        await rows.WriteAsync(_shard, NpgsqlDbType.Integer, cancel);
        await rows.WriteAsync(row.Seq, NpgsqlDbType.Bigint, cancel);
        await rows.WriteAsync(row.Grain, NpgsqlDbType.Text, cancel);
        await rows.WriteAsync(row.Version, NpgsqlDbType.Bigint, cancel);
        await rows.WriteAsync(row.Key, NpgsqlDbType.Text, cancel);
        await rows.WriteAsync(row.Fingerprint, NpgsqlDbType.Bytea, cancel);
        await rows.WriteAsync(row.Outcome, NpgsqlDbType.Smallint, cancel);
        await rows.WriteAsync(row.Body, NpgsqlDbType.Bytea, cancel);
        await rows.WriteAsync(row.SchemaVersion, NpgsqlDbType.Smallint, cancel);
        await rows.WriteAsync(row.Correlation, NpgsqlDbType.Text, cancel);
        await (row.Causation is { } causation ? rows.WriteAsync(causation, NpgsqlDbType.Text, cancel) : rows.WriteNullAsync(cancel));
        await rows.WriteAsync(row.Actor, NpgsqlDbType.Text, cancel);
        await (row.BusinessTime is { } at ? rows.WriteAsync(at.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancel) : rows.WriteNullAsync(cancel));
        await rows.WriteAsync(row.RecordTime.ToUniversalTime(), NpgsqlDbType.TimestampTz, cancel);
        await rows.WriteAsync(row.Digest, NpgsqlDbType.Bytea, cancel);
    }

    public void Link(long seq, byte[] hash) => _chain.Add((seq, hash));

    public async Task End(CancellationToken cancel)
    {
        await _rows!.CompleteAsync(cancel);
        await _rows.DisposeAsync();
        _rows = null;
        await Execute(
            "insert into q2c.chain (shard, seq, hash) select $1, c.seq, c.hash from unnest($2, $3) as c(seq, hash)", cancel,
            _shard, _chain.Select(link => link.Seq).ToArray(), _chain.Select(link => link.Hash).ToArray());
        _chain.Clear();
    }

    private async Task RefuseUsed(CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select coalesce(sum(seq), 0)::bigint from (select seq from q2c.shard_head for update) h", connection);
        if (await command.ExecuteScalarAsync(cancel) is long rows and > 0)
            throw new OperationsException($"This database has a journal of {rows} rows already; nothing was changed.", "Import into an empty database.");
    }

    /// <summary>In the order of record times, as references and due commands that were written again replace the older ones.</summary>
    private async Task Derive(CancellationToken cancel)
    {
        await Execute(
            """
            insert into q2c.api_key (principal, key, fingerprint, grain)
            select actor, key, fingerprint, grain from q2c.journal where correlation = 'api/' || key and starts_with(key, actor || ':')
            on conflict do nothing
            """, cancel);
        var told = new Dictionary<string, Told>(StringComparer.Ordinal);
        await Execute(
            $"""
            declare imported no scroll cursor for
            select {RowReader.Columns} from q2c.journal order by record_time, shard, seq
            """, cancel);
        while (await Page(cancel) is { Count: > 0 } page)
        {
            await References(page, cancel);
            await Due(page, cancel);
            await EffectRows.Insert(connection, EffectRows.From(page), DateTimeOffset.UtcNow, cancel);
            foreach (var row in page) Follow(told, row);
        }

        await Execute("close imported", cancel);
        await Execute(
            "delete from q2c.due d using q2c.journal j where j.grain = d.grain and j.key = $1 || d.key", cancel, DueKeys.Prefix);
        await Settle(told, cancel);
        await Execute(
            "update q2c.cursor c set seq = h.seq from q2c.shard_head h where h.shard = c.shard and c.name = $1", cancel, Cursor.Dispatch);
    }

    private async Task<List<PumpedRow>> Page(CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"fetch {PageRows} from imported", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var page = new List<PumpedRow>();
        while (await reader.ReadAsync(cancel))
        {
            var row = RowReader.Read(reader, "");
            page.Add(new(row, RowBody.Read(row.Body)));
        }

        return page;
    }

    private async Task References(List<PumpedRow> page, CancellationToken cancel)
    {
        var latest = new Dictionary<ExternalReference, string>();
        foreach (var row in page)
            foreach (var reference in row.Body.Events.OfType<IReferences>()) latest[reference.Reference] = row.Row.Grain;
        await Execute(
            """
            insert into q2c.xref (system, type, id, grain) select * from unnest($1, $2, $3, $4)
            on conflict (system, type, id) do update set grain = excluded.grain
            """, cancel, latest.Keys.Select(key => key.System).ToArray(), latest.Keys.Select(key => key.Type).ToArray(),
            latest.Keys.Select(key => key.Id).ToArray(), latest.Values.ToArray());
    }

    private async Task Due(List<PumpedRow> page, CancellationToken cancel)
    {
        var latest = new Dictionary<(string Grain, string Key), (DueCommand Command, RecordedRow Row)>();
        foreach (var row in page)
            foreach (var due in row.Body.Events.OfType<ISchedules>()) latest[(row.Row.Grain, due.Due.Key)] = (due.Due, row.Row);
        await Execute(
            """
            insert into q2c.due (grain, key, at, command, correlation, causation, next_at)
            select d.grain, d.key, d.at, d.command, d.correlation, d.causation, d.at
            from unnest($1, $2, $3, $4, $5, $6) as d(grain, key, at, command, correlation, causation)
            on conflict (grain, key) do update
            set at = excluded.at, next_at = excluded.at, command = excluded.command, correlation = excluded.correlation,
                causation = excluded.causation
            """, cancel, latest.Keys.Select(key => key.Grain).ToArray(), latest.Keys.Select(key => key.Key).ToArray(),
            latest.Values.Select(due => due.Command.At.UtcDateTime).ToArray(),
            latest.Values.Select(due => WireFormat.Write(due.Command.Command).ToArray()).ToArray(),
            latest.Values.Select(due => due.Row.Correlation).ToArray(),
            latest.Values.Select(due => $"{due.Row.Grain}@{due.Row.Version}").ToArray());
    }

    /// <summary>A report of an effect has its id and a number as key.</summary>
    private static void Follow(Dictionary<string, Told> told, PumpedRow row)
    {
        foreach (var asked in row.Body.Events.OfType<IAsksEffect>()) told.TryAdd(asked.Effect.Id, new(0, false, null));
        var end = row.Row.Key.LastIndexOf('/');
        if (end < 0 || !told.TryGetValue(row.Row.Key[..end], out var before) || !int.TryParse(row.Row.Key.AsSpan(end + 1), out var number)) return;
        var raised = row.Body.Events.OfType<ExceptionRaised>().ToArray();
        var waits = raised.Any(one => Errands.ResolvesItself(one.Item)) || (before.Waits && row.Body.Events.IsEmpty);
        told[row.Row.Key[..end]] = before.Settled is not null || waits
            ? before with { Report = number, Waits = waits }
            : new(number, false, new(raised is [] ? "accepted" : "refused", row.Row.RecordTime));
    }

    /// <summary>
    /// What its grain knows the end of is settled. The rest is looked up before anything is sent.
    /// </summary>
    private Task Settle(Dictionary<string, Told> told, CancellationToken cancel) => Execute(
        """
        update q2c.effect e
        set report = t.report, status = coalesce(t.status, 'waiting'), settled_at = t.settled_at, updated_at = coalesce(t.settled_at, e.updated_at)
        from unnest($1, $2, $3, $4) as t(id, report, status, settled_at) where e.id = t.id
        """, cancel, told.Keys.ToArray(), told.Values.Select(one => one.Report).ToArray(),
        told.Values.Select(one => one.Settled?.Status).ToArray(),
        new NpgsqlParameter
        {
            Value = told.Values.Select(one => one.Settled?.At.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        });

    private async Task Execute(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <param name="Report">Number of the last outcome that the grain was told.</param>
    /// <param name="Waits">The last one said that the system is away or silent.</param>
    private sealed record Told(int Report, bool Waits, Settled? Settled);

    private sealed record Settled(string Status, DateTimeOffset At);
}

/// <summary>A shard as an export tells of it before its rows.</summary>
internal sealed record ExportedShard(int Shard, long Seq, byte[] Hash, IReadOnlyList<SignedHead> Signatures);
