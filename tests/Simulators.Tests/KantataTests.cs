using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using Q2C.Simulators.Kantata;

namespace Q2C.Simulators.Tests;

public sealed class KantataTests : IAsyncLifetime
{
    private const string Api = "/api/v1/";
    private readonly ManualClock _clock = new();
    private KantataSimulator _kantata = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _kantata = await KantataSimulator.StartAsync(new() { Clock = _clock, WorkspaceRequestsPerMinute = 5 });
        _client = new Client(_kantata.BaseAddress, "Bearer simulator-kantata-token");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _kantata.DisposeAsync();
    }

    private Task<Reply> GetAsync(string path) => _client.SendAsync("GET", Api + path);

    private Task<Reply> PostAsync(string path, string body) => _client.SendAsync("POST", Api + path, body);

    private Task<Reply> WorkspaceAsync(string reference = "eu_ct_1") => PostAsync("workspaces", $$$"""
        {"workspace":{"title":"Fleet","creator_role":"maven","currency":"EUR","rate_card_id":null,
         "external_reference":{"service_name":"q2c","service_model":"Contract","service_model_ref":"{{{reference}}}"} } }
        """);

    private JsonObject TimeEntry() => _kantata.Add("time_entries", new()
    {
        ["workspace_id"] = "1", ["date_performed"] = "2026-11-20", ["time_in_minutes"] = 480, ["user_id"] = "2",
    });

    private static string[] Ids(Reply reply) => [.. reply.Json["results"]!.AsArray().Select(each => each!.At("id")!)];

    private static string[] Types(Reply reply) => [.. Ids(reply).Select(id => reply.Json.At($"subscribed_events.{id}.event_type")!)];

    [Fact]
    public async Task A_wrong_token_is_401()
    {
        using var wrong = new Client(_kantata.BaseAddress, "Bearer nope");
        var reply = await wrong.SendAsync("GET", Api + "roles");
        Assert.Equal((401, "oauth"), (reply.Status, reply.Json.At("errors.0.type")));
    }

    [Fact]
    public async Task Every_missing_field_is_named_and_nothing_is_made()
    {
        var reply = await PostAsync("workspaces", """{"workspace":{}}""");
        Assert.Equal((422, "validation", "title", "creator_role", 0), (reply.Status, reply.Json.At("errors.0.type"),
            reply.Json.At("errors.0.field"), reply.Json.At("errors.1.field"), _kantata.Records("workspaces").Count));
    }

    [Fact]
    public async Task Creating_twice_duplicates_and_the_reference_finds_both()
    {
        await WorkspaceAsync();
        await WorkspaceAsync();
        var found = await GetAsync("workspaces?external_reference_service_name=q2c&external_reference_service_model_refs=eu_ct_1");
        var none = await GetAsync("workspaces?external_reference_service_name=q2c&external_reference_service_model_refs=eu_ct_2");
        Assert.Equal(("2", "0"), (found.Json.At("count"), none.Json.At("count")));
    }

    [Fact]
    public async Task An_applied_but_lost_creation_is_found_by_its_reference()
    {
        _kantata.Faults.Add(new Fault("workspaces.create", FaultKind.ApplyThenDrop));
        await Assert.ThrowsAsync<HttpRequestException>(() => WorkspaceAsync());
        var found = await GetAsync("workspaces?external_reference_service_name=q2c&external_reference_service_model_refs=eu_ct_1");
        Assert.Equal(["1"], Ids(found));
    }

    [Fact]
    public async Task A_text_is_no_value_for_the_integer_filter()
    {
        Assert.Equal(400, (await GetAsync("workspaces?external_reference_service_model_ref=eu_ct_1")).Status);
    }

    [Fact]
    public async Task A_reference_is_updated_in_place()
    {
        await WorkspaceAsync();
        const string body = """
            {"external_reference":{"subject_type":"Workspace","subject_id":1,"service_name":"q2c","service_model":"Contract","service_model_ref":"eu_ct_9"}}
            """;
        await PostAsync("external_references/create_or_update", body);
        Assert.Equal(["eu_ct_9"], _kantata.Records("external_references").Select(each => each.At("service_model_ref")));
    }

    [Fact]
    public async Task A_placeholder_needs_a_role_and_shows_only_on_request()
    {
        await WorkspaceAsync();
        var nobody = await PostAsync("workspace_resources", """{"workspace_resource":{"workspace_id":1}}""");
        await PostAsync("workspace_resources", """{"workspace_resource":{"workspace_id":1,"role_id":2}}""");
        var named = await GetAsync("workspace_resources?workspace_id=1");
        var all = await GetAsync("workspace_resources?workspace_id=1&include_unnamed=true&include=role");
        Assert.Equal((422, "0", "1", "2"), (nobody.Status, named.Json.At("count"), all.Json.At("count"), all.Json.At("workspace_resources.1.role_id")));
    }

    [Fact]
    public async Task Association_ids_come_only_when_included()
    {
        await WorkspaceAsync();
        TimeEntry();
        var bare = await GetAsync("time_entries");
        var full = await GetAsync("time_entries?include=workspace,user,role");
        Assert.Equal((null, "1", "2", "Senior Consultant"), (bare.Json.At("time_entries.1.workspace_id"),
            full.Json.At("time_entries.1.workspace_id"), full.Json.At("time_entries.1.user_id"), full.Json.At("roles.2.name")));
    }

    [Fact]
    public async Task Time_takes_its_rate_from_the_rate_card_of_the_project()
    {
        await PostAsync("rate_cards", """{"rate_card":{"title":"Kranich","currency":"EUR"}}""");
        await PostAsync("rate_card_versions", """{"rate_card_version":{"rate_card_id":1,"default_rate":10000}}""");
        await PostAsync("rate_card_roles", """{"rate_card_role":{"rate_card_version_id":1,"role_id":2,"rate":19000}}""");
        await PostAsync("workspaces", """{"workspace":{"title":"F","creator_role":"maven","rate_card_id":1}}""");
        Assert.Equal("19000", TimeEntry().At("rate_in_cents"));
    }

    [Fact]
    public async Task Time_of_an_archived_project_is_hidden_by_default()
    {
        await WorkspaceAsync();
        TimeEntry();
        await _client.SendAsync("PUT", Api + "workspaces/1", """{"workspace":{"archived":true}}""");
        Assert.Equal(("0", "1"), ((await GetAsync("time_entries")).Json.At("count"),
            (await GetAsync("time_entries?from_archived_workspaces=true")).Json.At("count")));
    }

    [Fact]
    public async Task The_feed_tells_newest_first_what_happened_to_an_entry()
    {
        await WorkspaceAsync();
        TimeEntry();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _kantata.Approve("time_entries", "1");
        _clock.Advance(TimeSpan.FromSeconds(1));
        _kantata.Remove("time_entries", "1");
        const string path = "subscribed_events?subject_type=TimeEntry&subject_id=1&include=subject";
        var newest = await GetAsync(path);
        var oldest = await GetAsync(path + "&order=created_at:asc&optional_fields=payload_changes");
        Assert.Equal(["time_entry:deleted", "time_entry:updated", "time_entry:created"], Types(newest));
        Assert.Equal(["time_entry:created", "time_entry:updated", "time_entry:deleted"], Types(oldest));
        var update = Ids(oldest)[1];
        Assert.Equal((null, null, "[false,true]"), (newest.Json.At($"subscribed_events.{update}.payload_changes"),
            newest.Json.At($"subscribed_events.{update}.subject_ref"),
            JsonNode.Parse(oldest.Json.At($"subscribed_events.{update}.payload_changes")!)!["approved"]!.ToJsonString()));
    }

    [Fact]
    public async Task An_event_of_the_watermarks_own_second_is_not_after_it()
    {
        await WorkspaceAsync();
        var mark = Uri.EscapeDataString(_clock.Now.ToString("yyyy-MM-ddTHH:mm:ssZ"));
        var before = Uri.EscapeDataString(_clock.Now.AddSeconds(-1).ToString("yyyy-MM-ddTHH:mm:ssZ"));
        Assert.Equal((0, 1), (Ids(await GetAsync($"subscribed_events?event_types=workspace:created&created_after={mark}")).Length,
            Ids(await GetAsync($"subscribed_events?event_types=workspace:created&created_after={before}")).Length));
    }

    [Fact]
    public async Task Events_can_be_late_and_are_lost_after_nine_days()
    {
        _kantata.DelayEvents(1, TimeSpan.FromMinutes(3));
        await WorkspaceAsync();
        const string path = "subscribed_events?event_types=workspace:created";
        var counts = new List<string?> { (await GetAsync(path)).Json.At("count") };
        foreach (var wait in new[] { TimeSpan.FromMinutes(3), TimeSpan.FromDays(9) })
        {
            _clock.Advance(wait);
            counts.Add((await GetAsync(path)).Json.At("count"));
        }
        Assert.Equal(["0", "1", "0"], counts);
    }

    [Fact]
    public async Task The_feed_repeats_and_shuffles_on_request()
    {
        var plain = Ids(await GetAsync("subscribed_events"));
        _kantata.RepeatNextPage();
        var repeated = Ids(await GetAsync("subscribed_events"));
        _kantata.ShuffleNextPage();
        var shuffled = Ids(await GetAsync("subscribed_events"));
        Assert.Equal(plain.SelectMany(id => new[] { id, id }), repeated);
        Assert.NotEqual(plain, shuffled);
        Assert.Equal(plain.Order(), shuffled.Order());
    }

    [Fact]
    public async Task Completing_a_milestone_completes_the_story_and_says_so()
    {
        await WorkspaceAsync();
        await PostAsync("stories", """{"story":{"workspace_id":1,"title":"Discovery report accepted","story_type":"milestone"}}""");
        var story = _kantata.Complete("1");
        var feed = await GetAsync("subscribed_events?event_types=story:updated");
        Assert.Equal(("completed", "100", "1"), (story.At("state"), story.At("percentage_complete"), feed.Json.At("count")));
    }

    [Fact]
    public async Task Projects_have_a_limit_of_their_own_and_429_names_no_delay()
    {
        var last = await WorkspaceAsync();
        for (var i = 0; i < 5; i++) last = await WorkspaceAsync();
        Assert.Equal((429, false, 200), (last.Status, last.Headers.ContainsKey("Retry-After"), (await GetAsync("roles")).Status));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await WorkspaceAsync()).Status);
    }
}
