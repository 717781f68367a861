using System.Text.Json.Nodes;
using static Q2C.Simulators.Demo.StoryTools;

namespace Q2C.Simulators.Demo;

/// <summary>Where the parts of a demo are.</summary>
public sealed record DemoParts(HubClient Hub, VendorControl Salesforce, VendorControl Kantata, VendorControl Stripe);

/// <summary>
/// One engagement from a signed quote to cash received, played by the people who would do it: in the vendors'
/// applications and at the hub. Every step looks first whether it was done already, so a story that was interrupted goes
/// on where it stopped.
/// </summary>
public sealed class DemoStory(DemoParts parts, Action<string> say, TimeProvider clock)
{
    public const string Sales = "sam";
    public const string Finance = "fiona";
    public const string Approver = "frank";
    public const string Operator = "olga";

    private const string LegalEntity = "DE01";

    private readonly StoryTools _tools = new(parts.Hub, clock);

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    public async Task<DemoResult> Play(CancellationToken cancel)
    {
        var contract = await Win(cancel);
        var project = await Activated(contract, cancel);
        await Deliver(project, cancel);
        await Correct(project, cancel);
        var invoice = await Bill(project, cancel);
        await Approve(invoice, cancel);
        await Pay(invoice, cancel);
        await Amend(contract, project, cancel);
        return new(contract, project, invoice);
    }

    /// <summary>Sales closes the opportunity in Salesforce.</summary>
    public async Task<string> Win(CancellationToken cancel)
    {
        if (await FindContract(cancel) is not { } contract)
        {
            say("Sales closes the opportunity in Salesforce as won.");
            await parts.Salesforce.Do("close-won", new() { ["opportunityId"] = DemoEngagement.Opportunity }, cancel);
            contract = await _tools.Until("the contract of the opportunity", () => FindContract(cancel), cancel);
        }

        return contract;
    }

    public async Task<string> Activated(string contract, CancellationToken cancel)
    {
        await _tools.Until("the activation", async () => await Status(contract, cancel) == "ACTIVE" ? "active" : null, cancel);
        return await _tools.Until("the project", async () => (await Contract(contract, cancel))["project"]?["id"]?.GetValue<string>(), cancel);
    }

    /// <summary>
    /// The team works in Kantata and its lead approves: 116 hours worth 21,480 EUR against a cap of 20,000, internal hours
    /// that nobody is billed for, train tickets, and the milestone of the discovery.
    /// </summary>
    public async Task Deliver(string project, CancellationToken cancel)
    {
        var workspace = await Workspace(project, cancel);
        say("The team reports its time in Kantata; the project lead approves it.");
        foreach (var entry in Work(StartOf(Today))) await Enter(workspace, entry, cancel);
        await EnterExpense(workspace, cancel);
        await CompleteMilestone(workspace, cancel);
        await _tools.Until("the items of the work", async () => await OpenItems(project, cancel) >= Work(Today).Count + 2 ? "all" : null, cancel);
    }

    /// <summary>Eight hours were really six: a newer version of a record that is not invoiced replaces it.</summary>
    public async Task Correct(string project, CancellationToken cancel)
    {
        const string corrected = "Data migration";
        var entry = (await parts.Kantata.Records("time_entries", cancel)).First(each => Text(each, "notes") == corrected);
        if (Text(entry, "time_in_minutes") == "480")
        {
            say("A time entry was wrong: eight hours are corrected to six before anything is invoiced.");
            await parts.Kantata.Do("time_entries/update", new() { ["id"] = Text(entry, "id"), ["time_in_minutes"] = 360 }, cancel);
        }

        var source = $"time_entry/{Text(entry, "id")}";
        await _tools.Until("the corrected item", async () =>
            (await _tools.Items(project, cancel)).Any(item => Text(item, "sourceId") == source && Number(item, "quantity") == 6m) ? "there" : null,
            cancel);
    }

    /// <summary>Finance looks first at what would be billed, then bills.</summary>
    public async Task<string> Bill(string project, CancellationToken cancel)
    {
        var input = new JsonObject { ["idempotencyKey"] = "demo-billing-preview", ["legalEntity"] = LegalEntity, ["cutOff"] = Iso(Today), ["dryRun"] = true };
        if (await FirstInvoice(project, cancel) is null)
        {
            var preview = await parts.Hub.Mutate(Finance, RunBilling, input, cancel);
            foreach (var one in preview["preview"]!.AsArray().OfType<JsonObject>())
                say($"Finance previews the billing run: {Show(one["net"])} for {one["items"]!.AsArray().Count} items, and {Show(one["tax"])} tax.");
            await parts.Hub.Mutate(Finance, RunBilling, new()
            {
                ["idempotencyKey"] = "demo-billing-1", ["legalEntity"] = LegalEntity, ["cutOff"] = Iso(Today),
            }, cancel);
            say("Finance runs it.");
        }

        return await _tools.Until("the invoice's draft", () => FirstInvoice(project, cancel), cancel);
    }

    /// <summary>Somebody else approves: the amount is above the threshold.</summary>
    public async Task Approve(string invoice, CancellationToken cancel)
    {
        await _tools.Approve(invoice, () => say("The invoice is above the threshold: a second person approves it."), cancel);
        await _tools.Until("the invoice in the ERP", async () => await _tools.InvoiceStatus(invoice, cancel) is "ISSUED" or "PARTIALLY_PAID" or "PAID" ? "in" : null, cancel);
    }

    /// <summary>The customer pays 15,000 EUR first and the rest later.</summary>
    public async Task Pay(string invoice, CancellationToken cancel)
    {
        await _tools.Until("the payment object at Stripe", async () =>
            (await parts.Stripe.Records("payment_intent", cancel)).Any(intent => Text(intent["metadata"], "invoice_id") == invoice) ? "there" : null,
            cancel);
        var metadata = new JsonObject { ["invoice_id"] = invoice };
        if (await _tools.InvoiceStatus(invoice, cancel) == "ISSUED")
        {
            say("The customer pays a part through Stripe.");
            await parts.Stripe.Do("pay", new() { ["metadata"] = metadata.DeepClone(), ["amount"] = 1_500_000 }, cancel);
            await _tools.Until("the partial payment", async () => await _tools.InvoiceStatus(invoice, cancel) == "ISSUED" ? null : "in", cancel);
        }

        if (await _tools.InvoiceStatus(invoice, cancel) == "PARTIALLY_PAID")
        {
            say("The customer pays the rest.");
            await parts.Stripe.Do("pay", new() { ["metadata"] = metadata }, cancel);
            await _tools.Until("the rest of the payment", async () => await _tools.InvoiceStatus(invoice, cancel) == "PAID" ? "paid" : null, cancel);
        }
    }

    /// <summary>
    /// A change order raises the cap to 30,000 EUR and the senior rate to 205 from today: open work of today is priced anew,
    /// yesterday's keeps its rate, and what is invoiced stays as it is.
    /// </summary>
    public async Task Amend(string contract, string project, CancellationToken cancel)
    {
        var workspace = await Workspace(project, cancel);
        await Enter(workspace, new("2", "2", Today.AddDays(-1), 240, "Cut-over rehearsal"), cancel);
        var today = await Enter(workspace, new("2", "2", Today, 480, "Cut-over"), cancel);
        await _tools.Until("the new work", async () => (await _tools.Items(project, cancel)).Any(item => Text(item, "sourceId") == today) ? "there" : null, cancel);
        var terms = (await Contract(contract, cancel))["terms"]!;
        if (Number(terms, "version") == 1m)
        {
            say("A change order raises the cap and the senior consultants' rate from today.");
            await parts.Hub.Mutate(Sales, AmendContract, ChangeOrder(contract, terms), cancel);
        }

        await _tools.Until("the re-priced work", async () =>
            (await _tools.Items(project, cancel)).Any(item => Text(item, "status") == "OPEN" && Number(item, "rate") == 205m) ? "priced" : null, cancel);
    }

    /// <summary>Person and role of Kantata's users; the first 480 minutes of data migration are corrected later.</summary>
    internal static IReadOnlyList<Entry> Work(DateOnly start) =>
    [
        new("1", "1", start.AddDays(1), 480, "Process interviews"),
        new("1", "1", start.AddDays(2), 480, "Process interviews, second site"),
        new("1", "1", start.AddDays(3), 480, "Data migration"),
        new("1", "1", start.AddDays(4), 480, "Test cases"),
        new("2", "2", start.AddDays(5), 600, "Interface to the ship registry"),
        new("2", "2", start.AddDays(6), 600, "Interface to the ship registry, errors"),
        new("2", "2", start.AddDays(7), 600, "Maintenance planning"),
        new("2", "2", start.AddDays(8), 600, "Maintenance planning, crews"),
        new("2", "2", start.AddDays(9), 600, "Spare parts"),
        new("2", "2", start.AddDays(10), 600, "Spare parts, suppliers"),
        new("3", "3", start.AddDays(11), 720, "Architecture review"),
        new("3", "3", start.AddDays(12), 720, "Security review"),
        new("1", "1", start.AddDays(13), 120, "Internal hand-over", Billable: false),
    ];

    internal sealed record Entry(string User, string Role, DateOnly Date, int Minutes, string Notes, bool Billable = true);

    /// <summary>Returns the record's name as a source of work.</summary>
    private async Task<string> Enter(string workspace, Entry entry, CancellationToken cancel)
    {
        var there = (await parts.Kantata.Records("time_entries", cancel)).FirstOrDefault(each => Text(each, "notes") == entry.Notes);
        there ??= await parts.Kantata.Do("time_entries", new()
        {
            ["workspace_id"] = workspace, ["user_id"] = entry.User, ["role_id"] = entry.Role, ["date_performed"] = Iso(entry.Date),
            ["time_in_minutes"] = entry.Minutes, ["notes"] = entry.Notes, ["billable"] = entry.Billable,
        }, cancel);
        if (there["approved"]?.GetValue<bool>() is not true)
            await parts.Kantata.Do("time_entries/approve", new() { ["id"] = Text(there, "id") }, cancel);
        return $"time_entry/{Text(there, "id")}";
    }

    private async Task EnterExpense(string workspace, CancellationToken cancel)
    {
        const string notes = "Train Berlin to Hamburg and back";
        var there = (await parts.Kantata.Records("expenses", cancel)).FirstOrDefault(each => Text(each, "notes") == notes);
        there ??= await parts.Kantata.Do("expenses", new()
        {
            ["workspace_id"] = workspace, ["user_id"] = "2", ["date"] = Iso(StartOf(Today).AddDays(5)), ["expense_category_id"] = "1",
            ["category"] = "Travel", ["amount_in_cents"] = 48_000, ["notes"] = notes,
        }, cancel);
        if (there["approved"]?.GetValue<bool>() is not true)
            await parts.Kantata.Do("expenses/approve", new() { ["id"] = Text(there, "id") }, cancel);
    }

    private async Task CompleteMilestone(string workspace, CancellationToken cancel)
    {
        var milestone = (await parts.Kantata.Records("stories", cancel))
            .First(story => Text(story, "workspace_id") == workspace && Text(story, "story_type") == "milestone");
        if (Text(milestone, "state") == "completed") return;
        say("The customer accepts the discovery report: the milestone is completed in Kantata.");
        await parts.Kantata.Do("complete", new() { ["story_id"] = Text(milestone, "id") }, cancel);
    }

    private async Task<string> Workspace(string project, CancellationToken cancel) => Text(
        (await parts.Kantata.Records("external_references", cancel)).First(reference =>
            Text(reference, "subject_type") == "Workspace" && Text(reference, "service_model_ref") == project),
        "subject_id")!;

    private static JsonObject ChangeOrder(string contract, JsonNode terms)
    {
        var line = terms["lines"]!.AsArray().OfType<JsonObject>().First(each => each["billing"]?["rates"] is not null);
        return new()
        {
            ["idempotencyKey"] = $"demo-change-order-{contract}",
            ["contractId"] = contract,
            ["basedOnVersion"] = 1,
            ["effectiveFrom"] = Iso(DateOnly.FromDateTime(DateTime.UtcNow)),
            ["reason"] = "Change order CO-1: two more sites, senior rate from today.",
            ["lines"] = new JsonArray(new JsonObject
            {
                ["id"] = Text(line, "id"), ["service"] = Text(line, "service"), ["description"] = Text(line, "description"),
                ["start"] = Text(line, "start"), ["end"] = Text(line, "end"), ["purchaseOrder"] = Text(line, "purchaseOrder"),
                ["billing"] = new JsonObject
                {
                    ["timeAndMaterials"] = new JsonObject
                    {
                        ["cap"] = new JsonObject { ["amount"] = 30_000, ["currency"] = "EUR" },
                        ["rates"] = new JsonArray([.. line["billing"]!["rates"]!.AsArray().OfType<JsonObject>().Select(rate =>
                            (JsonNode)new JsonObject
                            {
                                ["role"] = Text(rate, "role"),
                                ["hourly"] = Text(rate, "role") == "Senior Consultant" ? 205m : Number(rate, "hourly"),
                            })]),
                    },
                },
            }),
        };
    }

    private async Task<string?> FindContract(CancellationToken cancel)
    {
        var data = await parts.Hub.Query(Operator, "{ contracts(first: 50) { nodes { id opportunityId } } }", cancel: cancel);
        return data["contracts"]!["nodes"]!.AsArray().OfType<JsonObject>()
            .Where(contract => Text(contract, "opportunityId") == DemoEngagement.Opportunity).Select(contract => Text(contract, "id")).FirstOrDefault();
    }

    private async Task<JsonObject> Contract(string id, CancellationToken cancel) => (await parts.Hub.Query(
        Operator,
        """
        query($id: ID!) { contract(id: $id) { status project { id } terms { version lines {
          id service description start end purchaseOrder billing { ... on TimeAndMaterials { rates { role hourly } } } } } } }
        """, new() { ["id"] = id }, cancel))["contract"]!.AsObject();

    private async Task<string?> Status(string contract, CancellationToken cancel) => Text(await Contract(contract, cancel), "status");

    private async Task<string?> FirstInvoice(string project, CancellationToken cancel) => Text((await parts.Hub.Query(
        Operator, "query($project: ID!) { invoices(first: 1, filter: { projectId: $project }) { nodes { id } } }",
        new() { ["project"] = project }, cancel))["invoices"]!["nodes"]!.AsArray().FirstOrDefault(), "id");

    private async Task<int> OpenItems(string project, CancellationToken cancel) =>
        (await _tools.Items(project, cancel)).Count(item => Text(item, "status") is "OPEN" or "RESERVED" or "INVOICED");

    private static string Show(JsonNode? money) => $"{Number(money, "amount"):N2} {Text(money, "currency")}";

    private const string RunBilling =
        """
        mutation($input: RunBillingInput!) { runBilling(input: $input) {
          billingRun { id } preview { net { amount currency } tax { amount currency } items { id } } errors { ... on UserError { code message remedy } } } }
        """;

    private const string AmendContract =
        "mutation($input: AmendContractInput!) { amendContract(input: $input) { contract { id } errors { ... on UserError { code message remedy } } } }";
}

public sealed record DemoResult(string Contract, string Project, string Invoice);
