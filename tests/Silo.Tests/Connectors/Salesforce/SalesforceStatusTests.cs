using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Salesforce;

namespace Q2C.Silo.Tests.Connectors.Salesforce;

public sealed class SalesforceStatusTests : IAsyncLifetime
{
    private static readonly ReportCrmStatus Status = new(
        "eu_ct_1", DemoEngagement.Opportunity, "Active", "Work has begun", Samples.Eur(32000), Samples.Eur(12000.5m), Samples.Eur(0),
        "INV-1");

    private SalesforceSimulator _salesforce = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _salesforce = await SalesforceSimulator.StartAsync();
        _spec = SalesforceBench.Connect(_salesforce.BaseAddress, TimeProvider.System);
    }

    public async Task DisposeAsync() => await _salesforce.DisposeAsync();

    [Fact]
    public async Task The_first_report_stamps_the_engagement_and_later_ones_find_it()
    {
        Assert.Equal(DemoEngagement.Opportunity, await _spec.SendWell(Status));
        Check("eu_ct_1", "Active", "Work has begun", 12000.5m, 0m);
        Assert.Equal(2, Patches);
        await _spec.SendWell(Status with { Status = "Completed", Detail = null, Paid = Samples.Eur(12000.5m) }, "effect-2");
        Check("eu_ct_1", "Completed", "Work has begun", 12000.5m, 12000.5m);
        Assert.Equal(3, Patches);
    }

    [Fact]
    public async Task Opportunities_with_an_engagement_of_ours_are_listed()
    {
        var contract = Ids.Derive("eu", Ids.Contract, "fleet");
        await _spec.Holds(DateTimeOffset.UnixEpoch);
        await _spec.SendWell(Status with { ContractId = contract });
        await _spec.Holds(DateTimeOffset.UnixEpoch, ("opportunity", contract, DemoEngagement.Opportunity));
        await _spec.Holds(DateTimeOffset.UtcNow.AddDays(1));
        _salesforce.Faults.Add(new("data.get", FaultKind.Status)
        {
            Status = 403, Body = """[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]""",
        });
        await _spec.HoldsNothingNow("REQUEST_LIMIT_EXCEEDED");
    }

    [Fact]
    public async Task An_opportunity_that_is_gone_is_refused_and_none_is_made()
    {
        await _spec.Refuses(
            Status with { OpportunityId = "006Q2C000000099AAA" }, "NOT_FOUND", "The requested resource does not exist");
        Check(null, null, null, null, null);
    }

    [Fact]
    public async Task Two_opportunities_of_one_engagement_are_refused_with_a_remedy()
    {
        _salesforce.Faults.Add(new("data.patch", FaultKind.Status)
        {
            Status = 300,
            Body = """["/services/data/v62.0/sobjects/Opportunity/1","/services/data/v62.0/sobjects/Opportunity/2"]""",
        });
        await _spec.Refuses(
            Status, "EXTERNAL_ID_NOT_UNIQUE", "Several opportunities carry eu_ct_1 in Q2C_Engagement_Id__c.");
    }

    [Fact]
    public async Task An_engagement_on_another_opportunity_stays_there()
    {
        var other = _salesforce.Insert("Opportunity", new()
        {
            ["Name"] = "Renewal", ["StageName"] = "Closed Won", ["CloseDate"] = "2026-11-21", ["Q2C_Engagement_Id__c"] = "eu_ct_1",
        });
        await _spec.SendWell(Status);
        Assert.Equal(
            [null, "Active"], _salesforce.Records("Opportunity").Select(one => (string?)one["Q2C_Status__c"]));
        Assert.Equal((string)other["Id"]!, (string)_salesforce.Records("Opportunity")[1]["Id"]!);
    }

    [Theory]
    [InlineData(FaultKind.Drop)]
    [InlineData(FaultKind.ApplyThenDrop)]
    [InlineData(FaultKind.Truncate)]
    [InlineData(FaultKind.Html)]
    public async Task A_status_whose_answer_got_lost_is_sent_again(FaultKind kind)
    {
        await _spec.SendWell(Status with { Status = "Activating" });
        _salesforce.Faults.Add(new("data.patch", kind));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Status));
        Assert.Equal(new LookUpResult.Absent(), await _spec.LookUp(Status));
        await _spec.SendWell(Status);
        Check("eu_ct_1", "Active", "Work has begun", 12000.5m, 0m);
    }

    [Theory]
    [InlineData(403, "REQUEST_LIMIT_EXCEEDED", "Unavailable")]
    [InlineData(400, "UNABLE_TO_LOCK_ROW", "Unavailable")]
    [InlineData(503, "SERVER_UNAVAILABLE", "Unknown")]
    [InlineData(403, "INSUFFICIENT_ACCESS", "Refused")]
    [InlineData(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Refused")]
    public async Task Refusals_are_told_apart(int status, string code, string result)
    {
        _salesforce.Faults.Add(new("data.patch", FaultKind.Status)
        {
            Status = status,
            Body = new JsonArray(new JsonObject { ["errorCode"] = code, ["message"] = "Why.", ["fields"] = new JsonArray() }).ToJsonString(),
        });
        var sent = await _spec.Send(Status);
        Assert.Equal(
            result == "Unknown" ? ("Unknown", "Why.") : (result, code),
            (sent.GetType().Name, sent switch
            {
                SendResult.Unavailable away => away.Code,
                SendResult.Refused refused => refused.Code,
                _ => ((SendResult.Unknown)sent).Message,
            }));
    }

    [Fact]
    public async Task A_used_up_quota_applies_nothing()
    {
        await using var busy = await SalesforceSimulator.StartAsync(new() { DailyRequestLimit = 0 });
        Assert.Equal(
            new SendResult.Unavailable("REQUEST_LIMIT_EXCEEDED", "The org's daily number of API requests is used up."),
            await SalesforceBench.Connect(busy.BaseAddress, TimeProvider.System).Send(Status));
    }

    [Fact]
    public async Task An_expired_session_is_renewed_once()
    {
        await _spec.SendWell(Status);
        _salesforce.ExpireSessions();
        await _spec.SendWell(Status);
        Assert.Equal(2, _salesforce.Calls.Entries.Count(call => call.Operation == "token"));
    }

    [Fact]
    public async Task The_health_shows_the_quota_and_wrong_secrets()
    {
        var healthy = await _spec.Connector.CheckHealth(default);
        Assert.Equal(new HealthReport(true, "Salesforce answers (api-usage=1/15000)."), healthy);
        Assert.False((await SalesforceBench.Connect(_salesforce.BaseAddress, TimeProvider.System, "wrong").Connector.CheckHealth(default)).Healthy);
    }

    [Fact]
    public async Task An_org_that_cannot_be_reached_has_not_applied_anything() => Assert.Equal(
        "UNREACHABLE",
        Assert.IsType<SendResult.Unavailable>(await SalesforceBench.Connect(Vendors.Nowhere, TimeProvider.System).Send(Status)).Code);

    private int Patches => _salesforce.Calls.Entries.Count(call => call.Operation == "data.patch");

    private void Check(string? engagement, string? status, string? detail, decimal? billed, decimal? paid)
    {
        var opportunity = Assert.Single(_salesforce.Records("Opportunity"));
        Assert.Equal(
            (engagement, status, detail, billed, paid),
            ((string?)opportunity["Q2C_Engagement_Id__c"], (string?)opportunity["Q2C_Status__c"],
                (string?)opportunity["Q2C_Status_Detail__c"], (decimal?)opportunity["Q2C_Billed__c"], (decimal?)opportunity["Q2C_Paid__c"]));
    }
}
