using System.Globalization;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Demo;

/// <summary>How every story waits and reads.</summary>
internal sealed class StoryTools(HubClient hub, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Throws <see cref="TimeoutException"/> with the open exceptions if it does not come.</summary>
    public async Task<string> Until(string what, Func<Task<string?>> probe, CancellationToken cancel)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            if (await probe() is { } there) return there;
            if (clock.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"Waited {Patience.TotalMinutes} minutes for {what}. {await Exceptions(cancel)}");
            await Task.Delay(Pause, clock, cancel);
        }
    }

    /// <summary>The first day of a story's project: the first of last month, so that its work lies in the past.</summary>
    public static DateOnly StartOf(DateOnly today) => new DateOnly(today.Year, today.Month, 1).AddMonths(-1);

    /// <summary>Of the month's first whole week; three more follow it before the 28th.</summary>
    public static DateOnly FirstMonday(DateOnly month) => month.AddDays(((int)DayOfWeek.Monday - (int)month.DayOfWeek + 7) % 7);

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string? Text(JsonNode? node, string name) => node is JsonObject json && json[name] is JsonValue value ? value.ToString() : null;

    public static decimal? Number(JsonNode? node, string name) =>
        decimal.TryParse(Text(node, name), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Finance bills a company up to a day; the invoices have the date of today.</summary>
    public Task<JsonObject> Bill(string key, string legalEntity, DateOnly cutOff, CancellationToken cancel) => hub.Mutate(
        DemoStory.Finance, "mutation($input: RunBillingInput!) { runBilling(input: $input) { billingRun { id } " + Errors + " } }", new()
        {
            ["idempotencyKey"] = key, ["legalEntity"] = legalEntity, ["cutOff"] = Iso(cutOff),
            ["invoiceDate"] = Iso(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)),
        }, cancel);

    /// <summary>Somebody else approves, if the invoice waits for that.</summary>
    public async Task Approve(string invoice, Action announce, CancellationToken cancel)
    {
        await Until("tax", async () => await InvoiceStatus(invoice, cancel) is "DRAFT" or "TAXING" ? null : "taxed", cancel);
        if (await InvoiceStatus(invoice, cancel) != "AWAITING_APPROVAL") return;
        announce();
        await hub.Mutate(
            DemoStory.Approver, "mutation($input: ApproveInvoiceInput!) { approveInvoice(input: $input) { invoice { id } " + Errors + " } }", new()
            {
                ["idempotencyKey"] = $"approve-{invoice}", ["invoiceId"] = invoice, ["note"] = "Checked against the contract.",
            }, cancel);
    }

    /// <summary>Work of a Jira project counts for one of the hub's from now on.</summary>
    public Task<JsonObject> LinkJira(string project, string jiraProject, CancellationToken cancel) => hub.Mutate(
        DemoStory.Operator, "mutation($input: LinkWorkProjectInput!) { linkWorkProject(input: $input) { project { id } " + Errors + " } }", new()
        {
            ["idempotencyKey"] = $"link-{project}", ["projectId"] = project, ["connection"] = "jira", ["externalProject"] = jiraProject,
            ["reason"] = "Agreed with the delivery lead.",
        }, cancel);

    public async Task<string?> InvoiceStatus(string invoice, CancellationToken cancel) => Text((await hub.Query(
        DemoStory.Operator, "query($id: ID!) { invoice(id: $id) { status } }", new() { ["id"] = invoice }, cancel))["invoice"], "status");

    /// <summary>The oldest first.</summary>
    public async Task<IReadOnlyList<string>> Invoices(string project, CancellationToken cancel) => [.. (await hub.Query(
        DemoStory.Operator, "query($project: ID!) { invoices(first: 10, filter: { projectId: $project }) { nodes { id } } }",
        new() { ["project"] = project }, cancel))["invoices"]!["nodes"]!.AsArray().Select(invoice => Text(invoice, "id")!).Reverse()];

    public async Task<IReadOnlyList<JsonObject>> Items(string project, CancellationToken cancel) => [.. (await hub.Query(
        DemoStory.Operator, "query($id: ID!) { project(id: $id) { items(first: 100) { nodes { sourceId quantity rate status amount { amount } } } } }",
        new() { ["id"] = project }, cancel))["project"]!["items"]!["nodes"]!.AsArray().OfType<JsonObject>()];

    public const string Errors = "errors { ... on UserError { code message remedy } }";

    private async Task<string> Exceptions(CancellationToken cancel)
    {
        var data = await hub.Query(DemoStory.Operator, "{ exceptions(first: 10) { nodes { code step message remedy } } }", cancel: cancel);
        return string.Join(' ', data["exceptions"]!["nodes"]!.AsArray().OfType<JsonObject>()
            .Select(one => $"{Text(one, "step")}: {Text(one, "message")} {Text(one, "remedy")}"));
    }
}
