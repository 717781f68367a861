using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Jira;
using Q2C.Simulators.Kantata;
using Q2C.Simulators.NetSuite;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.EndToEnd;

/// <summary>Two CRM orgs, two PSAs and two ERPs behind one hub: each engagement goes the way of its company, and one goes both.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class PostMergerTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task What_one_company_sells_and_the_other_delivers_is_in_the_books_of_both_and_the_group_is_seen_as_one()
    {
        var port = Town.FreePort();
        var hub = new Uri($"http://localhost:{port}");
        await using var germany = await SalesforceSimulator.StartAsync(new() { Webhooks = hub });
        await using var america = await SalesforceSimulator.StartAsync(new() { OrganizationId = SalesforceId.Of("00D", 2) });
        await using var kantata = await KantataSimulator.StartAsync();
        await using var company = await BusinessCentralSimulator.StartAsync(new() { NotificationDelay = TimeSpan.FromMilliseconds(200) });
        await using var netSuite = await NetSuiteSimulator.StartAsync();
        await using var avaTax = await AvaTaxSimulator.StartAsync();
        await using var jira = await JiraSimulator.StartAsync(new() { Webhooks = hub });
        await using var stripe = await StripeSimulator.StartAsync(new() { Webhooks = hub });
        Town.Settle(new Dictionary<string, string>
        {
            ["Q2C__Connections__salesforce__BaseAddress"] = $"{germany.BaseAddress}",
            ["Q2C__Connections__salesforce_us__BaseAddress"] = $"{america.BaseAddress}",
            ["Q2C__Connections__salesforce_us__Options__pubSubAddress"] = $"{america.GrpcAddress}",
            ["Q2C__Connections__certinia__BaseAddress"] = $"{america.BaseAddress}",
            ["Q2C__Connections__certinia__Options__pubSubAddress"] = $"{america.GrpcAddress}",
            ["Q2C__Connections__kantata__BaseAddress"] = $"{kantata.BaseAddress}",
            ["Q2C__Connections__businesscentral__BaseAddress"] = $"{company.ApiAddress}",
            ["Q2C__Connections__businesscentral__Options__tokenAddress"] = $"{company.TokenAddress}",
            ["Q2C__Connections__businesscentral__Options__notificationUrl"] = $"{hub}webhooks/businesscentral",
            ["Q2C__Connections__netsuite__BaseAddress"] = $"{netSuite.BaseAddress}",
            ["Q2C__Connections__avatax__BaseAddress"] = $"{avaTax.BaseAddress}",
            ["Q2C__Connections__jira__BaseAddress"] = $"{jira.BaseAddress}",
            ["Q2C__Connections__stripe__BaseAddress"] = $"{stripe.BaseAddress}",
            ["Q2C_SALESFORCE_CLIENT_ID"] = new SalesforceOptions().ClientId,
            ["Q2C_SALESFORCE_CLIENT_SECRET"] = new SalesforceOptions().ClientSecret,
            ["Q2C_KANTATA_TOKEN"] = new KantataOptions().Token,
            ["Q2C_BUSINESSCENTRAL_CLIENT_SECRET"] = new BusinessCentralOptions().ClientSecret,
            ["Q2C_BUSINESSCENTRAL_CLIENT_STATE"] = "simulator-client-state",
            ["Q2C_NETSUITE_PRIVATE_KEY"] = netSuite.CreateKey(),
            ["Q2C_AVATAX_LICENSE_KEY"] = new AvaTaxOptions().LicenseKey,
            ["Q2C_JIRA_API_TOKEN"] = new JiraOptions().ApiToken,
            ["Q2C_JIRA_WEBHOOK_SECRET"] = new JiraOptions().WebhookSecret,
            ["Q2C_STRIPE_API_KEY"] = new StripeOptions().SecretKey,
            ["Q2C_STRIPE_WEBHOOK_SECRET"] = new StripeOptions().WebhookSecret,
        });
        var folder = Path.Combine(AppContext.BaseDirectory, "Demo", "post-merger");
        await using var process = await Hub.Build(
            new(postgres.ConnectionString, port, SiloPort: 0, new(Path.Combine(folder, "policies")), new(Path.Combine(folder, "connections.json")), new("."), Development: true), default);
        await process.StartAsync();

        using var client = new HubClient(hub);
        var story = new PostMergerStory(
            new(client, new(germany.BaseAddress), new(america.BaseAddress), new(kantata.BaseAddress), new(jira.BaseAddress), new(stripe.BaseAddress)),
            _ => { }, TimeProvider.System);
        var result = await story.Play(default);
        Assert.Equal(result, await story.Play(default));
        await Ending.Settles(Expected, async () => string.Join('\n',
        [
            await story.Group(result, default),
            $"Business Central: invoices {Shown(company.Records("salesInvoices"), "totalAmountIncludingTax")}; {Journals(company)}",
            $"NetSuite: invoices {Shown(netSuite.Records("invoice"), "total")}; {Journals(netSuite)}",
            $"Kantata {kantata.Records("workspaces").Count} project, Certinia {string.Join(" and ", america.Records("pse__Proj__c").Select(one => one["Name"]))}",
            $"told to Germany {Told(germany)}, to America {Told(america)}",
            $"exceptions {(await client.Query(DemoStory.Operator, "{ exceptions(first: 10) { nodes { code message } } }"))["exceptions"]!["nodes"]!.ToJsonString()}",
        ]));
        Assert.All(await new JournalVerifier(postgres.Database, "eu").Verify(default), report => Assert.Null(report.Fault));
    }

    // The story says how its numbers come about.
    private const string Expected =
        """
        Nordlicht Maritime Holding SE
          Kranich Marine Inc., owes 0.00 USD
            Kranich - US roll-out (US01): billed 2,825.00 USD, paid 2,825.00 USD
              CUSTINVC00001 PAID: net 2,825.00 USD, total 2,825.00 USD
              in avatax, certinia, netsuite, salesforce_us, stripe
          Kranich Schiffstechnik GmbH, owes 23,324.00 EUR
            Kranich - Fleet maintenance platform (DE01): billed 19,600.00 EUR, paid 0.00 EUR
              PS-INV100001 ISSUED: net 19,600.00 EUR, total 23,324.00 EUR
                of it 6,460.00 EUR for US01, 85 % of what it delivered
              in businesscentral, kantata, netsuite, salesforce, stripe, taxes
        Business Central: invoices 23324; 3430 -6460.00, 4900 6460.00
        NetSuite: invoices 2825; 130 6460.00, 430 -6460.00
        Kantata 1 project, Certinia Kranich - US roll-out and Kranich - Fleet maintenance platform (Berlin)
        told to Germany Active, billed 19600, paid 0, to America Active, billed 2825, paid 2825
        exceptions []
        """;

    private static string Shown(IReadOnlyList<JsonObject> documents, string amount) => string.Join(", ", documents.Select(one => one[amount]));

    private static string Told(SalesforceSimulator org) =>
        org.Records("Opportunity").Single() is var sold ? $"{sold["Q2C_Status__c"]}, billed {sold["Q2C_Billed__c"]}, paid {sold["Q2C_Paid__c"]}" : "";

    /// <summary>Balances of the accounts between the companies.</summary>
    private static string Journals(BusinessCentralSimulator company) => string.Join(", ", company.Records("generalLedgerEntries")
        .Where(entry => $"{entry["documentType"]}" == " ").GroupBy(entry => $"{entry["accountNumber"]}").OrderBy(account => account.Key, StringComparer.Ordinal)
        .Select(account => $"{account.Key} {account.Sum(entry => Amount(entry, "debitAmount") - Amount(entry, "creditAmount")):0.00}"));

    private static string Journals(NetSuiteSimulator account) => string.Join(", ", account.Records("journalEntry")
        .SelectMany(entry => entry["line"]!.AsArray()).GroupBy(line => $"{line!["account"]!["id"]}").OrderBy(one => one.Key, StringComparer.Ordinal)
        .Select(one => $"{one.Key} {one.Sum(line => Amount(line!, "debit") - Amount(line!, "credit")):0.00}"));

    private static decimal Amount(JsonNode entry, string name) =>
        entry[name] is { } amount ? decimal.Parse(amount.ToString(), CultureInfo.InvariantCulture) : 0;
}
