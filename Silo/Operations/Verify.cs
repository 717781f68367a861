using Q2C.Silo.Journal;

namespace Q2C.Silo.Operations;

/// <summary>Proves the journal, in its database or in an export, and writes the export.</summary>
internal static class Verify
{
    /// <summary>0 if every row is as it was written, 1 if not. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Database(DirectoryInfo data, IReadOnlyList<FileInfo> keyFiles, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(Installation.ConnectionString(data));
        var (region, _, rows, _) = await Installation.Read(database, cancel);
        await output.WriteLineAsync($"Checking {rows} rows of the journal of region '{region}' against its chain. Nothing is changed.");
        using var keys = Keys(keyFiles);
        return await Report(await ProgressBar.Show("rows checked", rows, progress =>
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
            return await Report(await ProgressBar.Show("rows checked", null, progress => JournalExport.Verify(stream, keys, progress, cancel)), output);
        }
        catch (InvalidDataException wrong)
        {
            throw new OperationsException($"{file.Name} is not whole: {wrong.Message}", "Take the export again, or another copy of it.");
        }
    }

    /// <summary>Written beside its place first, so that a file of that name is always whole.</summary>
    public static async Task<int> Export(DirectoryInfo data, FileInfo file, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(Installation.ConnectionString(data));
        var (region, _, rows, _) = await Installation.Read(database, cancel);
        await output.WriteLineAsync($"Writing {rows} rows of the journal of region '{region}' to {file.FullName}.");
        var part = file.FullName + ".part";
        await using (var stream = File.Create(part))
            rows = await ProgressBar.Show("rows written", rows, progress => JournalExport.Write(database, region, stream, progress, cancel));
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

    private static ChainKeys? Keys(IReadOnlyList<FileInfo> files) => files is [] ? null : new(files.Select(file => file.FullName));
}
