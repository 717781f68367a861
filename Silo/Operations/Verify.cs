using Npgsql;
using Q2C.Silo.Journal;
using Spectre.Console;

namespace Q2C.Silo.Operations;

/// <summary>Proves the journal, in its database or in an export, and writes the export.</summary>
internal static class Verify
{
    /// <summary>0 if every row is as it was written, 1 if not. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Database(DirectoryInfo data, IReadOnlyList<FileInfo> keyFiles, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(ConnectionString(data));
        var (region, rows) = await Installation(database, cancel);
        await output.WriteLineAsync($"Checking {rows} rows of the journal of region '{region}' against its chain. Nothing is changed.");
        using var keys = Keys(keyFiles);
        return await Report(await WithProgress("rows checked", rows, progress =>
            new JournalVerifier(database, region, keys).Verify(progress, cancel)), output);
    }

    /// <summary>The same for a file that <see cref="Export"/> wrote; needs no database.</summary>
    public static async Task<int> Exported(FileInfo file, IReadOnlyList<FileInfo> keyFiles, TextWriter output, CancellationToken cancel)
    {
        if (!file.Exists) throw new OperationsException($"There is no file {file.FullName}.", "Name a file that `q2c export` wrote.");
        await output.WriteLineAsync($"Checking {file.FullName} against the chain in it. Nothing is changed.");
        using var keys = Keys(keyFiles);
        await using var stream = file.OpenRead();
        try
        {
            return await Report(await WithProgress("rows checked", null, progress => JournalExport.Verify(stream, keys, progress, cancel)), output);
        }
        catch (InvalidDataException wrong)
        {
            throw new OperationsException($"{file.Name} is not whole: {wrong.Message}", "Take the export again, or another copy of it.");
        }
    }

    /// <summary>Written beside its place first, so that a file of that name is always whole.</summary>
    public static async Task<int> Export(DirectoryInfo data, FileInfo file, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(ConnectionString(data));
        var (region, rows) = await Installation(database, cancel);
        await output.WriteLineAsync($"Writing {rows} rows of the journal of region '{region}' to {file.FullName}.");
        var part = file.FullName + ".part";
        await using (var stream = File.Create(part))
            rows = await WithProgress("rows written", rows, progress => JournalExport.Write(database, region, stream, progress, cancel));
        File.Move(part, file.FullName, overwrite: true);
        await output.WriteLineAsync($"{rows} rows. `q2c verify --export {file.Name}` proves them anywhere.");
        return 0;
    }

    private static async Task<int> Report(IReadOnlyList<ChainReport> reports, TextWriter output)
    {
        foreach (var report in reports)
            await output.WriteLineAsync(report.Fault is { } fault
                ? $"shard {report.Shard}: row {fault.Seq}: {fault.Reason} The {report.Rows} rows before it are as they were written."
                : $"shard {report.Shard}: all {report.Rows} rows are as they were written.");
        return reports.Any(report => report.Fault is not null) ? 1 : 0;
    }

    private static string ConnectionString(DirectoryInfo data) =>
        (RunFile.Read(data)?.Postgres ?? Environment.GetEnvironmentVariable("Q2C_POSTGRES")) is { Length: > 0 } postgres
            ? postgres
            : throw new OperationsException("No database is running here.", "Start Q2C with ./q2c up, or name a database in Q2C_POSTGRES.");

    private static async Task<(string Region, long Rows)> Installation(NpgsqlDataSource database, CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand(
                "select (select region from q2c.installation), (select coalesce(sum(seq), 0)::bigint from q2c.shard_head)");
            await using var reader = await command.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            return (reader.GetString(0), reader.GetInt64(1));
        }
        catch (NpgsqlException failure)
        {
            throw new OperationsException(
                $"The journal cannot be read: {failure.Message}", "Check that the database runs and belongs to an installation of Q2C.");
        }
    }

    private static ChainKeys? Keys(IReadOnlyList<FileInfo> files) => files is [] ? null : new(files.Select(file => file.FullName));

    private static Task<T> WithProgress<T>(string what, long? rows, Func<IProgress<long>, Task<T>> work) =>
        AnsiConsole.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask(what, maxValue: Math.Max(1, rows ?? 1));
            bar.IsIndeterminate = rows is null;
            return await work(new Counter(bar));
        });

    private sealed class Counter(ProgressTask bar) : IProgress<long>
    {
        public void Report(long value) => bar.Increment(value);
    }
}
