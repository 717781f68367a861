using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Contracts;
using Q2C.Grains;
using Q2C.Grains.BillingRuns;
using Q2C.Grains.Projects;
using Q2C.Policies;
using Q2C.Projects;

namespace Q2C.Benchmarks;

/// <summary>
/// A billing run as pure compute: unbilled items of many projects are set aside and drafted, on one core, beside the
/// straightforward way (each project's items filtered, grouped and summed, without a decision or an event).
/// </summary>
internal static class BillingRunBenchmark
{
    private const int ProjectsPerRun = 1_000;
    private const double SecondsAllowed = 10;
    private const int BytesAllowed = 200;

    private static readonly DateOnly CutOff = Work.Start.AddYears(1);
    private static readonly ImmutableArray<string> Roles = ["Consultant", "Senior consultant", "Architect", "Analyst"];

    public static async Task<BenchReport> Run(int items, int projects, int rounds, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var states = Enumerable.Range(0, projects).Select(number => Filled(number, items / projects)).ToArray();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)items;

        var (drafted, plain) = (new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            var (seconds, total) = Timed(() => Drafted(states));
            var (baseline, same) = Timed(() => Plain(states));
            if (total != same) throw new InvalidOperationException($"The drafts sum to {total}, the items to {same}.");
            (drafted[round], plain[round]) = (seconds, baseline);
        }

        var (took, usual) = (Median(drafted), Median(plain));
        return await BenchReport.Create(
            "billing-run", server, new Dictionary<string, string>
            {
                ["items"] = $"{items}", ["projects"] = $"{projects}", ["projects per run"] = $"{ProjectsPerRun}", ["rounds"] = $"{rounds}",
            },
            [
                new("items into drafts", items / took, "items/s", Note: $"{took:0.00} s on one core"),
                new("the straightforward way", items / usual, "items/s", Note: $"{usual:0.00} s: filter, group, sum"),
                new("memory of an open item", bytes, "bytes", Note: "the state of its project, all of it"),
            ],
            usual / took, null,
            new Goal("items into drafts per second and core", items / took, items / SecondsAllowed),
            new Goal("open items per 200 bytes", BytesAllowed / bytes, 1));
    }

    /// <summary>Reserved by each project and drafted by runs; the sum of all drafts.</summary>
    private static long Drafted(ProjectState[] states)
    {
        var sum = 0L;
        foreach (var (number, some) in states.Chunk(ProjectsPerRun).Index())
        {
            var run = Ids.Derive("eu", Ids.BillingRun, "bench", $"{number}");
            var projects = some.Select(state => state.Contract!.ProjectId).ToImmutableArray();
            var context = new DecisionContext(run, "run", new("nora", [Q2C.Roles.Finance]), Work.Noon, Policies);
            var (state, _) = Decide(BillingRun.Decider, BillingRun.Decider.Initial, new StartBillingRun("DE01", CutOff, CutOff, projects), context);
            foreach (var project in some)
            {
                var asked = new ReservationAsked(run, project.Contract!.ProjectId, "DE01", CutOff, Work.Noon);
                var (_, reserved) = Decide(Project.Decider, project, new Observe(run, [asked]), context with { Grain = project.Contract.ProjectId });
                (state, var made) = Decide(BillingRun.Decider, state, new Observe(project.Contract.ProjectId, [reserved.OfType<ItemsReserved>().Single()]), context);
                sum += made.OfType<DraftMade>().Sum(draft => draft.Draft.Net.Minor);
            }
        }

        return sum;
    }

    private static long Plain(ProjectState[] states) => states.Sum(state => state.Unbilled.Values
        .Select(unbilled => unbilled.Item)
        .Where(item => item.Disposition == Disposition.Billable && item.Date <= CutOff)
        .OrderBy(item => item.Date)
        .GroupBy(item => (item.LineId, item.Role, item.Rate))
        .Select(line => (line.Key, Hours: line.Sum(item => item.Quantity), Net: line.Sum(item => item.Amount.Minor)))
        .ToList().Sum(line => line.Net));

    private static ProjectState Filled(int number, int items)
    {
        var name = $"billing/{number}";
        var opening = (ContractActivated)((Observe)Work.Open(name).Command).Events[0];
        var terms = opening.Terms with
        {
            Lines =
            [
                opening.Terms.Lines[0] with
                {
                    Billing = new BillingModel.TimeAndMaterials([.. Roles.Select((role, i) => new RoleRate(role, 120 + 20 * i))], null),
                },
            ],
        };
        var activated = opening with
        {
            Terms = terms, Routing = opening.Routing with { TaxCategories = opening.Routing.TaxCategories.Add("consulting", "SP140000") },
        };
        var context = new DecisionContext(activated.ProjectId, name, Actor.System, Work.Noon, Policies);
        var (opened, _) = Decide(Project.Decider, Project.Decider.Initial, new Observe("bench", [activated]), context);
        var (state, _) = Decide(Project.Decider, opened, new Observe("bench", [new WorkReported("bench", activated.ProjectId,
        [
            .. Enumerable.Range(0, items).Select(i => (WorkRecord)new WorkRecord.TimeWorked(
                $"time_entry/{number}-{i}", 1, Work.Start.AddDays(i % 300), "Ada Lovelace", Roles[i % Roles.Length], "Build", 1.5m, true, null, null)),
        ], Work.Noon)]), context);
        return state;
    }

    private static PolicySet Policies { get; } = PolicySet.Empty("eu") with
    {
        LegalEntities = ImmutableDictionary<string, LegalEntity>.Empty.Add("DE01", new(
            "DE01", "Northwind", "EUR", "Europe/Berlin", new("", null, "", null, "", "DE"), "DE1", Rounding.HalfUp, Money.Of(50_000, "EUR"), 30,
            ImmutableDictionary<string, string>.Empty.Add("consulting", "SP140000"), ImmutableDictionary<string, string>.Empty)),
    };

    private static (TState State, ImmutableArray<Event> Events) Decide<TState>(
        Decider<TState> decider, TState state, Command command, DecisionContext context)
    {
        var decision = decider.Decide(state, command, context);
        return decision.Problems.IsEmpty
            ? (decision.Events.Aggregate(state, decider.Evolve), decision.Events)
            : throw new InvalidOperationException(decision.Problems[0].Message);
    }

    private static (double Seconds, long Sum) Timed(Func<long> work)
    {
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        var sum = work();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, sum);
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
