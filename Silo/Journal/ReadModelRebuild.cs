using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Empties all read models and has the pumps fill them again from the journal, while everything else goes on.
/// </summary>
public sealed class ReadModelRebuild(
    NpgsqlDataSource database, IEnumerable<IProjection> projections, JournalOptions options, Wakeups wakeups,
    TimeProvider clock)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when the read models are where the journal was at the start.</summary>
    public async Task Run(IProgress<RebuildProgress>? progress, CancellationToken cancel)
    {
        await Reset(cancel);
        var goal = await Total("select sum(seq)::bigint from q2c.shard_head", cancel);
        for (var shard = 0; shard < options.Shards; shard++) wakeups.Raise(Wakeups.Journal(shard));
        while (true)
        {
            var done = await Total(
                $"select sum(seq)::bigint from q2c.cursor where name = '{Cursor.ReadModels}'", cancel);
            progress?.Report(new(Math.Min(done, goal), goal));
            if (done >= goal) return;
            await Task.Delay(ReportInterval, clock, cancel);
        }
    }

    /// <summary>Takes the cursors first, as the pumps do, and the tables after them.</summary>
    private async Task Reset(CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await Execute($"select from q2c.cursor where name = '{Cursor.ReadModels}' order by shard for update");
        var tables = projections.SelectMany(projection => projection.Tables).ToArray();
        if (tables.Length > 0) await Execute($"truncate {string.Join(", ", tables)}");
        await Execute($"update q2c.cursor set seq = 0 where name = '{Cursor.ReadModels}'");
        await transaction.CommitAsync(cancel);

        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancel);
        }
    }

    private async Task<long> Total(string sql, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}

/// <param name="Done">Rows taken of <paramref name="Total"/>.</param>
public sealed record RebuildProgress(long Done, long Total);
