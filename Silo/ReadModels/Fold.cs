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
    private static readonly string[] Columns =
        [.. typeof(TRow).GetProperties().Select(property => $"\"{ReadModelJson.ColumnName(property.Name)}\"")];

    private readonly string _load = $"select to_jsonb(t)::text from q2c_read.{table} t where id = any($1)";

    private readonly string _save =
        $"""
        insert into q2c_read.{table} ({string.Join(", ", Columns)})
        select {string.Join(", ", Columns)} from jsonb_populate_recordset(null::q2c_read.{table}, $1)
        on conflict (id) do update set {string.Join(", ", Columns.Select(column => $"{column} = excluded.{column}"))}
        """;

    public IReadOnlyList<string> Tables => [table];

    public async ValueTask Apply(NpgsqlConnection connection, NpgsqlTransaction transaction, Batch batch, CancellationToken cancel)
    {
        var touched = batch.Facts.SelectMany(fact => Keys(fact).Select(key => (Key: key, Fact: fact))).ToList();
        if (touched.Count == 0) return;

        var rows = await Load(connection, transaction, [.. touched.Select(touch => touch.Key).Distinct()], cancel);
        var seen = rows.ToDictionary(pair => pair.Key, pair => pair.Value.Version);
        var changed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (key, fact) in touched)
        {
            if (fact.Version <= seen.GetValueOrDefault(key)) continue;
            if (Next(rows.GetValueOrDefault(key), key, fact, batch) is not { } row) continue;
            rows[key] = row with { Version = fact.Version };
            changed.Add(key);
        }

        await Save(connection, transaction, [.. changed.Select(key => rows[key])], cancel);
    }

    /// <summary>The ids of the rows that the fact touches.</summary>
    protected abstract IEnumerable<string> Keys(Fact fact);

    /// <summary>The row after the fact; null leaves things as they are.</summary>
    protected abstract TRow? Next(TRow? row, string key, Fact fact, Batch batch);

    /// <summary>The row that an earlier event of the same grain made.</summary>
    protected static TRow Existing(TRow? row, Fact fact) => row
        ?? throw new InvalidOperationException(
            $"{fact.Name} in row {fact.Version} of {fact.Grain} speaks of something that no earlier event created.");

    private async Task<Dictionary<string, TRow>> Load(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string[] ids, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(_load, connection, transaction) { Parameters = { new() { Value = ids } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new Dictionary<string, TRow>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancel))
        {
            var row = ReadModelJson.Read<TRow>(reader.GetString(0));
            rows.Add(row.Id, row);
        }

        return rows;
    }

    private async Task Save(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<TRow> rows, CancellationToken cancel)
    {
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(_save, connection, transaction)
        {
            Parameters = { ReadModelJson.Parameter(rows) },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
