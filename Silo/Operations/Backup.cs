using System.Globalization;
using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Operations;

/// <summary>
/// The whole database as one file, and back into an empty one: on another machine, of another version of PostgreSQL, of the
/// moment at which the backup began. What comes back notices that it is a copy (<see cref="Restoration"/>).
/// </summary>
internal static class Backup
{
    /// <summary>While everything goes on. Written beside its place first: a file of that name is whole.</summary>
    public static async Task<int> Write(DirectoryInfo data, FileInfo file, TextWriter output, CancellationToken cancel)
    {
        var postgres = new NpgsqlConnectionStringBuilder(Installation.ConnectionString(data));
        var dump = new PostgresTool("pg_dump");
        await using var database = JournalSetup.Connect(postgres.ConnectionString);
        var installation = await Installation.Read(database, cancel);
        await output.WriteLineAsync(
            $"Writing a backup of region '{installation.Region}' with {installation.Rows} rows of the journal, up to "
            + $"{Time(installation.Until)}, to {file.FullName}. Everything goes on meanwhile.");
        var part = file.FullName + ".part";
        CreatePrivate(part);
        var tables = await Scalar<long>(
            database, "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')", cancel);
        await ProgressBar.Show("tables written", tables, progress => dump.Run(
            postgres, line => Count(line, "dumping contents of table", progress), cancel,
            "--format=custom", "--no-owner", "--verbose", "--file", part));
        File.Move(part, file.FullName, overwrite: true);
        file.Refresh();
        await output.WriteLineAsync(
            $"{file.Length} bytes. They hold personal data; the keys of the chain and of the connections are not among them.");
        return 0;
    }

    /// <summary>All or nothing. Refuses a database that holds an installation already.</summary>
    public static async Task<int> Restore(DirectoryInfo data, FileInfo file, TextWriter output, CancellationToken cancel)
    {
        if (!file.Exists) throw new OperationsException($"There is no file {file.FullName}.", "Name a file that `q2c backup` wrote.");
        var restore = new PostgresTool("pg_restore");
        await using var standalone = await Up.StartPostgres(data, cancel);
        var postgres = standalone is null
            ? Environment.GetEnvironmentVariable("Q2C_POSTGRES")!
            : await standalone.Database("q2c", cancel);
        await Up.Reachable(postgres, cancel);
        await using var database = JournalSetup.Connect(postgres);
        if (await Scalar<bool>(database, "select exists (select from pg_namespace where nspname = 'q2c')", cancel))
            throw new OperationsException(
                "This database holds an installation already; nothing was changed.", "Restore into an empty database, and point Q2C_POSTGRES at it.");

        var to = new NpgsqlConnectionStringBuilder(postgres);
        await output.WriteLineAsync($"Restoring {file.FullName} into the empty database '{to.Database}' on {to.Host}:{to.Port}.");
        var tables = 0;
        await restore.Run(null, line => tables += line.Contains(" TABLE DATA ", StringComparison.Ordinal) ? 1 : 0, cancel, "--list", file.FullName);
        await new Migrator(database, new JournalOptions { ConnectionString = postgres }.GatewayRole).PrepareRole(cancel);
        await ProgressBar.Show("tables restored", tables, progress => restore.Run(
            to, line => Count(line, "processing data for table", progress), cancel,
            "--single-transaction", "--exit-on-error", "--no-owner", "--verbose", "--dbname", to.Database!, file.FullName));

        // The first start would do the same; here its result can be told. A backup of an older version knows no place.
        var installation = await Installation.Read(database, cancel);
        var options = installation.Options(postgres);
        await new Migrator(database, options.GatewayRole).Run(cancel: cancel);
        await Scalar<object?>(database, "update q2c.installation set place = 'elsewhere' where place is null", cancel);
        await JournalSetup.Prepare(database, options, cancel);
        await Tell(database, installation, output, cancel);
        return 0;
    }

    /// <summary>The same caution for a database that was brought back in its place, by PostgreSQL's own recovery.</summary>
    public static async Task<int> Recovered(DirectoryInfo data, TextWriter output, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(Installation.ConnectionString(data));
        var installation = await Installation.Read(database, cancel);
        await using (var connection = await database.OpenConnectionAsync(cancel))
        await using (var transaction = await connection.BeginTransactionAsync(cancel))
        {
            await Restoration.Record(connection, cancel);
            await transaction.CommitAsync(cancel);
        }

        await Tell(database, installation, output, cancel);
        return 0;
    }

    private static async Task Tell(NpgsqlDataSource database, Installation installation, TextWriter output, CancellationToken cancel)
    {
        var held = await Scalar<string[]>(database, "select held from q2c.restoration order by id desc limit 1", cancel);
        var open = await Scalar<long>(database, "select count(*) from q2c.effect where settled_at is null", cancel);
        await output.WriteLineAsync(
            $"""
            {installation.Rows} rows of the journal of region '{installation.Region}', up to {Time(installation.Until)}.
            Connections that start held: {(held is [] ? "none was known" : string.Join(", ", held))}; one that is configured and not named here is held at the first start.
            {open} effects are open; each is looked up before it is sent, and so is everything that is asked for in the next 30 days.
            Next: `q2c verify`; start; reconcile each connection since {Time(installation.Until)}; put right what differs; release.
            """);
    }

    private static string Time(DateTimeOffset? at) =>
        at is { } time ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "the beginning";

    private static void Count(string line, string what, IProgress<long> progress)
    {
        if (line.Contains(what, StringComparison.Ordinal)) progress.Report(1);
    }

    private static void CreatePrivate(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var _ = new FileStream(file, options);
    }

    private static async Task<T> Scalar<T>(NpgsqlDataSource database, string sql, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync(cancel) is T found ? found : default!;
    }
}
