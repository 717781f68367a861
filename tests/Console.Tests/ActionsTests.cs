using System.Text;
using Microsoft.Playwright;
using Q2C.Simulators.Core;
using Q2C.Simulators.Stripe;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>What people do on the pages of the stage.</summary>
public sealed partial class PagesTests
{
    [Fact]
    public async Task Money_that_goes_back_is_decided_by_a_second_person()
    {
        await using var fiona = await browser.Open(stage.Scene.Town.Hub, "/billing/approvals", "fiona");
        await Expect(fiona.Page.Locator("tbody tr", new() { HasText = "€15,000.00" })).ToContainTextAsync("waits for somebody else");
        Assert.Equal(0, await fiona.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).CountAsync());

        await using var frank = await browser.Open(stage.Scene.Town.Hub, "/", "frank");
        await frank.Page.GetByRole(AriaRole.Link, new() { Name = "Refund: Paid twice by mistake." }).ClickAsync();
        await frank.Page.GetByRole(AriaRole.Button, new() { Name = "Decline" }).ClickAsync();
        await Expect(frank.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("€15,000.00 goes back to Kranich Schiffstechnik GmbH. fiona asks for it");
        await frank.Decide("Both payments were owed.", "Decline");

        await Expect(frank.Page.GetByText("Nothing waits for a second person.")).ToBeVisibleAsync();
        await Expect(fiona.Page.GetByText("Nothing waits for a second person.")).ToBeVisibleAsync();
        await frank.Page.GotoAsync("/billing/approvals?state=decided");
        await Expect(frank.Page.Locator("tbody tr", new() { HasText = "€15,000.00" })).ToContainTextAsync("Declined");
        Assert.Empty(frank.Problems.Concat(fiona.Problems));
    }

    [Fact]
    public async Task Billing_is_held_and_released_with_a_reason_each()
    {
        await using var fiona = await browser.Open(stage.Scene.Town.Hub, stage.Fill("/engagements/{contract}/work"), "fiona");
        var page = fiona.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Hold billing" }).ClickAsync();
        await fiona.Decide("The customer asks what the order covers.", "Hold");
        await Expect(page.GetByLabel("Holds of billing")).ToContainTextAsync("is held by fiona");
        await page.ReloadAsync();
        await Expect(page.Locator(".answers")).ToContainTextAsync("fiona holds its billing back: The customer asks what the order covers.");

        await page.GotoAsync("/billing/holds");
        await page.Locator("tbody tr", new() { HasText = "what the order covers" }).GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await fiona.Decide("They have agreed.", "Release");
        await Expect(page.GetByText("Nothing is held back.")).ToBeVisibleAsync();
        Assert.Empty(fiona.Problems);
    }

    [Fact]
    public async Task A_payment_whose_event_names_the_wrong_record_is_corrected_tried_and_approved_by_a_second_person()
    {
        var stripe = stage.Scene.Town.Stripe;
        stripe.HoldWebhooks();
        var payment = stripe.PayByMetadata(new() { ["invoice_id"] = stage.Fill("{invoice}") }, 1_000, "eur")["id"]!.ToString();
        await Deliver("""{"id":"evt_mistyped","object":"event","type":"payment_intent.succeeded","created":1793000000,"data":{"object":{"id":"pi_mistyped"}}}""");
        await using var olga = await browser.Open(stage.Scene.Town.Hub, "/exceptions/all?code=PAYMENT_UNKNOWN", "olga");
        var page = olga.Page;
        await page.Locator(".inbox-scroller button").First.ClickAsync();
        await page.Locator(".exception").GetByRole(AriaRole.Button, new() { Name = "Correct and retry" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        var body = dialog.GetByLabel("What should have been delivered");
        await Expect(dialog.GetByText("Stripe does not know the payment pi_mistyped")).ToBeVisibleAsync();
        await body.FillAsync((await body.InputValueAsync()).Replace("pi_mistyped", payment, StringComparison.Ordinal));
        await Expect(dialog.GetByRole(AriaRole.Table, new() { Name = "What would come of it" })).ToContainTextAsync("moves money");
        await olga.Decide("Their event was typed by hand.", "Propose it");
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at it" }).ClickAsync();
        await Expect(page.GetByText("A second person has to decide.")).ToBeVisibleAsync();
        Assert.Equal(0, await page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).CountAsync());

        await using var frank = await browser.Open(stage.Scene.Town.Hub, "/exceptions/corrections", "frank");
        await frank.Page.GetByRole(AriaRole.Link, new() { Name = "stripe, delivery" }).ClickAsync();
        await frank.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await frank.Decide("The payment is in Stripe.", "Approve", label: "Note");
        await Expect(frank.Page.Locator(".panel .chip", new() { HasText = "Sent" })).ToBeVisibleAsync();
        await frank.Page.GotoAsync(stage.Fill("/invoices/{invoice}"));
        await Expect(frank.Page.GetByRole(AriaRole.Table, new() { Name = "Payments" })).ToContainTextAsync("€10.00");
        Assert.Empty(olga.Problems.Concat(frank.Problems));
    }

    /// <summary>As Stripe would, signature and all.</summary>
    private async Task Deliver(string body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Scene.Town.Hub, "/webhooks/stripe"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Stripe-Signature", StripeSignature.Header(new StripeOptions().WebhookSecret, TimeProvider.System.GetUtcNow(), body));
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_system_is_asked_whether_it_answers_and_what_it_has_of_what_was_sent()
    {
        await using var olga = await browser.Open(stage.Scene.Town.Hub, "/connections/netsuite", "olga");
        var page = olga.Page;
        var health = page.GetByRole(AriaRole.Region, new() { Name = "Health" });
        await Expect(health).ToContainTextAsync("Answers");
        stage.Scene.Town.NetSuite.Faults.Add(new(".*", FaultKind.Status) { Status = 503, Body = "{}", Times = null });

        await health.GetByRole(AriaRole.Button, new() { Name = "Test call" }).ClickAsync();
        await olga.Decide("Is it back?", "Call");
        await Expect(health).ToContainTextAsync("Does not answer as it should");
        stage.Scene.Town.NetSuite.Faults.Clear();
        await health.GetByRole(AriaRole.Button, new() { Name = "Test call" }).ClickAsync();
        await olga.Decide("And now?", "Call");
        await Expect(health.Locator(".chip")).ToHaveTextAsync("Answers");

        await page.GetByRole(AriaRole.Button, new() { Name = "Compare now" }).ClickAsync();
        await olga.Decide("Month end.", "Compare");
        await Expect(page.GetByText("is there as it was sent.")).ToBeVisibleAsync();
        Assert.Empty(olga.Problems);
    }

    [Fact]
    public async Task The_lists_are_made_anew_by_an_administrator_alone()
    {
        await using var audrey = await browser.Open(stage.Scene.Town.Hub, "/system", "audrey");
        await Expect(audrey.Page.GetByText("Every list has all that the journal has.")).ToBeVisibleAsync();
        Assert.Equal(0, await audrey.Page.GetByRole(AriaRole.Button, new() { Name = "Rebuild the lists" }).CountAsync());

        await using var ada = await browser.Open(stage.Scene.Town.Hub, "/system", "ada");
        await ada.Page.GetByRole(AriaRole.Button, new() { Name = "Rebuild the lists" }).ClickAsync();
        await ada.Decide("A list was wrong.", "Rebuild");

        var lists = ada.Page.GetByRole(AriaRole.Region, new() { Name = "Lists" });
        await Expect(lists).ToContainTextAsync("Took");
        await Expect(lists).ToContainTextAsync("Every list has all that the journal has.");
        await ada.Page.GotoAsync(stage.Fill("/engagements/{contract}"));
        await Expect(ada.Page.Locator(".event", new() { HasText = "Engagement is running" })).ToBeVisibleAsync();
        Assert.Empty(ada.Problems);
    }

    [Fact]
    public async Task A_bulk_action_of_which_half_fails_rests_says_which_and_goes_on()
    {
        await using var olga = await browser.Open(stage.Scene.Town.Hub, "/exceptions", "olga");
        var page = olga.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Title has already been taken" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry all 2" }).ClickAsync();
        await olga.Decide("One of the two was renamed.", "Try it dry");
        await Expect(page.GetByText("2 can be done")).ToBeVisibleAsync();
        stage.Scene.Town.Kantata.Faults.Add(new("workspaces.create", FaultKind.Status)
        {
            Status = 422, Body = """{"errors":[{"type":"validation","message":"Title is too long"}]}""",
        });

        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await olga.Decide("The dry run is as expected.", "Start");
        await Expect(page.Locator(".page-head .chip")).ToHaveTextAsync("Paused");
        await Expect(page.Locator("tbody tr", new() { HasText = "Title is too long" }).Locator(".chip", new() { HasText = "Failed" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await olga.Decide("The other one is right.", "Go on");

        await Expect(page.Locator(".page-head .chip")).ToHaveTextAsync("Completed");
        await Expect(page.Locator("tbody .chip", new() { HasText = "Succeeded" })).ToHaveCountAsync(1);
        Assert.Empty(olga.Problems);
    }

    [Fact]
    public async Task Whoever_acts_on_what_is_settled_meanwhile_is_told_so_and_keeps_what_they_wrote()
    {
        await using var slow = await browser.Open(stage.Scene.Town.Hub, "/exceptions/all?q=consultng", "olga");
        await slow.Page.Locator(".inbox-scroller button").First.ClickAsync();
        await slow.Page.Locator(".exception").GetByRole(AriaRole.Button, new() { Name = "Retry", Exact = true }).ClickAsync();
        var dialog = slow.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("I have looked at it for a while.");

        await using var quick = await browser.Open(stage.Scene.Town.Hub, "/exceptions/all?q=consultng", "olga");
        await quick.Page.Locator(".inbox-scroller button").First.ClickAsync();
        await quick.Page.GetByRole(AriaRole.Button, new() { Name = "Correct and retry" }).ClickAsync();
        await quick.Page.GetByRole(AriaRole.Textbox, new() { Name = "Project template" }).FillAsync("consulting");
        await quick.Decide("Typing error in the quote.", "Correct and retry");

        await dialog.GetByRole(AriaRole.Button, new() { Name = "Retry", Exact = true }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(dialog.GetByLabel("Reason")).ToHaveValueAsync("I have looked at it for a while.");
        Assert.Empty(slow.Problems.Concat(quick.Problems));
    }
}
