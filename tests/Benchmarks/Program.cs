using System.CommandLine;
using Q2C.Benchmarks;
using Q2C.Benchmarks.GraphQL;

var json = new Option<FileInfo?>("--json") { Description = "File for the figures as one JSON object.", Recursive = true };
var seconds = new Option<double>("--seconds") { Description = "Length of one measurement.", DefaultValueFactory = _ => 5 };
var rounds = new Option<int>("--rounds") { Description = "How often each is measured, in turns; medians count.", DefaultValueFactory = _ => 3 };
var grains = new Option<int>("--grains") { Description = "Grains that take commands.", DefaultValueFactory = _ => 10_000 };
var entries = new Option<int>("--entries") { Description = "Time entries for the hot project.", DefaultValueFactory = _ => 40_000 };
var shards = new Option<int?>("--shards") { Description = "Shards of the journal; as an installation has them, unless given." };

var journal = new Command(
    "journal", "Durable commands per second through the grains, beside the usual design and a bulk insert of the same rows.")
{
    seconds, rounds, grains, entries, shards,
};
Measure(journal, (parsed, cancel) => JournalBenchmark.Run(
    parsed.GetValue(grains), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(entries),
    parsed.GetValue(shards), cancel));

var callers = new Option<int>("--callers") { Description = "Deliveries in flight.", DefaultValueFactory = _ => 64 };
var ingest = new Command("ingest", "Signed deliveries per second over HTTP, beside an endpoint that does one insert for each.")
{
    callers, seconds, rounds,
};
Measure(ingest, (parsed, cancel) => IngestBenchmark.Run(
    parsed.GetValue(callers), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), cancel));

var commits = Sizes("--commits", "Lengths of history.", 10, 1_000, 100_000);
var open = Sizes("--open-items", "Items open on a project.", 10, 10_000);
var history = new Command("history", "What an activation and a command cost with a short and a long past.") { commits, open };
Measure(history, (parsed, cancel) => HistoryBenchmark.Run(parsed.GetValue(commits)!, parsed.GetValue(open)!, cancel));

var rows = new Option<int>("--rows") { Description = "Journal rows.", DefaultValueFactory = _ => 1_000_000 };
var rebuild = new Command("rebuild", "Read models rebuilt from the journal, beside a COPY of its rows.") { rows };
Measure(rebuild, (parsed, cancel) => RebuildBenchmark.Run(parsed.GetValue(rows), cancel));

var unbilled = new Option<int>("--items") { Description = "Unbilled items.", DefaultValueFactory = _ => 1_000_000 };
var projects = new Option<int>("--projects") { Description = "Projects that they lie in.", DefaultValueFactory = _ => 10_000 };
var billingRun = new Command("billing-run", "Unbilled items into drafts per second of one core, beside the straightforward way.")
{
    unbilled, projects, rounds,
};
Measure(billingRun, (parsed, cancel) => BillingRunBenchmark.Run(
    parsed.GetValue(unbilled), parsed.GetValue(projects), parsed.GetValue(rounds), cancel));

var pinned = new Option<bool>("--pinned") { Description = "Also with server and client on cores of their own.", DefaultValueFactory = _ => true };
var gatewayOnly = new Option<bool>("--gateway") { Description = "Only the gateway as it is delivered, without the engine and those beside it." };
var graphql = new Command("graphql", "GraphQL requests per second over HTTP, beside mercurius and graphql-yoga. Needs wrk and Node.")
{
    pinned, seconds, rounds, gatewayOnly,
};
Measure(graphql, (parsed, cancel) => GraphQLBenchmark.Run(
    parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(pinned), parsed.GetValue(gatewayOnly),
    cancel));

var port = new Option<int>("--port") { Required = true };
var postgres = new Option<string>("--postgres") { Required = true };
var kind = new Argument<string>("kind") { Description = "The engine with the bench's schema (q2c), or the gateway with its own." };
kind.AcceptOnlyFromAmong(Candidate.Q2C, Candidate.Gateway);
var server = new Command("graphql-server", "A server that the bench graphql starts.") { Hidden = true, Arguments = { kind }, Options = { port, postgres } };
server.SetAction((parsed, cancel) => parsed.GetValue(kind) == Candidate.Gateway
    ? BenchGateway.Run(parsed.GetValue(port), parsed.GetValue(postgres)!, cancel)
    : BenchGraphQLServer.Run(parsed.GetValue(port), parsed.GetValue(postgres)!, cancel));

var priced = new Option<int>("--priced") { Description = "Time entries to price.", DefaultValueFactory = _ => 1_000_000 };
var billing = new Command("billing", "Time entries priced and classified per second of one core, beside the straightforward way.") { priced, rounds };
Measure(billing, (parsed, cancel) => BillingBenchmark.Run(parsed.GetValue(priced), parsed.GetValue(rounds), cancel));

var listed = new Option<int>("--invoices") { Description = "Invoices in the list.", DefaultValueFactory = _ => 100_000 };
var scrolled = new Option<int>("--scrolled") { Description = "How many of them are scrolled through.", DefaultValueFactory = _ => 5_000 };
var console = new Command("console", "The console in Chromium: until something useful is seen, and a long list scrolled through. Needs Chromium.")
{
    listed, scrolled, rounds,
};
Measure(console, (parsed, cancel) => ConsoleBenchmark.Run(
    parsed.GetValue(listed), parsed.GetValue(scrolled), parsed.GetValue(rounds), cancel));

return await new RootCommand("Measures Q2C on this machine.") { journal, ingest, history, rebuild, billingRun, graphql, server, billing, console, json }.Parse(args).InvokeAsync();

void Measure(Command command, Func<ParseResult, CancellationToken, Task<BenchReport>> bench) => command.SetAction(async (parsed, cancel) =>
{
    var report = await bench(parsed, cancel);
    await report.Publish(parsed.GetValue(json), cancel);
    return 0;
});

static Option<int[]> Sizes(string name, string description, params int[] sizes) => new(name)
{
    Description = description, DefaultValueFactory = _ => sizes, AllowMultipleArgumentsPerToken = true,
};
