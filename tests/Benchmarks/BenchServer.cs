using System.Diagnostics;
using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Benchmarks;

/// <summary>
/// A PostgreSQL for one bench: a private one in a folder that goes away afterwards, or the server of
/// <c>Q2C_POSTGRES</c>, in a database of its own. Durability is never switched off.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private static readonly string[] Settings =
        ["shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=30min", "max_connections=200"];

    private readonly string _folder = Path.Combine("/var/tmp", $"q2c-bench-{Environment.ProcessId}");
    private readonly string? _given = Environment.GetEnvironmentVariable("Q2C_POSTGRES") is { Length: > 0 } given ? given : null;
    private StandalonePostgres? _private;

    public string ConnectionString { get; private set; } = "";

    /// <summary>The private server's first process; null where the server is somebody else's.</summary>
    public int? Postmaster => _private?.ProcessId;

    private static string DatabaseName => $"q2c_bench_{Environment.ProcessId}";

    public static async Task<BenchServer> Start(CancellationToken cancel)
    {
        var server = new BenchServer();
        if (server._given is { } given)
        {
            await Execute(given, $"create database {DatabaseName}", cancel);
            server.ConnectionString = new NpgsqlConnectionStringBuilder(given) { Database = DatabaseName }.ConnectionString;
        }
        else
        {
            server._private = await StandalonePostgres.StartAsync(server._folder, cancel, Settings);
            server.ConnectionString = await server._private.Database(DatabaseName, cancel);
        }

        return server;
    }

    /// <summary>Median milliseconds of one fsync of 8 KB, where the private server keeps its files.</summary>
    public double FsyncMilliseconds()
    {
        var folder = Directory.Exists(_folder) ? _folder : Path.GetTempPath();
        var path = Path.Combine(folder, "fsync-probe");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        var block = new byte[8192];
        var times = new double[200];
        for (var i = 0; i < times.Length; i++)
        {
            file.Position = 0;
            file.Write(block);
            var start = Stopwatch.GetTimestamp();
            file.Flush(flushToDisk: true);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times.Order().ElementAt(times.Length / 2);
    }

    /// <summary>Migrated and ready for a journal.</summary>
    public async Task<JournalOptions> Prepare(CancellationToken cancel, int? shards = null)
    {
        var options = new JournalOptions { ConnectionString = ConnectionString };
        if (shards is { } given) options = options with { Shards = given };
        await using var database = JournalSetup.Connect(ConnectionString);
        await new Migrator(database, options.GatewayRole).Run(cancel: cancel);
        await JournalSetup.Prepare(database, options, cancel);
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_private is not null)
        {
            await _private.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
        else if (_given is not null && ConnectionString.Length > 0)
        {
            await Execute(_given, $"drop database {DatabaseName} with (force)", CancellationToken.None);
        }
    }

    private static async Task Execute(string connectionString, string sql, CancellationToken cancel)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await database.Execute(sql, cancel);
    }
}

internal static class Sql
{
    public static async Task Execute(this NpgsqlDataSource database, string sql, CancellationToken cancel = default)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<T> Scalar<T>(this NpgsqlDataSource database, string sql, CancellationToken cancel = default)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0;
        return (T)(await command.ExecuteScalarAsync(cancel))!;
    }
}
