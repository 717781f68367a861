using Npgsql;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class AppendOrderTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Callers = 24;
    private const int RowsPerCaller = 40;

    [Fact]
    public async Task A_transaction_held_open_amid_concurrent_appends_hides_no_row_from_any_reader()
    {
        await using var silo = new JournalHarness(postgres);
        await using var other = new JournalHarness(postgres);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, silo.Options.Shards).Select(shard => Task.Run(() => Follow(shard, stop.Token))).ToArray();

        // One transaction has numbered its row and does not commit; another only holds back the oldest visible one.
        var held = HeldAppend.Of(silo.Database, Rows.NewGrain());
        await using var append = await held;
        await using var idle = await silo.Database.OpenConnectionAsync();
        await using var horizon = await idle.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("select pg_current_xact_id()", idle, horizon)) await command.ExecuteScalarAsync();

        var grains = Enumerable.Range(0, Callers).Select(_ => Rows.NewGrain()).ToArray();
        var callers = grains.Select((grain, i) => Task.Run(() => Write(i % 2 == 0 ? silo : other, grain))).ToArray();
        var elsewhere = callers.Where(
            (_, i) => PostgresJournal.ShardOf(grains[i], silo.Options.Shards) != append.Shard);
        await Task.WhenAll(elsewhere);
        Assert.Equal(
            0, await silo.Database.Scalar<long>($"select count(*) from q2c.journal where shard = {append.Shard}"));

        await append.Commit();
        await Task.WhenAll(callers);
        await stop.CancelAsync();

        var seen = (await Task.WhenAll(readers)).ToArray();
        var heads = new List<long>();
        foreach (var (shard, seqs) in seen.Index())
        {
            Assert.Equal(Enumerable.Range(1, seqs.Count).Select(seq => (long)seq), seqs);
            heads.Add(await silo.Database.Scalar<long>($"select seq from q2c.shard_head where shard = {shard}"));
        }

        Assert.Equal(heads, seen.Select(seqs => (long)seqs.Count));
        Assert.Equal(Callers * RowsPerCaller + 1, heads.Sum());
    }

    private static async Task Write(JournalHarness silo, string grain)
    {
        for (var version = 0; version < RowsPerCaller; version++)
        {
            var run = new JournalRun(grain, version, [Rows.Entry(version + 1, $"k{version}")]);
            Assert.IsType<AppendResult.Appended>(await silo.Journal.Append(run, default));
        }
    }

    /// <summary>Reads on from the last seq it saw, as a pump does, until there is no more after the stop.</summary>
    private async Task<List<long>> Follow(int shard, CancellationToken stop)
    {
        var seen = new List<long>();
        await using var connection = await postgres.Database.OpenConnectionAsync(default);
        while (true)
        {
            var last = stop.IsCancellationRequested;
            await using var command = new NpgsqlCommand(
                "select seq from q2c.journal where shard = $1 and seq > $2 order by seq", connection);
            command.Parameters.Add(new() { Value = shard });
            command.Parameters.Add(new() { Value = seen.Count == 0 ? 0L : seen[^1] });
            await using var reader = await command.ExecuteReaderAsync(default);
            while (await reader.ReadAsync(default)) seen.Add(reader.GetInt64(0));
            if (last) return seen;
        }
    }
}

/// <summary>An append whose transaction stays open: it has the head row and its seq, and nobody sees it yet.</summary>
internal sealed class HeldAppend : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private HeldAppend(NpgsqlConnection connection, NpgsqlTransaction transaction, int shard) =>
        (_connection, _transaction, Shard) = (connection, transaction, shard);

    public int Shard { get; }

    public static async Task<HeldAppend> Of(NpgsqlDataSource database, string grain)
    {
        var options = new JournalOptions { ConnectionString = "" };
        var shard = PostgresJournal.ShardOf(grain, options.Shards);
        var connection = await database.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var statement = await AppendStatement.Prepare(connection, shard, options.CommandTimeout, default);
        var run = PendingRun.Prepare(new(grain, 0, [Rows.Entry(1, "held")]), options);
        var (firsts, _) = await statement.Execute([run], default);
        Assert.NotNull(Assert.Single(firsts));
        return new(connection, transaction, shard);
    }

    public Task Commit() => _transaction.CommitAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
