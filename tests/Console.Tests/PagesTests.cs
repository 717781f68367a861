using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Q2C.EndToEnd;
using Q2C.Simulators.Demo;
using static Microsoft.Playwright.Assertions;

namespace Q2C.Console.Tests;

/// <summary>
/// Every page, with an engagement that went from quote to cash, four that are stuck, and texts of vendors that mean harm.
/// With <c>Q2C_SCREENSHOTS</c> each is pictured in that folder: those of <c>docs/images</c> come from here.
/// </summary>
[Collection(Collections.HubInThisProcess)]
public sealed partial class PagesTests(PagesTests.Stage stage, Browser browser) : IClassFixture<PagesTests.Stage>, IClassFixture<Browser>
{
    private const int JpegQuality = 82;
    private const string Hostile = "<img src=x onerror=alert(1)>=HYPERLINK(\"http://x\")\u202e\u2066gnp.exe";

    [Theory]
    [InlineData("home", "/", "ada")]
    [InlineData("engagements", "/engagements", "ada")]
    [InlineData("quotes", "/engagements/quotes", "sam")]
    [InlineData("timeline", "/engagements/{contract}", "ada")]
    [InlineData("contract", "/engagements/{contract}/contract", "ada")]
    [InlineData("work", "/engagements/{contract}/work", "ada")]
    [InlineData("invoices-of", "/engagements/{contract}/invoices", "ada")]
    [InlineData("systems", "/engagements/{contract}/systems", "ada")]
    [InlineData("revenue", "/engagements/{contract}/revenue", "ada")]
    [InlineData("exceptions", "/exceptions", "olga")]
    [InlineData("exceptions-all", "/exceptions/all", "olga")]
    [InlineData("exception", "/exceptions/all?id={exception}", "olga")]
    [InlineData("bulk", "/exceptions/bulk", "olga")]
    [InlineData("corrections", "/exceptions/corrections", "frank")]
    [InlineData("alerts", "/exceptions/alerts", "olga")]
    [InlineData("runs", "/billing", "fiona")]
    [InlineData("run", "/billing/runs/{run}", "fiona")]
    [InlineData("invoices", "/billing/invoices", "fiona")]
    [InlineData("unbilled", "/billing/unbilled", "fiona")]
    [InlineData("receivables", "/billing/receivables", "fiona")]
    [InlineData("invoice", "/invoices/{invoice}", "fiona")]
    [InlineData("approvals", "/billing/approvals", "frank")]
    [InlineData("holds", "/billing/holds", "fiona")]
    [InlineData("connections", "/connections", "olga")]
    [InlineData("connection", "/connections/kantata", "olga")]
    [InlineData("policies", "/connections/policies", "olga")]
    [InlineData("policy", "/connections/policies/legal-entities", "olga")]
    [InlineData("delivery", "/deliveries/1", "olga")]
    [InlineData("system", "/system", "ada")]
    [InlineData("audit", "/system/audit", "audrey")]
    public async Task A_page_has_no_barrier_in_light_or_dark_and_fits_a_phone(string name, string path, string persona)
    {
        await using var desktop = await browser.Open(stage.Scene.Town.Hub, stage.Fill(path), persona);
        await desktop.Settled();
        await NoBarrier(desktop);
        await Picture(desktop, name);
        await desktop.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await NoBarrier(desktop);
        await Picture(desktop, $"{name}-dark");

        await desktop.Page.SetViewportSizeAsync(400, 860);
        Assert.Equal(0, await desktop.Overflow());
        await Picture(desktop, $"{name}-phone-dark");
        await desktop.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Picture(desktop, $"{name}-phone");
        Assert.Empty(desktop.Problems);
    }

    [Fact]
    public async Task Texts_of_vendors_are_shown_as_they_are_and_do_nothing()
    {
        await using var sam = await browser.Open(stage.Scene.Town.Hub, "/engagements/quotes", "sam");

        var row = sam.Page.Locator("tbody tr", new() { HasText = "onerror" });

        await Expect(row.Locator("bdi").First).ToHaveTextAsync(Hostile);
        Assert.Equal(0, await sam.Page.Locator("main img").CountAsync());
        Assert.Empty(sam.Problems);
    }

    [Fact]
    public async Task What_somebody_may_not_do_is_not_shown_and_is_refused()
    {
        var hub = stage.Scene.Town.Hub;
        await using var dana = await browser.Open(hub, stage.Fill("/exceptions/all?id={exception}"), "dana");
        await Expect(dana.Page.GetByText("an operator can retry it")).ToBeVisibleAsync();
        foreach (var action in new[] { "Retry", "Skip" })
            Assert.Equal(0, await dana.Page.GetByRole(AriaRole.Button, new() { Name = action }).CountAsync());
        Assert.Equal(0, await dana.Page.GetByRole(AriaRole.Checkbox).CountAsync());
        Assert.Equal(0, await dana.Page.GetByRole(AriaRole.Link, new() { Name = "Billing" }).CountAsync());
        await dana.Page.Keyboard.PressAsync("r");
        Assert.Equal(0, await dana.Page.GetByRole(AriaRole.Dialog).CountAsync());
        await NotShown(dana, "/connections/kantata", "Pause", "Test call", "Compare now", "Policies and mappings");
        await NotShown(dana, stage.Fill("/engagements/{contract}"), "Hold billing", "Revenue");

        var refused = await dana.Page.EvaluateAsync<string>(
            """
            async id => {
              const { token } = await (await fetch('/dev/token', {
                method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: 'dana' }) })).json();
              const answer = await fetch('/graphql', {
                method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
                body: JSON.stringify({
                  query: 'mutation($input: RetryExceptionInput!) { retryException(input: $input) { errors { __typename } } }',
                  variables: { input: { idempotencyKey: 'forbidden', exceptionId: id, reason: 'no' } } }) });
              return JSON.stringify((await answer.json()).data.retryException.errors);
            }
            """, stage.Exception);
        Assert.Equal("""[{"__typename":"ForbiddenError"}]""", refused);
    }

    [Fact]
    public async Task When_the_line_is_lost_what_was_read_stays_and_goes_on_when_it_is_back()
    {
        await using var olga = await browser.Open(stage.Scene.Town.Hub, "/connections", "olga");
        await Expect(olga.Page.GetByRole(AriaRole.Heading, new() { Name = "kantata" })).ToBeVisibleAsync();

        await olga.Offline(true);
        await Expect(olga.Page.GetByText("The gateway cannot be reached.")).ToBeVisibleAsync();
        await Expect(olga.Page.GetByRole(AriaRole.Heading, new() { Name = "kantata" })).ToBeVisibleAsync();

        await olga.Offline(false);
        await Expect(olga.Page.GetByText("The gateway cannot be reached.")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task When_the_sign_in_has_ended_nothing_typed_is_lost()
    {
        await using var olga = await browser.Open(stage.Scene.Town.Hub, stage.Fill("/exceptions/all?id={exception}"), "olga");
        var page = olga.Page;
        await page.Locator(".exception").GetByRole(AriaRole.Button, new() { Name = "Retry", Exact = true }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("Typed before the end.");
        await page.RouteAsync("**/graphql", route => route.ContinueAsync(new()
        {
            Headers = new Dictionary<string, string>(route.Request.Headers) { ["authorization"] = "Bearer dev.olga.1.forged" },
        }));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your sign-in has ended" })).ToBeVisibleAsync();
        await page.UnrouteAllAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in again as olga" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your sign-in has ended" })).ToHaveCountAsync(0);
        await Expect(page.GetByLabel("Reason")).ToHaveValueAsync("Typed before the end.");
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_chooses_who_to_be_and_comes_to_the_page_that_was_asked_for()
    {
        await using var nobody = await browser.Open(stage.Scene.Town.Hub, "/billing/invoices");
        await Expect(nobody.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Where every engagement stands, from quote to cash.");
        await NoBarrier(nobody);
        await Picture(nobody, "sign-in");

        await nobody.Page.GetByRole(AriaRole.Button, new() { Name = "Fiona" }).ClickAsync();

        await Expect(nobody.Page.GetByRole(AriaRole.Table, new() { Name = "Invoices" })).ToBeVisibleAsync();
        Assert.Empty(nobody.Problems);
    }

    private static async Task NotShown(Visitor visitor, string path, params string[] actions)
    {
        await visitor.Page.GotoAsync(path);
        await visitor.Settled();
        foreach (var action in actions) Assert.Equal(0, await visitor.Page.GetByText(action, new() { Exact = true }).CountAsync());
    }

    private static async Task NoBarrier(Visitor visitor)
    {
        if (await visitor.Barriers() is { Count: > 0 } barriers) Assert.Fail(string.Join('\n', barriers));
    }

    private static async Task Picture(Visitor visitor, string name)
    {
        if (Environment.GetEnvironmentVariable("Q2C_SCREENSHOTS") is { Length: > 0 } folder)
            await visitor.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.jpg"), Type = ScreenshotType.Jpeg, Quality = JpegQuality });
    }

    public sealed class Stage : IAsyncLifetime
    {
        private Dictionary<string, string> _ids = [];

        internal Scene Scene { get; private set; } = null!;

        public string Exception { get; private set; } = "";

        public string Fill(string path) => _ids.Aggregate(path, (text, id) => text.Replace($"{{{id.Key}}}", Uri.EscapeDataString(id.Value), StringComparison.Ordinal));

        public async Task InitializeAsync()
        {
            Scene = await Scene.Start();
            var played = await Scene.Story.Play(default);
            var run = (await Scene.Client.Query(DemoStory.Operator, "{ billingRuns(first: 1) { nodes { id } } }"))["billingRuns"]!["nodes"]![0]!["id"]!.ToString();
            await WaitForASecondPerson(played);
            var troubles = Scene.Troubles();
            await troubles.Offer("hostile", Hostile, 1_000, "consulting", default);
            await troubles.Play(default);
            Exception = (await Scene.Stuck())["id"]!.ToString();
            _ids = new()
            {
                ["contract"] = played.Contract, ["invoice"] = played.Invoice, ["run"] = run, ["exception"] = Exception,
            };
        }

        /// <summary>Money is asked back, more than the company's threshold.</summary>
        private async Task WaitForASecondPerson(DemoResult played)
        {
            var customer = (await Scene.Client.Query(DemoStory.Finance, "query($id: ID!) { contract(id: $id) { customer { id } } }",
                new() { ["id"] = played.Contract }))["contract"]!["customer"]!["id"]!.ToString();
            await Scene.Client.Mutate(DemoStory.Finance,
                "mutation($input: RefundCustomerInput!) { refundCustomer(input: $input) { errors { ... on UserError { code message } } } }",
                new()
                {
                    ["idempotencyKey"] = "refund", ["customerId"] = customer, ["refundId"] = "R-1", ["legalEntity"] = "DE01",
                    ["amount"] = new JsonObject { ["amount"] = 15_000, ["currency"] = "EUR" }, ["date"] = "2026-11-02",
                    ["invoiceId"] = played.Invoice, ["reason"] = "Paid twice by mistake.",
                });
        }

        public async Task DisposeAsync() => await Scene.DisposeAsync();
    }
}
