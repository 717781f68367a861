using Microsoft.Playwright;
using Q2C.EndToEnd;
using Q2C.Simulators.Demo;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>The story of the first run, watched in the console, and worked there where people work it at the hub.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class FirstRunTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task From_an_empty_list_to_cash_with_a_billing_run_and_an_approval_in_the_console()
    {
        await using var scene = await Scene.Start();
        await using var fiona = await browser.Open(scene.Town.Hub, "/engagements", "fiona");
        var page = fiona.Page;
        await Expect(page.GetByText("There is no engagement yet.")).ToBeVisibleAsync();

        var contract = await scene.Story.Win(default);
        await page.GetByRole(AriaRole.Link, new() { Name = "Kranich - Fleet maintenance platform" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Uri(scene.Town.Hub, $"/engagements/{contract}").ToString());
        await Expect(page.Locator(".event", new() { HasText = "Engagement is running" })).ToBeVisibleAsync();

        var project = await scene.Story.Activated(contract, default);
        await scene.Story.Deliver(project, default);
        await scene.Story.Correct(project, default);
        await Expect(page.Locator(".event", new() { HasText = "Time corrected at its source" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Work", Exact = true }).ClickAsync();
        await Expect(page.GetByText("It can be billed: the next billing run with a cut-off on or after")).ToBeVisibleAsync();
        await Expect(page.GetByText("It is beyond a limit of the contract.")).ToBeVisibleAsync();

        var invoice = await Bill(page);
        await Approve(scene.Town.Hub, invoice, page);
        await scene.Story.Pay(invoice, default);
        await Expect(page.Locator(".page-head .chip")).ToHaveTextAsync("Paid");
        await scene.Story.Amend(contract, project, default);

        await page.GotoAsync($"/engagements/{contract}/contract");
        await Expect(page.GetByText("not to exceed €30,000.00")).ToBeVisibleAsync();
        Assert.Empty(fiona.Problems);
        await Ending.Is(Ending.Undisturbed, scene.Town, scene.Client, new DemoResult(contract, project, invoice));
    }

    /// <summary>The preview says what the run then bills.</summary>
    private static async Task<string> Bill(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Billing", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New billing run" }).ClickAsync();
        await page.GetByLabel("Company").FillAsync("DE01");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(page.GetByText("€32,528.00 for 14 items of 1 project would be invoiced.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start the run" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Draft" }).ClickAsync();
        await Expect(page.GetByText("A second person has to approve this")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true })).ToHaveCountAsync(0);
        return new Uri(page.Url).Segments[^1];
    }

    /// <summary>Somebody else approves; whoever watches sees it.</summary>
    private async Task Approve(Uri hub, string invoice, IPage watching)
    {
        await using var frank = await browser.Open(hub, "/", "frank");
        var page = frank.Page;
        await page.Locator(".panel", new() { HasText = "Waits for approval" }).GetByRole(AriaRole.Link, new() { Name = "Kranich" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Note").FillAsync("Checked against the order.");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await Expect(page.Locator(".page-head .chip")).ToHaveTextAsync("Issued");
        await Expect(watching.Locator(".page-head .chip")).ToHaveTextAsync("Issued");
        Assert.Empty(frank.Problems);
    }
}

internal static class Collections
{
    /// <summary>Stories whose hub reads its secrets from the environment of this process: one at a time.</summary>
    public const string HubInThisProcess = "hub in this process";
}
