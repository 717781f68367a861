using System.CommandLine;
using Q2C.Chaos;

var seeds = new Option<int>("--seeds") { Description = "Worlds to simulate.", DefaultValueFactory = _ => 200 };
var seed = new Option<int?>("--seed") { Description = "The first seed; with --seeds 1 this one alone, and its history." };
var lives = new Option<int>("--lives") { Description = "Engagements in each world.", DefaultValueFactory = _ => Simulations.Lives };
var history = new Option<FileInfo?>("--history") { Description = "File for the history of the first seed that fails, or of the only one." };

var simulate = new Command("simulate", "Engagements from quote to cash on simulated silos and vendors, while everything goes wrong.")
{
    seeds, seed, lives, history,
};
simulate.SetAction(parsed => Simulations.Simulate(
    parsed.GetValue(seed), parsed.GetValue(seeds), parsed.GetValue(lives), parsed.GetValue(history)));

var minutes = new Option<double>("--minutes") { Description = "How long things go wrong.", DefaultValueFactory = _ => 3 };
var plan = new Option<int>("--seed") { Description = "Which goes wrong when.", DefaultValueFactory = _ => 1 };
var hubs = new Option<int>("--hubs") { Description = "Processes of silo and gateway on the one database.", DefaultValueFactory = _ => 2 };
var chaos = new Command("chaos", "Real processes on a real PostgreSQL under load, while they are killed, paused and cut off from each other.")
{
    minutes, plan, hubs,
};
chaos.SetAction(async (parsed, cancel) =>
{
    var result = await Q2C.Chaos.Processes.Chaos.Run(
        new(parsed.GetValue(plan), TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(hubs), Apart: true, TimeSpan.FromSeconds(2)),
        Console.Error.WriteLine, cancel);
    result.Write(Console.Out);
    return result.Violations is [] ? 0 : 1;
});

return await new RootCommand("Breaks Q2C in every way it can think of, and checks what must hold.") { simulate, chaos }.Parse(args).InvokeAsync();
