using System.Runtime.CompilerServices;

namespace Q2C.Gateway.Reading;

/// <summary>That something changed. <paramref name="Cursor"/> stands for it and all before it.</summary>
internal sealed record Change(string Cursor, string Subject);

/// <summary>
/// Follows a topic of the read models without end. The place of a reader is a position in each shard; rows of a shard
/// appear in the order of their positions, so nothing is passed over.
/// </summary>
public sealed class Changes(ReadModels readModels, GatewayOptions options, TimeProvider clock)
{
    private const int Batch = 100;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private const string Now =
        "select jsonb_build_object('shard', shard, 'seq', seq)::text from q2c.cursor where name = 'read-models'";

    /// <summary>Of each shard the next rows, never a part of those of one position.</summary>
    private const string Next =
        """
        select jsonb_build_object('shard', place.shard, 'seq', c.seq, 'subject', c.subject)::text
        from unnest($2::int[], $3::bigint[]) place(shard, seq)
        cross join lateral (
            select seq, subject from q2c_read.change
            where topic = $1 and shard = place.shard and seq > place.seq and ($4 = '' or subject = $4) and ($5 = '' or contract_id = $5)
            order by seq fetch first $6 rows with ties) c
        order by place.shard, c.seq, c.subject
        """;

    /// <param name="after">A cursor; from now on if left out.</param>
    internal async IAsyncEnumerable<Change> Follow(
        string topic, string? subject, string? contractId, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var places = (await readModels.Query<Place>(Now, cancel)).ToDictionary(place => place.Shard, place => place.Seq);
        if (after is not null)
        {
            var known = ReadModels.Wanted(after).Positions;
            foreach (var shard in places.Keys.ToList()) places[shard] = known.GetValueOrDefault((options.Region, shard));
        }

        while (!cancel.IsCancellationRequested)
        {
            var rows = await readModels.Query<Row>(
                Next, cancel, topic, places.Keys.ToArray(), places.Values.ToArray(), subject ?? "", contractId ?? "", Batch);
            for (var i = 0; i < rows.Count; i++)
            {
                // A position is behind the reader when all of its rows are; until then a resumed reader gets it again.
                var whole = i + 1 == rows.Count || (rows[i + 1].Shard, rows[i + 1].Seq) != (rows[i].Shard, rows[i].Seq);
                places[rows[i].Shard] = whole ? rows[i].Seq : rows[i].Seq - 1;
                yield return new(Cursor(places), rows[i].Subject);
            }

            if (rows.Count == 0) await Task.Delay(Poll, clock, cancel);
        }
    }

    private string Cursor(Dictionary<int, long> places) =>
        FreshnessToken.Combine(places.Select(place => FreshnessToken.For(options.Region, place.Key, place.Value)));

    private sealed record Place(int Shard, long Seq);

    private sealed record Row(int Shard, long Seq, string Subject);
}
