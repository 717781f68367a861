using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>
/// A private PostgreSQL in a data folder, for a machine that has no other: initialised on first use, listening on
/// loopback only, with a password that never leaves the folder. Starting it where one is running already joins that one.
/// </summary>
public sealed class StandalonePostgres : IAsyncDisposable
{
    private const string Superuser = "q2c";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string _binaries;
    private readonly string _folder;
    private readonly string? _runAs;
    private readonly bool _started;

    private StandalonePostgres(string binaries, string folder, string? runAs, int port, bool started)
    {
        (_binaries, _folder, _runAs, _started) = (binaries, folder, runAs, started);
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = IPAddress.Loopback.ToString(),
            Port = port,
            Username = Superuser,
            Password = File.ReadAllText(PasswordFile(folder)).Trim(),
            Database = "postgres",
            IncludeErrorDetail = false,
        }.ConnectionString;
    }

    /// <summary>As the superuser of this private server, to its <c>postgres</c> database.</summary>
    public string ConnectionString { get; }

    /// <summary>Of the server's first process, whose children serve the connections.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(Cluster(_folder), "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Further <c>-c name=value</c> settings, for tests that trade durability for speed.</summary>
    public static async Task<StandalonePostgres> StartAsync(
        string folder, CancellationToken cancel, params string[] settings)
    {
        var binaries = FindBinaries() ?? throw new OperationsException(
            "PostgreSQL's server programs were not found on this machine.",
            "Install them (Debian: apt-get install postgresql), or name a running server in Q2C_POSTGRES.");
        folder = Path.GetFullPath(folder);
        var runAs = Environment.UserName == "root" ? UnprivilegedUser() : null;
        await Initialise(binaries, folder, runAs, cancel);

        if (RunningPort(folder) is { } running) return new(binaries, folder, runAs, running, started: false);

        var port = FreePort();
        string[] options =
            [$"-p {port}", "-c listen_addresses=127.0.0.1", "-c unix_socket_directories=''", .. settings.Select(s => $"-c {s}")];
        await Run(
            binaries, "pg_ctl", runAs, cancel, "-D", Cluster(folder), "-l", Path.Combine(folder, "postgres.log"), "-w",
            "-t", $"{StartTimeout.TotalSeconds}", "-o", string.Join(' ', options), "start");
        return new(binaries, folder, runAs, port, started: true);
    }

    /// <summary>Connection string to a database of this name, created if it is not there.</summary>
    public async Task<string> Database(string name, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var exists = source.CreateCommand("select 1 from pg_database where datname = $1");
        exists.Parameters.AddWithValue(name);
        if (await exists.ExecuteScalarAsync(cancel) is null)
        {
            await using var create = source.CreateCommand($"create database \"{name.Replace("\"", "\"\"")}\"");
            await create.ExecuteNonQueryAsync(cancel);
        }

        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_started) await Stop(_binaries, _folder, _runAs);
    }

    /// <summary>Stops the server of this folder, whoever started it. False if none is running.</summary>
    public static async Task<bool> StopAsync(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (RunningPort(folder) is null || FindBinaries() is not { } binaries) return false;
        await Stop(binaries, folder, Environment.UserName == "root" ? UnprivilegedUser() : null);
        return true;
    }

    private static Task Stop(string binaries, string folder, string? runAs) =>
        Run(binaries, "pg_ctl", runAs, CancellationToken.None, "-D", Cluster(folder), "-m", "fast", "-w", "stop");

    private static async Task Initialise(string binaries, string folder, string? runAs, CancellationToken cancel)
    {
        if (File.Exists(Path.Combine(Cluster(folder), "PG_VERSION"))) return;
        Directory.CreateDirectory(folder);
        if (runAs is not null) await Run(null, "chown", null, cancel, runAs, folder);
        await CreatePassword(PasswordFile(folder), runAs, cancel);
        await Run(
            binaries, "initdb", runAs, cancel, "-D", Cluster(folder), "-U", Superuser, "-A", "scram-sha-256",
            "--pwfile", PasswordFile(folder), "-E", "UTF8", "--no-locale");
    }

    private static async Task CreatePassword(string file, string? owner, CancellationToken cancel)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(file, options))
            await writer.WriteLineAsync(RandomNumberGenerator.GetHexString(48));
        if (owner is not null) await Run(null, "chown", null, cancel, owner, file);
    }

    /// <summary>The port of a server that runs on this folder now.</summary>
    private static int? RunningPort(string folder)
    {
        var pidFile = Path.Combine(Cluster(folder), "postmaster.pid");
        if (!File.Exists(pidFile)) return null;
        var lines = File.ReadAllLines(pidFile);
        return lines.Length > 3 && int.TryParse(lines[0], out var pid) && IsPostgres(pid) && int.TryParse(lines[3], out var port)
            ? port
            : null;
    }

    private static bool IsPostgres(int pid)
    {
        try
        {
            return Process.GetProcessById(pid).ProcessName.StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? FindBinaries() => FoldersOfPrograms().FirstOrDefault(folder =>
        File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));

    /// <summary>Where PostgreSQL's programs may be on this machine, the best place first.</summary>
    internal static IEnumerable<string> FoldersOfPrograms()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(Version).Select(home => Path.Combine(home, "bin"))
            : [];
        string[] candidates = [Environment.GetEnvironmentVariable("Q2C_POSTGRES_BIN") ?? "", .. debian, .. onPath];
        return candidates.Where(folder => folder.Length > 0);

        static int Version(string home) => int.TryParse(Path.GetFileName(home), out var version) ? version : 0;
    }

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static string UnprivilegedUser() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Cluster(string folder) => Path.Combine(folder, "cluster");

    private static string PasswordFile(string folder) => Path.Combine(folder, "password");

    private static async Task Run(
        string? binaries, string program, string? runAs, CancellationToken cancel, params string[] arguments)
    {
        var path = binaries is null ? program : Path.Combine(binaries, program);
        var start = runAs is null
            ? new ProcessStartInfo(path, arguments)
            : new ProcessStartInfo("runuser", ["-u", runAs, "--", path, .. arguments]);
        start.WorkingDirectory = "/";
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)
            ?? throw new OperationsException($"{program} did not start.", $"Check that {path} can be executed.");

        // pg_ctl leaves the server behind with these pipes open, so end of output is not awaited, only the exit.
        var errors = new List<string>();
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) lock (errors) errors.Add(text); };
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) lock (errors) errors.Add(text); };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        while (!process.HasExited) await Task.Delay(20, cancel);
        if (process.ExitCode == 0) return;
        lock (errors)
        {
            throw new OperationsException(
                $"{program} failed: {string.Join(' ', errors.TakeLast(3))}",
                "See postgres.log in the data folder; a folder that the database's user cannot reach is the usual cause.");
        }
    }
}

/// <summary>Something about the installation is wrong; one sentence says what, another what to do.</summary>
public sealed class OperationsException(string problem, string remedy) : Exception($"{problem} {remedy}")
{
    public string Problem { get; } = problem;

    public string Remedy { get; } = remedy;
}
