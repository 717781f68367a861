using Microsoft.Playwright;
using Q2C.EndToEnd;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>The mapping of quote lines lacks a product: found by the delivery that it stops, put right, and the delivery replayed.</summary>
[Collection(Collections.HubInThisProcess)]
public sealed class MappingTests(Browser browser) : IClassFixture<Browser>
{
    private const string Document = "maps/salesforce/quote-line.map";
    private const string Product = "      PS-TRAVEL: travel\n";

    [Fact]
    public async Task A_product_that_the_mapping_lacks_is_added_tried_approved_by_somebody_else_and_the_delivery_replayed()
    {
        var right = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Connectors", "Salesforce", "quote-line.map.yaml"));
        var wrong = right.Replace(Product, "", StringComparison.Ordinal);
        using var policies = new OwnPolicies(($"{Document}.yaml", wrong));
        await using var scene = await Scene.Start(policies.Folder);
        var won = scene.Story.Win(default);
        await using var olga = await browser.Open(scene.Town.Hub, "/exceptions", "olga");
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "PS-TRAVEL" }).ClickAsync();
        await page.Locator(".inbox-scroller button").First.ClickAsync();
        var exception = page.Url;

        await Propose(olga, wrong, right);
        await Approve(scene.Town.Hub);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Version 2 holds" })).ToBeVisibleAsync();

        await page.GotoAsync(exception);
        await page.Locator(".exception").GetByRole(AriaRole.Button, new() { Name = "Retry", Exact = true }).ClickAsync();
        await olga.Decide("The mapping knows the product now.", "Retry");
        await Expect(page.GetByText("Nothing of this cause is open.")).ToBeVisibleAsync();
        await page.GotoAsync($"/engagements/{await won}");
        await Expect(page.Locator(".event", new() { HasText = "Engagement is running" })).ToBeVisibleAsync();
        Assert.Empty(olga.Problems);
    }

    /// <summary>A slip is shown with its place; what is right is tried on the delivery that was stopped, and proposed.</summary>
    private static async Task Propose(Visitor olga, string wrong, string right)
    {
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Connections" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Policies and mappings" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = Document }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Change it" }).ClickAsync();
        var text = page.GetByLabel("The document", new() { Exact = true });
        await text.FillAsync(wrong.Replace("direction: inbound", "direction: inwards", StringComparison.Ordinal));
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Line 2, column 12:");
        await text.FillAsync(right);
        await Expect(page.GetByLabel("What is different")).ToContainTextAsync("PS-TRAVEL");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try it on what was recorded" }).ClickAsync();
        await Expect(page.Locator("tbody .chip", new() { HasText = "Accepted" })).ToBeVisibleAsync();
        await page.GetByLabel("Reason").FillAsync("Travel is sold as a product.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Propose it" }).ClickAsync();

        var proposed = page.GetByRole(AriaRole.Region, new() { Name = "Version 2 is proposed" });
        await proposed.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await olga.Decide("Tried on the delivery that it stops.", "Submit");
        await Expect(proposed).ToContainTextAsync("Somebody who neither wrote nor submitted it has to approve it.");
        Assert.Equal(0, await proposed.GetByRole(AriaRole.Button, new() { Name = "Approve" }).CountAsync());
    }

    private async Task Approve(Uri hub)
    {
        await using var frank = await browser.Open(hub, $"/connections/policies/{Document}", "frank");
        var proposed = frank.Page.GetByRole(AriaRole.Region, new() { Name = "Version 2 is proposed" });
        await Expect(proposed.GetByLabel("What it changes")).ToContainTextAsync("PS-TRAVEL: travel");
        await proposed.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await frank.Decide("Agreed with sales.", "Approve", label: "Note");
        Assert.Empty(frank.Problems);
    }
}
