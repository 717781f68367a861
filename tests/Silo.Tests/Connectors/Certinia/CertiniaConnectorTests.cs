using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.Certinia;

public sealed class CertiniaConnectorTests : IAsyncLifetime
{
    private CertiniaBench _bench = null!;

    public async Task InitializeAsync() => _bench = await CertiniaBench.Start();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_project_comes_with_its_budget_and_only_once()
    {
        var id = await _bench.Spec.SendWell(CertiniaBench.Project);
        Assert.Equal(id, await _bench.Spec.SendWell(CertiniaBench.Project));
        Check("pse__Proj__c", "Q2C_Project_Id__c Name CurrencyIsoCode pse__Start_Date__c pse__End_Date__c pse__Stage__c pse__Is_Active__c pse__Notes__c",
            $"{CertiniaBench.ProjectId} | Data platform | USD | 2026-11-01 | 2027-05-01 | In Progress | true | Fabrikam Inc.: contract us_ct_1");
        Check("pse__Budget__c", "Q2C_Budget_Id__c pse__Project__c pse__Amount__c pse__Status__c", $"{CertiniaBench.ProjectId} | {id} | 32000 | Approved");
    }

    [Fact]
    public async Task Projects_that_carry_an_id_of_ours_are_listed()
    {
        var id = await _bench.Spec.SendWell(CertiniaBench.Project);
        _bench.Org.Insert("pse__Proj__c", new() { ["Name"] = "Somebody else's" });
        await _bench.Spec.Holds(DateTimeOffset.UnixEpoch, ("project", CertiniaBench.ProjectId, id));
    }

    [Fact]
    public async Task A_project_without_a_budget_is_one_record()
    {
        await _bench.Spec.SendWell(CertiniaBench.Project with { Budget = null });
        Assert.Single(_bench.Org.Records("pse__Proj__c"));
        Assert.Empty(_bench.Org.Records("pse__Budget__c"));
    }

    [Fact]
    public async Task Milestones_tasks_and_roles_hang_on_the_project_by_its_external_id()
    {
        var project = await _bench.Spec.SendWell(CertiniaBench.Project);
        foreach (var operation in Parts.Concat(Parts)) await _bench.Spec.SendWell(operation);
        Check("pse__Milestone__c", "Q2C_Milestone_Id__c pse__Project__c Name pse__Target_Date__c pse__Milestone_Amount__c",
            $"{CertiniaBench.ProjectId}.L1-1 | {project} | Discovery report | 2026-12-01 | 12000");
        Check("pse__Project_Task__c", "Q2C_Task_Id__c pse__Project__c Name pse__Description__c", $"{CertiniaBench.ProjectId}.internal | {project} | Internal | Not billable");
        Check("pse__Resource_Request__c", "Q2C_Role_Id__c pse__Project__c pse__Resource_Role__c pse__Requested_Bill_Rate__c",
            $"{CertiniaBench.ProjectId}.L2.Senior Consultant | {project} | Senior Consultant | 190.5");
    }

    [Fact]
    public Task A_milestone_of_a_project_that_is_not_there_is_told_in_the_orgs_words() => _bench.Spec.Refuses(
        CertiniaBench.Milestone, "INVALID_FIELD",
        $"Foreign key external ID: {CertiniaBench.ProjectId} not found for field Q2C_Project_Id__c in entity pse__Proj__c");

    [Fact]
    public async Task A_project_that_the_org_refuses_leaves_no_budget()
    {
        _bench.Org.Insert("pse__Proj__c", new() { ["Name"] = "Other" });
        await _bench.Spec.Refuses(CertiniaBench.Project with { Name = "" }, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]");
        Assert.Single(_bench.Org.Records("pse__Proj__c"));
        Assert.Empty(_bench.Org.Records("pse__Budget__c"));
    }

    [Fact]
    public async Task A_withdrawn_project_is_closed_and_not_deleted()
    {
        await _bench.Spec.SendWell(CertiniaBench.Project);
        var withdrawal = new WithdrawPsaProject(CertiniaBench.ProjectId, "Activation undone");
        await _bench.Spec.SendWell(withdrawal);
        await _bench.Spec.SendWell(withdrawal with { ProjectId = "us_pr_nowhere" });
        Check("pse__Proj__c", "pse__Stage__c pse__Is_Active__c pse__Closed_for_Time_Entry__c", "Canceled | false | true");
    }

    [Fact]
    public async Task What_is_on_an_invoice_carries_its_number_and_what_is_gone_does_not_matter()
    {
        await _bench.Timecard();
        var expense = _bench.Id(_bench.Org.Insert("pse__Expense__c", new()
        {
            ["pse__Project__c"] = _bench.Id(_bench.Org.Records("pse__Proj__c").Single()), ["pse__Expense_Date__c"] = "2026-11-17", ["pse__Amount__c"] = 20,
        }));
        await _bench.Spec.SendWell(new ReportPsaBilling(CertiniaBench.ProjectId, "us_inv_1", "INV-7", "issued",
        [
            $"certinia:pse__Timecard__c/{_bench.Split}/2026-11-16", $"certinia:pse__Timecard__c/{_bench.Split}/2026-11-18",
            $"certinia:pse__Expense__c/{expense}", "certinia:pse__Expense__c/a1eQ2C000000099AAA", "kantata:time_entry/7",
        ]));
        Check("pse__Timecard__c", "pse__Invoiced__c pse__Invoice_Number__c", "true | INV-7");
        Check("pse__Expense__c", "pse__Invoiced__c pse__Invoice_Number__c", "true | INV-7");
    }

    [Theory]
    [InlineData(FaultKind.ApplyThenDrop)]
    [InlineData(FaultKind.Truncate)]
    public async Task After_a_lost_answer_the_same_again_meets_the_same_record(FaultKind kind)
    {
        _bench.Org.Faults.Add(new(".*/composite", kind));
        Assert.IsType<SendResult.Unknown>(await _bench.Spec.Send(CertiniaBench.Project));
        await _bench.Spec.SendWell(CertiniaBench.Project);
        Assert.Single(_bench.Org.Records("pse__Proj__c"));
        Assert.Single(_bench.Org.Records("pse__Budget__c"));
    }

    [Fact]
    public async Task Throttling_is_no_refusal()
    {
        _bench.Org.Faults.Add(new("data.post", FaultKind.Status) { Status = 403, Body = """[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]""" });
        Assert.Equal("REQUEST_LIMIT_EXCEEDED", Assert.IsType<SendResult.Unavailable>(await _bench.Spec.Send(CertiniaBench.Project)).Code);
    }

    [Fact]
    public async Task Health_is_that_our_field_is_there()
    {
        Assert.Equal(new HealthReport(true, "The org answers, and our user sees Certinia's projects with our external id."), await _bench.Spec.Connector.CheckHealth(default));
        _bench.Org.Faults.Add(new("data.get", FaultKind.Status) { Status = 400, Body = """[{"errorCode":"INVALID_FIELD","message":"No such column."}]""" });
        Assert.False((await _bench.Spec.Connector.CheckHealth(default)).Healthy);
    }

    private static IEnumerable<Operation> Parts =>
    [
        CertiniaBench.Milestone, new EnsurePsaTask(CertiniaBench.ProjectId, $"{CertiniaBench.ProjectId}/internal", "Internal", Billable: false),
        new EnsurePsaRole(CertiniaBench.ProjectId, $"{CertiniaBench.ProjectId}/L2/Senior Consultant", "Senior Consultant", 190.5m, "USD"),
    ];

    private void Check(string type, string fields, params string[] expected) => Assert.Equal(
        expected, _bench.Org.Records(type).Select(record => string.Join(" | ", fields.Split(' ').Select(field => Text(record[field])))));

    private static string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString() ?? "";
}
