using System.Collections.Concurrent;
using System.Collections.Immutable;
using Npgsql;

namespace Q2C.Silo.ReadModels;

/// <summary>A row of a read model: folded from the events of one grain.</summary>
internal abstract record ReadRow(string Id)
{
    /// <summary>The version of the owning grain that the row stands for.</summary>
    public long Version { get; init; }
}

/// <summary>
/// A read-model table as a fold over events. The rows that a batch touches are read at once, folded in memory and
/// written back at once; a fact that a row has seen already changes nothing.
/// </summary>
internal abstract class Fold<TRow>(string table) : IReadModel where TRow : ReadRow
{
    private static readonly ImmutableArray<Column<TRow>> Columns = Column<TRow>.All;

    private readonly string _load = $"select to_jsonb(t)::text from q2c_read.{table} t where id = any($1)";

    private readonly string _save =
        $"""
        insert into q2c_read.{table} ({List(column => column.Name)})
        select {List(column => column.Expression)}
        from unnest({string.Join(", ", Columns.Select((_, i) => $"${i + 1}"))}) as given({List(column => column.Name)})
        on conflict (id) do update set {List(column => $"{column.Name} = excluded.{column.Name}")}
        """;

    // The pumps of the shards call at the same time; a row belongs to one grain, and so to one shard.
    private readonly ConcurrentDictionary<int, RowCache<TRow>> _caches = new();

    public IReadOnlyList<string> Tables => [table];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        var cache = _caches.GetOrAdd(batch.Shard, _ => new());
        cache.Begin(batch);
        var touched = batch.Facts.SelectMany(fact => Keys(fact).Select(key => (Key: key, Fact: fact))).ToList();
        var rows = new Dictionary<string, TRow>(StringComparer.Ordinal);
        var changed = new SortedSet<string>(StringComparer.Ordinal);
        if (touched.Count > 0)
        {
            await Gather(connection, transaction, cache, touched, rows, cancel);
            var seen = rows.ToDictionary(pair => pair.Key, pair => pair.Value.Version);
            foreach (var (key, fact) in touched)
            {
                if (fact.Version <= seen.GetValueOrDefault(key)) continue;
                if (Next(rows.GetValueOrDefault(key), key, fact, batch) is not { } row) continue;
                rows[key] = row with { Version = fact.Version };
                changed.Add(key);
            }

            await Save(connection, transaction, [.. changed.Select(key => rows[key])], cancel);
        }

        cache.End(batch, changed.Select(key => rows[key]));
    }

    /// <summary>The ids of the rows that the fact touches.</summary>
    protected abstract IEnumerable<string> Keys(Fact fact);

    /// <summary>The row after the fact; null leaves things as they are.</summary>
    protected abstract TRow? Next(TRow? row, string key, Fact fact, Batch batch);

    /// <summary>The row that an earlier event of the same grain made.</summary>
    protected static TRow Existing(TRow? row, Fact fact) => row
        ?? throw new InvalidOperationException(
            $"{fact.Name} in row {fact.Version} of {fact.Grain} speaks of something that no earlier event created.");

    /// <summary>The rows that are there, from memory or read at once.</summary>
    private async Task Gather(
        NpgsqlConnection connection, NpgsqlTransaction transaction, RowCache<TRow> cache, List<(string Key, Fact Fact)> touched,
        Dictionary<string, TRow> rows, CancellationToken cancel)
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, _) in touched)
        {
            if (cache.Find(key) is { } known) rows[key] = known;
            else missing.Add(key);
        }

        if (missing.Count == 0) return;
        await using var command = new NpgsqlCommand(_load, connection, transaction)
        {
            Parameters = { new() { Value = missing.ToArray() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var row = ReadModelJson.Read<TRow>(reader.GetString(0));
            rows.Add(row.Id, row);
        }
    }

    private async Task Save(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<TRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(_save, connection, transaction);
        foreach (var column in Columns) command.Parameters.Add(column.Values(rows));
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static string List(Func<Column<TRow>, string> part) => string.Join(", ", Columns.Select(part));
}
