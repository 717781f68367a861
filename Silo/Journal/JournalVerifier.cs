using System.Runtime.CompilerServices;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Recomputes the chain of every shard from the stored rows and compares it with what was chained and signed.
/// </summary>
/// <param name="keys">Tell who made a signature; one by a key that is not here is taken as it is.</param>
public sealed class JournalVerifier(NpgsqlDataSource database, string region, ChainKeys? keys = null)
{
    /// <summary>One report per shard; stops in a shard at its first fault.</summary>
    public Task<IReadOnlyList<ChainReport>> Verify(CancellationToken cancel) => Verify(null, cancel);

    /// <param name="checkedRows">Told how many rows were checked since it was told last.</param>
    public async Task<IReadOnlyList<ChainReport>> Verify(IProgress<long>? checkedRows, CancellationToken cancel)
    {
        var check = new ChainCheck(region, keys);
        var reports = new List<ChainReport>();
        await using var connection = await database.OpenConnectionAsync(cancel);
        foreach (var (shard, seq, hash) in await Heads(connection, cancel))
        {
            var signatures = await Signatures(connection, shard, cancel);
            reports.Add(await check.Run(new(shard, seq, hash, signatures, Batches(connection, shard, seq, cancel)), checkedRows, cancel));
        }

        return reports;
    }

    internal static async Task<IReadOnlyList<(int Shard, long Seq, byte[] Hash)>> Heads(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select shard, seq, hash from q2c.shard_head order by shard", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var heads = new List<(int, long, byte[])>();
        while (await reader.ReadAsync(cancel)) heads.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));
        return heads;
    }

    internal static async Task<IReadOnlyList<SignedHead>> Signatures(NpgsqlConnection connection, int shard, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            "select seq, hash, signed_at, key_id, signature from q2c.chain_signature where shard = $1 order by seq", connection);
        command.Parameters.Add(new() { Value = shard });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var signatures = new List<SignedHead>();
        while (await reader.ReadAsync(cancel))
            signatures.Add(new(
                reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetString(3),
                reader.GetFieldValue<byte[]>(4)));
        return signatures;
    }

    /// <summary>
    /// The rows up to the head in the batches in which they were chained; rows after the last batch have no hash.
    /// </summary>
    private static async IAsyncEnumerable<ChainBatch> Batches(
        NpgsqlConnection connection, int shard, long headSeq, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        ChainBatch? batch = null;
        await foreach (var (row, end, hash) in ChainedRows.Read(connection, shard, headSeq, after: 0, limit: null, cancel))
        {
            if (batch is not null && batch.Seq != end)
            {
                yield return batch;
                batch = null;
            }

            batch ??= new(end, row.Seq, hash, []);
            batch.Rows.Add(new(row.Seq, row.Digest, row.ComputeDigest()));
        }

        if (batch is not null) yield return batch;
    }
}
