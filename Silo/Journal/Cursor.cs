using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>How far a reader of a shard is. Moved in the reader's transaction, and only from where it was.</summary>
internal sealed record Cursor(string Name, int Shard)
{
    /// <summary>What the read models have taken.</summary>
    public const string ReadModels = "read-models";

    /// <summary>What was handed to streams and effects.</summary>
    public const string Dispatch = "dispatch";

    /// <summary>Locks the cursor to the end of the transaction.</summary>
    public async Task<long> Lock(NpgsqlTransaction transaction, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select seq from q2c.cursor where name = $1 and shard = $2 for update", transaction.Connection,
            transaction);
        command.Parameters.Add(new() { Value = Name });
        command.Parameters.Add(new() { Value = Shard });
        return await command.ExecuteScalarAsync(cancel) is long seq ? seq : throw Missing();
    }

    public async Task<long> Read(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select seq from q2c.cursor where name = $1 and shard = $2", connection);
        command.Parameters.Add(new() { Value = Name });
        command.Parameters.Add(new() { Value = Shard });
        return await command.ExecuteScalarAsync(cancel) is long seq ? seq : throw Missing();
    }

    /// <summary>
    /// Throws <see cref="LeaseLostException"/> if the cursor is not where it is expected: somebody else moved it.
    /// </summary>
    public async Task Move(NpgsqlTransaction transaction, Lease lease, long from, long to, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            update q2c.cursor set seq = $4, epoch = $5
            where name = $1 and shard = $2 and seq = $3 and epoch <= $5
            """, transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = Name });
        command.Parameters.Add(new() { Value = Shard });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = lease.Epoch });
        if (await command.ExecuteNonQueryAsync(cancel) != 1) throw new LeaseLostException(lease.Name, lease.Epoch);
    }

    private InvalidOperationException Missing() =>
        new($"The cursor '{Name}' of shard {Shard} is missing: the database was not prepared for this journal.");
}
