using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace Q2C.Silo.Journal;

/// <summary>A row of the journal with every column that its digest is made of.</summary>
internal sealed record WholeRow(
    long Seq, byte[] Digest, string Grain, long Version, string Key, byte[] Fingerprint, short Outcome, byte[] Body,
    short SchemaVersion, string Correlation, string? Causation, string Actor, DateTimeOffset? BusinessTime, DateTimeOffset RecordTime)
{
    public byte[] ComputeDigest() => RowDigest.Of(
        Grain, Version, Key, Fingerprint, Outcome, Body, SchemaVersion, Correlation, Causation, Actor, BusinessTime, RecordTime);
}

/// <summary>Reads a shard's rows together with the chain.</summary>
internal static class ChainedRows
{
    /// <summary>In order; each with the last row and the hash of the batch that it was chained in, null after the last batch.</summary>
    /// <param name="after">The row before the first; 0 for all.</param>
    /// <param name="limit">At most so many; null for all.</param>
    public static async IAsyncEnumerable<(WholeRow Row, long? BatchEnd, byte[]? Hash)> Read(
        NpgsqlConnection connection, int shard, long headSeq, long after, int? limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            """
            select j.seq, j.digest, j.grain, j.version, j.key, j.fingerprint, j.outcome, j.body, j.schema_version,
                   j.correlation, j.causation, j.actor, j.business_time, j.record_time, c.seq, c.hash
            from q2c.journal j
            left join lateral (
                select c.seq, c.hash from q2c.chain c
                where c.shard = j.shard and c.seq >= j.seq order by c.seq limit 1) c on true
            where j.shard = $1 and j.seq <= $2 and j.seq > $3 order by j.seq limit $4
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = shard });
        command.Parameters.Add(new() { Value = headSeq });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = (object?)limit ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            yield return (
                new(
                    reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4),
                    reader.GetFieldValue<byte[]>(5), reader.GetInt16(6), reader.GetFieldValue<byte[]>(7), reader.GetInt16(8),
                    reader.GetString(9), reader.IsDBNull(10) ? null : reader.GetString(10), reader.GetString(11),
                    reader.IsDBNull(12) ? null : reader.GetFieldValue<DateTimeOffset>(12), reader.GetFieldValue<DateTimeOffset>(13)),
                reader.IsDBNull(14) ? null : reader.GetInt64(14), reader.IsDBNull(15) ? null : reader.GetFieldValue<byte[]>(15));
    }
}
