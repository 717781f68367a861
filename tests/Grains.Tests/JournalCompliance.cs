using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Q2C.BillingRuns;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Tests;

/// <summary>What every journal promises, whatever it is made of.</summary>
public abstract class JournalCompliance
{
    private static int _grains;

    protected static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    protected abstract IJournal Journal { get; }

    [Fact]
    public async Task A_grain_without_history_is_empty()
    {
        var grain = NewGrain();
        Assert.Equal("- []", Show(await Journal.Load(grain, 1, default)));
        Assert.Equal(0, await Journal.CurrentVersion(grain, default));
        Assert.Empty(await Journal.Find(grain, ["a"], default));
    }

    [Fact]
    public async Task What_was_appended_is_loaded_whole()
    {
        var grain = NewGrain();
        var entry = new JournalEntry(
            1, "delivery-1", Hash("command"), Outcome.Refused, "{\"a\":\"ü€\"}"u8.ToArray(), "corr", "cause", "nora",
            Noon.AddDays(-1), Noon.AddTicks(10), [], []);
        var appended = Assert.IsType<AppendResult.Appended>(await Journal.Append(new(grain, 0, [entry]), default));

        var row = Assert.Single((await Journal.Load(grain, 1, default)).Rows);
        Assert.Equal(
            new RecordedRow(
                grain, 1, "delivery-1", row.Fingerprint, Outcome.Refused, row.Body, "corr", "cause", "nora",
                Noon.AddTicks(10),
                appended.Region, appended.Shard, appended.FirstSeq),
            row);
        Assert.Equal(entry.Fingerprint.ToArray(), row.Fingerprint.ToArray());
        Assert.Equal(entry.Body.ToArray(), row.Body.ToArray());
    }

    [Fact]
    public async Task Runs_follow_one_another_and_their_rows_are_numbered_without_gaps()
    {
        var grain = NewGrain();
        var first = await Appended(Run(grain, 0, "a", "b"));
        var second = await Appended(Run(grain, 2, "c"));

        var rows = (await Journal.Load(grain, 1, default)).Rows;
        Assert.Equal(["1 a", "2 b", "3 c"], rows.Select(row => $"{row.Version} {row.Key}"));
        Assert.Equal([first.FirstSeq, first.FirstSeq + 1, second.FirstSeq], rows.Select(row => row.Seq));
        Assert.Equal(3, await Journal.CurrentVersion(grain, default));
    }

    [Theory]
    [InlineData(0, "behind")]
    [InlineData(1, "behind by one")]
    [InlineData(3, "ahead")]
    public async Task A_run_on_another_version_is_left_out_whole(long expected, string key)
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b"));

        Assert.IsType<AppendResult.Conflict>(await Journal.Append(Run(grain, expected, key, key + " too"), default));
        Assert.Equal("- [a b]", Show(await Journal.Load(grain, 1, default)));
    }

    [Fact]
    public async Task A_run_with_a_recorded_key_is_left_out_whole()
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b"));

        Assert.IsType<AppendResult.Conflict>(await Journal.Append(Run(grain, 2, "c", "a"), default));
        Assert.Equal("- [a b]", Show(await Journal.Load(grain, 1, default)));
    }

    [Fact]
    public async Task Two_grains_may_use_the_same_key()
    {
        await Appended(Run(NewGrain(), 0, "shared"));
        await Appended(Run(NewGrain(), 0, "shared"));
    }

    [Fact]
    public async Task Conflicting_runs_do_not_hold_up_others_that_come_at_the_same_time()
    {
        var known = NewGrain();
        await Appended(Run(known, 0, "a"));
        var runs = Enumerable.Range(0, 60)
            .Select(i => i % 3 == 0 ? Run(known, 0, $"late-{i}") : Run(NewGrain(), 0, $"new-{i}", $"next-{i}")).ToArray();

        var results = await Task.WhenAll(runs.Select(run => Journal.Append(run, default).AsTask()));

        Assert.Equal(runs.Select((_, i) => i % 3 != 0), results.Select(result => result is AppendResult.Appended));
        Assert.Equal("- [a]", Show(await Journal.Load(known, 1, default)));
        foreach (var run in runs.Where(run => run.Grain != known))
            Assert.Equal($"- [{string.Join(' ', run.Entries.Select(entry => entry.Key))}]", Show(
                await Journal.Load(run.Grain, 1, default)));
    }

    [Fact]
    public async Task Of_many_runs_on_one_version_exactly_one_goes_in()
    {
        var grain = NewGrain();
        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => Journal.Append(Run(grain, 0, $"k{i}"), default).AsTask()));

        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Equal(19, results.OfType<AppendResult.Conflict>().Count());
        Assert.Equal(1, await Journal.CurrentVersion(grain, default));
    }

    [Fact]
    public async Task Recorded_keys_are_found_and_others_are_not()
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b", "c"));

        var found = await Journal.Find(grain, ["b", "c", "d"], default);
        Assert.Equal(
            ["b 2", "c 3"], found.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value.Version}"));
        Assert.Empty(await Journal.Find(NewGrain(), ["a"], default));
    }

    [Fact]
    public async Task A_principal_uses_a_key_once_whatever_it_addresses()
    {
        var (first, second, other) = (NewGrain(), NewGrain(), NewGrain());
        var key = $"request-{first}";
        await Appended(WithPrincipal(Run(first, 0, key), "nora"));

        var refused = Assert.IsType<AppendResult.KeysTaken>(
            await Journal.Append(WithPrincipal(Run(second, 0, "unused", key), "nora"), default));
        Assert.Equal(
            [$"nora {key} {first}"], refused.Keys.Select(taken => $"{taken.Principal} {taken.Key} {taken.Grain}"));
        Assert.Equal(Hash(key).ToArray(), refused.Keys[0].Fingerprint.ToArray());
        Assert.Equal("- []", Show(await Journal.Load(second, 1, default)));

        // What the refused run brought besides is free again, and so is the key for somebody else.
        await Appended(WithPrincipal(Run(second, 0, "unused"), "nora"));
        await Appended(WithPrincipal(Run(other, 0, key), "karl"));
        Assert.IsType<AppendResult.Conflict>(await Journal.Append(WithPrincipal(Run(first, 1, key), "nora"), default));
    }

    [Fact]
    public async Task Of_many_grains_that_use_a_principals_key_at_once_one_gets_it()
    {
        var grains = Enumerable.Range(0, 16).Select(_ => NewGrain()).ToArray();
        var results = await Task.WhenAll(grains.Select(grain =>
            Journal.Append(WithPrincipal(Run(grain, 0, $"race-{grains[0]}"), "nora"), default).AsTask()));

        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Equal(15, results.OfType<AppendResult.KeysTaken>().Count());
    }

    [Fact]
    public async Task A_snapshot_replaces_the_rows_before_it()
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b", "c"));
        await Journal.SaveSnapshot(grain, new(2, 7, "state"u8.ToArray()), default);

        Assert.Equal("2/7 state [c]", Show(await Journal.Load(grain, 7, default)));
    }

    [Fact]
    public async Task A_snapshot_of_another_decider_is_left_aside()
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b"));
        await Journal.SaveSnapshot(grain, new(2, 7, "state"u8.ToArray()), default);

        Assert.Equal("- [a b]", Show(await Journal.Load(grain, 8, default)));
    }

    [Fact]
    public async Task An_older_snapshot_does_not_replace_a_newer_one()
    {
        var grain = NewGrain();
        await Appended(Run(grain, 0, "a", "b", "c"));
        await Journal.SaveSnapshot(grain, new(3, 7, "new"u8.ToArray()), default);
        await Journal.SaveSnapshot(grain, new(2, 7, "old"u8.ToArray()), default);
        await Journal.SaveSnapshot(grain, new(9, 6, "older decider"u8.ToArray()), default);

        Assert.Equal("3/7 new []", Show(await Journal.Load(grain, 7, default)));
    }

    [Fact]
    public async Task Deliveries_are_the_rows_addressed_to_the_target_in_order_each_with_the_one_before()
    {
        var (source, target, other) = (NewGrain(), NewGrain(), NewGrain());
        await Appended(new(source, 0,
        [
            Returned(1, target, 0), Entry(2, "nothing for anybody"), Returned(3, other, 0), Returned(4, target, 1),
            Returned(5, target, 4),
        ]));

        Assert.Equal(["1<0", "4<1", "5<4"], await DeliveredTo(target, 0, long.MaxValue, 10));
        Assert.Equal(["4<1"], await DeliveredTo(target, 1, 4, 10));
        Assert.Equal(["1<0", "4<1"], await DeliveredTo(target, 0, long.MaxValue, 2));
        Assert.Equal([], await DeliveredTo(target, 5, long.MaxValue, 10));
        Assert.Equal(["3<0"], await DeliveredTo(other, 0, long.MaxValue, 10));

        async Task<IEnumerable<string>> DeliveredTo(string to, long after, long upTo, int limit)
        {
            var deliveries = await Journal.Deliveries(source, to, after, upTo, limit, default);
            Assert.All(deliveries, delivery => Assert.Equal(
                (source, to, "corr"), (delivery.Source.Grain, delivery.Target, delivery.Correlation)));
            Assert.All(
                deliveries, delivery => Assert.Equal([to], delivery.Events.Cast<IDelivered>().SelectMany(e => e.To)));
            return deliveries.Select(delivery => $"{delivery.Source.Version}<{delivery.Source.Previous}");
        }
    }

    protected static string NewGrain() =>
        Ids.Derive(
            "eu", Ids.Project, "compliance", $"{Interlocked.Increment(ref _grains)}", $"{Environment.ProcessId}");

    protected static JournalRun Run(string grain, long expected, params string[] keys) =>
        new(grain, expected, [.. keys.Select((key, i) => Entry(expected + 1 + i, key))]);

    protected static JournalEntry Entry(long version, string key, RowBody? body = null) => new(
        version, key, Hash(key), Outcome.Changed, body?.Write() ?? "{}"u8.ToArray(), "corr", null, "nora", null, Noon,
        [], []);

    protected async Task<AppendResult.Appended> Appended(JournalRun run) =>
        Assert.IsType<AppendResult.Appended>(await Journal.Append(run, default));

    /// <summary>A row with one event for the target.</summary>
    protected static JournalEntry Returned(long version, string target, long previous) => Entry(
        version, $"return-{version}",
        new RowBody(
            [new ReservationReturned("eu_run_1", target, $"row {version}", Noon)], [], null,
            ImmutableDictionary<string, long>.Empty.Add(target, previous)));

    private static JournalRun WithPrincipal(JournalRun run, string principal) =>
        run with { Entries = [.. run.Entries.Select(entry => entry with { Principal = principal })] };

    private static ReadOnlyMemory<byte> Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string Show(GrainHistory history) =>
        (history.Snapshot is { } kept ? $"{kept.Version}/{kept.DeciderVersion} {Encoding.UTF8.GetString(kept.State.Span)}" : "-")
        + $" [{string.Join(' ', history.Rows.Select(row => row.Key))}]";
}
