using System.Text.Json;
using Q2C.Contracts;
using Q2C.Grains.Journal;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

/// <summary>
/// Random lives under many limits at once: hours of a person a day, caps of lines per month and for life, in money and hours,
/// of a phase and of the whole contract; with write-offs, credits, approvals and change orders in between.
/// </summary>
public sealed class LimitProperties
{
    private const int Many = 2_000;

    private static readonly string[] People = ["Ada", "Bob"];
    private static readonly string[] Lines = ["build", "test", "run"];

    [Fact]
    public void Open_work_is_billed_as_a_plain_calculation_says_whatever_happened_before() => Lives.Hold(Many, life =>
    {
        if (life.Length == 0) return;
        var given = Begin(life[0]);
        foreach (var command in Commands(life))
        {
            given = given.Next(command);
            Assert.Equal(Plain(given.State), Amounts(given.State));
        }
    });

    [Fact]
    public void Each_unit_of_work_is_in_one_place_and_its_value_is_kept() => Lives.Hold(Many, life =>
    {
        if (life.Length == 0) return;
        var given = Begin(life[0]);
        foreach (var command in Commands(life))
        {
            given = given.Next(command);
            foreach (var open in given.State.Unbilled.Values)
            {
                var item = open.Item;
                var kept = item.Amount + (item.WrittenDown ?? Eur(0));
                Assert.True(kept <= item.Value || item.Value < Eur(0), $"{item}");
                if (item is { Disposition: Disposition.Billable, Kind: not ItemKind.Adjustment }) Assert.Equal(item.Value, kept);
                if (item.Disposition == Disposition.WrittenOff) Assert.Equal((Eur(0), item.Value), (item.Amount, item.WrittenDown));
            }

            foreach (var past in given.State.Past.All().Where(past => past.Invoiced is not [] && !given.State.Unbilled.ContainsKey(past.SourceId)))
                Assert.Equal(
                    past.Invoiced[0].Item.Value,
                    past.Invoiced.Aggregate(given.State.RestOf(past)?.Item.Value ?? Eur(0), (sum, part) => sum + part.Item.Amount + (part.Item.WrittenDown ?? Eur(0))));
        }
    });

    [Fact]
    public void Before_invoicing_the_order_of_deliveries_does_not_matter() => Lives.Hold(Many, life =>
    {
        if (life.Length < 2) return;
        var records = life.Skip(1).Select(step => Record(life[0], step)).ToArray();
        Assert.Equal(Everything(Begin(life[0]), records), Everything(Begin(life[0]), records.Reverse()));
        Assert.Equal(
            Everything(Begin(life[0]), records),
            Everything(Begin(life[0]), records.OrderBy(record => record.SourceId, StringComparer.Ordinal).ThenBy(record => record.SourceVersion)));
    });

    [Fact]
    public void A_snapshot_goes_on_like_the_state_itself() => Lives.Hold(Many / 4, life =>
    {
        if (life.Length == 0) return;
        var commands = Commands(life).ToArray();
        var given = Begin(life[0]).Next(commands.Take(commands.Length / 2));
        var stored = JsonSerializer.SerializeToUtf8Bytes(given.State, WireFormat.Options);
        var restored = new Life(JsonSerializer.Deserialize<ProjectState>(stored, WireFormat.Options)!, []);
        Assert.Equal(
            Lives.Text(given.Next(commands.Skip(commands.Length / 2)).State), Lives.Text(restored.Next(commands.Skip(commands.Length / 2)).State));
    });

    private static Life Begin(int salt) =>
        new Life(ProjectState.Initial, []).Next(Observed(Activated with { Terms = TermsOf(1, Start, salt) }));

    private static Terms TermsOf(int version, DateOnly from, int salt)
    {
        NotToExceed? Cap(int at, decimal amount, decimal hours, CapPeriod? per = null) => (salt >> at & 3) switch
        {
            0 => null,
            1 => new(Eur(amount + (salt % 900)), Per: per, AtCap: (AtCap)(salt >> 3 & 1)),
            2 => new(null, hours + (salt % 7), per),
            _ => new(Eur(amount), hours, per),
        };
        ContractLine Sold(string id, decimal rate, NotToExceed? cap, string? phase, TimeRules? time = null) => new(
            id, "consulting", id, new BillingModel.TimeAndMaterials([new("Any", rate)], cap, null, time), Start, End, Phase: phase);
        SharedCap?[] shared =
        [
            Cap(6, 6_000, 50) is { } phase ? new("Delivery", "delivery", phase) : null,
            Cap(8, 9_000, 80) is { } all ? new("All", null, all) : null,
            Cap(10, 4_000, 40, CapPeriod.Month) is { } monthly ? new("Monthly", null, monthly) : null,
        ];
        return new(version, from, "EUR",
        [
            Sold("build", 100 + (salt % 3), Cap(0, 3_000, 30), "delivery", (salt & 32) == 0 ? null : new(PerDay: new(Most: 8))),
            Sold("test", 80, Cap(2, 2_000, 20, CapPeriod.Month), "delivery"),
            Sold("run", 33.33m, Cap(4, 2_500, 35, CapPeriod.Quarter), null),
        ],
        shared.Any(cap => cap is not null) ? [.. shared.OfType<SharedCap>()] : null);
    }

    private static WorkRecord Record(int salt, int step)
    {
        var (source, version) = (step % 8, 1 + (step / 8 % 3));
        var dice = unchecked((uint)((salt * 31) + (source * 7) + version) * 2_654_435_761u) >> 4;
        var date = Start.AddDays((int)(dice % 75));
        var work = new WorkRecord.TimeWorked(
            $"time_entry/{source}", version, date, People[dice / 3 % 2], "Any", "Build", (1 + (dice / 5 % 90)) / 4m, dice % 11 != 0, Lines[dice / 7 % 3], null);
        return dice % 9 == 0 ? new WorkRecord.Retracted(work.SourceId, version, date, "deleted") : work;
    }

    private static IEnumerable<Command> Commands(int[] life)
    {
        var version = 1;
        for (var i = 1; i < life.Length; i++)
        {
            var step = life[i] / 16;
            yield return (life[i] % 16) switch
            {
                0 or 1 => Billed(Start.AddDays(step % 80), $"run {step % 3}"),
                2 or 3 => IssuedIn($"run {step % 3}", $"INV {step % 3}"),
                4 => Rejected($"run {step % 3}"),
                5 => Observed(Amended(TermsOf(++version, Start.AddDays(step % 40), step)) with { RepriceInvoiced = step % 3 == 0 ? true : null }),
                6 => new WriteOffWork([$"time_entry/{step % 8}@{1 + (step / 8 % 3)}"], step % 2 == 0 ? null : 30, "courtesy"),
                7 => Observed(Crediting.Memo(step % 2 == 0, ($"time_entry/{step % 8}@{1 + (step / 8 % 3)}", Eur(0)))),
                _ => Reported(Record(life[0], step)),
            };
        }
    }

    private static string[] Amounts(ProjectState state) =>
        [.. Open(state).Select(open => $"{open.Item.Id} {open.Item.Amount}")];

    private static IEnumerable<UnbilledItem> Open(ProjectState state) =>
        state.Unbilled.Values.Where(open => !open.IsFixed && open.Entry is not null).OrderBy(open => open.Key);

    /// <summary>Limit after limit, entry after entry: what is left of each, without any index.</summary>
    private static string[] Plain(ProjectState state)
    {
        var flows = Open(state).Select(open => (Open: open, Entry: open.Entry!.Value))
            .Select(each => (each.Open, each.Entry, Minor: each.Entry.Value, Hours: each.Entry.Hours)).ToArray();
        foreach (var layer in state.Book.Newest.Caps.All)
        {
            var left = new Dictionary<(DateOnly, string?), long>();
            for (var i = 0; i < flows.Length; i++)
            {
                var (open, entry, minor, hours) = flows[i];
                var units = layer.InHours ? hours : minor;
                if (!layer.Lines.Contains(entry.LineId) || units <= 0) continue;
                var pool = (layer.PeriodOf(entry.Key.Date), layer.PerPerson ? entry.Person : null);
                if (!left.TryGetValue(pool, out var room))
                    room = Math.Max(0, state.Caps.Ceiling(layer) - state.Caps.Pool(layer, entry).Fixed);
                var passed = Math.Min(units, room);
                left[pool] = room - passed;
                if (passed == units) continue;
                long Share(long whole) => (long)decimal.Round((decimal)whole * passed / units, MidpointRounding.AwayFromZero);
                flows[i] = layer.InHours ? (open, entry, Share(minor), passed) : (open, entry, passed, Share(hours));
            }
        }

        return [.. flows.Select(flow => $"{flow.Open.Item.Id} {new Money(flow.Minor, "EUR")}")];
    }

    private static string[] Everything(Life begin, IEnumerable<WorkRecord> records) =>
    [
        .. records.Aggregate(begin, (given, record) => given.Next(Reported(record))).State.Unbilled.Values
            .Select(open => open.Item.ToString()).Order(StringComparer.Ordinal),
    ];
}
