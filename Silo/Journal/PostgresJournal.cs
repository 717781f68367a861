using System.Collections.Immutable;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>
/// The journal on PostgreSQL: group commit per shard for what is appended, one round trip for what is read. Any number
/// of processes may write to one database; the head row of each shard puts them in line.
/// </summary>
public sealed class PostgresJournal : IJournal, IAsyncDisposable
{
    private const int DeliveryPageRows = 500;

    private readonly NpgsqlDataSource _database;
    private readonly JournalOptions _options;
    private readonly ShardWriter[] _writers;
    private readonly VersionReader _versions;

    /// <param name="committed">Called with the shard after each batch that added rows; must not block.</param>
    public PostgresJournal(NpgsqlDataSource database, JournalOptions options, Action<int>? committed = null)
    {
        (_database, _options) = (database, options.Checked());
        _writers = [.. Enumerable.Range(0, options.Shards)
            .Select(shard => new ShardWriter(shard, database, options, committed ?? (_ => { })))];
        _versions = new(database);
    }

    public async ValueTask<GrainHistory> Load(string grain, int deciderVersion, CancellationToken cancel)
    {
        await using var command = _database.CreateCommand(
            $"""
            with kept as (select version, state from q2c.snapshot where grain = $1 and decider_version = $2)
            select version, null, null, null, state, null, null, null, null, null, null, $1 from kept
            union all
            select {RowReader.Columns} from q2c.journal
            where grain = $1 and version > coalesce((select version from kept), 0)
            order by version
            """);
        command.Parameters.Add(new() { Value = grain });
        command.Parameters.Add(new() { Value = deciderVersion });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        Snapshot? snapshot = null;
        var rows = ImmutableArray.CreateBuilder<RecordedRow>();
        while (await reader.ReadAsync(cancel))
        {
            if (RowReader.IsRow(reader)) rows.Add(RowReader.Read(reader, _options.Region));
            else snapshot = new(reader.GetInt64(0), deciderVersion, reader.GetFieldValue<byte[]>(4));
        }

        return new(snapshot, rows.ToImmutable());
    }

    public ValueTask<AppendResult> Append(JournalRun run, CancellationToken cancel) =>
        Tracing.Journal.HasListeners() ? AppendTraced(run, cancel) : Enqueue(run, cancel);

    public async ValueTask<ImmutableDictionary<string, RecordedRow>> Find(
        string grain, ImmutableArray<string> keys, CancellationToken cancel)
    {
        await using var command = _database.CreateCommand(
            $"select {RowReader.Columns} from q2c.journal where grain = $1 and key = any ($2)");
        command.Parameters.Add(new() { Value = grain });
        command.Parameters.Add(new() { Value = keys.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = ImmutableDictionary.CreateBuilder<string, RecordedRow>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel))
        {
            var row = RowReader.Read(reader, _options.Region);
            found.Add(row.Key, row);
        }

        return found.ToImmutable();
    }

    public ValueTask<long> CurrentVersion(string grain, CancellationToken cancel) => _versions.Read(grain, cancel);

    public async ValueTask<ImmutableArray<Delivery>> Deliveries(
        string source, string target, long after, long upTo, int limit, CancellationToken cancel)
    {
        var found = ImmutableArray.CreateBuilder<Delivery>();
        while (found.Count < limit && after < upTo)
        {
            var rows = await RowsNaming(target, source, after, upTo, cancel);
            foreach (var row in rows)
            {
                if (DeliveryReader.For(target, row, RowBody.Read(row.Body)) is not { } delivery) continue;
                found.Add(delivery);
                if (found.Count == limit) break;
            }

            if (rows.Count < DeliveryPageRows) break;
            after = rows[^1].Version;
        }

        return found.ToImmutable();
    }

    public async ValueTask SaveSnapshot(string grain, Snapshot snapshot, CancellationToken cancel)
    {
        await using var command = _database.CreateCommand(
            """
            insert into q2c.snapshot as s (grain, version, decider_version, state) values ($1, $2, $3, $4)
            on conflict (grain) do update
            set version = excluded.version, decider_version = excluded.decider_version, state = excluded.state,
                taken_at = now()
            where (excluded.decider_version, excluded.version) > (s.decider_version, s.version)
            """);
        command.Parameters.Add(new() { Value = grain });
        command.Parameters.Add(new() { Value = snapshot.Version });
        command.Parameters.Add(new() { Value = snapshot.DeciderVersion });
        command.Parameters.Add(new() { Value = snapshot.State, NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers) await writer.DisposeAsync();
        await _versions.DisposeAsync();
    }

    /// <summary>What this process added to the shard lately.</summary>
    internal RecentRows Recent(int shard) => _writers[shard].Recent;

    /// <summary>The same for the same id, in every version of this program.</summary>
    public static int ShardOf(string grain, int shards)
    {
        unchecked
        {
            // FNV-1a.
            var hash = 2166136261u;
            foreach (var unit in Encoding.UTF8.GetBytes(grain)) hash = (hash ^ unit) * 16777619u;
            return (int)(hash % (uint)shards);
        }
    }

    private ValueTask<AppendResult> Enqueue(JournalRun run, CancellationToken cancel) =>
        _writers[ShardOf(run.Grain, _options.Shards)].Append(PendingRun.Prepare(run, _options), cancel);

    private async ValueTask<AppendResult> AppendTraced(JournalRun run, CancellationToken cancel)
    {
        using var spans = Tracing.Journal.StartEach("append", run.Entries.Select(entry => entry.Correlation));
        return await Enqueue(run, cancel);
    }

    /// <summary>A page of rows whose body names the target; its list of previous rows names every target.</summary>
    private async Task<List<RecordedRow>> RowsNaming(
        string target, string source, long after, long upTo, CancellationToken cancel)
    {
        await using var command = _database.CreateCommand(
            $"""
            select {RowReader.Columns} from q2c.journal
            where grain = $1 and version > $2 and version <= $3 and position($4 in body) > 0
            order by version limit $5
            """);
        command.Parameters.Add(new() { Value = source });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = upTo });
        command.Parameters.Add(new() { Value = Encoding.UTF8.GetBytes(target) });
        command.Parameters.Add(new() { Value = DeliveryPageRows });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<RecordedRow>();
        while (await reader.ReadAsync(cancel)) rows.Add(RowReader.Read(reader, _options.Region));
        return rows;
    }
}
