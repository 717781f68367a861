using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Salesforce;
using static Q2C.Simulators.Demo.StoryTools;

namespace Q2C.Simulators.Demo;

/// <summary>Where the parts of the merged firm are.</summary>
/// <param name="America">The American org: its CRM and, in it, Certinia.</param>
public sealed record PostMergerParts(
    HubClient Hub, VendorControl Germany, VendorControl America, VendorControl Kantata, VendorControl Jira, VendorControl Stripe);

/// <summary>
/// A German firm that bought an American one: two CRM orgs, two PSAs, two ERPs, one hub. A group buys from both; what the
/// German company sells, the American one helps to deliver. Every step looks first whether it was done already, so a story
/// that was interrupted goes on where it stopped.
/// </summary>
/// <remarks>
/// What it comes to, without tax:
/// <list type="bullet">
/// <item>German engagement, in EUR: a discovery for 12,000, reached in Kantata, and 40 h of a senior consultant at 190 = 7,600,
/// worked by the American company in its Certinia. Invoice: 19,600; with 19 % VAT 23,324.00, in Business Central.</item>
/// <item>Between the companies: 85 % of the 7,600 = 6,460 EUR, a cost in Business Central and revenue in NetSuite.</item>
/// <item>American engagement, in USD: 8 + 4.5 h senior at 190 = 2,375 in Certinia, 2 + 1 h consultant at 150 = 450 in Jira.
/// Invoice: 2,825 in NetSuite; no sales tax on services in Washington. Paid through Stripe.</item>
/// <item>The group owes 23,324.00 EUR and nothing in USD.</item>
/// </list>
/// </remarks>
public sealed class PostMergerStory(PostMergerParts parts, Action<string> say, TimeProvider clock)
{
    private const string German = "DE01";
    private const string American = "US01";
    private const string SoldInAmerica = "Kranich - US roll-out";
    private const string GermanOrg = "salesforce";
    private const string AmericanOrg = "salesforce_us";
    private const string JiraProject = "FLEET";
    private const string Ben = "5b10a2844c20165700ede21b";

    private readonly StoryTools _tools = new(parts.Hub, clock);
    private readonly CertiniaDesk _certinia = new(parts.America);

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    private DateOnly Monday => FirstMonday(StartOf(Today));

    public async Task<PostMergerResult> Play(CancellationToken cancel)
    {
        var german = await SellInGermany(cancel);
        var american = await SellInAmerica(cancel);
        var (germanProject, americanProject) = (await Activated(german, cancel), await Activated(american, cancel));
        var group = await JoinGroup(cancel);
        await DeliverGerman(germanProject, cancel);
        await DeliverAmerican(americanProject, cancel);
        var germanInvoice = await Bill(German, germanProject, cancel);
        var americanInvoice = await Bill(American, americanProject, cancel);
        await Mirrored(germanInvoice, cancel);
        await Pay(americanInvoice, cancel);
        return new(group, german, american, germanProject, americanProject, germanInvoice, americanInvoice);
    }

    /// <summary>The American company is to work on the implementation.</summary>
    public async Task<string> SellInGermany(CancellationToken cancel)
    {
        if (await Contract(contract => Text(contract, "legalEntity") == German, cancel) is { } there) return there;
        say("The German company sells in its org; the American one is to implement.");
        await Change(parts.Germany, "SBQQ__QuoteLine__c", SalesforceId.Of("a0r", 2), new() { ["Delivered_By__c"] = American }, cancel);
        await parts.Germany.Do("close-won", new() { ["opportunityId"] = DemoEngagement.Opportunity }, cancel);
        return await _tools.Until("the German contract", () => Contract(contract => Text(contract, "legalEntity") == German, cancel), cancel);
    }

    /// <summary>The ids of records are the same as in the German org, which is another org.</summary>
    public async Task<string> SellInAmerica(CancellationToken cancel)
    {
        if (await Contract(contract => Text(contract, "legalEntity") == American, cancel) is { } there) return there;
        say("The American company sells in its own org, in dollars.");
        foreach (var type in new[] { "Account", "SBQQ__Quote__c", "SBQQ__QuoteLine__c", "Opportunity" })
            foreach (var record in await parts.America.Records(type, cancel))
                await Change(parts.America, type, Text(record, "Id")!, new() { ["CurrencyIsoCode"] = "USD" }, cancel);
        await Change(parts.America, "Account", DemoEngagement.Account, new()
        {
            ["Name"] = "Kranich Marine Inc.", ["ParentId"] = null, ["Legal_Entity__c"] = American, ["VAT_Number__c"] = null,
            ["BillingStreet"] = "1201 Western Avenue", ["BillingCity"] = "Seattle", ["BillingState"] = "WA", ["BillingPostalCode"] = "98101",
            ["BillingCountry"] = "United States", ["BillingCountryCode"] = "US",
        }, cancel);
        await Change(parts.America, "Opportunity", DemoEngagement.Opportunity, new() { ["Name"] = SoldInAmerica }, cancel);
        await parts.America.Do("close-won", new() { ["opportunityId"] = DemoEngagement.Opportunity }, cancel);
        return await _tools.Until("the American contract", () => Contract(contract => Text(contract, "legalEntity") == American, cancel), cancel);
    }

    public async Task<string> Activated(string contract, CancellationToken cancel)
    {
        await _tools.Until("the activation", async () => Text(await Read(contract, cancel), "status") == "ACTIVE" ? "active" : null, cancel);
        return await _tools.Until("the project", async () => Text((await Read(contract, cancel))["project"], "id"), cancel);
    }

    /// <summary>The American org does not know the holding: sales says that its customer belongs to it.</summary>
    public async Task<string> JoinGroup(CancellationToken cancel)
    {
        var group = await Customer(GermanOrg, DemoEngagement.ParentAccount, cancel);
        var joining = await Customer(AmericanOrg, DemoEngagement.Account, cancel);
        if (Text(joining["parent"], "id") is null)
        {
            say("The American customer belongs to the same group.");
            await parts.Hub.Mutate(DemoStory.Sales, UpsertCustomer, new()
            {
                ["idempotencyKey"] = "join-group", ["customerId"] = Text(joining, "id"),
                ["reference"] = new JsonObject { ["system"] = AmericanOrg, ["type"] = "Account", ["id"] = DemoEngagement.Account },
                ["sourceVersion"] = clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                ["profile"] = new JsonObject
                {
                    ["name"] = "Kranich Marine Inc.", ["parentId"] = Text(group, "id"), ["currency"] = "USD", ["email"] = "invoices@kranich-marine.example",
                    ["billTo"] = new JsonObject
                    {
                        ["line1"] = "1201 Western Avenue", ["city"] = "Seattle", ["region"] = "WA", ["postalCode"] = "98101", ["country"] = "US",
                    },
                },
            }, cancel);
        }

        await _tools.Until("the group", async () => Text((await Customer(AmericanOrg, DemoEngagement.Account, cancel))["parent"], "id"), cancel);
        return Text(group, "id")!;
    }

    /// <summary>The discovery in Kantata; a week of the American company in its Certinia, on a project that carries the German one's id.</summary>
    public async Task DeliverGerman(string project, CancellationToken cancel)
    {
        say("The German team delivers in Kantata; the American team enters a week for it in Certinia.");
        var workspace = Text(
            (await parts.Kantata.Records("external_references", cancel)).First(reference =>
                Text(reference, "subject_type") == "Workspace" && Text(reference, "service_model_ref") == project), "subject_id");
        var milestone = (await parts.Kantata.Records("stories", cancel))
            .First(story => Text(story, "workspace_id") == workspace && Text(story, "story_type") == "milestone");
        if (Text(milestone, "state") != "completed") await parts.Kantata.Do("complete", new() { ["story_id"] = Text(milestone, "id") }, cancel);
        var opened = await _certinia.Open(project, "Kranich - Fleet maintenance platform (Berlin)", "USD", cancel);
        var moreau = await _certinia.Assign(opened, "Moreau", "Senior Consultant", cancel);
        await _certinia.Work(moreau, Monday, "Crew planning", "USD", cancel,
            (DayOfWeek.Monday, 8), (DayOfWeek.Tuesday, 8), (DayOfWeek.Wednesday, 8), (DayOfWeek.Thursday, 8), (DayOfWeek.Friday, 8));
        await Arrived(project, 6, cancel);
    }

    public async Task DeliverAmerican(string project, CancellationToken cancel)
    {
        say("The American engagement is worked in Certinia and Jira.");
        var okafor = await _certinia.Assign(await _certinia.Project(project, cancel), "Okafor", "Senior Consultant", cancel);
        await _certinia.Work(okafor, Monday.AddDays(7), "Tracking", "USD", cancel, (DayOfWeek.Monday, 8), (DayOfWeek.Wednesday, 4.5m));
        await _tools.LinkJira(project, JiraProject, cancel);
        if ((await parts.Jira.Records("worklog", cancel)).Count == 0)
        {
            var issue = Text(await parts.Jira.Do("issues", new() { ["project"] = JiraProject, ["summary"] = "Position is an hour late" }, cancel), "id");
            foreach (var (day, hours) in new[] { (9, 2), (10, 1) })
                await parts.Jira.Do("worklogs", new()
                {
                    ["issue"] = issue, ["accountId"] = Ben, ["started"] = $"{Iso(Monday.AddDays(day))}T17:00:00Z", ["timeSpentSeconds"] = hours * 3600,
                }, cancel);
        }

        await Arrived(project, 4, cancel);
    }

    public async Task<string> Bill(string legalEntity, string project, CancellationToken cancel)
    {
        if ((await _tools.Invoices(project, cancel)).Count == 0)
        {
            say($"Finance bills {legalEntity}.");
            await _tools.Bill($"post-merger-billing-{legalEntity}", legalEntity, Today, cancel);
        }

        var invoice = await _tools.Until("the invoice's draft", async () => await _tools.Invoices(project, cancel) is [var drafted, ..] ? drafted : null, cancel);
        await _tools.Approve(invoice, () => say("The invoice is above the company's threshold: a second person approves it."), cancel);
        await _tools.Until("the invoice in the ERP", async () => await _tools.InvoiceStatus(invoice, cancel) is "ISSUED" or "PAID" ? "in" : null, cancel);
        return invoice;
    }

    /// <summary>What is between the two companies is in the books of both.</summary>
    public async Task Mirrored(string invoice, CancellationToken cancel)
    {
        say("The American company's share is a document between the companies, in the books of both.");
        await _tools.Until("the document between the companies", async () => await Between(invoice, cancel) is [var document]
            && Text(document, "sellerPosted") == "true" && Text(document, "delivererPosted") == "true" ? "posted" : null, cancel);
    }

    public async Task Pay(string invoice, CancellationToken cancel)
    {
        await _tools.Until("the payment object at Stripe", async () =>
            (await parts.Stripe.Records("payment_intent", cancel)).Any(intent => Text(intent["metadata"], "invoice_id") == invoice) ? "there" : null, cancel);
        if (await _tools.InvoiceStatus(invoice, cancel) == "ISSUED")
        {
            say("The American customer pays through Stripe.");
            await parts.Stripe.Do("pay", new() { ["metadata"] = new JsonObject { ["invoice_id"] = invoice } }, cancel);
        }

        await _tools.Until("the payment", async () => await _tools.InvoiceStatus(invoice, cancel) == "PAID" ? "paid" : null, cancel);
    }

    /// <summary>The consolidated view: what the group bought, from whom, what it owes, and what is between the companies.</summary>
    public async Task<string> Group(PostMergerResult result, CancellationToken cancel)
    {
        var group = (await parts.Hub.Query(DemoStory.Finance, GroupView, new() { ["id"] = result.Group }, cancel))["customer"]!;
        var lines = new List<string> { Text(group, "name")! };
        foreach (var subsidiary in group["subsidiaries"]!["nodes"]!.AsArray())
        {
            lines.Add($"  {Text(subsidiary, "name")}, owes {Sum(subsidiary!["outstanding"]!.AsArray())}");
            foreach (var contract in subsidiary["contracts"]!["nodes"]!.AsArray())
            {
                lines.Add($"    {Text(contract, "name")} ({Text(contract, "legalEntity")}): billed {Show(contract!["billed"])}, paid {Show(contract["paid"])}");
                foreach (var invoice in contract["invoices"]!["nodes"]!.AsArray())
                {
                    lines.Add($"      {Text(invoice, "number")} {Text(invoice, "status")}: net {Show(invoice!["net"])}, total {Show(invoice["total"])}");
                    foreach (var document in invoice["intercompanyDocuments"]!.AsArray())
                        lines.Add($"        of it {Show(document!["amount"])} for {Text(document, "deliverer")}, {Text(document, "percent")} % of what it delivered");
                }

                lines.Add($"      in {string.Join(", ", contract["engagement"]!["copies"]!.AsArray().Select(copy => Text(copy, "system")).Distinct().Order(StringComparer.Ordinal))}");
            }
        }

        return string.Join('\n', lines);
    }

    private async Task Arrived(string project, int records, CancellationToken cancel) => await _tools.Until(
        "the items of the work", async () => (await _tools.Items(project, cancel)).Count >= records ? "all" : null, cancel);

    private async Task<IReadOnlyList<JsonNode?>> Between(string invoice, CancellationToken cancel) => [.. (await parts.Hub.Query(
        DemoStory.Finance, "query($id: ID!) { invoice(id: $id) { intercompanyDocuments { sellerPosted delivererPosted } } }",
        new() { ["id"] = invoice }, cancel))["invoice"]!["intercompanyDocuments"]!.AsArray()];

    private static async Task Change(VendorControl org, string type, string id, JsonObject fields, CancellationToken cancel) =>
        await org.Do("change", new() { ["object"] = type, ["id"] = id, ["fields"] = fields }, cancel);

    private async Task<string?> Contract(Func<JsonNode?, bool> which, CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator, "{ contracts(first: 50) { nodes { id legalEntity } } }", cancel: cancel))["contracts"]!["nodes"]!.AsArray()
        .Where(which).Select(contract => Text(contract, "id")).FirstOrDefault();

    private async Task<JsonNode> Read(string contract, CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator, "query($id: ID!) { contract(id: $id) { status project { id } } }", new() { ["id"] = contract }, cancel))["contract"]!;

    private async Task<JsonNode> Customer(string org, string account, CancellationToken cancel) => (await parts.Hub.Query(
        DemoStory.Operator, "query($reference: ExternalReferenceInput!) { customers(first: 1, filter: { reference: $reference }) { nodes { id parent { id } } } }",
        new() { ["reference"] = new JsonObject { ["system"] = org, ["id"] = account } }, cancel))["customers"]!["nodes"]!.AsArray().Single()!;

    private static string Show(JsonNode? money) => $"{Number(money, "amount"):N2} {Text(money, "currency")}";

    private static string Sum(JsonArray amounts) => amounts.Count == 0 ? "nothing" : string.Join(" and ", amounts.Select(Show));

    private const string UpsertCustomer = "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { customer { id } " + Errors + " } }";

    private const string GroupView =
        """
        query($id: ID!) { customer(id: $id) { name subsidiaries(first: 5) { nodes { name outstanding { amount currency } contracts(first: 5) { nodes {
          name legalEntity billed { amount currency } paid { amount currency } engagement { copies { system } }
          invoices(first: 5) { nodes { number status net { amount currency } total { amount currency }
            intercompanyDocuments { deliverer percent amount { amount currency } } } } } } } } } }
        """;
}

public sealed record PostMergerResult(
    string Group, string German, string American, string GermanProject, string AmericanProject, string GermanInvoice, string AmericanInvoice);
