using System.CommandLine;
using Q2C.Benchmarks;

var journal = new Command(
    "journal", "Appends per second through the journal, beside a plain bulk insert into the same table.");
var callers = new Option<int[]>("--callers")
{
    Description = "Appends in flight, one measurement each.",
    DefaultValueFactory = _ => [64, 1024],
    AllowMultipleArgumentsPerToken = true,
};
var seconds = new Option<int>("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 5 };
var body = new Option<int>("--body") { Description = "Bytes of one row's content.", DefaultValueFactory = _ => 500 };
journal.Options.Add(callers);
journal.Options.Add(seconds);
journal.Options.Add(body);
journal.SetAction((parsed, cancel) => JournalBenchmark.Run(
    parsed.GetValue(callers)!, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(body), cancel));

return await new RootCommand("Measures Q2C on this machine.") { Subcommands = { journal } }.Parse(args).InvokeAsync();
