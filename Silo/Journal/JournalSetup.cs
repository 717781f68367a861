using Npgsql;
using Q2C.Silo.Operations;

namespace Q2C.Silo.Journal;

/// <summary>Ties a database to its region, its number of shards and its place, at its first use and for good.</summary>
public static class JournalSetup
{
    /// <summary>A pool with the settings that the journal relies on.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 64,
            IncludeErrorDetail = false,
            // Settings of a session are local to a transaction here, so there is nothing to undo before the next use.
            NoResetOnClose = true,
            // A listener says nothing for hours: only this tells it that the other side is gone.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 15,
            TcpKeepAliveInterval = 5,
        };
        if (string.IsNullOrEmpty(settings.ApplicationName)) settings.ApplicationName = "q2c";
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>Throws <see cref="OperationsException"/> if the database was set up for something else.</summary>
    public static async Task Prepare(
        NpgsqlDataSource database, JournalOptions options, CancellationToken cancel = default)
    {
        options.Checked();
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await Insert(connection, options, cancel)) await InsertShards(connection, options, cancel);
        var (region, shards) = await Read(connection, cancel);
        if (region == options.Region && shards == options.Shards) await Restoration.Notice(connection, cancel);
        await transaction.CommitAsync(cancel);
        if (region != options.Region)
            throw new OperationsException(
                $"This database holds region '{region}'; this process is set up for '{options.Region}'.",
                "Connect to the other region's database, or set this process up for this region.");
        if (shards != options.Shards)
            throw new OperationsException(
                $"This database has {shards} journal shards; this process is set up for {options.Shards}.",
                $"Set the number of shards to {shards}: it stays as it was at first use.");
    }

    private static async Task<bool> Insert(
        NpgsqlConnection connection, JournalOptions options, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "insert into q2c.installation (region, shards) values ($1, $2) on conflict do nothing", connection);
        command.Parameters.Add(new() { Value = options.Region });
        command.Parameters.Add(new() { Value = options.Shards });
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    private static async Task InsertShards(
        NpgsqlConnection connection, JournalOptions options, CancellationToken cancel)
    {
        for (var shard = 0; shard < options.Shards; shard++)
        {
            await using var command = new NpgsqlCommand(
                "insert into q2c.shard_head (shard, hash) values ($1, $2)", connection);
            command.Parameters.Add(new() { Value = shard });
            command.Parameters.Add(new() { Value = RowDigest.Genesis(options.Region, shard) });
            await command.ExecuteNonQueryAsync(cancel);
        }

        await using var cursors = new NpgsqlCommand(
            "insert into q2c.cursor (name, shard) select name, shard from unnest($1) as name, q2c.shard_head",
            connection);
        cursors.Parameters.Add(new() { Value = new[] { Cursor.ReadModels, Cursor.Dispatch } });
        await cursors.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<(string Region, int Shards)> Read(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select region, shards from q2c.installation", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetString(0), reader.GetInt32(1));
    }
}
