using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Q2C.Benchmarks;

/// <summary>
/// The limit: rows of the journal, as they are, copied in bulk into a table with the same indexes; no numbering, no check,
/// no chain, nobody to answer.
/// </summary>
internal sealed class BulkInsert
{
    private const int RowsPerCopy = 2_000;
    private const int SampleRows = 50_000;

    private readonly NpgsqlDataSource _database;
    private readonly int _connections;
    private readonly Row[] _rows;

    private BulkInsert(NpgsqlDataSource database, int connections, Row[] rows) =>
        (_database, _connections, _rows) = (database, connections, rows);

    public static async Task<BulkInsert> From(NpgsqlDataSource database, int connections, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"""
            select grain, fingerprint, outcome, body, schema_version, correlation, actor, record_time, digest
            from q2c.journal order by version desc, seq limit {SampleRows}
            """);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancel))
            rows.Add(new(
                reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetInt16(2), reader.GetFieldValue<byte[]>(3),
                reader.GetInt16(4), reader.GetString(5), reader.GetString(6), reader.GetDateTime(7), reader.GetFieldValue<byte[]>(8)));
        return new(database, connections, [.. rows]);
    }

    /// <summary>Rows per second.</summary>
    public async Task<double> Run(TimeSpan length, CancellationToken cancel)
    {
        await _database.Execute("drop table if exists bulk; create table bulk (like q2c.journal including all)", cancel);
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, _connections).Select(shard => Task.Run(() => Copy(shard), cancel)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;

        async Task<long> Copy(int shard)
        {
            await using var connection = await _database.OpenConnectionAsync(cancel);
            long seq = 0;
            while (watch.Elapsed < length)
            {
                await using var import = await connection.BeginBinaryImportAsync("copy bulk from stdin (format binary)", cancel);
                for (var i = 0; i < RowsPerCopy; i++) await Write(import, shard, ++seq, cancel);
                await import.CompleteAsync(cancel);
            }

            return seq;
        }
    }

    private async Task Write(NpgsqlBinaryImporter import, int shard, long seq, CancellationToken cancel)
    {
        var row = _rows[(seq + ((long)shard * _rows.Length / _connections)) % _rows.Length];
        await import.StartRowAsync(cancel);
        await import.WriteAsync(shard, NpgsqlDbType.Integer, cancel);
        await import.WriteAsync(seq, NpgsqlDbType.Bigint, cancel);
        await import.WriteAsync(row.Grain, NpgsqlDbType.Text, cancel);
        await import.WriteAsync((seq * _connections) + shard, NpgsqlDbType.Bigint, cancel);
        await import.WriteAsync($"bulk/{shard}/{seq}", NpgsqlDbType.Text, cancel);
        await import.WriteAsync(row.Fingerprint, NpgsqlDbType.Bytea, cancel);
        await import.WriteAsync(row.Outcome, NpgsqlDbType.Smallint, cancel);
        await import.WriteAsync(row.Body, NpgsqlDbType.Bytea, cancel);
        await import.WriteAsync(row.Schema, NpgsqlDbType.Smallint, cancel);
        await import.WriteAsync(row.Correlation, NpgsqlDbType.Text, cancel);
        await import.WriteNullAsync(cancel);
        await import.WriteAsync(row.Actor, NpgsqlDbType.Text, cancel);
        await import.WriteNullAsync(cancel);
        await import.WriteAsync(row.RecordTime, NpgsqlDbType.TimestampTz, cancel);
        await import.WriteAsync(row.Digest, NpgsqlDbType.Bytea, cancel);
    }

    private sealed record Row(
        string Grain, byte[] Fingerprint, short Outcome, byte[] Body, short Schema, string Correlation, string Actor,
        DateTime RecordTime, byte[] Digest);
}
