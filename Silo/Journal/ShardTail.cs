using Npgsql;
using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>The rows of a shard after a position, for its pumps: those in memory as they are, the others read.</summary>
internal sealed class ShardTail(int shard, RecentRows recent, JournalOptions options)
{
    private const int PageRows = 500;

    /// <summary>In order and without gaps; fewer than the limit when there are no more, or they are large.</summary>
    public async Task<List<PumpedRow>> After(NpgsqlConnection connection, long seq, int limit, CancellationToken cancel)
    {
        var rows = recent.After(seq, limit);
        var bytes = 0L;
        while (rows.Count < limit && bytes < options.MaxBatchBytes)
        {
            var page = Math.Min(limit - rows.Count, PageRows);
            var read = await Read(connection, rows.Count == 0 ? seq : rows[^1].Row.Seq, page, cancel);
            rows.AddRange(read);
            if (read.Count < page) break;
            bytes += read.Sum(row => (long)row.Row.Body.Length);
        }

        return rows;
    }

    private async Task<List<PumpedRow>> Read(NpgsqlConnection connection, long seq, int limit, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(
            $"select {RowReader.Columns} from q2c.journal where shard = $1 and seq > $2 order by seq limit $3",
            connection);
        command.Parameters.Add(new() { Value = shard });
        command.Parameters.Add(new() { Value = seq });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<PumpedRow>();
        while (await reader.ReadAsync(cancel))
        {
            var row = RowReader.Read(reader, options.Region);
            rows.Add(new(row, RowBody.Read(row.Body)));
        }

        return rows;
    }
}
