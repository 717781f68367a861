using Q2C.Silo.Tests.Effects;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.Certinia;

/// <summary>Executor, connector and an org that misbehaves: whatever happens, one project with one budget.</summary>
public sealed class EffectsOnCertiniaTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    public static TheoryData<Fault> Faults => new()
    {
        new Fault(@"data\.post", FaultKind.ApplyThenDrop),
        new Fault(@"data\.post", FaultKind.Drop),
        new Fault(@"data\.post", FaultKind.Truncate),
        new Fault(@"data\.post", FaultKind.Html),
        new Fault(@"data\.post", FaultKind.Html) { Apply = true },
        new Fault(@"data\.post", FaultKind.Status) { Status = 500, Apply = true },
        new Fault(@"data\.post", FaultKind.Status) { Status = 401, Body = """[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]""" },
        new Fault(@"data\.post", FaultKind.Status) { Status = 403, Body = """[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]""", Times = 3 },
        new Fault("token", FaultKind.Status) { Status = 503, Times = 2 },
        new Fault(".*", FaultKind.Down) { Times = 4 },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task One_project_with_one_budget_comes_of_it(Fault fault)
    {
        await using var org = await CertiniaBench.Start();
        var connection = $"certinia-{Guid.NewGuid():n}";
        org.Connect(connection);
        await using var bench = new EffectBench(postgres, org.Parts.Connector!);
        org.Org.Faults.Add(fault);
        await bench.Ask($"{connection}-1", CertiniaBench.ProjectId, CertiniaBench.Project);
        var heard = await bench.Settle($"{connection}-1");
        var project = Assert.Single(org.Org.Records("pse__Proj__c"));
        Assert.Equal(project["Id"]!.ToString(), Assert.Single(org.Org.Records("pse__Budget__c"))["pse__Project__c"]!.ToString());
        Assert.Equal(new EffectOutcome.Accepted(project["Id"]!.ToString(), null), heard);
    }
}
