using Q2C.Connections;
using Q2C.Projects;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;
using Q2C.Simulators.Kantata;

namespace Q2C.Silo.Tests.Connectors.Kantata;

/// <summary>What people do in Kantata, as it arrives over the feed. Every change is a second after the one before.</summary>
public sealed class KantataWorkTests : IAsyncLifetime
{
    private const string Entry = "time_entry/1";

    private readonly ManualClock _clock = new();
    private KantataSimulator _kantata = null!;
    private ConnectorSpec _spec = null!;
    private string _project = null!;

    public async Task InitializeAsync()
    {
        _kantata = await KantataSimulator.StartAsync(new() { Clock = _clock });
        _spec = KantataBench.Connect(_kantata.BaseAddress, _clock);
        _project = await _spec.SendWell(KantataBench.Project);
        await _spec.SendWell(KantataBench.Milestone);
        await _spec.SendWell(KantataBench.Task);
    }

    public async Task DisposeAsync() => await _kantata.DisposeAsync();

    [Fact]
    public async Task Approved_time_is_reported_with_role_person_and_exact_hours()
    {
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Edit("time_entries", "1", new() { ["story_id"] = "2" }));
        var at = Next(() => _kantata.Approve("time_entries", "1"));
        await _spec.Brings(await Latest(), Reported(at, new WorkRecord.TimeWorked(
            Entry, Version(at), new(2026, 11, 20), "Ben Okafor", "Senior Consultant", "Internal", 2.5m, true, null, "Data model")));
    }

    [Fact]
    public async Task Time_entered_and_not_approved_brings_nothing()
    {
        Next(() => KantataBench.Time(_kantata, _project));
        await _spec.BringsNothing(await Latest());
    }

    [Fact]
    public async Task Every_event_of_a_record_tells_its_present_state()
    {
        var entered = Next(() => KantataBench.Time(_kantata, _project));
        var approved = Next(() => _kantata.Approve("time_entries", "1"));
        var corrected = Next(() => _kantata.Edit("time_entries", "1", new() { ["time_in_minutes"] = 90, ["billable"] = false }));
        var present = new WorkRecord.TimeWorked(
            Entry, Version(corrected), new(2026, 11, 20), "Ben Okafor", "Senior Consultant", null, 1.5m, false, null, "Data model");
        var events = Events("time_entry");
        foreach (var (body, at) in events.Zip([entered, approved, corrected])) await _spec.Brings(body, Reported(at, present));
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public async Task An_approval_that_is_taken_back_retracts()
    {
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Approve("time_entries", "1"));
        var at = Next(() => _kantata.Approve("time_entries", "1", approved: false));
        await _spec.Brings(await Latest(), Reported(at, new WorkRecord.Retracted(
            Entry, Version(at), new(2026, 11, 20), "Not approved in Kantata.")));
    }

    [Fact]
    public async Task A_deleted_record_is_retracted_from_the_project_it_belonged_to()
    {
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Approve("time_entries", "1"));
        var at = Next(() => _kantata.Remove("time_entries", "1"));
        var events = Events("time_entry");
        await _spec.BringsNothing(events[0]);
        await _spec.BringsNothing(events[1]);
        await _spec.Brings(events[2], Reported(at, new WorkRecord.Retracted(
            Entry, Version(at), new(2026, 11, 21), "Deleted in Kantata.")));
    }

    [Fact]
    public async Task An_expense_is_reported_in_its_currency_to_the_cent()
    {
        KantataBench.Expense(_kantata, _project, 123_45);
        var at = Next(() => _kantata.Approve("expenses", "1"));
        var events = Events("expense");
        await _spec.Brings(events[^1], Reported(at, new WorkRecord.ExpenseIncurred(
            "expense/1", Version(at), new(2026, 11, 19), "Carla Moretti", "Travel", Samples.Eur(123.45m), true, null, null)));
        await _spec.BringsNothing(Assert.Single(Events("expense_report")));
    }

    [Fact]
    public async Task A_milestone_is_reached_when_its_story_is_complete_and_not_before()
    {
        var started = Next(() => _kantata.Edit("stories", "1", new() { ["state"] = "started" }));
        await _spec.Brings(await Latest(), Reported(started, new WorkRecord.Retracted(
            "story/1", Version(started), new(2026, 11, 21), "The milestone is not complete in Kantata.")));
        var reached = Next(() => _kantata.Complete("1"));
        await _spec.Brings(await Latest(), Reported(reached, new WorkRecord.MilestoneReached(
            "story/1", Version(reached), new(2026, 11, 21), "L1-1")));
    }

    [Fact]
    public async Task A_story_that_is_no_milestone_of_ours_brings_nothing()
    {
        Next(() => _kantata.Complete("2"));
        await _spec.BringsNothing(await Latest());
    }

    [Fact]
    public async Task A_project_that_is_not_ours_brings_nothing()
    {
        var other = (string)_kantata.Add("workspaces", new() { ["title"] = "Internal", ["creator_role"] = "maven" })["id"]!;
        var entry = KantataBench.Time(_kantata, other);
        Next(() => _kantata.Approve("time_entries", entry));
        await _spec.BringsNothing(await Latest());
        Next(() => _kantata.Remove("time_entries", entry));
        await _spec.BringsNothing(await Latest());
    }

    [Fact]
    public async Task Time_on_an_archived_project_is_still_there()
    {
        KantataBench.Time(_kantata, _project);
        var at = Next(() => _kantata.Approve("time_entries", "1"));
        var body = await Latest();
        await _spec.SendWell(new WithdrawPsaProject(KantataBench.ProjectId, "Over"));
        await _spec.Brings(body, Reported(at, new WorkRecord.TimeWorked(
            Entry, Version(at), new(2026, 11, 20), "Ben Okafor", "Senior Consultant", null, 2.5m, true, null, "Data model")));
    }

    [Fact]
    public async Task A_project_whose_reference_is_no_id_of_ours_is_parked()
    {
        _kantata.Faults.Add(new($"/workspaces/{_project}", FaultKind.Status)
        {
            Status = 200,
            Body = """
                {"results":[{"key":"workspaces","id":"1"}],"workspaces":{"1":{"id":"1","external_reference_ids":["5"]}},
                "external_references":{"5":{"service_name":"q2c","service_model":"project","service_model_ref":"P-1"}}}
                """,
        });
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Approve("time_entries", "1"));
        await _spec.Parks(await Latest(), (
            "PROJECT_ID_INVALID", "external_references", "Kantata's project 1 refers to 'P-1', which is no project of ours."));
    }

    [Fact]
    public async Task A_record_that_changed_within_this_second_waits()
    {
        KantataBench.Time(_kantata, _project);
        var body = Events("time_entry")[^1];
        _kantata.Approve("time_entries", "1");
        Assert.Equal(
            new InboundResult.Waits("RECORD_STILL_CHANGING", "The record changed within this second.", TimeSpan.FromSeconds(1)),
            await _spec.Map(body));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(Assert.IsType<InboundResult.Commands>(await _spec.Map(body)).Items);
    }

    [Theory]
    [InlineData("time_entries.get", FaultKind.Drop, "NO_ANSWER")]
    [InlineData("time_entries.get", FaultKind.Html, "LOOK_UP_FAILED")]
    [InlineData("time_entries.get", FaultKind.Truncate, "NO_ANSWER")]
    [InlineData("workspaces.get", FaultKind.Drop, "NO_ANSWER")]
    [InlineData("workspaces.get", FaultKind.Html, "LOOK_UP_FAILED")]
    public async Task While_kantata_is_away_the_event_waits(string step, FaultKind kind, string code)
    {
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Approve("time_entries", "1"));
        var body = await Latest();
        _kantata.Faults.Add(new(step, kind));
        await _spec.Waits(body, code);
    }

    [Fact]
    public async Task A_record_that_lacks_something_is_parked()
    {
        KantataBench.Time(_kantata, _project);
        Next(() => _kantata.Approve("time_entries", "1"));
        var body = await Latest();
        _kantata.Faults.Add(new("time_entries.get", FaultKind.Status)
        {
            Status = 200,
            Body = """{"results":[{"key":"time_entries","id":"1"}],"time_entries":{"1":{"id":"1","updated_at":"2026-11-21T12:00:00Z"}}}""",
        });
        await _spec.Parks(body, (
            "MEMBER_MISSING", "updated_at, date_performed, time_in_minutes",
            "The record as read from Kantata lacks one of updated_at, date_performed, time_in_minutes."));
    }

    [Fact]
    public async Task A_malformed_event_is_parked_with_its_position() =>
        await _spec.ParksAt("{\n\n \"event_type\" 7}", "BODY_NOT_JSON", line: 3, column: 15);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"event_type":"time_entry:updated"}""")]
    [InlineData("""{"event_type":"time_entry","subject_id":7}""")]
    public async Task An_event_that_names_nothing_is_parked(string body) => await _spec.Parks(body, (
        "MEMBER_MISSING", "event_type", "The event needs an event_type like 'time_entry:updated' and a subject_id."));

    private DateTimeOffset Next(Action change)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        var at = _clock.GetUtcNow();
        change();
        return at;
    }

    /// <summary>The feed's events about a kind of record, oldest first, once the record has settled.</summary>
    private List<string> Events(string type)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return [.. _kantata.Records("subscribed_events")
            .Where(each => ((string)each["event_type"]!).StartsWith(type + ":", StringComparison.Ordinal))
            .Select(each => each.ToJsonString())];
    }

    private async Task<string> Latest()
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return ConnectorSpec.Body((await _spec.Pass())[^1]);
    }

    private static (string Grain, Command Command, DateTimeOffset At) Reported(DateTimeOffset at, WorkRecord record) => (
        Ids.Derive("eu", Ids.WorkFeed, "kantata", "1"), new ReportWork("kantata", "1", KantataBench.ProjectId, [record]), at);

    private static long Version(DateTimeOffset at) => at.ToUnixTimeMilliseconds();
}
