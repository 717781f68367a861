using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Q2C.EndToEnd;
using Q2C.Silo.Tests;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>AvaTax loses the firm's company for a while and refuses every invoice: worked off from the alert to a bulk retry.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class OutageTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly string[] Engagements = ["Nordlicht Data platform", "Albatros Warehouse control"];

    [Fact]
    public async Task Invoices_that_avatax_refused_are_worked_off_from_the_alert_to_a_bulk_retry()
    {
        using var policies = new OwnPolicies(("alerts.yaml", "invoice-not-posted: { after-minutes: 0, severity: high }\n"));
        await using var scene = await Scene.Start(policies.Folder);
        foreach (var name in Engagements) await Worked(scene, name);
        await Wait.Until(async () => (await scene.Client.Query(DemoStory.Finance, "{ billableItems(first: 5) { nodes { id } } }"))
            ["billableItems"]!["nodes"]!.AsArray().Count == Engagements.Length);
        scene.Town.AvaTax.Faults.Add(new("transactions.create", FaultKind.Status)
        {
            Status = 404, Body = """{"error":{"code":"EntityNotFoundError","message":"Company not found."}}""", Times = null,
        });
        await scene.Client.Mutate(DemoStory.Finance,
            "mutation($input: RunBillingInput!) { runBilling(input: $input) { errors { ... on UserError { code message } } } }",
            new() { ["idempotencyKey"] = "run", ["legalEntity"] = "DE01", ["cutOff"] = "2026-11-30" });
        await WorkOff(scene);
    }

    private async Task WorkOff(Scene scene)
    {
        await using var olga = await browser.Open(scene.Town.Hub, "/", "olga");
        var page = olga.Page;
        await page.GetByLabel("Alerts").GetByRole(AriaRole.Link, new() { Name = "is not in the books" }).First.ClickAsync();
        var alerts = page.GetByRole(AriaRole.Table, new() { Name = "Alerts" });
        await Expect(alerts.GetByText("is not in the books")).ToHaveCountAsync(Engagements.Length);
        await alerts.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).First.ClickAsync();
        await olga.Decide("I ask AvaTax.", "Acknowledge", label: "Note");
        await Expect(alerts.GetByText("olga: I ask AvaTax.")).ToBeVisibleAsync();

        await alerts.GetByRole(AriaRole.Link, new() { Name = "Nordlicht" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Work", Exact = true }).ClickAsync();
        await Expect(page.GetByText("It is on a draft that cannot go on: ")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "See what to do" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "2 exceptions" }).ClickAsync();

        scene.Town.AvaTax.Faults.Clear();
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry all 2" }).ClickAsync();
        await olga.Decide("AvaTax knows the company again.", "Try it dry");
        await Expect(page.GetByText("2 can be done")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await olga.Decide("The dry run is as expected.", "Start");
        await Expect(page.Locator("tbody .chip", new() { HasText = "Succeeded" })).ToHaveCountAsync(Engagements.Length);

        await page.GetByRole(AriaRole.Link, new() { Name = "Home", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Everything moves. Nothing waits for a person.")).ToBeVisibleAsync();
        await page.GotoAsync("/exceptions/alerts");
        await Expect(page.GetByText("Nothing is over its threshold.")).ToBeVisibleAsync();
        Assert.Empty(olga.Problems);
    }

    /// <summary>An engagement that runs, with work that can be billed.</summary>
    private static async Task Worked(Scene scene, string name)
    {
        var id = name.Split(' ')[0].ToLowerInvariant();
        await scene.Troubles().Sell(id, name, 9_000, "consulting", default);
        string? project = null;
        await Wait.Until(async () => (project = (await scene.Client.Query(DemoStory.Operator,
            "query($search: String) { contracts(first: 1, filter: { search: $search, status: [ACTIVE] }) { nodes { project { id } } } }",
            new() { ["search"] = name }))["contracts"]!["nodes"]!.AsArray().FirstOrDefault()?["project"]?["id"]?.ToString()) is not null);
        await scene.Client.Mutate("dana",
            "mutation($input: RecordTimeInput!) { recordTime(input: $input) { errors { ... on UserError { code message } } } }",
            new()
            {
                ["idempotencyKey"] = id, ["projectId"] = project,
                ["entries"] = new JsonArray(new JsonObject
                {
                    ["sourceId"] = $"{id}/1", ["sourceVersion"] = 1, ["date"] = "2026-11-02", ["person"] = "Alva", ["role"] = "Consultant", ["hours"] = 8,
                }),
            });
    }
}
