using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Operations;

/// <summary>Does again what follows from the journal, by whatever silo runs: read models, and deliveries between grains.</summary>
internal static class Rebuild
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);

    /// <summary>1 if something differs, in a dry run. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> ReadModels(DirectoryInfo data, bool dryRun, string? scratch, TextWriter output, CancellationToken cancel)
    {
        var postgres = Installation.ConnectionString(data);
        await using var database = JournalSetup.Connect(postgres);
        var options = (await Installation.Read(database, cancel)).Options(postgres);
        if (dryRun)
        {
            await output.WriteLineAsync("Building all read models beside those that are there, and comparing them. Nothing is changed.");
            return await Verify.Differences(database, options, scratch, output, cancel) is [] ? 0 : 1;
        }

        await Run(database, options, output, cancel);
        return 0;
    }

    /// <summary>
    /// Has every target fetch again from the journal what was sent to it since then: what it has taken it passes over, what it
    /// missed it takes. An interruption does no harm: the sweep goes on by itself.
    /// </summary>
    /// <param name="target">The beginning of their ids, which names their kind: <c>eu_cu_</c>.</param>
    public static async Task<int> Streams(
        DirectoryInfo data, DateTimeOffset since, string target, bool dryRun, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(Installation.ConnectionString(data));
        var (all, missed) = await Sent(database, since, target, output, cancel);
        await output.WriteLineAsync(
            $"{all} streams to {(target is "" ? "any target" : target + "*")} have deliveries since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z; {missed} of them were not taken whole, and the rest would change nothing.");
        if (dryRun) return missed == 0 ? 0 : 1;
        await RefuseWithoutSilo(database, cancel);
        await Execute(
            database,
            """
            insert into q2c.stream_lag (source, target, version, next_at)
            select source, target, sent, now() from q2c.stream_progress where sent_at >= $1 and starts_with(target, $2)
            order by source, target
            on conflict (source, target) do update set next_at = now()
            """, cancel, since.ToUniversalTime(), target);
        var left = all;
        await ProgressBar.Show("streams fetched", all, async progress =>
        {
            while (left > 0)
            {
                var now = await Scalar<long>(database, "select count(*) from q2c.stream_lag where starts_with(target, $1)", cancel, target);
                progress.Report(Math.Max(0, left - now));
                left = Math.Min(left, now);
                if (left > 0) await Task.Delay(Glance, cancel);
            }
        });
        await output.WriteLineAsync($"{all} streams are fetched to their end.");
        return 0;
    }

    private static async Task<(long All, long Missed)> Sent(
        NpgsqlDataSource database, DateTimeOffset since, string target, TextWriter output, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            """
            select source, target, sent, received, count(*) over ()
            from q2c.stream_progress where sent_at >= $1 and starts_with(target, $2) order by sent > received desc, source, target
            """);
        command.Parameters.Add(new() { Value = since.ToUniversalTime() });
        command.Parameters.Add(new() { Value = target });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var (all, missed) = (0L, 0L);
        while (await reader.ReadAsync(cancel))
        {
            all = reader.GetInt64(4);
            if (reader.GetInt64(2) <= reader.GetInt64(3)) break;
            missed++;
            if (missed <= ReadModelComparison.MaxTold)
                await output.WriteLineAsync($"  {reader.GetString(1)} has {reader.GetString(0)} up to {reader.GetInt64(3)} of {reader.GetInt64(2)}");
        }

        return (all, missed);
    }

    /// <summary>An interruption does no harm: the pumps go on by themselves.</summary>
    public static async Task Run(NpgsqlDataSource database, JournalOptions options, TextWriter output, CancellationToken cancel)
    {
        await RefuseWithoutSilo(database, cancel);
        var projections = ReadModelComparison.Projections();
        await output.WriteLineAsync(
            $"Emptying {projections.Sum(projection => projection.Tables.Count)} tables and filling them from the journal. Lists are incomplete until that is done; commands and effects go on.");
        var rebuild = new ReadModelRebuild(database, projections, options, new Wakeups(options, TimeProvider.System), TimeProvider.System);
        var done = 0L;
        await ProgressBar.Show("rows applied", (await Installation.Read(database, cancel)).Rows, progress => rebuild.Run(
            new Progress(state =>
            {
                progress.Report(state.Done - done);
                done = state.Done;
            }), cancel));
        await output.WriteLineAsync($"{done} rows are applied.");
    }

    private static async Task RefuseWithoutSilo(NpgsqlDataSource database, CancellationToken cancel)
    {
        if (!await Scalar<bool>(
            database, "select exists (select from q2c.lease where name like 'pump/%' and expires_at > clock_timestamp())", cancel))
            throw new OperationsException("No silo runs that would do it.", "Start Q2C first.");
    }

    private static async Task<T> Scalar<T>(NpgsqlDataSource database, string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }

    private static async Task Execute(NpgsqlDataSource database, string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private sealed class Progress(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value);
    }
}
