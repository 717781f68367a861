using System.Text;
using Q2C.Simulators.Jira;

namespace Q2C.Simulators.Tests;

public sealed class JiraTests : IAsyncLifetime
{
    private const string Ben = "5b10a2844c20165700ede21b";
    private static readonly string Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("q2c@simulator.example:simulator-jira-token"));

    private readonly ManualClock _clock = new();
    private Receiver _hub = null!;
    private JiraSimulator _jira = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _hub = await Receiver.StartAsync();
        _jira = await JiraSimulator.StartAsync(new() { Clock = _clock, Webhooks = _hub.Address });
        _client = new(_jira.BaseAddress, Authorization);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _jira.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_wrong_token_is_401()
    {
        using var wrong = new Client(_jira.BaseAddress, "Basic bm9ib2R5Ong=");
        Assert.Equal(401, (await wrong.SendAsync("GET", "/rest/api/3/myself")).Status);
    }

    [Fact]
    public async Task A_webhook_is_repeated_after_a_server_error_and_never_after_400()
    {
        _hub.Answer = count => (count == 1 ? 503 : 200, "");
        Log();
        await Wait.UntilAsync(() => _hub.Received.Count == 1, "the first try");
        await Wait.UntilAsync(() => _jira.PendingWebhooks is [{ Attempts: 1 }], "the note of the failure");
        _clock.Advance(TimeSpan.FromMinutes(5));
        await Wait.UntilAsync(() => _hub.Received.Count == 2 && _jira.PendingWebhooks.Count == 0, "the repeat");

        _hub.Answer = _ => (400, "");
        Log();
        await Wait.UntilAsync(() => _hub.Received.Count == 3 && _jira.PendingWebhooks.Count == 0, "the loss");
    }

    [Fact]
    public async Task A_worklog_event_has_no_key_and_no_project()
    {
        Log();
        await Wait.UntilAsync(() => _hub.Received.Count == 1, "the event");
        Assert.True(_hub.Received.TryPeek(out var received));
        Assert.Contains("\"issueId\"", received.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("FLEET", received.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_changed_within_the_last_minute_is_left_out()
    {
        Log();
        Assert.Equal("0", $"{(await Changes()).Json["values"]!.AsArray().Count}");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("1", $"{(await Changes()).Json["values"]!.AsArray().Count}");
    }

    [Fact]
    public async Task A_deleted_worklog_is_an_id_in_one_list_and_missing_from_the_other()
    {
        _jira.DeleteWork(Log());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("0", $"{(await Changes()).Json["values"]!.AsArray().Count}");
        Assert.Equal("20001", (await _client.SendAsync("GET", "/rest/api/3/worklog/deleted?since=0")).Json.At("values.0.worklogId"));
        Assert.Equal("[]", (await _client.SendAsync("POST", "/rest/api/3/worklog/list", """{"ids":[20001]}""")).Body);
    }

    [Fact]
    public async Task A_property_is_made_with_201_and_replaced_with_200()
    {
        const string Path = "/rest/api/3/project/FLEET/properties/q2c";
        var statuses = new List<int>();
        foreach (var (verb, body) in new[] { ("GET", null), ("PUT", """{"a":1}"""), ("PUT", """{"a":2}"""), ("GET", null), ("DELETE", null), ("DELETE", (string?)null) })
            statuses.Add((await _client.SendAsync(verb, Path, body)).Status);
        Assert.Equal([404, 201, 200, 200, 204, 404], statuses);
    }

    private string Log() => _jira.LogWork(_jira.AddIssue("FLEET", "Tracking"), Ben, _clock.Now, 3_600);

    private Task<Reply> Changes() => _client.SendAsync("GET", "/rest/api/3/worklog/updated?since=0");
}
