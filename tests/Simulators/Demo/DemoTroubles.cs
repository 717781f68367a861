using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>
/// Four more engagements, and three faults that stop them: what <c>docs/walkthrough.md</c> works off. Playing it again changes
/// nothing.
/// </summary>
public sealed class DemoTroubles(
    HubClient hub, VendorControl salesforce, VendorControl kantata, VendorControl netSuite, Action<string> say)
{
    private const string Submit = "mutation($input: SubmitQuoteInput!) { submitQuote(input: $input) { quote { id } errors { ... on UserError { code message } } } }";
    private const string Approve = "mutation($input: ApproveQuoteInput!) { approveQuote(input: $input) { quote { id } errors { ... on UserError { code message } } } }";
    private const string Upsert = "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { customer { id } errors { ... on UserError { code message } } } }";
    private const string Template = "consulting";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when all four wait for a person.</summary>
    public async Task Play(CancellationToken cancel)
    {
        if (await Known(cancel) > 0) return;
        say("Kantata refuses two new projects, as projects of these names are there already.");
        await kantata.Do("faults", Refusal("workspaces.create", 2, 422, """{"errors":[{"type":"validation","message":"Title has already been taken"}]}"""), cancel);
        await Sell("nordlicht", "Nordlicht Data platform", 25_000, Template, cancel);
        await Sell("albatros", "Albatros Warehouse control", 40_000, Template, cancel);
        await Stuck(2, cancel);
        say("Sales mistypes the project template of the next quote.");
        await Sell("seeadler", "Seeadler Booking engine", 18_000, "consultng", cancel);
        await Stuck(3, cancel);
        say("NetSuite's administrator has closed the records of customers for a moment: one more is refused.");
        await netSuite.Do("faults", Refusal("record/v1/customer/", 1, 400,
            """{"type":"about:blank","title":"Bad Request","status":400,"o:errorDetails":[{"detail":"You do not have permission to create this record.","o:errorCode":"INSUFFICIENT_PERMISSION"}]}"""), cancel);
        await Sell("moewe", "Moewe Crew planning", 12_000, Template, cancel);
        await Stuck(4, cancel);
    }

    /// <summary>Sales submits a quote, somebody else approves it.</summary>
    /// <param name="cap">In EUR, for work by the hour.</param>
    /// <returns>The quote's id.</returns>
    public async Task<string> Sell(string id, string name, decimal cap, string template, CancellationToken cancel)
    {
        var quote = await Offer(id, name, cap, template, cancel);
        await hub.Mutate(DemoStory.Approver, Approve, new() { ["idempotencyKey"] = $"trouble-approve-{id}", ["quoteId"] = quote }, cancel);
        return quote;
    }

    /// <summary>Sales submits a quote, which waits for somebody to decide.</summary>
    /// <returns>The quote's id.</returns>
    public async Task<string> Offer(string id, string name, decimal cap, string template, CancellationToken cancel)
    {
        var profile = new JsonObject
        {
            ["name"] = name.Split(' ')[0] + " GmbH", ["currency"] = "EUR", ["email"] = $"billing@{id}.example",
            ["billTo"] = new JsonObject { ["line1"] = "Hafenstrasse 4", ["city"] = "Kiel", ["postalCode"] = "24103", ["country"] = "DE" },
        };
        var customer = await hub.Mutate(DemoStory.Sales, Upsert, new()
        {
            ["idempotencyKey"] = $"trouble-customer-{id}", ["sourceVersion"] = "2026-01-01T00:00:00Z", ["profile"] = profile.DeepClone(),
            ["reference"] = new JsonObject { ["system"] = "salesforce", ["type"] = "Account", ["id"] = $"trouble-{id}" },
        }, cancel);
        var opportunity = await Opportunity(name, cancel);
        var quote = await hub.Mutate(DemoStory.Sales, Submit, new()
        {
            ["idempotencyKey"] = $"trouble-quote-{id}", ["source"] = "salesforce", ["quoteId"] = $"trouble-{id}", ["sourceVersion"] = "2026-01-01T00:00:00Z",
            ["opportunityId"] = opportunity, ["name"] = name, ["customerId"] = customer["customer"]!["id"]!.GetValue<string>(), ["customer"] = profile,
            ["legalEntity"] = "DE01", ["projectTemplate"] = template, ["currency"] = "EUR", ["start"] = "2026-01-01", ["end"] = "2028-12-31",
            ["lines"] = new JsonArray(new JsonObject
            {
                ["id"] = "build", ["service"] = "consulting", ["description"] = name, ["start"] = "2026-01-01", ["end"] = "2028-12-31",
                ["billing"] = new JsonObject
                {
                    ["timeAndMaterials"] = new JsonObject
                    {
                        ["rates"] = new JsonArray(new JsonObject { ["role"] = "Consultant", ["hourly"] = 150 }),
                        ["cap"] = new JsonObject { ["amount"] = cap, ["currency"] = "EUR" },
                    },
                },
            }),
        }, cancel);
        return quote["quote"]!["id"]!.GetValue<string>();
    }

    private async Task<string> Opportunity(string name, CancellationToken cancel)
    {
        var there = (await salesforce.Records("Opportunity", cancel)).FirstOrDefault(one => one["Name"]?.ToString() == name);
        there ??= await salesforce.Do("change", new()
        {
            ["object"] = "Opportunity",
            ["fields"] = new JsonObject
            {
                ["Name"] = name, ["StageName"] = "Negotiation/Review", ["CloseDate"] = "2026-12-31", ["AccountId"] = DemoEngagement.Account,
            },
        }, cancel);
        return there["Id"]!.ToString();
    }

    private static JsonObject Refusal(string match, int times, int status, string body) => new()
    {
        ["match"] = match, ["kind"] = "status", ["times"] = times, ["status"] = status, ["body"] = body,
    };

    private async Task<int> Known(CancellationToken cancel) =>
        (await hub.Query(DemoStory.Operator, "{ contracts(first: 5, filter: { search: \"Nordlicht\" }) { nodes { id } } }", cancel: cancel))
            ["contracts"]!["nodes"]!.AsArray().Count;

    private async Task Stuck(int count, CancellationToken cancel)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = (await hub.Query(DemoStory.Operator, "{ exceptions(first: 1) { totalCount } }", cancel: cancel))["exceptions"]!["totalCount"]!.GetValue<long>();
            if (found >= count) return;
            if (TimeProvider.System.GetElapsedTime(since) > Patience) throw new TimeoutException($"Waited {Patience.TotalMinutes} minutes for {count} exceptions; there are {found}.");
            await Task.Delay(Pause, cancel);
        }
    }
}
