using Q2C.Connections;
using Q2C.Gateway.Tests;
using Q2C.Projects;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.Jira;

/// <summary>What people do in Jira, as it arrives. The morning of 21 November 2026 begins at noon UTC.</summary>
public sealed class JiraWorkTests : IAsyncLifetime
{
    /// <summary>Half past midnight in Berlin, and the day before in New York.</summary>
    private static readonly DateTimeOffset Late = new(2026, 11, 19, 23, 30, 0, TimeSpan.Zero);

    private JiraBench _bench = null!;

    public async Task InitializeAsync() => _bench = await JiraBench.Start();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Logged_work_is_time_of_the_project_on_the_day_of_its_author()
    {
        var issue = await _bench.Issue();
        var ben = _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 9_000, "Data model"));
        var carla = _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Carla, Late, 1_800));
        var events = _bench.Jira.Events();
        await _bench.Spec.Brings(events[0], Reported(ben, Work(1, ben, new(2026, 11, 20), "Ben Okafor", 2.5m, "Data model")));
        await _bench.Spec.Brings(events[1], Reported(carla, Work(2, carla, new(2026, 11, 19), "Carla Moretti", 0.5m, null)));
    }

    [Fact]
    public async Task Every_event_of_a_worklog_tells_its_present_state()
    {
        var issue = await _bench.Issue();
        var created = _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 9_000));
        var corrected = _bench.Next(() => _bench.Jira.EditWork("20001", new() { ["timeSpentSeconds"] = 3_600 }));
        var present = Work(1, corrected, new(2026, 11, 20), "Ben Okafor", 1m, null);
        var events = _bench.Jira.Events();
        await _bench.Spec.Brings(events[0], Reported(created, present));
        await _bench.Spec.Brings(events[1], Reported(corrected, present));
    }

    [Fact]
    public async Task A_deleted_worklog_is_taken_back_from_the_project_of_its_issue()
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 9_000));
        var at = _bench.Next(() => _bench.Jira.DeleteWork("20001"));
        var events = _bench.Jira.Events();
        await _bench.Spec.BringsNothing(events[0]);
        await _bench.Spec.Brings(events[1], Reported(at, new WorkRecord.Retracted(Source(1), at, new(2026, 11, 21), "Deleted in Jira.")));
    }

    [Fact]
    public async Task A_worklog_that_went_with_its_issue_is_taken_back_from_where_it_was_reported_to()
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 9_000));
        var at = _bench.Next(() => _bench.Jira.DeleteIssue(issue));
        _bench.Clock.Advance(TimeSpan.FromMinutes(2));
        var body = JiraBench.Body(Assert.Single((await _bench.Poll("worklog/deleted")).Deliveries));

        var retracted = new WorkRecord.Retracted(Source(1), at, new(2026, 11, 21), "Deleted in Jira.");
        _bench.Sources[("jira", Source(1))] = new(Source(1), Feed("10001"), JiraBench.ProjectId);
        await _bench.Spec.Brings(body, (
            Feed("10001"), new ReportWork("jira", "", JiraBench.ProjectId, [retracted]), DateTimeOffset.FromUnixTimeMilliseconds(at)));
    }

    [Fact]
    public async Task A_deletion_of_which_nothing_is_known_waits_for_what_may_still_come_and_is_then_nobodys()
    {
        const string Body = """{"webhookEvent":"worklog_deleted","timestamp":AT,"worklog":{"id":"77"}}""";
        await _bench.Spec.Waits(Body.Replace("AT", "-60000", StringComparison.Ordinal), "SOURCE_NOT_KNOWN");
        await _bench.Spec.BringsNothing(Body.Replace("AT", "-600000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_issue_that_moves_takes_its_work_along()
    {
        var issue = await _bench.Issue();
        await _bench.Spec.SendWell(JiraBench.Link with { ProjectId = JiraBench.OtherId, ExternalProject = "INTERNAL" });
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 9_000));
        var moved = _bench.Next(() => _bench.Jira.MoveIssue(issue, "INTERNAL"));
        var work = Work(1, moved, new(2026, 11, 20), "Ben Okafor", 2.5m, null) with { Task = "INTERNAL-1 Tracking service" };
        await _bench.Spec.Brings(
            _bench.Jira.Events()[^1],
            Reported(moved, new WorkRecord.Retracted(Source(1), moved, new(2026, 11, 21), "The issue was moved to another project in Jira.")),
            (Feed("10002"), new ReportWork("jira", "10002", JiraBench.OtherId, [work]), DateTimeOffset.FromUnixTimeMilliseconds(moved)));
    }

    [Fact]
    public async Task A_firm_can_say_that_work_counts_when_its_issue_is_done()
    {
        await using var bench = await JiraBench.Start(map: """
            direction: inbound
            fields:
              - { to: approved, from: issue.fields.status.name, values: { Done: "true" }, otherwise: "false", as: boolean }
              - { to: person, from: worklog.author.displayName }
              - { to: role, value: Consultant }
              - { to: seconds, from: worklog.timeSpentSeconds, as: number }
              - { to: started, from: worklog.started, as: date-time }
              - { to: billable, value: "true", as: boolean }
            """);
        var issue = await bench.Issue();
        bench.Next(() => bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        await bench.Spec.BringsNothing(bench.Jira.Events()[0]);

        var done = bench.Next(() => bench.Jira.SetStatus(issue, "Done"));
        await bench.Spec.Brings(bench.Jira.Events()[1], Reported(done, new WorkRecord.TimeWorked(
            Source(1), done, new(2026, 11, 19), "Ben Okafor", "Consultant", null, 1m, true, null, null)));

        var again = bench.Next(() => bench.Jira.SetStatus(issue, "In Progress"));
        await bench.Spec.Brings(bench.Jira.Events()[2], Reported(again, new WorkRecord.Retracted(Source(1), again, new(2026, 11, 19), "Not approved in Jira.")));
    }

    [Fact]
    public async Task A_change_of_an_issue_that_no_rule_reads_brings_nothing()
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        _bench.Next(() => _bench.Jira.SetStatus(issue, "Done"));
        await _bench.Spec.BringsNothing(_bench.Jira.Events()[^1]);
    }

    [Fact]
    public async Task What_the_webhook_lost_comes_by_polling_a_minute_later_and_once()
    {
        var issue = await _bench.Issue();
        var logged = _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        Assert.Empty((await _bench.Poll("worklog/updated")).Deliveries);
        _bench.Clock.Advance(TimeSpan.FromMinutes(1));
        var delivery = Assert.Single((await _bench.Poll("worklog/updated")).Deliveries);
        Assert.Equal($"worklog/20001/{logged}", delivery.Key);
        await _bench.Spec.Brings(JiraBench.Body(delivery), Reported(logged, Work(1, logged, new(2026, 11, 20), "Ben Okafor", 1m, null)));
        Assert.Empty((await _bench.Poll("worklog/updated")).Deliveries);
    }

    [Fact]
    public async Task Long_lists_are_read_page_by_page()
    {
        await using var bench = await JiraBench.Start(new() { WorklogsPerPage = 2 });
        var issue = await bench.Issue();
        for (var i = 0; i < 5; i++) bench.Next(() => bench.Jira.LogWork(issue, JiraBench.Ben, Late, 60));
        bench.Clock.Advance(TimeSpan.FromMinutes(2));
        var pages = new List<PollResult.Page>();
        do pages.Add(await bench.Poll("worklog/updated"));
        while (pages[^1].More);
        Assert.Equal([2, 2, 1], pages.Select(page => page.Deliveries.Length));
        Assert.Equal(5, pages.SelectMany(page => page.Deliveries).Select(delivery => delivery.Key).Distinct().Count());
    }

    [Fact]
    public async Task What_was_logged_before_the_link_is_read_when_the_link_shows()
    {
        var issue = _bench.Jira.AddIssue("FLEET", "Tracking service");
        var logged = _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        _bench.Jira.AddIssue("FLEET", "Nothing was done here");
        await _bench.Spec.BringsNothing(_bench.Jira.Events()[0]);
        Assert.Empty((await _bench.Poll("linked-projects")).Deliveries);

        await _bench.Spec.SendWell(JiraBench.Link);
        var page = await _bench.Poll("linked-projects");
        Assert.Equal($"linked/1/{JiraBench.ProjectId}/issue/{issue}", Assert.Single(page.Deliveries).Key);
        var commands = Assert.IsType<InboundResult.Commands>(await _bench.Spec.Map(JiraBench.Body(page.Deliveries[0])));
        Assert.Equal<WorkRecord>(
            Work(1, logged, new(2026, 11, 20), "Ben Okafor", 1m, null),
            Assert.Single(Assert.IsType<ReportWork>(Assert.Single(commands.Items).Envelope.Command).Records));
        Assert.Empty((await _bench.Poll("linked-projects")).Deliveries);
    }

    [Fact]
    public async Task Work_of_a_project_that_is_not_linked_is_nobodys()
    {
        var issue = _bench.Jira.AddIssue("INTERNAL", "Coffee");
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        await _bench.Spec.BringsNothing(_bench.Jira.Events()[0]);
    }

    [Theory]
    [InlineData("worklog.list", FaultKind.Drop, "NO_ANSWER")]
    [InlineData("issue.get", FaultKind.Html, "LOOK_UP_FAILED")]
    [InlineData("property.get", FaultKind.Truncate, "NO_ANSWER")]
    public async Task While_jira_is_away_the_event_waits(string step, FaultKind kind, string code)
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        _bench.Jira.Faults.Add(new(step, kind));
        await _bench.Spec.Waits(_bench.Jira.Events()[0], code);
    }

    [Fact]
    public async Task A_property_that_is_no_id_of_ours_is_parked()
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        _bench.Jira.Faults.Add(new("property.get", FaultKind.Status) { Status = 200, Body = """{"key":"q2c","value":{"projectId":"P-1"}}""" });
        await _bench.Spec.Parks(_bench.Jira.Events()[0], (
            "PROJECT_ID_INVALID", "q2c", "Jira's project 10001 refers to 'P-1', which is no project of ours."));
    }

    [Fact]
    public async Task A_worklog_that_the_document_cannot_read_is_parked_with_the_rule()
    {
        var issue = await _bench.Issue();
        _bench.Next(() => _bench.Jira.LogWork(issue, JiraBench.Ben, Late, 3_600));
        _bench.Jira.EditWork("20001", new() { ["started"] = null });
        await _bench.Spec.Parks(_bench.Jira.Events()[0], (
            "MAPPING_VALUE_MISSING", "worklog.started", "'worklog.started' is empty, and started needs it. (worklog.map.yaml, line 12)"));
    }

    [Fact]
    public Task A_malformed_event_is_parked_with_its_position() =>
        _bench.Spec.ParksAt("{\n\n \"webhookEvent\" 7}", "BODY_NOT_JSON", line: 3, column: 17);

    [Theory]
    [InlineData("{}", "webhookEvent")]
    [InlineData("""{"webhookEvent":"worklog_updated"}""", "worklog.id")]
    [InlineData("""{"webhookEvent":"q2c:issue_linked"}""", "issue.id")]
    public Task An_event_that_names_nothing_is_parked(string body, string member) =>
        _bench.Spec.Parks(body, ("MEMBER_MISSING", member, $"The event has no {member}."));

    [Theory]
    [InlineData("""{"webhookEvent":"jira:issue_created","issue":{"id":"1"}}""")]
    [InlineData("""{"webhookEvent":"comment_created","unknown":[1,2]}""")]
    public Task Other_events_are_of_no_interest(string body) => _bench.Spec.BringsNothing(body);

    [VendorSampleFact("jira-worklog-created.json")]
    public async Task The_captured_worklog_of_a_stranger_is_read_and_is_nobodys() =>
        await _bench.Spec.BringsNothing(System.Text.Encoding.UTF8.GetString(VendorSamples.Find("jira-worklog-created.json")!));

    [VendorSampleFact("jira-rest-worklog-list-response.json")]
    public async Task The_published_worklog_is_read_whole()
    {
        var issue = await _bench.Issue();
        _bench.Jira.Faults.Add(new("worklog.list", FaultKind.Status)
        {
            Status = 200,
            Body = System.Text.Encoding.UTF8.GetString(VendorSamples.Find("jira-rest-worklog-list-response.json")!).Replace("\"10002\"", $"\"{issue}\"", StringComparison.Ordinal),
        });
        var commands = Assert.IsType<InboundResult.Commands>(await _bench.Spec.Map("""{"webhookEvent":"worklog_updated","timestamp":1,"worklog":{"id":100028}}"""));
        Assert.Equal<WorkRecord>(
            new WorkRecord.TimeWorked(
                "jira:worklog/100028", 1_611_013_500_000, new(2021, 1, 17), "Mia Krystof", "Consultant", "FLEET-1 Tracking service", 12_000 / 3_600m, true, null,
                "I did some work here."),
            Assert.Single(Assert.IsType<ReportWork>(Assert.Single(commands.Items).Envelope.Command).Records));
    }

    private static WorkRecord.TimeWorked Work(int number, long version, DateOnly day, string person, decimal hours, string? note) => new(
        Source(number), version, day, person, "Consultant", "FLEET-1 Tracking service", hours, true, null, note);

    private static (string Grain, Command Command, DateTimeOffset At) Reported(long at, WorkRecord record) => (
        Feed("10001"), new ReportWork("jira", "10001", JiraBench.ProjectId, [record]), DateTimeOffset.FromUnixTimeMilliseconds(at));

    private static string Feed(string jiraProject) => Ids.Derive("eu", Ids.WorkFeed, "jira", jiraProject);

    private static string Source(int number) => $"jira:worklog/{20_000 + number}";
}
