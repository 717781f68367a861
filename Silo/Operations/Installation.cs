using Npgsql;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Operations;

/// <summary>A database that holds an installation, as the tools of the command line find it.</summary>
/// <param name="Rows">Of the journal.</param>
internal sealed record Installation(string Region, int Shards, long Rows, DateTimeOffset? Until)
{
    /// <summary>Of what runs from the data folder, or what Q2C_POSTGRES names. Throws <see cref="OperationsException"/>.</summary>
    public static string ConnectionString(DirectoryInfo data) =>
        (RunFile.Read(data)?.Postgres ?? Environment.GetEnvironmentVariable("Q2C_POSTGRES")) is { Length: > 0 } postgres
            ? postgres
            : throw new OperationsException("No database is running here.", "Start Q2C with ./q2c up, or name a database in Q2C_POSTGRES.");

    /// <summary>Throws <see cref="OperationsException"/> if it cannot be read or is none.</summary>
    public static async Task<Installation> Read(NpgsqlDataSource database, CancellationToken cancel)
    {
        try
        {
            await using var command = database.CreateCommand(
                """
                select i.region, i.shards, coalesce(sum(h.seq), 0)::bigint, max(j.record_time)
                from q2c.installation i, q2c.shard_head h left join q2c.journal j on (j.shard, j.seq) = (h.shard, h.seq)
                group by i.region, i.shards
                """);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            if (!await reader.ReadAsync(cancel))
                throw new OperationsException("This database was never used.", "Start Q2C on it first, or name another one.");
            return new(
                reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3));
        }
        catch (NpgsqlException failure)
        {
            throw new OperationsException(
                $"The journal cannot be read: {failure.Message}", "Check that the database runs and belongs to an installation of Q2C.");
        }
    }

    public JournalOptions Options(string connectionString) => new() { ConnectionString = connectionString, Region = Region, Shards = Shards };
}
