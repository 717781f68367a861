using Microsoft.Playwright;
using Q2C.EndToEnd;
using Q2C.Silo.Tests;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>What <c>docs/walkthrough.md</c> says, step by step, in the console alone.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class WalkthroughTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Three_faults_that_stop_four_engagements_are_found_and_worked_off()
    {
        await using var scene = await Scene.Start();
        await scene.Troubles().Play(default);
        await using var olga = await browser.Open(scene.Town.Hub, "/", "olga");
        var page = olga.Page;

        await Expect(page.Locator(".page-head")).ToContainTextAsync("4 exceptions wait for a person");
        await page.GetByRole(AriaRole.Link, new() { Name = "4 exceptions" }).ClickAsync();
        await Expect(page.Locator(".page-head")).ToContainTextAsync("4 exceptions of 3 causes in 4 engagements");
        await RetryAllOfACause(olga);
        await CorrectTheTemplate(olga);
        await RetryOne(olga);

        await page.GetByRole(AriaRole.Link, new() { Name = "Home", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Everything moves. Nothing waits for a person.")).ToBeVisibleAsync();
        await Wait.Until(async () => (await scene.Client.Query(
            "olga", "{ contracts(first: 10, filter: { status: [ACTIVE] }) { nodes { id } } }"))["contracts"]!["nodes"]!.AsArray().Count == 4);
        await page.GotoAsync("/system/audit?q=renamed");
        await Expect(page.Locator("tbody")).ToContainTextAsync("The old projects were renamed in Kantata.");
        Assert.Empty(olga.Problems);
    }

    /// <summary>Two of one cause: tried dry, then done, with a result for each.</summary>
    private static async Task RetryAllOfACause(Visitor olga)
    {
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Title has already been taken" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Project in PSA" })).ToContainTextAsync("What to do");
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry all 2" }).ClickAsync();
        await olga.Decide("The old projects were renamed in Kantata.", "Try it dry");
        await Expect(page.GetByText("2 can be done")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await olga.Decide("The dry run is as expected.", "Start");
        await Expect(page.Locator(".page-head .chip")).ToHaveTextAsync("Completed");
        await Expect(page.Locator("tbody .chip", new() { HasText = "Succeeded" })).ToHaveCountAsync(2);
    }

    private static async Task CorrectTheTemplate(Visitor olga)
    {
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Exceptions" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "consultng" }).ClickAsync();
        await page.Locator(".inbox-scroller button").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Correct and retry" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Project template" }).FillAsync("consulting");
        await olga.Decide("Typing error in the quote.", "Correct and retry");
        await Expect(page.GetByText("Nothing of this cause is open.")).ToBeVisibleAsync();
    }

    private static async Task RetryOne(Visitor olga)
    {
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "By cause" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "You do not have permission" }).ClickAsync();
        await page.Locator(".inbox-scroller button").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it" }).ClickAsync();
        await olga.Decide("I ask NetSuite's administrator.", "Take it");
        await Expect(page.Locator(".exception").GetByRole(AriaRole.Button, new() { Name = "Give it back" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("r");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Retry" }).ClickAsync();
        await Expect(page.GetByText("Say why")).ToBeVisibleAsync();
        await olga.Decide("The permission is back.", "Retry");
        await Expect(page.GetByText("Nothing of this cause is open.")).ToBeVisibleAsync();
    }
}
