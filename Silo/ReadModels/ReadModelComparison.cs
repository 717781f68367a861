using System.Data;
using System.Text.Json;
using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Streams;

namespace Q2C.Silo.ReadModels;

/// <summary>
/// Builds all read models anew from the journal, in a database of their own, and compares them with those that are there:
/// both as of one moment, while everything goes on.
/// </summary>
internal sealed class ReadModelComparison(NpgsqlDataSource database, JournalOptions options)
{
    /// <summary>Differences that are told of one table; the others are counted.</summary>
    public const int MaxTold = 100;

    private const int PageRows = 2_000;

    // Numbers that follow the order in which the pumps came: not compared, and no key here.
    private static readonly Dictionary<string, (string Key, string Without)> ByArrival =
        new() { ["q2c_read.timeline"] = ("grain, version, ordinal", "position") };

    /// <summary>All that follow the journal.</summary>
    public static IReadOnlyList<IProjection> Projections() => [new ReadModelProjection(), new StreamProgress()];

    /// <summary>The tables that differ. Throws <see cref="UnknownWireNameException"/> for rows of a newer version.</summary>
    /// <param name="scratch">An empty database that is migrated for this.</param>
    /// <param name="applied">Told how many rows were applied since it was told last.</param>
    public async Task<IReadOnlyList<TableDifference>> Run(NpgsqlDataSource scratch, IProgress<long>? applied, CancellationToken cancel)
    {
        await new Migrator(scratch, options.GatewayRole).Run(cancel: cancel);
        await using var here = await database.OpenConnectionAsync(cancel);
        await using var moment = await here.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await using var rebuilt = await scratch.OpenConnectionAsync(cancel);
        var projections = Projections();
        for (var shard = 0; shard < options.Shards; shard++)
            await Rebuild(here, rebuilt, projections, shard, applied, cancel);

        var differences = new List<TableDifference>();
        foreach (var table in projections.SelectMany(projection => projection.Tables))
            if (await Compare(here, rebuilt, table, cancel) is { } difference) differences.Add(difference);
        return differences;
    }

    private async Task Rebuild(
        NpgsqlConnection here, NpgsqlConnection rebuilt, IReadOnlyList<IProjection> projections, int shard, IProgress<long>? applied,
        CancellationToken cancel)
    {
        var goal = await new Cursor(Cursor.ReadModels, shard).Read(here, cancel);
        var tail = new ShardTail(shard, new(shard, options.Region), options);
        for (var seq = 0L; seq < goal;)
        {
            var rows = (await tail.After(here, seq, PageRows, cancel)).TakeWhile(row => row.Row.Seq <= goal).ToList();
            await using var transaction = await rebuilt.BeginTransactionAsync(cancel);
            foreach (var projection in projections) await projection.Apply(rebuilt, transaction, rows, cancel);
            await transaction.CommitAsync(cancel);
            seq = rows[^1].Row.Seq;
            applied?.Report(rows.Count);
        }
    }

    /// <summary>Both are read in the order of their keys, side by side.</summary>
    private static async Task<TableDifference?> Compare(NpgsqlConnection here, NpgsqlConnection rebuilt, string table, CancellationToken cancel)
    {
        var sql = await InKeyOrder(here, table, cancel);
        await using var ours = new Rows(here, sql);
        await using var theirs = new Rows(rebuilt, sql);
        var (told, count) = (new List<RowDifference>(), 0L);
        await ours.Next(cancel);
        await theirs.Next(cancel);
        while (ours.Key is not null || theirs.Key is not null)
        {
            var order = (ours.Key, theirs.Key) switch
            {
                (null, _) => 1,
                (_, null) => -1,
                var (a, b) => string.CompareOrdinal(a, b),
            };
            if (order != 0 || ours.Row != theirs.Row)
            {
                count++;
                if (told.Count < MaxTold)
                    told.Add(new(order <= 0 ? ours.Key! : theirs.Key!, order <= 0 ? ours.Row : null, order >= 0 ? theirs.Row : null));
            }

            if (order <= 0) await ours.Next(cancel);
            if (order >= 0) await theirs.Next(cancel);
        }

        return count == 0 ? null : new(table, count, told);
    }

    private static async Task<string> InKeyOrder(NpgsqlConnection connection, string table, CancellationToken cancel)
    {
        if (ByArrival.TryGetValue(table, out var arrival)) return Ordered(arrival.Key, $"to_jsonb(t) - '{arrival.Without}'");
        await using var command = new NpgsqlCommand(
            """
            select string_agg(format('%I', a.attname), ', ' order by array_position(i.indkey::int2[], a.attnum))
            from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
            where i.indrelid = $1::regclass and i.indisprimary
            """, connection) { Parameters = { new() { Value = table } } };
        return Ordered((string)(await command.ExecuteScalarAsync(cancel))!, "to_jsonb(t)");

        // Ordered as .NET compares: by code unit, which for keys of ours is by byte.
        string Ordered(string key, string content) =>
            $"select key, content from (select concat_ws(' ', {key}) as key, ({content})::text as content from {table} t) r order by key collate \"C\"";
    }

    /// <summary>A table's rows, one at a time.</summary>
    private sealed class Rows(NpgsqlConnection connection, string sql) : IAsyncDisposable
    {
        private readonly NpgsqlCommand _command = new(sql, connection) { CommandTimeout = 0 };
        private NpgsqlDataReader? _reader;

        /// <summary>Null after the last.</summary>
        public string? Key { get; private set; }

        public string? Row { get; private set; }

        public async Task Next(CancellationToken cancel)
        {
            _reader ??= await _command.ExecuteReaderAsync(cancel);
            (Key, Row) = await _reader.ReadAsync(cancel) ? (_reader.GetString(0), _reader.GetString(1)) : (null, null);
        }

        public async ValueTask DisposeAsync()
        {
            if (_reader is not null) await _reader.DisposeAsync();
            await _command.DisposeAsync();
        }
    }
}

/// <param name="Rows">That differ; <paramref name="Told"/> are the first of them.</param>
internal sealed record TableDifference(string Table, long Rows, IReadOnlyList<RowDifference> Told);

/// <param name="Here">As it is, as JSON; null if it is not there.</param>
/// <param name="Rebuilt">As the journal makes it; null if it does not.</param>
internal sealed record RowDifference(string Key, string? Here, string? Rebuilt)
{
    /// <summary>What is wrong, in a line: the members that differ, with what they are and what they should be.</summary>
    public string Sentence() => (Here, Rebuilt) switch
    {
        (null, _) => $"{Key} is missing",
        (_, null) => $"{Key} is there and should not be",
        _ => $"{Key}: {string.Join(", ", Members())}",
    };

    private IEnumerable<string> Members()
    {
        using var here = JsonDocument.Parse(Here!);
        using var rebuilt = JsonDocument.Parse(Rebuilt!);
        foreach (var member in rebuilt.RootElement.EnumerateObject())
        {
            var (found, should) = (here.RootElement.GetProperty(member.Name).GetRawText(), member.Value.GetRawText());
            if (found != should) yield return $"{member.Name} is {Short(found)} and should be {Short(should)}";
        }
    }

    private static string Short(string json) => json.Length <= 60 ? json : json[..57] + "...";
}
