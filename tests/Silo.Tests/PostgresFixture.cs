using Npgsql;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Tests;

/// <summary>
/// A migrated database of its own for each test class that takes it as a class fixture, on one server per test process:
/// the one named by <c>Q2C_TEST_POSTGRES</c>, else a private one without fsync that goes with the process.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private static readonly Lazy<Task<string>> Server = new(StartServer);
    private static readonly Lazy<Task<string>> Template = new(CreateTemplate);

    // Not below the user's home, which the server's own user may not enter.
    private const string Home = "/var/tmp";
    private const string FolderPrefix = "q2c-test-";

    private readonly List<NpgsqlDataSource> _opened = [];
    private string? _database;

    public JournalOptions Options { get; private set; } = null!;

    public string ConnectionString => Options.ConnectionString;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (_database, var connectionString) = await NewDatabase(await Template.Value);
        Options = new() { ConnectionString = connectionString, PollInterval = TimeSpan.FromMilliseconds(100) };
        Database = Connect();
        await JournalSetup.Prepare(Database, Options);
    }

    /// <summary>A pool of its own, as another process would have; closed with the fixture.</summary>
    public NpgsqlDataSource Connect()
    {
        var source = JournalSetup.Connect(ConnectionString);
        lock (_opened) _opened.Add(source);
        return source;
    }

    /// <summary>An empty database without any migration.</summary>
    public static async Task<string> EmptyDatabase() => (await NewDatabase("template1")).ConnectionString;

    public async Task DisposeAsync()
    {
        foreach (var source in _opened) await source.DisposeAsync();
        if (_database is not null) await OnServer($"drop database \"{_database}\" with (force)");
    }

    private static async Task<(string Name, string ConnectionString)> NewDatabase(string template)
    {
        var name = $"q2c_test_{Guid.NewGuid():n}";
        await OnServer($"create database \"{name}\" template \"{template}\"");
        return (name, For(await Server.Value, name));
    }

    private static async Task<string> CreateTemplate()
    {
        var (name, connectionString) = await NewDatabase("template1");
        await using var source = NpgsqlDataSource.Create(connectionString);
        await new Migrator(source, new JournalOptions { ConnectionString = connectionString }.GatewayRole).Run();
        return name;
    }

    private static async Task OnServer(string sql)
    {
        await using var source = NpgsqlDataSource.Create(For(await Server.Value, "postgres"));
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // Pooled connections would keep a template in use.
    private static string For(string server, string database) => new NpgsqlConnectionStringBuilder(server)
    {
        Database = database,
        Pooling = !database.StartsWith("postgres", StringComparison.Ordinal),
        MaxPoolSize = 50,
    }.ConnectionString;

    private static async Task<string> StartServer()
    {
        if (Environment.GetEnvironmentVariable("Q2C_TEST_POSTGRES") is { Length: > 0 } given) return given;
        await RemoveAbandoned();
        var folder = Path.Combine(Home, $"{FolderPrefix}{Environment.ProcessId}-{Guid.NewGuid():n}");
        var server = await StandalonePostgres.StartAsync(
            folder, CancellationToken.None, "fsync=off", "full_page_writes=off", "max_connections=300");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait();
        return server.ConnectionString;
    }

    /// <summary>A test process may be gone before its server has stopped: the next one tidies up.</summary>
    private static async Task RemoveAbandoned()
    {
        foreach (var folder in Directory.GetDirectories(Home, FolderPrefix + "*"))
        {
            var owner = Path.GetFileName(folder)[FolderPrefix.Length..].Split('-')[0];
            if (Directory.Exists($"/proc/{owner}")) continue;
            try
            {
                await StandalonePostgres.StopAsync(folder);
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or OperationsException)
            {
                // Another test process is at it.
            }
        }
    }
}
