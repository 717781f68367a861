using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Q2C.Customers;
using Q2C.Grains.Journal;
using Q2C.Silo.Journal;

namespace Q2C.Benchmarks;

/// <summary>Read models rebuilt from the journal, beside a COPY of the journal's rows into a table with its indexes.</summary>
internal static class RebuildBenchmark
{
    private const int RowsPerGrain = 100;
    private const int Writers = 256;
    private const int CopyBuffer = 64 * 1024;

    public static async Task<BenchReport> Run(int rows, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var options = await server.Prepare(cancel);
        var grains = Math.Max(1, rows / RowsPerGrain);
        var written = await Fill(options, grains, cancel);
        var total = grains * RowsPerGrain;

        await using var silo = await BenchSilo.Start(options, cancel);
        await silo.CatchUp(cancel);
        await silo.Database.Execute("vacuum analyze; checkpoint", cancel);
        var watch = Stopwatch.StartNew();
        await silo.Services.GetRequiredService<ReadModelRebuild>().Run(null, cancel);
        var rebuilt = total / watch.Elapsed.TotalSeconds;
        var customers = await silo.Database.Scalar<long>("select count(*) from q2c_read.customer", cancel);
        var audited = await silo.Database.Scalar<long>("select count(*) from q2c_read.activity", cancel);
        if (customers != grains || audited != total)
            throw new InvalidOperationException($"{customers} customers and {audited} commands of {grains} and {total}.");

        await silo.Database.Execute("checkpoint", cancel);
        var copied = await Copy(silo.Database, options.Shards, total, cancel);
        return await BenchReport.Create(
            "rebuild", server, new Dictionary<string, string> { ["rows"] = $"{total}", ["pump batch"] = $"{options.PumpBatchRows}" },
            [
                new("journal written", written, "rows/s", Note: $"runs of {RowsPerGrain}, without pumps"),
                new("read models rebuilt", rebuilt, "rows/s"),
                new("COPY of the rows", copied, "rows/s", Note: "same indexes"),
            ],
            null, rebuilt / copied);
    }

    private static async Task<double> Fill(JournalOptions options, int grains, CancellationToken cancel)
    {
        await using var database = JournalSetup.Connect(options.ConnectionString);
        await using var journal = new PostgresJournal(database, options);
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < grains)
                if (await journal.Append(Run(number), cancel) is not AppendResult.Appended)
                    throw new InvalidOperationException($"{Work.Customer(number)} is new.");
        }, cancel)));
        return grains * RowsPerGrain / watch.Elapsed.TotalSeconds;
    }

    private static JournalRun Run(int number)
    {
        var grain = Work.Customer(number);
        return new(grain, 0, [.. Enumerable.Range(1, RowsPerGrain).Select(version =>
        {
            var command = Work.Record(number, version);
            Event @event = version == 1 ? new CustomerRegistered(grain, command, Work.Noon) : new CustomerChanged(command, Work.Noon);
            var body = new RowBody([@event], [], null, System.Collections.Immutable.ImmutableDictionary<string, long>.Empty);
            return new JournalEntry(
                version, $"fill/{version}", WireFormat.Fingerprint(command), Outcome.Changed, body.Write(), $"fill/{number}", null,
                "system", null, Work.Noon, [], []);
        })]);
    }

    private static async Task<double> Copy(NpgsqlDataSource database, int shards, int rows, CancellationToken cancel)
    {
        await database.Execute("create table copied (like q2c.journal including all)", cancel);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, shards).Select(shard => Task.Run(async () =>
        {
            await using var from = await database.OpenConnectionAsync(cancel);
            await using var to = await database.OpenConnectionAsync(cancel);
            await using var source = await from.BeginRawBinaryCopyAsync(
                $"copy (select * from q2c.journal where shard = {shard} order by seq) to stdout (format binary)", cancel);
            await using var target = await to.BeginRawBinaryCopyAsync("copy copied from stdin (format binary)", cancel);
            await source.CopyToAsync(target, CopyBuffer, cancel);
        }, cancel)));
        return rows / watch.Elapsed.TotalSeconds;
    }
}
