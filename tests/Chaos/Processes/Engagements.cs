using System.Globalization;
using System.Text.Json.Nodes;
using Q2C.Simulators.Demo;

namespace Q2C.Chaos.Processes;

/// <summary>
/// The load: engagements from quote to cash, each done by people, the PSA's feed and the payment system's webhooks, whatever
/// happens to the parts meanwhile. What everybody wants happens once, and each engagement ends paid.
/// </summary>
internal sealed class Engagements(Callers callers, VendorControl salesforce, VendorControl kantata, VendorControl stripe, string run)
{
    private const decimal HourlyRate = 150;
    private const int HoursByApi = 2;
    private const int HoursByKantata = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan BillingInterval = TimeSpan.FromSeconds(3);

    private int _started;
    private int _paid;

    public int Started => _started;

    public int Paid => _paid;

    /// <summary>What each was doing when it was given up.</summary>
    public List<string> Unfinished { get; } = [];

    /// <summary>Begins one after another until told to stop, and sees each to its end.</summary>
    public async Task Run(TimeSpan interval, CancellationToken noMore, CancellationToken giveUp)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        var finance = Bill(done.Token);
        var lives = new List<Task>();
        while (!noMore.IsCancellationRequested)
        {
            lives.Add(Life($"{run}-{Interlocked.Increment(ref _started)}", giveUp));
            await Task.Delay(interval, noMore).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(lives);
        await done.CancelAsync();
        await finance;
    }

    /// <summary>What <c>upsertCustomer</c> takes.</summary>
    public static JsonObject Customer(string id, string key, int version) => new()
    {
        ["idempotencyKey"] = key,
        ["sourceVersion"] = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(version).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["profile"] = Profile(id),
        ["reference"] = new JsonObject { ["system"] = "salesforce", ["type"] = "Account", ["id"] = id },
    };

    private static JsonObject Profile(string id) => new()
    {
        ["name"] = $"{id} GmbH", ["currency"] = "EUR", ["email"] = $"billing@{id}.example",
        ["billTo"] = new JsonObject { ["line1"] = "Hafenstrasse 4", ["city"] = "Kiel", ["postalCode"] = "24103", ["country"] = "DE" },
    };

    private async Task Life(string id, CancellationToken cancel)
    {
        var step = "is sold";
        try
        {
            var name = $"Chaos {id}";
            var customer = await callers.Mutate(DemoStory.Sales, Upsert, Customer(id, $"customer-{id}", 0), cancel);
            var opportunity = await Until(() => Opportunity(name, cancel), cancel);
            var quote = await callers.Mutate(
                DemoStory.Sales, Submit, Quote(id, name, customer["customer"]!["id"]!.ToString(), opportunity), cancel);
            await callers.Mutate(
                DemoStory.Approver, Approve, new() { ["idempotencyKey"] = $"approve-{id}", ["quoteId"] = quote["quote"]!["id"]!.ToString() }, cancel);

            step = "waits for its project";
            var project = await Until(() => Project(name, cancel), cancel);
            step = "reports work";
            await callers.Mutate("automation", ReportWork, Work(id, project), cancel);
            var workspace = await Until(() => Workspace(project, cancel), cancel);
            await Until(() => Enter(id, workspace, cancel), cancel);

            step = "waits for its invoice";
            var invoice = await Until(() => Invoice(project, cancel), cancel);
            step = $"waits for the payment of {invoice}";
            await Until(() => Pays(invoice, cancel), cancel);
            Interlocked.Increment(ref _paid);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            lock (Unfinished) Unfinished.Add($"{id} {step}");
        }
    }

    private async Task Bill(CancellationToken cancel)
    {
        for (var i = 0; !cancel.IsCancellationRequested; i++)
        {
            await Task.Delay(BillingInterval, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancel.IsCancellationRequested) return;
            try
            {
                await callers.Mutate(DemoStory.Finance, RunBilling, new()
                {
                    ["idempotencyKey"] = $"billing-{run}-{i}", ["legalEntity"] = "DE01",
                    ["cutOff"] = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                }, cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<string?> Opportunity(string name, CancellationToken cancel)
    {
        var there = (await salesforce.Records("Opportunity", cancel)).FirstOrDefault(one => one["Name"]?.ToString() == name)
            ?? await salesforce.Do("change", new()
            {
                ["object"] = "Opportunity",
                ["fields"] = new JsonObject
                {
                    ["Name"] = name, ["StageName"] = "Negotiation/Review", ["CloseDate"] = "2026-12-31", ["AccountId"] = DemoEngagement.Account,
                },
            }, cancel);
        return there["Id"]!.ToString();
    }

    private async Task<string?> Project(string name, CancellationToken cancel)
    {
        var data = await callers.Query(
            "query($name: String!) { contracts(first: 2, filter: { search: $name }) { nodes { name status project { id } } } }", new() { ["name"] = name }, cancel);
        return data["contracts"]!["nodes"]!.AsArray().OfType<JsonObject>()
            .Where(one => one["name"]!.ToString() == name && one["status"]!.ToString() == "ACTIVE").Select(one => one["project"]?["id"]?.ToString()).FirstOrDefault();
    }

    private async Task<string?> Workspace(string project, CancellationToken cancel) =>
        (await kantata.Records("external_references", cancel)).FirstOrDefault(reference =>
            reference["subject_type"]?.ToString() == "Workspace" && reference["service_model_ref"]?.ToString() == project)?["subject_id"]?.ToString();

    /// <summary>A person in Kantata; who is cut off in between looks first whether it was saved.</summary>
    private async Task<string?> Enter(string id, string workspace, CancellationToken cancel)
    {
        var entry = (await kantata.Records("time_entries", cancel)).FirstOrDefault(each => each["notes"]?.ToString() == id)
            ?? await kantata.Do("time_entries", new()
            {
                ["workspace_id"] = workspace, ["user_id"] = "1", ["role_id"] = "1", ["notes"] = id, ["billable"] = true,
                ["date_performed"] = DateTime.UtcNow.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["time_in_minutes"] = HoursByKantata * 60,
            }, cancel);
        if (entry["approved"]?.GetValue<bool>() is not true) await kantata.Do("time_entries/approve", new() { ["id"] = entry["id"]!.ToString() }, cancel);
        return entry["id"]!.ToString();
    }

    /// <summary>Its invoices, when all of its work is on one.</summary>
    private async Task<string?> Invoice(string project, CancellationToken cancel)
    {
        var data = await callers.Query(
            "query($id: ID!) { invoices(first: 5, filter: { projectId: $id }) { nodes { id status net { amount } } } }", new() { ["id"] = project }, cancel);
        var invoices = data["invoices"]!["nodes"]!.AsArray().OfType<JsonObject>().Where(one => one["status"]!.ToString() is not "DISCARDED").ToList();
        var billed = invoices.Sum(one => decimal.Parse(one["net"]!["amount"]!.ToString(), CultureInfo.InvariantCulture));
        return billed == HourlyRate * (HoursByApi + HoursByKantata) ? string.Join(' ', invoices.Select(one => one["id"]!.ToString())) : null;
    }

    /// <summary>The customer pays what is asked for at Stripe, once each.</summary>
    private async Task<string?> Pays(string invoices, CancellationToken cancel)
    {
        var paid = 0;
        var intents = await stripe.Records("payment_intent", cancel);
        foreach (var invoice in invoices.Split(' '))
        {
            if (intents.FirstOrDefault(one => one["metadata"]?["invoice_id"]?.ToString() == invoice) is not { } intent) continue;
            if (intent["status"]?.ToString() != "succeeded") await stripe.Do("pay", new() { ["payment_intent"] = intent["id"]!.ToString() }, cancel);
            var data = await callers.Query("query($id: ID!) { invoice(id: $id) { status } }", new() { ["id"] = invoice }, cancel);
            if (data["invoice"]!["status"]!.ToString() == "PAID") paid++;
        }

        return paid == invoices.Split(' ').Length ? "paid" : null;
    }

    private static async Task<string> Until(Func<Task<string?>> probe, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                if (await probe() is { } there) return there;
            }
            catch (Exception away) when (away is HttpRequestException or IOException or InvalidOperationException)
            {
                // The vendor's application is down.
            }

            await Task.Delay(Pause, cancel);
        }
    }

    private static JsonObject Quote(string id, string name, string customer, string opportunity) => new()
    {
        ["idempotencyKey"] = $"quote-{id}", ["source"] = "salesforce", ["quoteId"] = id, ["sourceVersion"] = "2026-01-01T00:00:00Z",
        ["opportunityId"] = opportunity, ["name"] = name, ["customerId"] = customer, ["customer"] = Profile(id),
        ["legalEntity"] = "DE01", ["projectTemplate"] = "consulting", ["currency"] = "EUR", ["start"] = "2026-01-01", ["end"] = "2028-12-31",
        ["lines"] = new JsonArray(new JsonObject
        {
            ["id"] = "build", ["service"] = "consulting", ["description"] = name, ["start"] = "2026-01-01", ["end"] = "2028-12-31",
            ["billing"] = new JsonObject
            {
                ["timeAndMaterials"] = new JsonObject
                {
                    ["rates"] = new JsonArray(new JsonObject { ["role"] = "Consultant", ["hourly"] = HourlyRate }),
                    ["cap"] = new JsonObject { ["amount"] = 20_000, ["currency"] = "EUR" },
                },
            },
        }),
    };

    private static JsonObject Work(string id, string project) => new()
    {
        ["idempotencyKey"] = $"work-{id}",
        ["projectId"] = project,
        ["records"] = new JsonArray(new JsonObject
        {
            ["time"] = new JsonObject
            {
                ["sourceId"] = $"timesheet/{id}", ["sourceVersion"] = 1, ["person"] = "Alva Lindqvist", ["role"] = "Consultant",
                ["date"] = DateTime.UtcNow.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), ["hours"] = HoursByApi, ["billable"] = true,
            },
        }),
    };

    private const string Upsert =
        "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { freshness customer { id } errors { ... on UserError { code message } } } }";

    private const string Submit =
        "mutation($input: SubmitQuoteInput!) { submitQuote(input: $input) { freshness quote { id } errors { ... on UserError { code message } } } }";

    private const string Approve =
        "mutation($input: ApproveQuoteInput!) { approveQuote(input: $input) { freshness errors { ... on UserError { code message } } } }";

    private const string ReportWork =
        "mutation($input: ReportWorkInput!) { reportWork(input: $input) { freshness errors { ... on UserError { code message } } } }";

    private const string RunBilling =
        "mutation($input: RunBillingInput!) { runBilling(input: $input) { freshness errors { ... on UserError { code message } } } }";
}
