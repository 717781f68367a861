using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Q2C.Silo.Operations;

namespace Q2C.Chaos.Processes;

/// <summary>
/// A PostgreSQL with <c>fsync</c> on that can be killed, restarted, and run out of connections and of disk. It lives on a
/// file system of a limited size where this user may mount one.
/// </summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    public const int MaxConnections = 120;

    private const int SizeMegabytes = 700;

    private readonly string _folder;
    private readonly bool _isMounted;
    private volatile bool _isDisturbed;

    private DatabaseServer(string folder, bool isMounted) => (_folder, _isMounted) = (folder, isMounted);

    public bool CanFill => _isMounted;

    public int Port { get; private set; }

    /// <summary>Directly, without any proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>While it is down or about to be; processes that start meanwhile may give up.</summary>
    public bool IsDisturbed => _isDisturbed;

    public static async Task<DatabaseServer> Start(CancellationToken cancel)
    {
        var folder = Path.Combine("/var/tmp", $"q2c-chaos-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        var mounted = OperatingSystem.IsLinux() && await Succeeds("mount", "-t", "tmpfs", "-o", $"size={SizeMegabytes}m", "q2c-chaos", folder);
        var server = new DatabaseServer(folder, mounted);
        await server.Up(cancel);
        await new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "postgres" }.Execute("create database q2c", cancel);
        return server;
    }

    /// <summary>Every process of it at once.</summary>
    public async Task Kill()
    {
        _isDisturbed = true;
        var first = int.Parse(File.ReadLines(Path.Combine(_folder, "cluster", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        int[] all = [first, .. Children(first)];
        await Succeeds("kill", ["-9", .. all.Select(pid => pid.ToString(CultureInfo.InvariantCulture))]);
        while (all.Any(IsAlive)) await Task.Delay(20);
    }

    public async Task Up(CancellationToken cancel)
    {
        var server = await StandalonePostgres.StartAsync(
            _folder, cancel, $"max_connections={MaxConnections}", "max_wal_size=96MB", "min_wal_size=32MB", "shared_buffers=64MB", "fsync=on");
        ConnectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "q2c", Pooling = false }.ConnectionString;
        Port = new NpgsqlConnectionStringBuilder(ConnectionString).Port;
        _isDisturbed = false;
    }

    public async Task Restart(CancellationToken cancel)
    {
        _isDisturbed = true;
        await StandalonePostgres.StopAsync(_folder);
        await Up(cancel);
    }

    /// <summary>No byte is left until the result is disposed; the server may go down over it.</summary>
    public IDisposable Fill()
    {
        _isDisturbed = true;
        var file = Path.Combine(_folder, "filler");
        using (var filler = new FileStream(file, FileMode.Create))
        {
            var block = new byte[1024 * 1024];
            try
            {
                while (true) filler.Write(block);
            }
            catch (IOException)
            {
                // Full.
            }
        }

        return new Filled(file);
    }

    /// <summary>After a disturbance: it runs, or is started.</summary>
    public async Task Ensure(CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                await new NpgsqlConnectionStringBuilder(ConnectionString).Execute("select 1", cancel);
                _isDisturbed = false;
                return;
            }
            catch (NpgsqlException)
            {
                if (!File.Exists(Path.Combine(_folder, "cluster", "postmaster.pid"))) await Up(cancel);
                await Task.Delay(100, cancel);
            }
        }
    }

    /// <summary>All connections that are left are taken until the result is disposed.</summary>
    public async Task<IAsyncDisposable> TakeAllConnections(CancellationToken cancel)
    {
        _isDisturbed = true;
        var taken = new List<NpgsqlConnection>();
        try
        {
            while (true)
            {
                var connection = new NpgsqlConnection(ConnectionString);
                await connection.OpenAsync(cancel);
                taken.Add(connection);
            }
        }
        catch (NpgsqlException)
        {
            // That was the last one.
        }

        return new Taken(this, taken);
    }

    public async ValueTask DisposeAsync()
    {
        await StandalonePostgres.StopAsync(_folder);
        if (_isMounted) await Succeeds("umount", _folder);
        Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<int> Children(int parent) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
        .Where(pid => pid > 0 && ParentOf(pid) == parent);

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<bool> Succeeds(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true });
        if (process is null) return false;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    private sealed class Filled(string file) : IDisposable
    {
        public void Dispose() => File.Delete(file);
    }

    private sealed class Taken(DatabaseServer server, List<NpgsqlConnection> connections) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var connection in connections) await connection.DisposeAsync();
            server._isDisturbed = false;
        }
    }
}

internal static class DatabaseCommands
{
    public static async Task Execute(this NpgsqlConnectionStringBuilder to, string sql, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(to);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
