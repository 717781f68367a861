using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Certinia;
using Q2C.Simulators.Salesforce;

namespace Q2C.Silo.Tests.Connectors.Certinia;

/// <summary>An org with Certinia, its connection, a resource and, on request, our project in it.</summary>
internal sealed class CertiniaBench : IAsyncDisposable
{
    public static readonly string ProjectId = Ids.Derive("us", Ids.Project, "data platform");

    public static readonly EnsurePsaProject Project = new(
        ProjectId, "us_ct_1", "Fabrikam Inc.", "Data platform", "USD", new(2026, 11, 1), new(2027, 5, 1), Money.Of(32_000, "USD"));

    public static readonly EnsurePsaMilestone Milestone = new(ProjectId, "L1-1", "Discovery report", new(2026, 12, 1), Money.Of(12_000, "USD"));

    private readonly Dictionary<string, string?> _watermarks = [];

    private CertiniaBench(SalesforceSimulator org, ManualClock clock) => (Org, Clock) = (org, clock);

    public SalesforceSimulator Org { get; }

    public ManualClock Clock { get; }

    public KnownSources Sources { get; } = [];

    public ConnectionParts Parts { get; private set; } = null!;

    public ConnectorSpec Spec => new(Parts, "certinia");

    public static async Task<CertiniaBench> Start()
    {
        var clock = new ManualClock();
        var bench = new CertiniaBench(
            await SalesforceSimulator.StartAsync(new() { Clock = clock, Demo = false, KeepAlive = TimeSpan.FromMilliseconds(50) }), clock);
        bench.Connect();
        return bench;
    }

    /// <summary>As after a restart: what the process remembered is gone.</summary>
    public void Connect(string name = "certinia") => Parts = Vendors.Parts(
        new CertiniaVendor(),
        Vendors.Settings("certinia", Org.BaseAddress, new()
        {
            ["changeEvents"] = "all", ["organizationId"] = Org.OrganizationId, ["pubSubAddress"] = $"{Org.GrpcAddress}",
        }, new()
        {
            ["clientId"] = Vendors.SecretFile("simulator-connected-app"),
            ["clientSecret"] = Vendors.SecretFile("simulator-secret"),
        }) with { Name = name },
        Clock, Sources, null, Vendors.MapFolder("Certinia"));

    public string Id(JsonObject record) => (string)record["Id"]!;

    public async Task<(string Project, string Resource)> Started()
    {
        await Spec.SendWell(Project);
        return (Id(Org.Records("pse__Proj__c").Single()), Id(Org.Insert("Contact", new() { ["FirstName"] = "Ben", ["LastName"] = "Okafor" })));
    }

    /// <summary>A week from Monday 16 November: eight hours on Monday, four and a half on Wednesday.</summary>
    public async Task<JsonObject> Timecard(bool approved = true, string? role = "Senior Consultant")
    {
        var (project, resource) = await Started();
        var assignment = role is null ? null : Id(Org.Insert("pse__Assignment__c", new()
        {
            ["pse__Project__c"] = project, ["pse__Resource__c"] = resource, ["pse__Role__c"] = role,
        }));
        Clock.Advance(TimeSpan.FromMinutes(1));
        return Org.Insert("pse__Timecard_Header__c", new()
        {
            ["pse__Project__c"] = project, ["pse__Resource__c"] = resource, ["pse__Assignment__c"] = assignment, ["CurrencyIsoCode"] = "USD",
            ["pse__Start_Date__c"] = "2026-11-16", ["pse__End_Date__c"] = "2026-11-22", ["pse__Monday_Hours__c"] = 8, ["pse__Wednesday_Hours__c"] = 4.5m,
            ["pse__Monday_Notes__c"] = "Data model", ["pse__Billable__c"] = true, ["pse__Status__c"] = approved ? "Approved" : "Submitted",
            ["pse__Approved__c"] = approved, ["pse__Include_In_Financials__c"] = approved,
        });
    }

    public string Split => Id(Org.Records("pse__Timecard__c").Single());

    /// <summary>The newest event of an object, as the hub gets it.</summary>
    public async Task<string> Latest(string entity)
    {
        var feed = $"changes/{entity}";
        var poller = Parts.Pollers.Single(one => one.Feed == feed);
        string? latest = null;
        for (var polls = 0; polls < 200; polls++)
        {
            var page = Assert.IsType<PollResult.Page>(await poller.Poll(_watermarks.GetValueOrDefault(feed), default));
            _watermarks[feed] = page.Watermark;
            if (page.Deliveries is [.., var last]) latest = System.Text.Encoding.UTF8.GetString(last.Body.Span);
            else if (latest is not null) return latest;
        }

        throw new InvalidOperationException($"No event of {entity} came.");
    }

    public async ValueTask DisposeAsync() => await Org.DisposeAsync();
}
