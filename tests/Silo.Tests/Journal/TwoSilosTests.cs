using System.Collections.Concurrent;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;

namespace Q2C.Silo.Tests.Journal;

public sealed class TwoSilosTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Grains = 6;
    private const int WorkersPerSilo = 8;
    private const int CommandsPerWorker = 30;

    [Fact]
    public async Task Two_silos_that_write_the_same_grains_at_once_make_one_history()
    {
        await using var first = new JournalHarness(postgres);
        await using var second = new JournalHarness(postgres);
        string[] grains = [.. Enumerable.Range(0, Grains).Select(_ => Rows.NewGrain())];
        var written = new ConcurrentDictionary<string, (string Grain, int Shard, long Seq)>();

        var workers = new[] { first, second }.SelectMany((silo, s) => Enumerable.Range(0, WorkersPerSilo).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < CommandsPerWorker; i++)
            {
                var grain = grains[(w + i) % Grains];
                var appended = await AppendUntilIn(silo.Journal, grain, $"{s}/{w}/{i}");
                written[$"{s}/{w}/{i}"] = (grain, appended.Shard, appended.FirstSeq);
            }
        })));
        await Task.WhenAll(workers);

        var rows = new List<RecordedRow>();
        foreach (var grain in grains)
        {
            var history = (await second.Journal.Load(grain, 1, default)).Rows;
            Assert.Equal(Enumerable.Range(1, history.Length).Select(version => (long)version), history.Select(row => row.Version));
            rows.AddRange(history);
        }

        Assert.Equal(
            written.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)),
            rows.OrderBy(row => row.Key,
            StringComparer.Ordinal).Select(row => (row.Key, (row.Grain, row.Shard, row.Seq))));
        foreach (var shard in rows.GroupBy(row => row.Shard))
            Assert.Equal(
                Enumerable.Range(1, shard.Count()).Select(seq => (long)seq), shard.Select(row => row.Seq).Order());
        Assert.All(
            await new JournalVerifier(first.Database, first.Options.Region).Verify(default),
            report => Assert.Null(report.Fault));
    }

    /// <summary>As a grain does: load, try, load again.</summary>
    private static async Task<AppendResult.Appended> AppendUntilIn(PostgresJournal journal, string grain, string key)
    {
        while (true)
        {
            var version = await journal.CurrentVersion(grain, default);
            if (await journal.Append(new(grain, version, [Rows.Entry(version + 1, key)]), default) is AppendResult.Appended appended)
                return appended;
        }
    }
}
