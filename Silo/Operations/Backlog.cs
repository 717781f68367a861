using Npgsql;

namespace Q2C.Silo.Operations;

/// <summary>What waits in one queue of one shard or connection.</summary>
/// <param name="Of">The shard or connection, the severity of exceptions, the rule of alerts; empty for a queue of the whole installation.</param>
/// <param name="OldestSeconds">Age of what has waited longest; 0 when nothing waits.</param>
internal sealed record Backlog(string Queue, string Of, long Items, double OldestSeconds)
{
    /// <summary>Reads indexes whose size is that of the backlog, whatever the tables hold.</summary>
    private const string Sql =
        """
        select c.name, h.shard::text, greatest(h.seq - c.seq, 0),
               (select extract(epoch from clock_timestamp() - j.record_time)
                from q2c.journal j where j.shard = h.shard and j.seq = c.seq + 1)
        from q2c.shard_head h join q2c.cursor c using (shard)
        union all
        select 'effects', connection, count(*), extract(epoch from clock_timestamp() - min(created_at))
        from q2c.effect where settled_at is null group by connection
        union all
        select 'inbox', connection, count(*), extract(epoch from clock_timestamp() - min(received_at))
        from q2c.inbox where status = 'received' group by connection
        union all
        select 'due', '', count(*), extract(epoch from clock_timestamp() - min(at)) from q2c.due where next_at <= clock_timestamp()
        union all
        select 'streams', '', count(*), extract(epoch from clock_timestamp() - min(next_at)) from q2c.stream_lag
        union all
        select 'exceptions', severity, count(*), extract(epoch from clock_timestamp() - min(first_raised_at))
        from q2c_read.exception where status = 'open' group by severity
        union all
        select 'alerts', rule, count(*), extract(epoch from clock_timestamp() - min(raised_at))
        from q2c_read.alert where status <> 'cleared' group by rule
        order by 1, 2
        """;

    public static async Task<IReadOnlyList<Backlog>> Read(NpgsqlDataSource database, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var backlogs = new List<Backlog>();
        while (await reader.ReadAsync(cancel))
        {
            var oldest = reader.IsDBNull(3) ? 0 : (double)reader.GetDecimal(3);
            backlogs.Add(new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), Math.Max(0, oldest)));
        }

        return backlogs;
    }
}
