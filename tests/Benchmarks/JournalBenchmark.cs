using System.Diagnostics;
using System.Security.Cryptography;
using Q2C.Connections;
using Q2C.Customers;
using Q2C.Projects;
using Q2C.Silo.Journal;

namespace Q2C.Benchmarks;

/// <summary>
/// Durable commands per second through the public grain interface, beside the usual design and beside a bulk insert of
/// the same rows, in turns.
/// </summary>
internal static class JournalBenchmark
{
    private const int Few = 64;
    private const int Many = 1_024;

    /// <summary>More than one caller gets to in one measurement.</summary>
    private const long MaxTurns = 10_000_000;

    private const int EntriesPerReport = 200;
    private const int Reporters = 8;

    public static async Task<BenchReport> Run(
        int grains, int rounds, TimeSpan length, int entries, int? shards, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var options = await server.Prepare(cancel, shards);
        await using var silo = await BenchSilo.Start(options, cancel);
        var registered = await Register(silo, grains, cancel);
        var bulk = await BulkInsert.From(silo.Database, options.Shards, cancel);
        var body = RandomNumberGenerator.GetBytes((int)await BodyBytes(silo, cancel));
        await UsualDesign.CreateTables(silo.Database, grains, body, cancel);
        var pool = await UsualDesign.BestPool(server.ConnectionString, grains, body, Few, cancel);
        await using var usualPool = UsualDesign.Connect(server.ConnectionString, pool);
        var usual = new UsualDesign(usualPool, grains, body);

        var measured = new List<Round>();
        for (var round = 0; round < rounds; round++)
        {
            await silo.Database.Execute("checkpoint", cancel);
            var start = CpuTime.Now(server.Postmaster);
            var baseline = await usual.Run(Few, length, $"round-{round}", cancel);
            var cpu = CpuTime.Now(server.Postmaster) - start;
            var few = await Commands(server, silo, Few, grains, length, $"few-{round}", 2 * round, cancel);
            await silo.Database.Execute("checkpoint", cancel);
            var limit = await bulk.Run(length, cancel);
            var many = await Commands(server, silo, Many, grains, length, $"many-{round}", (2 * round) + 1, cancel);
            measured.Add(new(baseline, cpu, few, limit, many));
        }

        var direct = await HotProject(silo, entries, cancel);
        var streamed = await HotFeed(silo, entries, cancel);
        return await Report(server, silo, options, measured, registered, direct, streamed, pool, length);
    }

    private static async Task<BenchReport> Report(
        BenchServer server, BenchSilo silo, JournalOptions options, List<Round> rounds, double registered, double direct,
        double streamed, int pool, TimeSpan length)
    {
        var toBaseline = CallerLoad.Median(rounds.Select(round => round.Few.Answered.PerSecond / round.Usual.PerSecond));
        var toLimit = CallerLoad.Median(rounds.Select(round => round.Many.Answered.PerSecond / round.Bulk));
        return await BenchReport.Create(
            "journal", server, new Dictionary<string, string>
            {
                ["rounds"] = $"{rounds.Count} of {length.TotalSeconds:0.#} s, medians",
                ["stored event"] = $"{await BodyBytes(silo, default)} bytes",
                ["shards"] = $"{options.Shards}",
            },
            [
                LoadResult.Figure(
                    $"usual design, {Few} callers", "commands/s", [.. rounds.Select(round => round.Usual)],
                    $"best pool: {pool}; {Cpu(rounds.Select(round => (round.UsualCpu, round.Usual.Calls)))}"),
                .. Figures($"grains, {Few} callers", [.. rounds.Select(round => round.Few)]),
                new(
                    "bulk insert", CallerLoad.Median(rounds.Select(round => round.Bulk)), "rows/s",
                    Note: $"{rounds.Min(round => round.Bulk):n0} to {rounds.Max(round => round.Bulk):n0}"),
                .. Figures($"grains, {Many} callers", [.. rounds.Select(round => round.Many)]),
                new("grains activated and registered", registered, "commands/s", Note: $"{Many} callers, no history"),
                new("hot project, batches to it", direct, "entries/s", Note: $"{Reporters} x {EntriesPerReport} in flight"),
                new("hot project, by its feed and a stream", streamed, "entries/s", Note: "until the project has them durably"),
            ],
            toBaseline, toLimit,
            new Goal($"{Few} callers, times the usual design", toBaseline, 4), new Goal($"{Many} callers, share of the bulk insert", toLimit, 0.5),
            new Goal("hot project, entries per second", direct, 10_000));
    }

    /// <summary>Until the answer, and until both pumps had taken everything.</summary>
    private static IEnumerable<Figure> Figures(string name, IReadOnlyList<Commanded> rounds) =>
    [
        LoadResult.Figure(
            name, "commands/s", [.. rounds.Select(round => round.Answered)],
            Cpu(rounds.Select(round => (round.Cpu, round.Answered.Calls)))),
        new(
            $"{name}, until pumped", CallerLoad.Median(rounds.Select(round => round.Pumped)), "commands/s",
            Note: $"{CallerLoad.Median(rounds.Select(round => (double)round.Behind)):n0} rows behind at the end"),
    ];

    private static string Cpu(IEnumerable<(CpuTime Cpu, long Commands)> rounds) =>
        $"CPU {CallerLoad.Median(rounds.Select(round => round.Cpu.Silo / round.Commands)):0} µs here, "
        + $"{CallerLoad.Median(rounds.Select(round => round.Cpu.Postgres / round.Commands)):0} µs in PostgreSQL";

    /// <summary>Activates and registers all customers; commands per second.</summary>
    private static async Task<double> Register(BenchSilo silo, int grains, CancellationToken cancel)
    {
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < grains)
                Check(await Customer(silo, number).Execute(Work.Upsert(number, 0, $"register/{number}")));
        }, cancel)));
        var perSecond = grains / watch.Elapsed.TotalSeconds;
        await silo.CatchUp(cancel);
        return perSecond;
    }

    private static async Task<Commanded> Commands(
        BenchServer server, BenchSilo silo, int callers, int grains, TimeSpan length, string round, int earlier,
        CancellationToken cancel)
    {
        var start = CpuTime.Now(server.Postmaster);
        var revision = 1 + (earlier * MaxTurns);
        var watch = Stopwatch.StartNew();
        var answered = await CallerLoad.Run(callers, length, async (caller, turn) =>
        {
            var number = Turns.Object(caller, turn, callers, grains);
            Check(await Customer(silo, number).Execute(Work.Upsert(number, revision + turn, $"{round}/{caller}/{turn}")));
        });
        var behind = await BenchSilo.Behind(silo.Database, cancel);
        await silo.CatchUp(cancel);
        return new(
            answered, behind, answered.Calls / watch.Elapsed.TotalSeconds, CpuTime.Now(server.Postmaster) - start);
    }

    private static async Task<double> HotProject(BenchSilo silo, int entries, CancellationToken cancel)
    {
        const string name = "hot";
        var project = silo.Grains.GetGrain<IProjectGrain>(Work.Project(name));
        Check(await project.Execute(Work.Open(name)));
        var perSecond = await Batches(entries, from => project.Execute(Work.Observed(name, from, EntriesPerReport)), () => Task.CompletedTask);
        await Complete(silo, name, entries, cancel);
        return perSecond;
    }

    private static async Task<double> HotFeed(BenchSilo silo, int entries, CancellationToken cancel)
    {
        const string name = "streamed";
        Check(await silo.Grains.GetGrain<IProjectGrain>(Work.Project(name)).Execute(Work.Open(name)));
        await silo.CatchUp(cancel);
        var feed = silo.Grains.GetGrain<IWorkFeedGrain>(Work.Feed(name));
        var perSecond = await Batches(entries, from => feed.Execute(Work.Report(name, from, EntriesPerReport)), async () =>
        {
            var version = $"select coalesce(max(version), 0) from q2c.journal where grain = '{Work.Project(name)}'";
            while (await silo.Database.Scalar<long>(version, cancel) < 1 + (entries / EntriesPerReport)) await Task.Delay(5, cancel);
        });
        await Complete(silo, name, entries, cancel);
        return perSecond;
    }

    private static async Task<double> Batches(int entries, Func<int, Task<Receipt>> send, Func<Task> complete)
    {
        var next = -1;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Reporters).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var batch && batch < entries / EntriesPerReport)
                Check(await send(batch * EntriesPerReport));
        })));
        await complete();
        return entries / watch.Elapsed.TotalSeconds;
    }

    private static async Task Complete(BenchSilo silo, string name, int entries, CancellationToken cancel)
    {
        var view = await silo.Grains.GetGrain<IProjectGrain>(Work.Project(name)).Read();
        var items = view!.WorkInProgress.Sum(bucket => bucket.Items);
        if (items != entries) throw new InvalidOperationException($"The project has {items} items of {entries} entries.");
        await silo.CatchUp(cancel);
    }

    private static ICustomerGrain Customer(BenchSilo silo, int number) => silo.Grains.GetGrain<ICustomerGrain>(Work.Customer(number));

    private static Task<long> BodyBytes(BenchSilo silo, CancellationToken cancel) => silo.Database.Scalar<long>(
        "select avg(octet_length(body))::bigint from (select body from q2c.journal where grain like 'eu_cu%' limit 10000) sample", cancel);

    private static void Check(Receipt receipt)
    {
        if (receipt.Outcome != Outcome.Changed)
            throw new InvalidOperationException($"{receipt.Grain}: {receipt.Outcome} {receipt.Problems.FirstOrDefault()?.Message}");
    }

    /// <param name="Behind">Rows that the pumps had still to take when the last command was answered.</param>
    /// <param name="Pumped">Commands per second until read models and streams had them all.</param>
    /// <param name="Cpu">Until then.</param>
    private sealed record Commanded(LoadResult Answered, long Behind, double Pumped, CpuTime Cpu);

    private sealed record Round(LoadResult Usual, CpuTime UsualCpu, Commanded Few, double Bulk, Commanded Many);
}
