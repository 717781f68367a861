using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.Projects;
using Q2C.Projects;

namespace Q2C.Benchmarks;

/// <summary>
/// Time entries priced and classified for a contract of ten lines with role rates and caps, beside the straightforward way: the version,
/// the line and the rate looked for with LINQ for each entry, and a running total for each line.
/// </summary>
internal static class PricingBenchmark
{
    private const int Lines = 10;
    private const int RolesOfALine = 10;
    private const int OpenItems = 20_000;

    public static (IReadOnlyList<Figure> Figures, double Ratio, Goal[] Goals) Run(int entries, int rounds)
    {
        var history = Versions();
        var work = Enumerable.Range(0, entries).Select(Entry).ToArray();
        var book = PriceBook.Of(history, Rounding.HalfUp);
        var expected = Straightforward(history, work);
        var (ours, usual, allocated) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; round <= rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var fast = PerSecond(entries, () => Engine(book, work), expected);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var slow = PerSecond(entries, () => Straightforward(history, work), expected);
            if (round == 0) continue;
            ours.Add(fast);
            usual.Add(slow);
        }

        var (engine, baseline, bytes) = (Median(ours), Median(usual), BytesPerOpenItem());
        return (
            [
                new("priced and classified", engine, "entries/s of one core", Note: $"{(double)allocated / entries:0.0} bytes allocated for each"),
                new("the straightforward way", baseline, "entries/s of one core"),
                new("an open item of a project", bytes, "bytes in memory"),
            ],
            engine / baseline,
            [new("entries priced and classified per second of one core", engine, 1_000_000), new("bytes below 200 for each open item", 200 - bytes, 0)]);
    }

    /// <summary>What is billed, capped and excluded, in minor units and in numbers.</summary>
    private static (long Billed, int Capped, int Excluded) Engine(PriceBook book, WorkRecord.TimeWorked[] work)
    {
        var plan = book.Newest.Caps;
        var run = new CapRun(plan, CapLedger.Empty);
        var (billed, capped, excluded) = (0L, 0, 0);
        foreach (var entry in work)
        {
            var priced = Pricing.Price(book, entry);
            if (priced.IsRefused) throw new InvalidOperationException(priced.Problems[0].Message);
            var price = priced.Price;
            if (!price.IsCharged)
            {
                excluded++;
                continue;
            }

            var (amount, _, cut) = run.Next(CapShift.EntryOf(entry, price));
            billed += amount;
            if (cut is not null) capped++;
        }

        return (billed, capped, excluded);
    }

    private static (long Billed, int Capped, int Excluded) Straightforward(ImmutableArray<Terms> history, WorkRecord.TimeWorked[] work)
    {
        var (billed, capped, excluded) = (new Dictionary<string, long>(), 0, 0);
        foreach (var entry in work)
        {
            var terms = history.Where(version => version.EffectiveFrom <= entry.Date).OrderByDescending(version => version.Version).First();
            var line = terms.Lines.Single(line => line.Billing is BillingModel.TimeAndMaterials time
                && line.Start <= entry.Date && (line.End is null || entry.Date <= line.End) && time.Rates.Any(rate => rate.Role == entry.Role));
            if (!entry.Billable)
            {
                excluded++;
                continue;
            }

            var model = (BillingModel.TimeAndMaterials)line.Billing;
            var value = decimal.Round(entry.Hours * model.Rates.First(rate => rate.Role == entry.Role).Hourly, 2, MidpointRounding.AwayFromZero);
            var minor = (long)(value * 100);
            var amount = Math.Min(minor, Math.Max(0, model.Cap!.Amount!.Value.Minor - billed.GetValueOrDefault(line.Id)));
            billed[line.Id] = billed.GetValueOrDefault(line.Id) + amount;
            if (amount < minor) capped++;
        }

        return (billed.Values.Sum(), capped, excluded);
    }

    private static double PerSecond(int entries, Func<(long, int, int)> calculate, (long, int, int) expected)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var found = calculate();
        process.Refresh();
        if (found != expected) throw new InvalidOperationException($"{found} instead of {expected}.");
        return entries / (process.TotalProcessorTime - before).TotalSeconds;
    }

    /// <summary>What the state of a project with many open items takes, less one with none.</summary>
    private static double BytesPerOpenItem()
    {
        var empty = Evolve(ProjectState.Initial, new ProjectOpened(Work.Activated("memory"), Work.Noon));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var state = Enumerable.Range(0, OpenItems).Aggregate(empty, (now, i) =>
        {
            var record = new WorkRecord.TimeWorked($"time_entry/{i}", 1, Work.Start.AddDays(i % 365), "Ada Lovelace", "Consultant", "Build", 1.5m, true, null, null);
            return Evolve(now, new ItemAdded(CapShift.ItemOf(now, record, Pricing.Price(now.Book, record).Price), record, Work.Noon));
        });
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / OpenItems;
        GC.KeepAlive(state);
        return bytes;
    }

    private static ProjectState Evolve(ProjectState state, Event @event) => Project.Decider.Evolve(state, @event);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static ImmutableArray<Terms> Versions() =>
    [
        .. Enumerable.Range(1, 3).Select(version => new Terms(version, Work.Start.AddMonths(4 * (version - 1)), "EUR",
        [
            .. Enumerable.Range(0, Lines).Select(line => new ContractLine(
                $"line {line}", "consulting", "Implementation",
                new BillingModel.TimeAndMaterials(
                    [.. Enumerable.Range(0, RolesOfALine).Select(role => new RoleRate($"Role {line}.{role}", 100 + role + version))],
                    new(Money.Of(5_000_000, "EUR"))),
                Work.Start, null)),
        ])),
    ];

    private static WorkRecord.TimeWorked Entry(int i) => new(
        $"time_entry/{i}", 1, Work.Start.AddDays((int)(i * 365L / 1_000_000)), "Ada", $"Role {i % Lines}.{i / Lines % RolesOfALine}", "Build", 0.25m + (i % 32 / 4m), i % 10 != 0, null, null);
}
