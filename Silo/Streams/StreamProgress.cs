using Npgsql;
using NpgsqlTypes;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Streams;

/// <summary>
/// Read model of the streams: per source and target, the last row sent and the last one that the target recorded.
/// </summary>
public sealed class StreamProgress : IProjection
{
    public IReadOnlyList<string> Tables { get; } = ["q2c.stream_progress"];

    public async ValueTask Apply(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<PumpedRow> rows,
        CancellationToken cancel)
    {
        var changes = Changes(rows);
        if (changes.Length == 0) return;
        await using var command = new NpgsqlCommand(
            """
            insert into q2c.stream_progress as p (source, target, sent, received, sent_at)
            select * from unnest($1, $2, $3, $4, $5)
            on conflict (source, target) do update
            set sent = greatest(p.sent, excluded.sent), received = greatest(p.received, excluded.received),
                sent_at = greatest(p.sent_at, excluded.sent_at)
            """, connection, transaction);
        command.Parameters.Add(new() { Value = Array.ConvertAll(changes, change => change.Source) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(changes, change => change.Target) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(changes, change => change.Sent) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(changes, change => change.Received) });

        // Named, because an array that begins with a null would be taken for one without time zone.
        command.Parameters.Add(new()
        {
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            Value = Array.ConvertAll(changes, change => change.SentAt),
        });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>One per pair, sorted: the shards of source and target write the same rows.</summary>
    private static Change[] Changes(IReadOnlyList<PumpedRow> rows) =>
    [
        .. rows.SelectMany(Changes)
            .GroupBy(change => (change.Source, change.Target))
            .OrderBy(pair => pair.Key.Source, StringComparer.Ordinal)
            .ThenBy(pair => pair.Key.Target, StringComparer.Ordinal)
            .Select(pair => new Change(
                pair.Key.Source, pair.Key.Target, pair.Max(change => change.Sent), pair.Max(change => change.Received),
                pair.Max(change => change.SentAt))),
    ];

    private static IEnumerable<Change> Changes(PumpedRow row)
    {
        foreach (var delivery in DeliveryReader.All(row.Row, row.Body))
            yield return new(row.Row.Grain, delivery.Target, row.Row.Version, 0, row.Row.RecordTime.UtcDateTime);
        if (row.Body.Source is { } source) yield return new(source.Grain, row.Row.Grain, 0, source.Version, null);
    }

    private sealed record Change(string Source, string Target, long Sent, long Received, DateTime? SentAt);
}
