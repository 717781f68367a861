using Npgsql;
using Q2C.Grains.Journal;
using Q2C.OperatorLogs;
using Q2C.Silo.Journal;
using Q2C.Silo.ReadModels;

namespace Q2C.Silo.Operations;

/// <summary>Proves the journal, in its database or in an export, and writes the export.</summary>
internal static class Verify
{
    /// <param name="ReadModels">Also compares all read models with what the journal makes of them.</param>
    /// <param name="Scratch">An empty database to make them in; null makes one and drops it.</param>
    /// <param name="Vendors">Also has the running silo compare what vendors hold with what was sent to them.</param>
    /// <param name="Since">What was sent since then.</param>
    /// <param name="Repair">Puts right what can be put right by itself.</param>
    internal sealed record Settings(
        IReadOnlyList<FileInfo> Keys, bool ReadModels, string? Scratch, bool Vendors, DateTimeOffset Since, bool Repair, string? Reason);

    /// <summary>0 if all is as it should be, 1 if not. Throws <see cref="OperationsException"/>.</summary>
    public static async Task<int> Database(DirectoryInfo data, Settings settings, TextWriter output, CancellationToken cancel)
    {
        if (settings.Repair && string.IsNullOrWhiteSpace(settings.Reason))
            throw new OperationsException("A repair is recorded with its reason.", "Say it with --reason.");
        var postgres = Installation.ConnectionString(data);
        await using var database = JournalSetup.Connect(postgres);
        var installation = await Installation.Read(database, cancel);
        var (region, _, rows, _) = installation;
        await output.WriteLineAsync(
            $"Checking {rows} rows of the journal of region '{region}' against its chain{(settings.ReadModels ? ", all read models against a rebuild" : "")}"
            + $"{(settings.Vendors ? $", and vendors' records against what was sent since {settings.Since:yyyy-MM-dd}" : "")}. "
            + (settings.Repair ? "What differs is put right where that is possible." : "Nothing is changed."));
        using var keys = Keys(settings.Keys);
        var wrong = await Report(await ProgressBar.Show("rows checked", rows, progress =>
            new JournalVerifier(database, region, keys).Verify(progress, cancel)), output);
        if (settings.ReadModels) wrong |= await ReadModels(database, installation.Options(postgres), settings, output, cancel);
        if (settings.Vendors) wrong |= await Vendors(database, settings, output, cancel);
        return wrong;
    }

    private static async Task<int> ReadModels(
        NpgsqlDataSource database, JournalOptions options, Settings settings, TextWriter output, CancellationToken cancel)
    {
        var differences = await Differences(database, options, settings.Scratch, output, cancel);
        if (differences is []) return 0;
        if (settings.Repair) await Rebuild.Run(database, options, output, cancel);
        else await output.WriteLineAsync("`q2c replay read-models` makes them anew.");
        return 1;
    }

    /// <summary>Lists the tables that differ from what the journal makes of them.</summary>
    internal static async Task<IReadOnlyList<TableDifference>> Differences(
        NpgsqlDataSource database, JournalOptions options, string? scratch, TextWriter output, CancellationToken cancel)
    {
        var (_, _, rows, _) = await Installation.Read(database, cancel);
        await using var apart = await ScratchDatabase.Create(options.ConnectionString, scratch, cancel);
        IReadOnlyList<TableDifference> differences;
        try
        {
            differences = await ProgressBar.Show("rows applied", rows, progress =>
                new ReadModelComparison(database, options).Run(apart.Database, progress, cancel));
        }
        catch (UnknownWireNameException newer)
        {
            throw new OperationsException($"The journal holds what this version does not know: {newer.Message}", "Use the version that wrote it, or a newer one.");
        }

        foreach (var table in differences)
        {
            await output.WriteLineAsync($"{table.Table}: {table.Rows} rows differ.");
            foreach (var row in table.Told) await output.WriteLineAsync($"  {row.Sentence()}");
            if (table.Rows > table.Told.Count) await output.WriteLineAsync($"  and {table.Rows - table.Told.Count} more.");
        }

        if (differences is []) await output.WriteLineAsync("read models: every row is what the journal makes of it.");
        return differences;
    }

    private static async Task<int> Vendors(NpgsqlDataSource database, Settings settings, TextWriter output, CancellationToken cancel)
    {
        var check = new VendorCheck(database, settings.Reason ?? "q2c verify --vendors", TimeProvider.System);
        var differences = await ProgressBar.Show("effects compared", null, progress => check.Run(settings.Since, progress, cancel));
        foreach (var one in differences)
            await output.WriteLineAsync(
                $"{one.Connection}: {one.Kind} {one.Subject} ({one.Record}){(one.ExternalIds is [] ? "" : $" there as {string.Join(", ", one.ExternalIds)}")}");
        if (differences is [])
        {
            await output.WriteLineAsync("vendors: they hold what was sent to them.");
            return 0;
        }

        if (settings.Repair) await output.WriteLineAsync($"{await check.Repair(differences, cancel)} of them are sent again under their old ids.");
        else await output.WriteLineAsync("What is missing is sent again with --repair --reason '...'; the rest is put right in the systems themselves.");
        return 1;
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
            throw NotWhole(file, wrong);
        }
    }

    /// <summary>Written beside its place first, so that a file of that name is always whole.</summary>
    public static async Task<int> Export(
        DirectoryInfo data, FileInfo file, ExportSelection selection, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(Installation.ConnectionString(data));
        var (region, _, rows, _) = await Installation.Read(database, cancel);
        await output.WriteLineAsync($"Reading {rows} rows of the journal of region '{region}' for {file.FullName}.");
        var part = file.FullName + ".part";
        await using (var stream = File.Create(part))
            rows = await ProgressBar.Show("rows written", rows, progress => JournalExport.Write(database, region, stream, selection, progress, cancel));
        File.Move(part, file.FullName, overwrite: true);
        await output.WriteLineAsync($"{rows} rows. `q2c verify --export {file.Name}` proves them anywhere.");
        return 0;
    }

    /// <summary>An export into an empty database: all of it, or nothing.</summary>
    public static async Task<int> Import(
        DirectoryInfo data, FileInfo file, IReadOnlyList<FileInfo> keyFiles, TextWriter output, CancellationToken cancel)
    {
        if (!file.Exists) throw new OperationsException($"There is no file {file.FullName}.", "Name a file that `q2c export` wrote.");
        await using var standalone = await Up.StartPostgres(data, cancel);
        var postgres = standalone is null ? Environment.GetEnvironmentVariable("Q2C_POSTGRES")! : await standalone.Database("q2c", cancel);
        await Up.Reachable(postgres, cancel);
        await using var database = JournalSetup.Connect(postgres);
        using var keys = Keys(keyFiles);
        await using var stream = file.OpenRead();
        try
        {
            var (region, shards) = await JournalExport.Header(stream, cancel);
            stream.Position = 0;
            await output.WriteLineAsync(
                $"Bringing the journal of region '{region}' in {shards} shards from {file.FullName} into an empty database, and proving it on the way.");
            var options = new JournalOptions { ConnectionString = postgres, Region = region, Shards = shards };
            await new Migrator(database, options.GatewayRole).Run(cancel: cancel);
            await JournalSetup.Prepare(database, options, cancel);
            var reports = await ProgressBar.Show("rows", null, progress => JournalImport.Run(database, stream, keys, progress, cancel));
            if (await Report(reports, output) != 0)
                throw new OperationsException("The file was changed after it was written; nothing was brought in.", "Take the export again, or another copy of it.");
        }
        catch (InvalidDataException wrong)
        {
            throw NotWhole(file, wrong);
        }

        await output.WriteLineAsync(
            """
            Read models follow at the first start. Connections start held, as after a restoration; what the inbox and its feeds
            knew was not in the export, so look at what vendors have told since.
            """);
        return 0;
    }

    private static OperationsException NotWhole(FileInfo file, InvalidDataException wrong) =>
        new($"{file.Name} is not whole: {wrong.Message}", "Take the export again, or another copy of it.");

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
