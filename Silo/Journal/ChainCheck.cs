using System.Security.Cryptography;

namespace Q2C.Silo.Journal;

/// <summary>A shard of a journal, wherever it is kept: its head, what was signed, and its rows in the batches in which they were chained.</summary>
internal sealed record ChainedShard(
    int Shard, long HeadSeq, byte[] HeadHash, IReadOnlyList<SignedHead> Signatures, IAsyncEnumerable<ChainBatch> Batches);

/// <param name="Stored">The digest as it was kept; <paramref name="Computed"/> is that of the row as it is.</param>
internal sealed record ChainedRow(long Seq, byte[] Stored, byte[] Computed);

/// <param name="Seq">The batch's last row, by the chain; null for rows after the last batch, which have no hash.</param>
internal sealed record ChainBatch(long? Seq, long FirstSeq, byte[]? Hash, List<ChainedRow> Rows);

/// <summary>Recomputes the chain of a shard and compares it with what was chained and signed.</summary>
/// <param name="keys">Tell who made a signature; one by a key that is not here is taken as it is.</param>
internal sealed class ChainCheck(string region, ChainKeys? keys)
{
    /// <summary>Stops at the first fault.</summary>
    /// <param name="checkedRows">Told how many rows were checked since it was told last.</param>
    public async Task<ChainReport> Run(ChainedShard shard, IProgress<long>? checkedRows, CancellationToken cancel)
    {
        if (shard.Signatures.FirstOrDefault(signature => keys?.IsForged(region, shard.Shard, signature) == true) is { } forged)
            return Fault(shard, forged.Seq, "The signature of the chain does not fit its key.");

        var hash = RowDigest.Genesis(region, shard.Shard);
        long seq = 0;
        await foreach (var batch in shard.Batches.WithCancellation(cancel))
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
            if (shard.Signatures.Any(signature => signature.Seq == seq && !signature.Hash.AsSpan().SequenceEqual(hash)))
                return Fault(shard, batch.FirstSeq, "The rows up to here are not the ones that were signed.");
            checkedRows?.Report(batch.Rows.Count);
        }

        if (seq != shard.HeadSeq || !hash.AsSpan().SequenceEqual(shard.HeadHash))
            return Fault(shard, seq + 1, "The head does not fit the chain.");
        return shard.Signatures.Any(signature => signature.Seq > seq)
            ? Fault(shard, seq + 1, "Rows that were signed are gone.")
            : new(shard.Shard, seq, null);
    }

    private static ChainReport Fault(ChainedShard shard, long seq, string reason) => new(shard.Shard, seq - 1, new(seq, reason));
}

/// <param name="Rows">Rows that are as they were written.</param>
/// <param name="Fault">Null if the whole shard is.</param>
public sealed record ChainReport(int Shard, long Rows, ChainFault? Fault);

/// <param name="Seq">The first row that is not as it was written, or that is missing.</param>
public sealed record ChainFault(long Seq, string Reason);
