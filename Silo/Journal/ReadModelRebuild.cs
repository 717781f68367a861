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

    private const string OpenSql = "select id, goals from q2c.rebuild where finished_at is null";

    private const string HeadSql = "select array_agg(seq order by shard) from q2c.shard_head";

    private const string DoneSql =
        $"select sum(least(seq, $1[shard + 1]))::bigint from q2c.cursor where name = '{Cursor.ReadModels}'";

    /// <summary>Returns when the read models are where the journal was at the start.</summary>
    public async Task Run(IProgress<RebuildProgress>? progress, CancellationToken cancel)
    {
        var goals = await Reset(asked: null, cancel);
        while (true)
        {
            var done = await Done(goals, cancel);
            progress?.Report(new(done, goals.Sum()));
            if (done == goals.Sum()) break;
            await Task.Delay(ReportInterval, clock, cancel);
        }

        await Finish(asked: null, cancel);
    }

    /// <summary>Begins the rebuild that an operator asked for, or notes that it is done. Returns false: there is nothing more to do at once.</summary>
    public async Task<bool> Step(CancellationToken cancel)
    {
        if (await Asked(cancel) is not var (id, goals)) return false;
        if (goals is null) await Reset(id, cancel);
        else if (await Done(goals, cancel) == goals.Sum()) await Finish(id, cancel);
        return false;
    }

    private async Task<(long Id, long[]? Goals)?> Asked(CancellationToken cancel)
    {
        await using var command = database.CreateCommand(OpenSql);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<long[]>(1)) : null;
    }

    /// <summary>Takes the cursors first, as the pumps do, and the tables after them.</summary>
    /// <param name="asked">The request that this carries out; null if nobody asked by one.</param>
    /// <returns>Where each shard is.</returns>
    private async Task<long[]> Reset(long? asked, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await Execute($"select from q2c.cursor where name = '{Cursor.ReadModels}' order by shard for update", transaction, cancel);
        var tables = projections.SelectMany(projection => projection.Tables).ToArray();
        if (tables.Length > 0) await Execute($"truncate {string.Join(", ", tables)}", transaction, cancel);
        await Execute($"update q2c.cursor set seq = 0 where name = '{Cursor.ReadModels}'", transaction, cancel);
        await using var heads = new NpgsqlCommand(HeadSql, connection, transaction);
        var goals = (long[])(await heads.ExecuteScalarAsync(cancel))!;
        if (asked is { } id)
            await Execute("update q2c.rebuild set goals = $2, started_at = $3 where id = $1", transaction, cancel, id, goals, clock.GetUtcNow());
        await transaction.CommitAsync(cancel);
        for (var shard = 0; shard < options.Shards; shard++) wakeups.Raise(Wakeups.Journal(shard));
        return goals;
    }

    /// <summary>What only the whole of the journal tells, and that the request is carried out.</summary>
    private async Task Finish(long? asked, CancellationToken cancel)
    {
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        foreach (var projection in projections) await projection.Rebuilt(connection, transaction, cancel);
        if (asked is { } id)
            await Execute("update q2c.rebuild set finished_at = $2 where id = $1", transaction, cancel, id, clock.GetUtcNow());
        await transaction.CommitAsync(cancel);
    }

    private async Task<long> Done(long[] goals, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(DoneSql);
        command.Parameters.Add(new() { Value = goals });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static async Task Execute(string sql, NpgsqlTransaction transaction, CancellationToken cancel, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }
}

/// <param name="Done">Rows taken of <paramref name="Total"/>.</param>
public sealed record RebuildProgress(long Done, long Total);

/// <summary>Carries out the rebuilds that operators ask for, under one lease for the installation.</summary>
public sealed class RebuildDesk(
    ReadModelRebuild rebuild, LeaseKeeper leases, JournalOptions options, TimeProvider clock, ILogger<RebuildDesk> log) : BackgroundService
{
    public const string LeaseName = "rebuild";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leases.RunWhileHeld(
        LeaseName, (_, held) => new StepLoop(options, clock, log).Run("Rebuild", Interval, rebuild.Step, held), stoppingToken);
}
