using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Jira;
using Q2C.Simulators.Core;
using Q2C.Simulators.Jira;

namespace Q2C.Silo.Tests.Connectors.Jira;

public sealed class JiraConnectorTests : IAsyncLifetime
{
    private JiraBench _bench = null!;

    public async Task InitializeAsync() => _bench = await JiraBench.Start();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_link_is_a_property_of_the_jira_project_and_the_same_again_is_the_same()
    {
        var id = await _bench.Spec.SendWell(JiraBench.Link);
        Assert.Equal(id, await _bench.Spec.SendWell(JiraBench.Link));
        Assert.Equal("10001", id);
        Assert.Equal([$"q2c {JiraBench.ProjectId} eu_ct_1 Fleet platform"], Properties());
    }

    [Fact]
    public async Task A_jira_project_that_is_taken_is_not_taken_over()
    {
        await _bench.Spec.SendWell(JiraBench.Link);
        await _bench.Spec.Refuses(
            JiraBench.Link with { ProjectId = JiraBench.OtherId }, "WORK_PROJECT_TAKEN", $"The Jira project FLEET is linked to {JiraBench.ProjectId}.");
        Assert.StartsWith($"q2c {JiraBench.ProjectId}", Assert.Single(Properties()));
    }

    [Fact]
    public async Task A_link_that_is_taken_back_leaves_nothing()
    {
        await _bench.Spec.SendWell(JiraBench.Link);
        var unlink = new UnlinkWorkProject(JiraBench.ProjectId, "FLEET", "Wrong project");
        await _bench.Spec.SendWell(unlink);
        await _bench.Spec.SendWell(unlink);
        Assert.Empty(Properties());
        await _bench.Spec.SendWell(JiraBench.Link with { ProjectId = JiraBench.OtherId });
        await _bench.Spec.SendWell(unlink);
        Assert.StartsWith($"q2c {JiraBench.OtherId}", Assert.Single(Properties()));
    }

    [Fact]
    public Task An_unknown_key_is_told_in_jiras_words() => _bench.Spec.Refuses(
        JiraBench.Link with { ExternalProject = "NOPE" }, "WORK_PROJECT_UNKNOWN",
        "Jira has no project 'NOPE', or our user may not see it: No project could be found with key 'NOPE'..");

    [Fact]
    public async Task A_missing_permission_is_a_refusal()
    {
        _bench.Jira.Faults.Add(new("property.put", FaultKind.Status)
        {
            Status = 403, Body = """{"errorMessages":["You do not have permission to administer this project."],"errors":{}}""",
        });
        await _bench.Spec.Refuses(JiraBench.Link, "JIRA_REFUSED", "You do not have permission to administer this project.");
    }

    [Theory]
    [InlineData(FaultKind.ApplyThenDrop)]
    [InlineData(FaultKind.Truncate)]
    public async Task A_lost_answer_is_unknown_and_the_look_up_finds_the_link(FaultKind kind)
    {
        _bench.Jira.Faults.Add(new("property.put", kind));
        // An answer without a body is whole when its status is: nothing of it can be cut off.
        var sent = await _bench.Spec.Send(JiraBench.Link);
        if (kind == FaultKind.ApplyThenDrop) Assert.IsType<SendResult.Unknown>(sent);
        else Assert.IsType<SendResult.Accepted>(sent);
        Assert.IsType<LookUpResult.Found>(await _bench.Spec.LookUp(JiraBench.Link));
        Assert.IsType<LookUpResult.Absent>(await _bench.Spec.LookUp(new UnlinkWorkProject(JiraBench.ProjectId, "FLEET", "")));
    }

    [Fact]
    public async Task What_surely_did_not_happen_may_be_sent_again()
    {
        _bench.Jira.Faults.Add(new("project.get", FaultKind.Html));
        Assert.IsType<SendResult.Unavailable>(await _bench.Spec.Send(JiraBench.Link));
        _bench.Jira.Faults.Add(new("property.get", FaultKind.Drop));
        Assert.IsType<LookUpResult.Unavailable>(await _bench.Spec.LookUp(JiraBench.Link));
        Assert.Empty(Properties());
    }

    [Fact]
    public async Task Throttling_says_when_to_come_again()
    {
        await using var bench = await JiraBench.Start(new() { RequestsPerSecond = 2 });
        Assert.Equal(
            new SendResult.Unavailable("THROTTLED", "Rate limit exceeded.", TimeSpan.FromSeconds(5)), await bench.Spec.Send(JiraBench.Link));
        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<HealthReport>(await bench.Spec.Connector.CheckHealth(default));
    }

    [Fact]
    public async Task A_token_that_was_put_in_place_of_an_expired_one_is_taken_without_a_restart()
    {
        var secret = Vendors.SecretFile("expired");
        var connector = Vendors.Connect(
            new JiraVendor(),
            Vendors.Settings("jira", _bench.Jira.BaseAddress, new() { ["email"] = new JiraOptions().Email }, new() { ["apiToken"] = secret }), "Jira");
        Assert.Equal(
            new HealthReport(false, "Jira refuses our credentials. API tokens expire after a year at most: make a new one and put it in place."),
            await connector.CheckHealth(default));
        await File.WriteAllTextAsync(secret["file:".Length..], new JiraOptions().ApiToken);
        Assert.Equal(new HealthReport(true, "Jira answers; we are Q2C there."), await connector.CheckHealth(default));
    }

    [Fact]
    public void Jira_carries_out_nothing_else() =>
        Assert.Throws<NotSupportedException>(() => _bench.Spec.Connector.GuaranteeOf(Samples.Invoice));

    private IEnumerable<string> Properties() => _bench.Jira.Records("property")
        .Select(property => $"{property["key"]} {property["value"]!["projectId"]} {property["value"]!["contractId"]} {property["value"]!["name"]}");
}
