using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Operations;

/// <summary>Read models made anew from the journal, by the pumps of whatever silo runs.</summary>
internal static class Rebuild
{
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
        await using var command = database.CreateCommand(
            "select exists (select from q2c.lease where name like 'pump/%' and expires_at > clock_timestamp())");
        if (await command.ExecuteScalarAsync(cancel) is not true)
            throw new OperationsException("No silo runs that would fill the read models again.", "Start Q2C first.");
    }

    private sealed class Progress(Action<RebuildProgress> report) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value) => report(value);
    }
}
