using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Journal;
using Q2C.Grains.Projects;
using Q2C.Invoices;
using Q2C.Policies;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>
/// Random lives of a project. A life is a list of numbers, so that a failing one shrinks; the first number decides what
/// every record of the life contains, each of the others is a step.
/// </summary>
internal static class Lives
{
    public const int Sources = 9;
    public const int Versions = 3;
    public const decimal Cap = 5_000;

    private const int Longer = 15;
    private const int MaxSteps = 40;
    private const int MaxNumber = 1_000_000;

    private static readonly string[] SoldRoles = [Consultant, Senior, Architect];

    /// <summary>Fifteen times as many with Q2C_TEST_LONG=true. Prints the seed and the shrunk life when a property fails; FSCHECK_SEED="seed,gamma" repeats a run.</summary>
    public static void Hold(int lives, Action<int[]> property)
    {
        var life = Gen.Choose(0, MaxNumber).ArrayOf().Resize(MaxSteps);
        var isLong = Environment.GetEnvironmentVariable("Q2C_TEST_LONG") == "true";
        var config = Config.QuickThrowOnFailure.WithMaxTest(isLong ? lives * Longer : lives);
        if (Environment.GetEnvironmentVariable("FSCHECK_SEED")?.Split(',') is [var seed, var gamma])
            config = config.WithReplay(ulong.Parse(seed), ulong.Parse(gamma));
        var shrinkable = Arb.From(life, numbers => ArbMap.Default.ArbFor<int[]>().Shrinker(numbers).Where(smaller => smaller.All(n => n >= 0)));
        Prop.ForAll(shrinkable, property).Check(config);
    }

    public static Terms FirstTerms { get; } = ChangeOrder(1, Start, ImplementationAt(150, 190, 220, Cap));

    public static ProjectOpened Opened { get; } = new(Activated with { Terms = FirstTerms }, DeciderSpec.Noon);

    /// <summary>The record that this source has in this version, in a life with this salt: always the same.</summary>
    public static WorkRecord Record(int salt, int source, int version)
    {
        var dice = Dice(salt, source, version);
        var day = 1 + (int)(dice / 7 % 28);
        var id = source.ToString();
        if (source == 0) return dice % 5 == 0 ? Deleted(Reached(id, day, "M1"), version) : Reached(id, day, "M1", version);
        if (source == 1) return Cost(id, day, dice % 4 == 0 ? "Meals" : "Flight", new(1 + (dice / 3 % 50_000), "EUR"), version);
        var hours = ((dice / 100 % 160) + 1) / 4m;
        return (dice % 10) switch
        {
            0 => Deleted(Hours(id, day, Senior, hours), version),
            1 => Hours(id, day, "Wizard", hours, version),
            2 => Hours(id, day, SoldRoles[dice / 10 % 3], hours, version, billable: false),
            _ => Hours(id, day, SoldRoles[dice / 10 % 3], hours, version),
        };
    }

    public static IEnumerable<WorkRecord> Records(int[] life) => life.Skip(1)
        .Select(step => Record(life[0], step % Sources, 1 + (step / Sources % Versions)));

    /// <summary>The commands of a whole life: deliveries, billing runs and what becomes of them, change orders, operators.</summary>
    public static IEnumerable<Command> Commands(int[] life)
    {
        var terms = FirstTerms;
        for (var i = 1; i < life.Length; i++)
        {
            var step = life[i] / 20;
            switch (life[i] % 20)
            {
                case 0 or 1 or 2:
                    yield return Billed(March(1 + (step % 28)), $"eu_run_{step % 4}");
                    break;
                case 3 or 4:
                    yield return IssueAll($"eu_run_{step % 4}");
                    break;
                case 5:
                    yield return Rejected($"eu_run_{step % 4}");
                    break;
                case 6:
                    terms = ChangeOrder(terms.Version + 1, March(1 + (step % 28)), ImplementationAt(
                        100 + (step % 90), 190, 220 + (step % 7), step % 5 == 0 ? null : 2_000 + (step % 6_000)));
                    yield return Observed(Amended(terms));
                    break;
                case 7:
                    yield return step % 2 == 0 ? new CloseProject("pause") : new ReopenProject("go on");
                    break;
                case 8:
                    yield return new SkipStep($"time_entry/{step % Sources}@{1 + (step / Sources % Versions)}", "not ours");
                    break;
                default:
                    yield return Reported(Record(life[0], step % Sources, 1 + (step / Sources % Versions)));
                    break;
            }
        }
    }

    public static Life Begin() => new(Project.Decider.Evolve(ProjectState.Initial, Opened), [Opened]);

    /// <summary>A state as text that is the same for equal states.</summary>
    public static string Text(ProjectState state) => Sorted(JsonSerializer.SerializeToNode(state, WireFormat.Options)!).ToJsonString();

    private static Observe IssueAll(string run) => IssuedIn(run, Number);

    private static uint Dice(int salt, int source, int version)
    {
        unchecked
        {
            var mixed = ((uint)salt * 2_654_435_761u) ^ ((uint)source * 40_503u) ^ ((uint)version * 1_000_003u);
            mixed ^= mixed >> 15;
            mixed *= 2_246_822_519u;
            return mixed ^ (mixed >> 13);
        }
    }

    private static JsonNode Sorted(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => KeyValuePair.Create(member.Key, member.Value is null ? null : Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Sorted(item))]),
        _ => node.DeepClone(),
    };
}

/// <summary>A project and all that happened to it.</summary>
internal sealed record Life(ProjectState State, ImmutableList<Event> History)
{
    private static readonly Actor Nora = new("nora", [Roles.Finance, Roles.Operator]);

    /// <summary>The next moment; a refused command changes nothing. An invoice is issued for all that its run reserved.</summary>
    public Life Next(Command command)
    {
        if (command is Observe { Events: [InvoiceIssued invoice] } observe)
            command = observe with { Events = [invoice with { ItemIds = ReservedBy(invoice.RunId) }] };
        if (command is Observe { Events: [CreditMemoIssued credit] } credited) command = credited with { Events = [AsInvoiced(credit)] };
        var context = new DecisionContext(ProjectId, Convert.ToHexString(WireFormat.Fingerprint(command).Span), Nora, DeciderSpec.Noon, PolicySet.Empty("eu"));
        var events = Project.Decider.Decide(State, command, context).Events;
        return new(events.Aggregate(State, Project.Decider.Evolve), History.AddRange(events));
    }

    public Life Next(IEnumerable<Command> commands) => commands.Aggregate(this, (life, command) => life.Next(command));

    /// <summary>A memo credits what was billed, on the line that it was billed on.</summary>
    private CreditMemoIssued AsInvoiced(CreditMemoIssued credit) => credit with
    {
        Memo = credit.Memo with
        {
            Lines =
            [
                .. credit.Memo.Lines.Select(line => State.Past.Find(line.Items[0].SourceId)?.Invoiced
                    .FirstOrDefault(part => part.Item.Id == line.Items[0].ItemId)?.Item is { } billed
                        ? line with { ContractLineId = billed.LineId, Items = [line.Items[0] with { Amount = billed.Amount }] }
                        : line),
            ],
        },
    };

    private ImmutableArray<string> ReservedBy(string run) =>
        [.. State.Unbilled.Values.Where(unbilled => unbilled.Run == run).Select(unbilled => unbilled.Item.Id)];
}
