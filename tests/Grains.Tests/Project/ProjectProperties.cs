using System.Text.Json;
using Q2C.Grains.Billing;
using Q2C.Grains.Journal;
using Q2C.Grains.Projects;
using Q2C.Projects;
using static Q2C.Grains.Tests.Projects.Engagement;

namespace Q2C.Grains.Tests.Projects;

public sealed class ProjectProperties
{
    private const int Many = 500;

    [Fact]
    public void Before_invoicing_the_order_of_deliveries_does_not_matter() => Lives.Hold(Many, life =>
    {
        if (life.Length < 3) return;
        var records = Lives.Records(life).ToArray();
        var ordered = records.OrderBy(record => record.SourceId, StringComparer.Ordinal).ThenBy(record => record.SourceVersion);
        Assert.Equal(Everything(Delivered(ordered)), Everything(Delivered(records)));
        Assert.Equal(Everything(Delivered(ordered)), Everything(Delivered(records.Reverse())));
    });

    [Fact]
    public void Before_invoicing_items_are_what_a_plain_calculation_says() => Lives.Hold(Many, life =>
    {
        if (life.Length < 2) return;
        var records = Lives.Records(life).ToArray();
        Assert.Equal(PlainCalculation(records), ByTheHour(Delivered(records)));
    });

    [Fact]
    public void Duplicates_change_nothing() => Lives.Hold(Many, life =>
    {
        if (life.Length < 2) return;
        var records = Lives.Records(life).ToArray();
        var once = Delivered(records);
        var again = records.Aggregate(once, (given, record) => given.Next(Reported(record)));
        Assert.Equal(Lives.Text(once.State), Lives.Text(again.State));
        Assert.All(again.History.Skip(once.History.Count), @event => Assert.IsType<WorkStale>(@event));
        var doubled = records.Aggregate(Lives.Begin(), (given, record) => given.Next(Reported(record, record)).Next(Reported(record)));
        Assert.Equal(Lives.Text(once.State), Lives.Text(doubled.State));
    });

    [Fact]
    public void In_every_life_nothing_is_lost_or_billed_twice_or_beyond_a_cap() => Lives.Hold(Many, life =>
    {
        if (life.Length == 0) return;
        var given = Lives.Begin();
        var ceiling = Ceiling(given.State);
        foreach (var command in Lives.Commands(life))
        {
            given = given.Next(command);
            ceiling = Math.Max(ceiling, Ceiling(given.State));
            EveryRecordIsInOnePlace(given);
            ValuesAddUp(given.State);
            NothingIsBeyondTheCap(given.State, ceiling);
        }
    });

    [Fact]
    public void In_every_life_a_snapshot_goes_on_like_the_state_itself() => Lives.Hold(Many, life =>
    {
        if (life.Length == 0) return;
        var commands = Lives.Commands(life).ToArray();
        var given = Lives.Begin().Next(commands.Take(commands.Length / 2));
        var stored = JsonSerializer.SerializeToUtf8Bytes(given.State, WireFormat.Options);
        var restored = JsonSerializer.Deserialize<ProjectState>(stored, WireFormat.Options)!;
        var fromSnapshot = new Life(restored, []);
        var whole = given.Next(commands.Skip(commands.Length / 2));
        var rest = fromSnapshot.Next(commands.Skip(commands.Length / 2));
        Assert.Equal(
            whole.History.Skip(given.History.Count).Select(Stored), rest.History.Select(Stored));
        Assert.Equal(Lives.Text(whole.State), Lives.Text(rest.State));
        Assert.Equal(Pools(whole.State), Pools(rest.State));
    });

    [Fact]
    public void In_every_life_replaying_the_events_gives_the_same_state() => Lives.Hold(Many, life =>
    {
        if (life.Length == 0) return;
        var given = Lives.Begin().Next(Lives.Commands(life));
        var replayed = Project.Decider.Given([.. given.History]).State;
        Assert.Equal(Lives.Text(given.State), Lives.Text(replayed));
    });

    private static Life Delivered(IEnumerable<WorkRecord> records) =>
        records.Aggregate(Lives.Begin(), (given, record) => given.Next(Reported(record)));

    private static string[] Everything(Life given) =>
    [
        .. given.State.Unbilled.Values.Select(unbilled => unbilled.Item.ToString()).Order(StringComparer.Ordinal),
        .. given.State.Refused.Values.Select(refused => $"refused {refused.Record}").Order(StringComparer.Ordinal),
    ];

    private static string[] ByTheHour(Life given) =>
    [
        .. given.State.Unbilled.Values
            .Where(unbilled => unbilled.Item is { Kind: ItemKind.Time, Disposition: not Disposition.Excluded })
            .OrderBy(unbilled => unbilled.Key)
            .Select(unbilled => $"{unbilled.Item.Id} {unbilled.Item.Value} {unbilled.Item.Amount}"),
    ];

    /// <summary>The newest version of each source, in order, until the cap is used up: written without the engine.</summary>
    private static List<string> PlainCalculation(IEnumerable<WorkRecord> records)
    {
        var left = Lives.Cap;
        var lines = new List<string>();
        var newest = records.GroupBy(record => record.SourceId)
            .Select(source => source.MaxBy(record => record.SourceVersion)!)
            .OfType<WorkRecord.TimeWorked>()
            .Where(work => work.Billable && work.Role != "Wizard")
            .OrderBy(work => work.Date).ThenBy(work => work.SourceId, StringComparer.Ordinal);
        foreach (var work in newest)
        {
            var rate = work.Role switch { Consultant => 150m, Senior => 190m, _ => 220m };
            var value = decimal.Round(work.Hours * rate, 2, MidpointRounding.AwayFromZero);
            var amount = Math.Min(left, value);
            left -= amount;
            lines.Add($"{work.SourceId}@{work.SourceVersion} {Eur(value)} {Eur(amount)}");
        }

        return lines;
    }

    private static void EveryRecordIsInOnePlace(Life given)
    {
        var state = given.State;
        var gone = given.History.Select(@event => @event switch
        {
            ItemWithdrawn e => $"{e.SourceId}@{e.SourceVersion}",
            WorkRetracted e => $"{e.SourceId}@{e.SourceVersion}",
            ItemReversed e => $"{e.Reversal.SourceId}@{e.Reversal.SourceVersion}",
            ExceptionResolved { Resolution: Resolutions.Skipped } e => e.ItemId,
            _ => null,
        }).ToHashSet();
        var past = state.Past.All().ToDictionary(each => each.SourceId);
        foreach (var source in past.Keys.Concat(state.Unbilled.Keys).Concat(state.Refused.Keys).Concat(state.Held.Keys).Distinct())
        {
            if (state.Unbilled.TryGetValue(source, out var derived) && derived.Record is null) continue;
            var version = state.VersionOf(source)!.Value;
            string?[] places =
            [
                state.Unbilled.TryGetValue(source, out var unbilled) && unbilled.Item.SourceVersion == version ? "unbilled" : null,
                past.TryGetValue(source, out var settled) && settled.Invoiced.Any(part => part.Item.SourceVersion == version) ? "invoiced" : null,
                state.Refused.TryGetValue(source, out var refused) && refused.Record.SourceVersion == version ? "refused" : null,
                state.Held.TryGetValue(source, out var held) && held.Record.SourceVersion == version ? "held" : null,
            ];
            var found = places.OfType<string>().ToArray();
            if (found is not []) Assert.Single(found);
            else Assert.Contains($"{source}@{version}", gone);
        }
    }

    private static void ValuesAddUp(ProjectState state)
    {
        foreach (var source in state.Past.All().Where(source => source.Invoiced is not []))
            Assert.Equal(
                source.Invoiced[0].Item.Value,
                source.Invoiced.Aggregate(state.RestOf(source)?.Item.Value ?? Money.Zero("EUR"), (sum, part) => sum + part.Item.Amount + (part.Item.WrittenDown ?? Money.Zero("EUR"))));
        foreach (var unbilled in state.Unbilled.Values)
        {
            var item = unbilled.Item;
            Assert.Equal(
                unbilled.Record is null || item.Disposition == Disposition.Billable ? item.Value
                    : item.Disposition == Disposition.Excluded ? Money.Zero("EUR")
                    : Money.Min(item.Amount, item.Value - Money.Of(0.01m, "EUR")),
                unbilled.Record is null ? item.Value : item.Amount);
        }

        foreach (var line in state.Book.Newest.Terms.Lines)
        {
            var settled = state.Past.All().SelectMany(source => source.Invoiced).Where(part => part.Item.LineId == line.Id).Sum(part => part.Item.Amount.Minor);
            var reversing = state.Unbilled.Values
                .Where(unbilled => unbilled.Item.Kind == ItemKind.Adjustment && unbilled.Item.LineId == line.Id).Sum(unbilled => unbilled.Item.Amount.Minor);
            Assert.Equal(settled - reversing, state.Invoiced.GetValueOrDefault(line.Id));
        }
    }

    private static void NothingIsBeyondTheCap(ProjectState state, long highestCeiling)
    {
        var invoiced = state.Invoiced.GetValueOrDefault(Implementation);
        Assert.True(invoiced <= highestCeiling, $"{invoiced} invoiced, never more than {highestCeiling} allowed");
        if (Ceiling(state) is long.MaxValue) return;
        var cap = new Money(Ceiling(state), "EUR");
        var line = state.Unbilled.Values.Where(unbilled => unbilled.Item.LineId == Implementation).ToArray();
        var standing = invoiced + line.Where(unbilled => unbilled.IsFixed).Sum(unbilled => unbilled.Item.Amount.Minor);
        var open = line.Where(unbilled => !unbilled.IsFixed).ToArray();
        var room = Math.Max(0, cap.Minor - standing);
        var value = open.Where(unbilled => unbilled.Item.Disposition != Disposition.Excluded).Sum(unbilled => unbilled.Item.Value.Minor);
        Assert.Equal(Math.Min(room, value), open.Sum(unbilled => unbilled.Item.Amount.Minor));
    }

    private static long Ceiling(ProjectState state) =>
        state.Book.Newest.Caps.Of(Implementation) is [var cap, ..] ? cap.Ceiling : long.MaxValue;

    private static string Stored(Event @event) => System.Text.Encoding.UTF8.GetString(WireFormat.Write(@event).Span);

    /// <summary>A pool in which nothing is may as well be missing.</summary>
    private static IEnumerable<string> Pools(ProjectState state) => state.Caps.Pools
        .Where(pool => pool.Value.Open is not null || pool.Value.Fixed != 0)
        .Select(pool => $"{pool.Key} {SumTree.SumOf(pool.Value.Open)} {pool.Value.Fixed}")
        .Order();
}
