using Q2C.Silo.Tests.Effects;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.Jira;

/// <summary>Executor, connector and a Jira that misbehaves: whatever happens, one link.</summary>
public sealed class EffectsOnJiraTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<Fault> Faults => new()
    {
        new Fault(@"property\.put", FaultKind.ApplyThenDrop),
        new Fault(@"property\.put", FaultKind.Drop),
        new Fault(@"property\.put", FaultKind.Html),
        new Fault(@"property\.put", FaultKind.Html) { Apply = true },
        new Fault(@"property\.put", FaultKind.Status) { Status = 500, Apply = true },
        new Fault(@"property\.put", FaultKind.Status) { Status = 429, Body = "{}", Headers = new Dictionary<string, string> { ["Retry-After"] = "5" }, Times = 3 },
        new Fault(@"property\.get", FaultKind.Truncate) { Times = 2 },
        new Fault(@"property\.get", FaultKind.Drop) { Times = 2 },
        new Fault(@"project\.get", FaultKind.Status) { Status = 503, Times = 2 },
        new Fault(".*", FaultKind.Down) { Times = 4 },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task One_link_comes_of_it(Fault fault)
    {
        var connection = $"jira-{Guid.NewGuid():n}";
        await using var jira = await JiraBench.Start(name: connection);
        await using var bench = new EffectBench(postgres, jira.Parts.Connector!);
        jira.Jira.Faults.Add(fault);
        await bench.Ask($"{connection}-1", "eu_wf_1", JiraBench.Link);
        var heard = await bench.Settle($"{connection}-1");
        var link = Assert.Single(jira.Jira.Records("property"));
        Assert.Equal(JiraBench.ProjectId, link["value"]!["projectId"]!.ToString());
        Assert.Equal(new EffectOutcome.Accepted(jira.Jira.Records("project").First(project => (string)project["key"]! == "FLEET")["id"]!.ToString(), null), heard);
    }
}
