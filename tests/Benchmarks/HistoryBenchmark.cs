using System.Diagnostics;
using Q2C.Grains.Customers;
using Q2C.Grains.Projects;
using Q2C.Grains.Shell;
using Q2C.Silo.Journal;

namespace Q2C.Benchmarks;

/// <summary>What an activation and a command cost with a short and a long past, and with little and much that is open.</summary>
internal static class HistoryBenchmark
{
    private const int Activations = 30;
    private const int Commands = 300;
    private const int CommandsPerCall = 500;
    private const int EntriesPerCommand = 200;
    private const string Name = "history";

    public static async Task<BenchReport> Run(int[] commits, int[] openItems, CancellationToken cancel)
    {
        await using var server = await BenchServer.Start(cancel);
        var options = await server.Prepare(cancel);
        await using var database = JournalSetup.Connect(options.ConnectionString);
        await using var journal = new PostgresJournal(database, options);
        var policies = new BenchSilo.SamplePolicies();
        var figures = new List<Figure>();

        var histories = new List<Cost>();
        foreach (var (index, count) in commits.Index())
        {
            AggregateShell<CustomerState> Shell() =>
                new(Work.Customer(index), Customer.Decider, journal, policies, TimeProvider.System);
            await Past(Shell(), index, count);
            histories.Add(await Measure(Shell, turn => Work.Upsert(index, count + turn, $"late/{turn}")));
            Add(figures, $"{count:n0} commits", histories[^1]);
        }

        var open = new List<Cost>();
        foreach (var count in openItems)
        {
            var name = $"{Name}/{count}";
            AggregateShell<ProjectState> Shell() =>
                new(Work.Project(name), Project.Decider, journal, policies, TimeProvider.System);
            await Open(Shell(), name, count);
            open.Add(await Measure(Shell, turn => Work.Observed(name, count + (int)turn, 1)));
            Add(figures, $"{count:n0} open items", open[^1]);
        }

        var flat = histories[^1].Command.P50 / histories[0].Command.P50;
        return await BenchReport.Create(
            "history", server, new Dictionary<string, string>
            {
                ["activations"] = $"{Activations} each", ["commands"] = $"{Commands} each, one after another",
                ["activation, longest to shortest history"] = $"{histories[^1].Activation.P50 / histories[0].Activation.P50:0.00}",
                ["command, most to least open"] = $"{open[^1].Command.P50 / open[0].Command.P50:0.00}",
            },
            figures, flat, null);
    }

    private static async Task Past(AggregateShell<CustomerState> shell, int number, int count)
    {
        for (var done = 0; done < count; done += CommandsPerCall)
        {
            var receipts = await shell.ExecuteMany(
                [.. Enumerable.Range(done, Math.Min(CommandsPerCall, count - done)).Select(i => Work.Upsert(number, i, $"past/{i}"))]);
            if (receipts.Any(receipt => receipt.Outcome != Outcome.Changed)) throw new InvalidOperationException("The past was refused.");
        }
    }

    private static async Task Open(AggregateShell<ProjectState> shell, string name, int count)
    {
        await shell.Execute(Work.Open(name));
        for (var done = 0; done < count; done += EntriesPerCommand)
            await shell.Execute(Work.Observed(name, done, Math.Min(EntriesPerCommand, count - done)));
        var (state, _) = await shell.Read();
        if (state.Unbilled.Count != count) throw new InvalidOperationException($"{state.Unbilled.Count} of {count} items are open.");
    }

    private static async Task<Cost> Measure<TState>(Func<AggregateShell<TState>> shell, Func<long, CommandEnvelope> command)
    {
        var activation = await Times(Activations, _ => shell().Read());
        var warm = shell();
        await warm.Read();
        var answer = await Times(Commands, async turn =>
        {
            var receipt = await warm.Execute(command(turn));
            if (receipt.Outcome != Outcome.Changed) throw new InvalidOperationException($"{receipt.Outcome}");
        });
        return new(activation, answer);
    }

    private static async Task<(double P50, double P99)> Times(int count, Func<long, Task> act)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await act(i);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return (CallerLoad.Percentile(times, 0.5), CallerLoad.Percentile(times, 0.99));
    }

    private static void Add(List<Figure> figures, string what, Cost cost)
    {
        figures.Add(new($"{what}: activation", cost.Activation.P50, "ms", cost.Activation.P50, cost.Activation.P99));
        figures.Add(new($"{what}: command", cost.Command.P50, "ms", cost.Command.P50, cost.Command.P99));
    }

    private sealed record Cost((double P50, double P99) Activation, (double P50, double P99) Command);
}
