using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Npgsql;

namespace Q2C.Silo.Journal;

/// <summary>
/// Recomputes the chain of every shard from the stored rows and compares it with what was chained and signed.
/// </summary>
/// <param name="keys">Tell who made a signature; one by a key that is not here is taken as it is.</param>
public sealed class JournalVerifier(NpgsqlDataSource database, string region, ChainKeys? keys = null)
{
    /// <summary>One report per shard; stops in a shard at its first fault.</summary>
    public async Task<IReadOnlyList<ChainReport>> Verify(CancellationToken cancel)
    {
        var heads = new List<(int Shard, long Seq, byte[] Hash)>();
        await using (var command = database.CreateCommand("select shard, seq, hash from q2c.shard_head order by shard"))
        await using (var reader = await command.ExecuteReaderAsync(cancel))
            while (await reader.ReadAsync(cancel))
                heads.Add((reader.GetInt32(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2)));

        var reports = new List<ChainReport>();
        foreach (var (shard, seq, hash) in heads) reports.Add(await Verify(shard, seq, hash, cancel));
        return reports;
    }

    private async Task<ChainReport> Verify(int shard, long headSeq, byte[] headHash, CancellationToken cancel)
    {
        var signatures = await Signatures(shard, cancel);
        if (signatures.FirstOrDefault(signature => keys?.IsForged(region, shard, signature) == true) is { } forged)
            return Fault(shard, forged.Seq, "The signature of the chain does not fit its key.");

        var hash = RowDigest.Genesis(region, shard);
        long seq = 0;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await foreach (var batch in Batches(connection, shard, headSeq, cancel))
        {
            using var next = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            next.AppendData(hash);
            foreach (var row in batch.Rows)
            {
                if (row.Seq != ++seq) return Fault(shard, seq, "The row is missing.");
                if (!row.Stored.AsSpan().SequenceEqual(row.Computed)) return Fault(shard, seq, "The row was changed.");
                next.AppendData(row.Computed);
            }

            if (batch.Hash is null) return Fault(shard, seq, "The chain ends before the rows do.");
            if (batch.Seq != seq) return Fault(shard, seq + 1, "The row is missing.");
            hash = next.GetHashAndReset();
            if (!hash.AsSpan().SequenceEqual(batch.Hash))
                return Fault(shard, batch.FirstSeq, "The chain is broken here.");
            if (signatures.Any(signature => signature.Seq == seq && !signature.Hash.AsSpan().SequenceEqual(hash)))
                return Fault(shard, batch.FirstSeq, "The rows up to here are not the ones that were signed.");
        }

        if (seq != headSeq || !hash.AsSpan().SequenceEqual(headHash))
            return Fault(shard, seq + 1, "The head does not fit the chain.");
        return signatures.Any(signature => signature.Seq > seq)
            ? Fault(shard, seq + 1, "Rows that were signed are gone.")
            : new(shard, seq, null);
    }

    private static ChainReport Fault(int shard, long seq, string reason) => new(shard, seq - 1, new(seq, reason));

    private async Task<List<SignedHead>> Signatures(int shard, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "select seq, hash, signed_at, key_id, signature from q2c.chain_signature where shard = $1 order by seq");
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
        NpgsqlConnection connection, int shard, long headSeq, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select j.seq, j.digest, j.grain, j.version, j.key, j.fingerprint, j.outcome, j.body, j.schema_version,
                   j.correlation, j.causation, j.actor, j.business_time, j.record_time, c.seq, c.hash
            from q2c.journal j
            left join lateral (
                select c.seq, c.hash from q2c.chain c
                where c.shard = j.shard and c.seq >= j.seq order by c.seq limit 1) c on true
            where j.shard = $1 and j.seq <= $2 order by j.seq
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = shard });
        command.Parameters.Add(new() { Value = headSeq });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        ChainBatch? batch = null;
        while (await reader.ReadAsync(cancel))
        {
            var row = new ChainedRow(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), Digest(reader));
            var end = reader.IsDBNull(14) ? (long?)null : reader.GetInt64(14);
            if (batch is not null && batch.Seq != end)
            {
                yield return batch;
                batch = null;
            }

            batch ??= new(end, row.Seq, end is null ? null : reader.GetFieldValue<byte[]>(15), []);
            batch.Rows.Add(row);
        }

        if (batch is not null) yield return batch;
    }

    private static byte[] Digest(NpgsqlDataReader reader) => RowDigest.Of(
        reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5),
        reader.GetInt16(6),
        reader.GetFieldValue<byte[]>(7), reader.GetInt16(8), reader.GetString(9),
        reader.IsDBNull(10) ? null : reader.GetString(10),
        reader.GetString(11), reader.IsDBNull(12) ? null : reader.GetFieldValue<DateTimeOffset>(12),
        reader.GetFieldValue<DateTimeOffset>(13));

    private sealed record ChainedRow(long Seq, byte[] Stored, byte[] Computed);

    /// <param name="Seq">The batch's last row, by the chain.</param>
    private sealed record ChainBatch(long? Seq, long FirstSeq, byte[]? Hash, List<ChainedRow> Rows);
}

/// <param name="Rows">Rows that are as they were written.</param>
/// <param name="Fault">Null if the whole shard is.</param>
public sealed record ChainReport(int Shard, long Rows, ChainFault? Fault);

/// <param name="Seq">The first row that is not as it was written, or that is missing.</param>
public sealed record ChainFault(long Seq, string Reason);
