using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;
using Q2C.Simulators.Kantata;

namespace Q2C.Silo.Tests.Connectors.Kantata;

public sealed class SubscribedEventsTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private KantataSimulator _kantata = null!;
    private ConnectorSpec _spec = null!;
    private string _project = null!;

    public async Task InitializeAsync()
    {
        _kantata = await KantataSimulator.StartAsync(new() { Clock = _clock });
        _spec = KantataBench.Connect(_kantata.BaseAddress, _clock);
        _project = await _spec.SendWell(KantataBench.Project);
    }

    public async Task DisposeAsync() => await _kantata.DisposeAsync();

    [Fact]
    public async Task Every_page_is_read_in_order_and_nothing_twice()
    {
        Work(450);
        Assert.Equal(450, (await _spec.Pass(pages: 3)).Length);
        Assert.Empty(await _spec.Pass(pages: 3));
    }

    [Fact]
    public async Task What_is_entered_while_pages_are_read_is_missed_by_none()
    {
        Work(250);
        Assert.Equal((200, true), ((await _spec.Page()) is var page ? page.Fresh.Length : 0, page.More));
        Work(200);
        Assert.Equal(250, (await _spec.Pass(pages: 2)).Length);
    }

    [Fact]
    public async Task Only_work_is_asked_for()
    {
        await _spec.SendWell(KantataBench.Role);
        KantataBench.Time(_kantata, _project);
        var body = ConnectorSpec.Body(Assert.Single(await _spec.Pass()));
        Assert.Contains("\"event_type\":\"time_entry:created\"", body);
    }

    [Fact]
    public async Task Shuffled_and_repeating_pages_bring_each_event_once()
    {
        Work(20);
        _kantata.ShuffleNextPage();
        _kantata.RepeatNextPage();
        Assert.Equal(20, (await _spec.Pass()).Length);
    }

    [Fact]
    public async Task The_overlap_catches_events_that_come_late()
    {
        _kantata.DelayEvents(1, TimeSpan.FromMinutes(9));
        var late = Work();
        _clock.Advance(TimeSpan.FromMinutes(1));
        var prompt = Work();
        Assert.Equal([prompt], await Entries());
        _clock.Advance(TimeSpan.FromMinutes(8));
        var latest = Work();
        Assert.Equal([late, latest], await Entries());
        Assert.Empty(await Entries());
    }

    [Fact]
    public async Task After_an_outage_everything_that_kantata_kept_is_read()
    {
        Work();
        await _spec.Pass();
        var lost = Work();
        _clock.Advance(TimeSpan.FromDays(1));
        var kept = Work();
        _clock.Advance(TimeSpan.FromDays(8) + TimeSpan.FromHours(1));
        Assert.Equal([kept], await Entries());
        Assert.NotEqual(lost, kept);
    }

    [Fact]
    public async Task A_pass_that_stood_still_too_long_begins_again_because_its_pages_have_moved()
    {
        Work(250);
        _clock.Advance(TimeSpan.FromDays(8));
        Work(250);
        await _spec.Page();
        _clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(250, (await _spec.Pass(pages: 2)).Length);
    }

    [Theory]
    [InlineData(FaultKind.Html, "LOOK_UP_FAILED")]
    [InlineData(FaultKind.Truncate, "NO_ANSWER")]
    [InlineData(FaultKind.Drop, "NO_ANSWER")]
    public async Task While_kantata_is_away_the_watermark_stays(FaultKind kind, string code)
    {
        Work();
        _kantata.Faults.Add(new("subscribed_events.list", kind));
        Assert.Equal(code, Assert.IsType<PollResult.Unavailable>(await _spec.Poll()).Code);
        Assert.Single(await _spec.Pass());
    }

    private void Work(int entries)
    {
        for (var i = 0; i < entries; i++) Work();
    }

    private string Work() => KantataBench.Time(_kantata, _project);

    /// <summary>The subjects of what newly arrived.</summary>
    private async Task<IEnumerable<string>> Entries() => (await _spec.Pass()).Select(delivery =>
        System.Text.Json.Nodes.JsonNode.Parse(delivery.Body.Span)!["subject_id"]!.ToString());
}
