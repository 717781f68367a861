using System.Text.Json.Nodes;
using Q2C.Gateway.Tests.GraphQL;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

/// <summary>A firm with the portals of two of its customers; a portal's key is its name.</summary>
public sealed class Portals : Engagements
{
    protected override Dictionary<string, string?> Settings { get; } = new(
    [
        .. LimitedCallers.Key("acme", ["customer"], ("Customer", LimitedCallers.CustomerId(LimitedCallers.Acme))),
        .. LimitedCallers.Key("umbrella", ["customer"], ("Customer", LimitedCallers.CustomerId(LimitedCallers.Umbrella))),
    ]);
}

/// <summary>What a customer's portal sees of an engagement on its way from the quote to the money, and what it does not.</summary>
public sealed class PortalTests(Portals portals) : IClassFixture<Portals>
{
    private static readonly string[] OfTheFirm =
    [
        "{ invoices { nodes { preparedBy } } }",
        "{ billableItems { nodes { person } } }",
        "{ exceptions { nodes { message } } }",
        "{ engagement(contractId: \"x\") { timeline { nodes { title } } } }",
        "{ activity { nodes { actor } } }",
        "{ deliveries { nodes { id } } }",
        "{ billingRuns { nodes { id } } }",
        "{ projectMargins(asOf: \"2026-03-31\") { margin { amount } } }",
    ];

    private const string Story =
        """
        { contracts { nodes { name status project { open } } }
          invoices { nodes { number status customer { name } lines { quantity rate net { amount currency } } tax { amount } total { amount } outstanding { amount } payments { amount { amount } reference } } } }
        """;

    [Fact]
    public async Task A_customer_follows_its_engagement_to_the_paid_invoice_and_sees_nothing_of_anybody_else()
    {
        var (contract, _) = await portals.AcceptQuote("portal");
        await portals.AcceptQuote("portal of another", account: LimitedCallers.Umbrella);
        await portals.CatchUp();
        Assert.Equal(
            """{"contracts":{"nodes":[{"name":"Rollout portal","status":"ACTIVATING","project":null}]},"invoices":{"nodes":[]}}""",
            (await portals.Ask("acme", Story)).ToJsonString());

        var project = await portals.Activate(contract);
        var invoice = await Bill(project);
        await Wait.Until(async () => (await Seen())["invoices"]!["nodes"]!.AsArray() is [{ } only] && (string?)only["status"] == "ISSUED");
        Assert.Equal(
            """
            {"contracts":{"nodes":[{"name":"Rollout portal","status":"ACTIVE","project":{"open":true}}]},"invoices":{"nodes":[{"number":"N-1","status":"ISSUED","customer":{"name":"Acme"},"lines":[{"quantity":8,"rate":150,"net":{"amount":1200,"currency":"EUR"}}],"tax":{"amount":228},"total":{"amount":1428},"outstanding":{"amount":1428},"payments":[]}]}}
            """.Trim(), (await Seen()).ToJsonString());

        var paid = (await portals.Ask("automation",
            "mutation ($input: RecordPaymentInput!) { recordPayment(input: $input) { freshness errors { __typename } } }",
            new { input = new { idempotencyKey = "paid", invoiceId = invoice, paymentId = "py-1", amount = new { amount = 1428m, currency = "EUR" }, date = "2026-04-20", reference = "wire 77" } }))["recordPayment"]!;
        Assert.Equal("[]", paid["errors"]!.ToJsonString());
        var settled = (await portals.Ask("acme",
            "query ($token: String) { invoices(atLeast: $token) { nodes { status outstanding { amount } payments { amount { amount } reference } } } }",
            new { token = (string?)paid["freshness"] }))["invoices"]!;
        Assert.Equal(
            """{"nodes":[{"status":"PAID","outstanding":{"amount":0},"payments":[{"amount":{"amount":1428},"reference":"wire 77"}]}]}""", settled.ToJsonString());

        Assert.Equal(
            """{"contracts":{"nodes":[{"name":"Rollout portal of another"}]},"invoices":{"nodes":[]},"invoice":null,"node":null,"project":null}""",
            (await portals.Ask("umbrella",
                "query ($invoice: ID!, $contract: ID!, $project: ID!) { contracts { nodes { name } } invoices { nodes { id } } invoice(id: $invoice) { id } node(id: $contract) { id } project(id: $project) { id } }",
                new { invoice, contract, project })).ToJsonString());

        foreach (var query in OfTheFirm)
        {
            var answer = await portals.Send("acme", query);
            Assert.Equal($"{query} FORBIDDEN", $"{query} {answer["errors"]?[0]?["extensions"]?["code"]}");
        }
    }

    [Fact]
    public async Task A_portal_changes_nothing()
    {
        var answer = await portals.Ask("acme",
            """mutation { disputeInvoice(input: { idempotencyKey: "no", invoiceId: "x", reason: "Too much" }) { errors { __typename ... on UserError { code } } } }""");

        Assert.Equal("""[{"__typename":"ForbiddenError","code":"FORBIDDEN"}]""", answer["disputeInvoice"]!["errors"]!.ToJsonString());
    }

    private Task<JsonNode> Seen() => portals.Ask("acme", Story);

    /// <summary>Eight hours of work, billed, taxed and posted; the invoice's id.</summary>
    private async Task<string> Bill(string project)
    {
        var recorded = await portals.Ask("automation",
            "mutation ($input: RecordTimeInput!) { recordTime(input: $input) { errors { ... on UserError { code } } } }",
            new
            {
                input = new
                {
                    idempotencyKey = "work", projectId = project,
                    entries = new[] { new { sourceId = "time/1", sourceVersion = 1, date = "2026-03-10", person = "Pat", role = "architect", hours = 8 } },
                },
            });
        Assert.Equal("[]", recorded["recordTime"]!["errors"]!.ToJsonString());
        await Wait.Until(async () => (await portals.Ask("fiona",
            "query ($id: ID!) { billableItems(filter: { projectId: $id }) { nodes { id } } }", new { id = project }))["billableItems"]!["nodes"]!.AsArray().Count == 1);
        var run = await portals.Ask("fiona",
            "mutation ($input: RunBillingInput!) { runBilling(input: $input) { errors { ... on UserError { code message } } } }",
            new { input = new { idempotencyKey = "bill", legalEntity = "DE01", cutOff = "2026-03-31", projectIds = new[] { project } } });
        Assert.Equal("[]", run["runBilling"]!["errors"]!.ToJsonString());

        JsonNode? drafted = null;
        await Wait.Until(async () => (drafted = (await portals.Ask("fiona",
            "query ($id: ID!) { invoices(filter: { projectId: $id }) { nodes { id lines { id net { amount } } } } }", new { id = project }))
            ["invoices"]!["nodes"]!.AsArray().SingleOrDefault()) is not null);
        var id = (string)drafted!["id"]!;
        var net = (decimal)drafted["lines"]![0]!["net"]!["amount"]!;
        var tax = Money.Of(net * 0.19m, "EUR");
        await portals.Tell(id, new ReportEffect(
            $"{id}/tax/1", new EffectOutcome.Accepted("t", new TaxAnswer([new((string)drafted["lines"]![0]!["id"]!, tax, 0.19m, "DE")], tax))));
        await portals.Tell(id, new ReportEffect($"{id}/posting/1", new EffectOutcome.Accepted("p", new ErpInvoiceAnswer("N-1"))));
        return id;
    }
}
