using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

/// <summary>What a process keeps of its own rows for its pumps must never differ from what the journal holds.</summary>
public sealed class RecentRowsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Slots = 8_192;

    private readonly RecentRows _recent = new(0, "eu");

    [Fact]
    public void Rows_come_back_in_order_and_no_more_than_were_asked_for()
    {
        Remember(1, rows: 3);
        Remember(4, rows: 2);

        Assert.Equal([1, 2, 3, 4, 5], Seqs(0, 10));
        Assert.Equal([3, 4], Seqs(2, 2));
        Assert.Equal([], Seqs(5, 10));
    }

    [Fact]
    public void Rows_of_another_process_between_make_what_was_before_them_forgotten()
    {
        Remember(1, rows: 3);
        Remember(6, rows: 2);

        Assert.Equal([], Seqs(0, 10));
        Assert.Equal([], Seqs(3, 10));
        Assert.Equal([6, 7], Seqs(5, 10));
    }

    [Fact]
    public void A_row_whose_content_the_writer_did_not_hand_over_is_left_to_the_journal()
    {
        Remember(1, rows: 2);
        _recent.Add(new("eu_pr_x", 0, [Rows.Entry(1, "bare") with { Content = null }, Rows.Entry(2, "whole")]), 3);

        Assert.Equal([], Seqs(1, 10));
        Assert.Equal([], Seqs(2, 10));
        Assert.Equal([4], Seqs(3, 10));
    }

    [Fact]
    public void The_oldest_make_room_for_the_newest()
    {
        Remember(1, rows: Slots);
        Remember(Slots + 1, rows: 3);

        Assert.Equal([], Seqs(2, 10));
        Assert.Equal([4, 5], Seqs(3, 2));
        Assert.Equal([Slots + 2, Slots + 3], Seqs(Slots + 1, 10));
    }

    [Fact]
    public async Task A_tail_from_memory_reads_like_the_tail_from_the_journal()
    {
        await using var silo = new JournalHarness(postgres);
        var grain = Rows.NewGrain();
        var shard = PostgresJournal.ShardOf(grain, silo.Options.Shards);
        await silo.Append(grain, [.. Enumerable.Repeat(Rows.To(Rows.NewGrain(), 0), 5)]);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var stored = await new ShardTail(shard, new RecentRows(shard, silo.Options.Region), silo.Options).After(connection, 0, 100, default);

        var kept = new RecentRows(shard, silo.Options.Region);
        var entries = stored[^3..].Select((row, i) => Rows.Entry(i + 3, row.Row.Key, row.Body)).ToArray();
        kept.Add(new(grain, 2, [.. entries]), stored[^3].Row.Seq);
        var whole = new ShardTail(shard, kept, silo.Options);

        Assert.Equal(Told(stored), Told(await whole.After(connection, 0, 100, default)));
        Assert.Equal(Told(stored[^3..]), Told(await whole.After(connection, stored[^4].Row.Seq, 100, default)));
        Assert.Equal(Told(stored[^3..^1]), Told(await whole.After(connection, stored[^4].Row.Seq, 2, default)));
    }

    private static IEnumerable<string> Told(IEnumerable<PumpedRow> rows) => rows.Select(row =>
        $"{row.Row.Seq} {row.Row.Grain}@{row.Row.Version} {row.Row.Key} {row.Row.RecordTime:O} {Convert.ToHexString(row.Body.Write().Span)}");

    private void Remember(long first, int rows) => _recent.Add(
        new("eu_pr_x", first - 1, [.. Enumerable.Range(0, rows).Select(i => Rows.Entry(first + i, $"key-{first + i}"))]), first);

    private IEnumerable<long> Seqs(long after, int limit) => _recent.After(after, limit).Select(row => row.Row.Seq);
}
