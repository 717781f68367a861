using System.CommandLine;
using Q2C.Benchmarks;

var json = new Option<FileInfo?>("--json") { Description = "File for the figures as one JSON object.", Recursive = true };
var seconds = new Option<double>("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 5 };
var rounds = new Option<int>("--rounds") { Description = "How often each is measured, in turns; medians count.", DefaultValueFactory = _ => 3 };
var grains = new Option<int>("--grains") { Description = "Grains that take commands.", DefaultValueFactory = _ => 10_000 };
var entries = new Option<int>("--entries") { Description = "Time entries for the hot project.", DefaultValueFactory = _ => 40_000 };

var journal = new Command(
    "journal", "Durable commands per second through the grains, beside the usual design and a bulk insert of the same rows.")
{
    seconds, rounds, grains, entries,
};
Measure(journal, (parsed, cancel) => JournalBenchmark.Run(
    parsed.GetValue(grains), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(entries), cancel));

return await new RootCommand("Measures Q2C on this machine.") { journal, json }.Parse(args).InvokeAsync();

void Measure(Command command, Func<ParseResult, CancellationToken, Task<BenchReport>> bench) => command.SetAction(async (parsed, cancel) =>
{
    var report = await bench(parsed, cancel);
    await report.Publish(parsed.GetValue(json), cancel);
    return 0;
});
