using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Q2C.Silo.Tests;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Kantata;
using Q2C.Simulators.NetSuite;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.EndToEnd;

/// <summary>The five vendors around one hub, with the settings that connect the hub to them.</summary>
internal sealed class Town : IAsyncDisposable
{
    private Town(int hubPort) => HubPort = hubPort;

    public int HubPort { get; }

    public Uri Hub => new($"http://localhost:{HubPort}");

    public required SalesforceSimulator Salesforce { get; init; }

    public required NetSuiteSimulator NetSuite { get; init; }

    public required KantataSimulator Kantata { get; init; }

    public required AvaTaxSimulator AvaTax { get; init; }

    public required StripeSimulator Stripe { get; init; }

    /// <summary>What a hub needs in its environment: addresses and test credentials.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public static FileInfo Connections { get; } = new(Path.Combine(AppContext.BaseDirectory, "Demo", "connections.json"));

    public static async Task<Town> Start()
    {
        var hubPort = FreePort();
        var hub = new Uri($"http://localhost:{hubPort}");
        var soon = TimeSpan.FromMilliseconds(200);
        var salesforce = await SalesforceSimulator.StartAsync(new() { Webhooks = hub, FirstRetry = soon });
        var netSuite = await NetSuiteSimulator.StartAsync(new());
        var kantata = await KantataSimulator.StartAsync(new());
        var avaTax = await AvaTaxSimulator.StartAsync(new());
        var stripe = await StripeSimulator.StartAsync(new() { Webhooks = hub, FirstRetry = soon });
        return new(hubPort)
        {
            Salesforce = salesforce,
            NetSuite = netSuite,
            Kantata = kantata,
            AvaTax = avaTax,
            Stripe = stripe,
            Environment = new Dictionary<string, string>
            {
                [Address("salesforce")] = $"{salesforce.BaseAddress}",
                [Address("netsuite")] = $"{netSuite.BaseAddress}",
                [Address("kantata")] = $"{kantata.BaseAddress}",
                [Address("avatax")] = $"{avaTax.BaseAddress}",
                [Address("stripe")] = $"{stripe.BaseAddress}",
                [LongestProcessing("salesforce")] = "1",
                [LongestProcessing("netsuite")] = "1",
                [LongestProcessing("kantata")] = "1",
                [LongestProcessing("avatax")] = "1",
                [LongestProcessing("stripe")] = "1",
                ["Q2C_SALESFORCE_CLIENT_ID"] = new SalesforceOptions().ClientId,
                ["Q2C_SALESFORCE_CLIENT_SECRET"] = new SalesforceOptions().ClientSecret,
                ["Q2C_NETSUITE_PRIVATE_KEY"] = netSuite.CreateKey(),
                ["Q2C_KANTATA_TOKEN"] = new KantataOptions().Token,
                ["Q2C_AVATAX_LICENSE_KEY"] = new AvaTaxOptions().LicenseKey,
                ["Q2C_STRIPE_API_KEY"] = new StripeOptions().SecretKey,
                ["Q2C_STRIPE_WEBHOOK_SECRET"] = new StripeOptions().WebhookSecret,
            },
        };
    }

    /// <summary>The story's people; each town has its own.</summary>
    public DemoStory Story(HubClient hub) => new(
        new(hub, new(Salesforce.BaseAddress), new(Kantata.BaseAddress), new(Stripe.BaseAddress)), _ => { }, TimeProvider.System);

    /// <summary>All that is at the vendors.</summary>
    public string Records() => string.Join('\n', Vendors.Select(vendor => vendor.Snapshot().ToJsonString()));

    public async ValueTask DisposeAsync()
    {
        foreach (var vendor in Vendors) await vendor.DisposeAsync();
    }

    private Simulator[] Vendors => [Salesforce, NetSuite, Kantata, AvaTax, Stripe];

    /// <summary>Gives the hub that starts next in this process these variables, and no connection of an earlier one.</summary>
    public static void Settle(IReadOnlyDictionary<string, string> environment)
    {
        foreach (string name in System.Environment.GetEnvironmentVariables().Keys)
            if (IsConnection(name)) System.Environment.SetEnvironmentVariable(name, null);
        foreach (var (name, value) in environment) System.Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>Whether it is a variable of the environment that sets up a connection.</summary>
    public static bool IsConnection(string variable) => variable.StartsWith("Q2C__Connections__", StringComparison.Ordinal);

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string LongestProcessing(string connection) => $"Q2C__Connections__{connection}__Options__longestProcessingSeconds";

    private static string Address(string connection) => $"Q2C__Connections__{connection}__BaseAddress";
}

/// <summary>The end of the story as people and vendors see it; the same however it was interrupted.</summary>
internal static class Ending
{
    /// <summary>How the story ends when nothing gets in its way.</summary>
    public const string Undisturbed =
        """
        contract {"name":"Kranich - Fleet maintenance platform","status":"ACTIVE","contracted":{"amount":42000},"billed":{"amount":32528},"paid":{"amount":32528},"remaining":{"amount":9472},"terms":{"version":2}}
        invoice {"status":"PAID","net":{"amount":32528},"tax":{"amount":6180.32},"total":{"amount":38708.32},"outstanding":{"amount":0},"payments":[{"amount":{"amount":15000}},{"amount":{"amount":23708.32}}]}
        exceptions 0
        Architecture review INVOICED 12 x 220 = 2640 BILLABLE
        Cut-over OPEN 8 x 205 = 1640 BILLABLE
        Cut-over rehearsal OPEN 4 x 190 = 760 BILLABLE
        Data migration INVOICED 6 x 150 = 900 BILLABLE
        Data migration REPLACED 8 x 150 = 1200 BILLABLE
        Discovery report accepted INVOICED 1 x 12000 = 12000 BILLABLE
        Interface to the ship registry INVOICED 10 x 190 = 1900 BILLABLE
        Interface to the ship registry, errors INVOICED 10 x 190 = 1900 BILLABLE
        Internal hand-over OPEN 2 x 150 = 0 EXCLUDED
        Maintenance planning INVOICED 10 x 190 = 1900 BILLABLE
        Maintenance planning, crews INVOICED 10 x 190 = 1900 BILLABLE
        Process interviews INVOICED 8 x 150 = 1200 BILLABLE
        Process interviews, second site INVOICED 8 x 150 = 1200 BILLABLE
        Security review INVOICED 12 x 220 = 1460 CAPPED
        Security review OPEN 5.363636364 x 220 = 1180 BILLABLE
        Spare parts INVOICED 10 x 190 = 1900 BILLABLE
        Spare parts, suppliers INVOICED 10 x 190 = 1900 BILLABLE
        Test cases INVOICED 8 x 150 = 1200 BILLABLE
        Train Berlin to Hamburg and back INVOICED 1 x 528.0 = 528 BILLABLE
        netsuite customers 2, orders 1, jobs 1, invoices 1, payments 15000 + 23708.32
        kantata workspaces 1, stories 4, roles 3, rates 15000 20500 22000
        avatax SalesInvoice Committed 6180.32
        stripe succeeded 1500000 + succeeded 2370832
        salesforce Active, billed 32528, paid 32528
        """;

    /// <summary>Waits until everything has settled to this ending, and fails with the difference if it does not.</summary>
    public static Task Is(string expected, Town town, HubClient hub, DemoResult result) => Settles(expected, () => Of(town, hub, result));

    /// <summary>The same for a story of another kind.</summary>
    public static async Task Settles(string expected, Func<Task<string>> ending)
    {
        var since = TimeProvider.System.GetTimestamp();
        var actual = "";
        while (TimeProvider.System.GetElapsedTime(since) < Wait.Limit)
        {
            actual = await ending();
            if (actual == expected) return;
            await Task.Delay(100);
        }

        Assert.Fail($"The story ended otherwise.\n--- expected\n{expected}\n--- actual\n{actual}");
    }

    public static async Task<string> Of(Town town, HubClient hub, DemoResult result)
    {
        var data = await hub.Query(DemoStory.Operator, Query, new()
        {
            ["contract"] = result.Contract, ["project"] = result.Project, ["invoice"] = result.Invoice,
        });
        var items = data["project"]!["items"]!["nodes"]!.AsArray().OfType<JsonObject>()
            .Select(item => $"{item["description"]} {item["status"]} {item["quantity"]} x {item["rate"]} = {item["amount"]!["amount"]} {item["disposition"]}")
            .Order(StringComparer.Ordinal);
        return string.Join('\n',
        [
            $"contract {data["contract"]!.ToJsonString()}",
            $"invoice {data["invoice"]!.ToJsonString()}",
            $"exceptions {data["exceptions"]!["nodes"]!.AsArray().Count}",
            .. items,
            $"netsuite customers {town.NetSuite.Records("customer").Count}, orders {town.NetSuite.Records("salesOrder").Count}, "
                + $"jobs {town.NetSuite.Records("job").Count}, invoices {town.NetSuite.Records("invoice").Count}, "
                + $"payments {string.Join(" + ", town.NetSuite.Records("customerPayment").Select(one => one["payment"]?.ToString()).Order())}",
            $"kantata workspaces {town.Kantata.Records("workspaces").Count}, stories {town.Kantata.Records("stories").Count}, "
                + $"roles {town.Kantata.Records("workspace_resources").Count}, "
                + $"rates {string.Join(" ", town.Kantata.Records("rate_card_roles").Select(one => one["rate"]?.ToString()).Order())}",
            $"avatax {string.Join(" ", town.AvaTax.Records("transaction").Select(one => $"{one["type"]} {one["status"]} {one["totalTax"]}"))}",
            $"stripe {string.Join(" + ", town.Stripe.Records("payment_intent").Select(one => $"{one["status"]} {one["amount"]}").Order())}",
            $"salesforce {Opportunity(town)}",
        ]);
    }

    /// <summary>The titles of the engagement's story in its order, read in pages of this size.</summary>
    public static async Task<IReadOnlyList<string>> Story(HubClient hub, string contract, int page)
    {
        var titles = new List<string>();
        string? after = null;
        while (true)
        {
            var data = await hub.Query(
                DemoStory.Operator,
                """
                query($id: ID!, $first: Int, $after: String) { engagement(contractId: $id) {
                  timeline(first: $first, after: $after) { nodes { title } pageInfo { hasNextPage endCursor } } } }
                """, new() { ["id"] = contract, ["first"] = page, ["after"] = after });
            var timeline = data["engagement"]!["timeline"]!;
            titles.AddRange(timeline["nodes"]!.AsArray().Select(node => node!["title"]!.ToString()));
            if (!timeline["pageInfo"]!["hasNextPage"]!.GetValue<bool>()) return titles;
            after = timeline["pageInfo"]!["endCursor"]!.ToString();
        }
    }

    private static string Opportunity(Town town)
    {
        var sold = town.Salesforce.Records("Opportunity").Single();
        return $"{sold["Q2C_Status__c"]}, billed {sold["Q2C_Billed__c"]}, paid {sold["Q2C_Paid__c"]}";
    }

    private const string Query =
        """
        query($contract: ID!, $project: ID!, $invoice: ID!) {
          contract(id: $contract) { name status contracted { amount } billed { amount } paid { amount } remaining { amount } terms { version } }
          invoice(id: $invoice) { status net { amount } tax { amount } total { amount } outstanding { amount } payments { amount { amount } } }
          project(id: $project) { items(first: 100) { nodes { description status disposition quantity rate amount { amount } } } }
          exceptions(first: 10) { nodes { code } } }
        """;
}
