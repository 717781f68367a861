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

return await new RootCommand("Breaks Q2C in every way it can think of, and checks what must hold.") { simulate }.Parse(args).InvokeAsync();
