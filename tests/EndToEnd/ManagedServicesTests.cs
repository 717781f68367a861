using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Q2C.Silo.Journal;
using Q2C.Silo.Operations;
using Q2C.Silo.Tests;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Demo;
using Q2C.Simulators.DocuSign;
using Q2C.Simulators.Jira;
using Q2C.Simulators.Salesforce;
using Q2C.Simulators.Stripe;

namespace Q2C.EndToEnd;

/// <summary>A retainer with Business Central, DocuSign, Certinia and Jira, from the signature to the journals.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed partial class ManagedServicesTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_month_of_managed_services_is_one_invoice_in_business_central_paid_credited_and_recognised()
    {
        var port = Town.FreePort();
        var hub = new Uri($"http://localhost:{port}");
        await using var salesforce = await SalesforceSimulator.StartAsync(new() { Webhooks = hub });
        await using var stripe = await StripeSimulator.StartAsync(new() { Webhooks = hub });
        await using var jira = await JiraSimulator.StartAsync(new() { Webhooks = hub });
        await using var company = await BusinessCentralSimulator.StartAsync(new() { NotificationDelay = TimeSpan.FromMilliseconds(200) });
        await using var docuSign = await DocuSignSimulator.StartAsync(new() { Webhooks = hub, FirstRetry = TimeSpan.FromMilliseconds(200) });
        Town.Settle(new Dictionary<string, string>
        {
            ["Q2C__Connections__salesforce__BaseAddress"] = $"{salesforce.BaseAddress}",
            ["Q2C__Connections__certinia__BaseAddress"] = $"{salesforce.BaseAddress}",
            ["Q2C__Connections__certinia__Options__pubSubAddress"] = $"{salesforce.GrpcAddress}",
            ["Q2C__Connections__stripe__BaseAddress"] = $"{stripe.BaseAddress}",
            ["Q2C__Connections__jira__BaseAddress"] = $"{jira.BaseAddress}",
            ["Q2C__Connections__businesscentral__BaseAddress"] = $"{company.ApiAddress}",
            ["Q2C__Connections__businesscentral__Options__tokenAddress"] = $"{company.TokenAddress}",
            ["Q2C__Connections__businesscentral__Options__notificationUrl"] = $"{hub}webhooks/businesscentral",
            ["Q2C__Connections__docusign__BaseAddress"] = $"{docuSign.BaseAddress}",
            ["Q2C__Connections__docusign__Options__authServer"] = $"{docuSign.BaseAddress}",
            ["Q2C_SALESFORCE_CLIENT_ID"] = new SalesforceOptions().ClientId,
            ["Q2C_SALESFORCE_CLIENT_SECRET"] = new SalesforceOptions().ClientSecret,
            ["Q2C_STRIPE_API_KEY"] = new StripeOptions().SecretKey,
            ["Q2C_STRIPE_WEBHOOK_SECRET"] = new StripeOptions().WebhookSecret,
            ["Q2C_JIRA_API_TOKEN"] = new JiraOptions().ApiToken,
            ["Q2C_JIRA_WEBHOOK_SECRET"] = new JiraOptions().WebhookSecret,
            ["Q2C_BUSINESSCENTRAL_CLIENT_SECRET"] = new BusinessCentralOptions().ClientSecret,
            ["Q2C_BUSINESSCENTRAL_CLIENT_STATE"] = "simulator-client-state",
            ["Q2C_DOCUSIGN_PRIVATE_KEY"] = docuSign.CreateKey(),
            ["Q2C_DOCUSIGN_HMAC_KEY"] = new DocuSignOptions().HmacKeys[0],
        });
        var folder = Path.Combine(AppContext.BaseDirectory, "Demo", "managed-services");
        await using var process = await Hub.Build(
            new(postgres.ConnectionString, port, SiloPort: 0, new(Path.Combine(folder, "policies")), new(Path.Combine(folder, "connections.json")), new("."), Development: true), default);
        await process.StartAsync();

        using var client = new HubClient(hub);
        var story = new ManagedServicesStory(
            new(client, new(salesforce.BaseAddress), new(docuSign.BaseAddress), new(jira.BaseAddress), new(company.BaseAddress)), _ => { }, TimeProvider.System);
        var result = await story.Play(default);
        Assert.Equal(result, await story.Play(default));
        await Ending.Settles(Expected, () => Ended(client, company, salesforce, result));
        Assert.All(await new JournalVerifier(postgres.Database, "eu").Verify(default), report => Assert.Null(report.Fault));
    }

    // The story says how its numbers come about. The general ledger of Business Central follows from them:
    // receivables 14,327.60 - 380.80 - 13,946.80 + 3,332.00; bank 13,946.80; VAT 2,287.60 - 60.80 + 532.00;
    // revenue 12,040 - 320 + 2,800 as invoiced, of which journals defer month two's 3,000 (3900).
    private const string Expected =
        """
        contract {"name":"Kranich - Service desk","status":"ACTIVE"}
        invoice {"status":"PAID","net":{"amount":12040},"tax":{"amount":2287.6},"total":{"amount":14327.6},"credited":{"amount":380.8},"outstanding":{"amount":0},"lines":[{"description":"Service desk, 20 hours a month, * to *","quantity":20,"rate":150,"net":{"amount":3000}},{"description":"Work of the service desk: Consultant, *","quantity":4,"rate":160,"net":{"amount":640}},{"description":"Work of the service desk: Senior Consultant, *","quantity":1,"rate":400,"net":{"amount":400}},{"description":"Monitoring is live","quantity":1,"rate":8000,"net":{"amount":8000}}]}
        next {"status":"ISSUED","net":{"amount":2800},"tax":{"amount":532},"total":{"amount":3332},"lines":[{"description":"Service desk, 20 hours a month, * to *","quantity":20,"rate":150,"net":{"amount":3000}},{"description":"Work of the service desk: Senior Consultant, *","quantity":1,"rate":200,"net":{"amount":200}},{"description":"Reversal of certinia:pse__Timecard__c/a1sQ2C000000003IBA/** on invoice PS-INV100001","quantity":1,"rate":-400,"net":{"amount":-400}}]}
        exceptions []
        FLEET-1 Crew app does not start INVOICED 4 x 160 = 640
        Monitoring is live INVOICED 1 x 8000 = 8000
        On-boarding OPEN 8 x 160 = 0
        Patch day INVOICED 10 x 200 = 400
        Patch day INVOICED 9 x 200 = 200
        Reversal of certinia:pse__Timecard__c/a1sQ2C000000003IBA/** on invoice PS-INV100001 INVOICED -10 x 200 = -400
        Runbooks OPEN 4 x 160 = 0
        Service desk, 20 hours a month, * to * INVOICED 20 x 150 = 3000
        Service desk, 20 hours a month, * to * INVOICED 20 x 150 = 3000
        invoices Paid 14327.6, Open 3332
        credit memos Open 380.8
        ledger 1200 3332.00, 1800 13946.80, 3800 -2758.80, 3900 -3000.00, 8400 -11520.00
        certinia Monitoring is live PS-INV100001, On-boarding, Runbooks, Patch day PS-INV100002
        """;

    private static async Task<string> Ended(HubClient hub, BusinessCentralSimulator company, SalesforceSimulator org, ManagedServicesResult result)
    {
        var data = await hub.Query(
            DemoStory.Operator,
            """
            query($contract: ID!, $project: ID!, $invoice: ID!, $next: ID!) {
              contract(id: $contract) { name status }
              invoice(id: $invoice) { status net { amount } tax { amount } total { amount } credited { amount } outstanding { amount } lines { description quantity rate net { amount } } }
              next: invoice(id: $next) { status net { amount } tax { amount } total { amount } lines { description quantity rate net { amount } } }
              project(id: $project) { items(first: 100) { nodes { description status quantity rate amount { amount } } } }
              exceptions(first: 10) { nodes { code message } } }
            """,
            new() { ["contract"] = result.Contract, ["project"] = result.Project, ["invoice"] = result.Invoice, ["next"] = result.NextInvoice });
        var items = data["project"]!["items"]!["nodes"]!.AsArray().OfType<JsonObject>()
            .Select(item => $"{item["description"]} {item["status"]} {item["quantity"]} x {item["rate"]} = {item["amount"]!["amount"]}").Order(StringComparer.Ordinal);
        var ledger = company.Records("generalLedgerEntries").GroupBy(entry => $"{entry["accountNumber"]}").OrderBy(account => account.Key, StringComparer.Ordinal)
            .Select(account => (account.Key, Balance: account.Sum(entry => Amount(entry, "debitAmount") - Amount(entry, "creditAmount"))))
            .Where(account => account.Balance != 0).Select(account => $"{account.Key} {account.Balance:0.00}");
        var told = org.Records("pse__Milestone__c").Concat(org.Records("pse__Timecard__c"))
            .Select(record => $"{record["pse__Monday_Notes__c"] ?? record["Name"]} {record["pse__Invoice_Number__c"]}".TrimEnd());
        // The days are those of last month, whenever that is.
        return Varying().Replace(string.Join('\n',
        [
            $"contract {data["contract"]!.ToJsonString()}", $"invoice {data["invoice"]!.ToJsonString()}", $"next {data["next"]!.ToJsonString()}", $"exceptions {data["exceptions"]!["nodes"]!.ToJsonString()}", .. items,
            $"invoices {string.Join(", ", company.Records("salesInvoices").Select(one => $"{one["status"]} {one["totalAmountIncludingTax"]}"))}",
            $"credit memos {string.Join(", ", company.Records("salesCreditMemos").Select(one => $"{one["status"]} {one["totalAmountIncludingTax"]}"))}",
            $"ledger {string.Join(", ", ledger)}",
            $"certinia {string.Join(", ", told)}",
        ]), "*");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d|@\d+")]
    private static partial Regex Varying();

    private static decimal Amount(JsonObject entry, string name) => decimal.Parse(entry[name]!.ToString(), CultureInfo.InvariantCulture);
}
