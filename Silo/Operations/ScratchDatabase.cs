using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Operations;

/// <summary>An empty database beside an installation's, or the one that was named for it; dropped afterwards if it was made here.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    private readonly string? _server;
    private readonly string _name;

    private ScratchDatabase(NpgsqlDataSource database, string? server, string name) => (Database, _server, _name) = (database, server, name);

    public NpgsqlDataSource Database { get; }

    /// <summary>Throws <see cref="OperationsException"/>.</summary>
    public static async Task<ScratchDatabase> Create(string beside, string? named, CancellationToken cancel)
    {
        if (named is not null) return new(JournalSetup.Connect(named), null, "");
        var name = $"q2c_scratch_{Guid.NewGuid():n}";
        try
        {
            await Execute(beside, $"create database \"{name}\" template template0", cancel);
        }
        catch (PostgresException refused)
        {
            throw new OperationsException(
                $"A database to compare with could not be made: {refused.MessageText}.", "Make an empty one, and name it with --scratch.");
        }

        var settings = new NpgsqlConnectionStringBuilder(beside) { Database = name, Pooling = false };
        return new(JournalSetup.Connect(settings.ConnectionString), beside, name);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_server is not null) await Execute(_server, $"drop database if exists \"{_name}\" with (force)", CancellationToken.None);
    }

    private static async Task Execute(string connectionString, string sql, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
