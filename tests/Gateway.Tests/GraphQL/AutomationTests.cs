using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What CRM and PSA automations send.</summary>
public sealed class AutomationTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Upsert =
        "mutation ($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { customer { id name references { system type id } } freshness errors { __typename ... on UserError { code path } } } }";

    private const string Submit =
        "mutation ($input: SubmitQuoteInput!) { submitQuote(input: $input) { quote { id status source lines { id } contract { id } } freshness errors { ... on UserError { code path } } } }";

    private const string Approve =
        "mutation ($input: ApproveQuoteInput!) { approveQuote(input: $input) { quote { status decidedBy } freshness errors { ... on UserError { code } } } }";

    private static readonly object Address = new { line1 = "1 Main Street", city = "Berlin", postalCode = "10115", country = "DE" };
    private static readonly object Profile = new { name = "Birch", billTo = Address, currency = "EUR" };

    [Fact]
    public async Task A_customer_is_registered_once_and_an_older_record_changes_nothing()
    {
        var first = await Ask("automation", Upsert, Customer("u1", "2026-03-02T10:00:00Z", Profile));
        var again = await Ask("automation", Upsert, Customer("u1", "2026-03-02T10:00:00Z", Profile));
        var older = await Ask("automation", Upsert, Customer("u2", "2026-03-01T10:00:00Z", new { name = "Old", billTo = Address, currency = "EUR" }));
        var wrong = await Ask("automation", Upsert, Customer("u3", "2026-03-03T10:00:00Z", new { name = "", billTo = Address, currency = "EUR" }));

        Assert.Equal("[]", first["errors"]!.ToJsonString());
        Assert.Equal("""[{"system":"hubspot","type":"company","id":"77"}]""", first["customer"]!["references"]!.ToJsonString());
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal("Birch", (string?)older["customer"]!["name"]);
        Assert.Equal("""[{"__typename":"RefusedError","code":"NAME_MISSING","path":"profile.name"}]""", wrong["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task A_quote_that_a_machine_submits_and_approves_becomes_a_contract()
    {
        var submitted = await Ask("automation", Submit, Quote("s1", "Q-1", "O-1"));
        var id = (string)submitted["quote"]!["id"]!;
        Assert.Equal("SUBMITTED", (string?)submitted["quote"]!["status"]);
        Assert.Null(submitted["quote"]!["contract"]);

        var approved = await Ask("automation", Approve, new { idempotencyKey = "a1", quoteId = id });
        Assert.Equal("""{"status":"APPROVED","decidedBy":"automation"}""", approved["quote"]!.ToJsonString());

        const string Story =
            "query ($id: ID!) { node(id: $id) { ... on Quote { contract { engagement { timeline(first: 3) { nodes { title } } } } } } }";
        string? titles = null;
        await Wait.Until(async () =>
        {
            var contract = (await engagements.Ask("sam", Story, new { id }))["node"]!["contract"];
            titles = contract?["engagement"]!["timeline"]!["nodes"]!.ToJsonString();
            return contract?["engagement"]!["timeline"]!["nodes"]!.AsArray().Count == 3;
        });
        Assert.Equal("""[{"title":"Quote submitted"},{"title":"Quote approved"},{"title":"Quote accepted"}]""", titles);
    }

    [Fact]
    public async Task Who_submits_a_quote_does_not_approve_it()
    {
        var id = (string)(await Ask("sam", Submit, Quote("s2", "Q-2", "O-2")))["quote"]!["id"]!;

        var own = await Ask("sam", Approve, new { idempotencyKey = "a2", quoteId = id });
        var other = await Ask("frank", Approve, new { idempotencyKey = "a2", quoteId = id });

        Assert.Equal("""[{"code":"OWN_QUOTE"}]""", own["errors"]!.ToJsonString());
        Assert.Equal("APPROVED", (string?)other["quote"]!["status"]);
    }

    [Fact]
    public async Task Quotes_are_listed_whoever_decided_them()
    {
        var (contract, _) = await engagements.AcceptQuote("O-crm");
        await engagements.CatchUp();
        var declined = await Ask("sam", Submit, Quote("s3", "Q-3", "O-3"));
        var input = new { idempotencyKey = "d3", quoteId = (string?)declined["quote"]!["id"], reason = "Too dear" };
        var decline = await Ask(
            "frank", "mutation ($input: DeclineQuoteInput!) { declineQuote(input: $input) { freshness errors { __typename } } }", input);

        var quotes = await engagements.Ask("sam",
            """
            query ($token: String) { quotes(atLeast: $token, orderBy: { field: SUBMITTED_AT }) { nodes {
                opportunityId status reason submittedBy contract { id } lines { id } } } }
            """, new { token = (string?)decline["freshness"] });

        var nodes = quotes["quotes"]!["nodes"]!.AsArray();
        Assert.Equal(
            $$$"""{"opportunityId":"O-crm","status":"APPROVED","reason":null,"submittedBy":null,"contract":{"id":"{{{contract}}}"},"lines":[{"id":"line-1"},{"id":"line-2"}]}""",
            nodes.Single(node => (string?)node!["opportunityId"] == "O-crm")!.ToJsonString());
        Assert.Equal(
            """{"opportunityId":"O-3","status":"DECLINED","reason":"Too dear","submittedBy":"sam","contract":null,"lines":[{"id":"L1"}]}""",
            nodes.Single(node => (string?)node!["opportunityId"] == "O-3")!.ToJsonString());
    }

    [Fact]
    public async Task Discounts_down_payment_and_retention_are_agreed_with_the_quote()
    {
        object Agreed(object down) => new
        {
            discounts = new[] { new { id = "opening", name = "Opening offer", amount = new { amount = 500m, currency = "EUR" } } },
            downPayment = down, retention = new { percent = 5m, of = "TOTAL" },
        };
        var refused = await Ask("sam", Submit, Quote("c1", "Q-c1", "O-c1", conditions: Agreed(new { percent = 120m })));
        Assert.Equal(
            """[{"code":"DOWN_PAYMENT_INVALID","path":"conditions.downPayment.percent"}]""", refused["errors"]!.ToJsonString());

        var agreed = await Ask("automation", Submit, Quote("c2", "Q-c2", "O-c2", conditions: Agreed(new { percent = 20m, deduct = "PROPORTIONAL", lines = new[] { "L1" } })));
        Assert.Equal("[]", agreed["errors"]!.ToJsonString());
        var id = (string)agreed["quote"]!["id"]!;
        await Ask("automation", Approve, new { idempotencyKey = "c3", quoteId = id });
        const string Terms =
            """
            query ($id: ID!) { node(id: $id) { ... on Quote { contract { terms { conditions {
              discounts { id amount { amount } lines use } downPayment { percent deduct lines } retention { percent of } } } } } } }
            """;
        string? conditions = null;
        await Wait.Until(async () => (conditions = (await engagements.Ask("sam", Terms, new { id }))["node"]!["contract"]?["terms"]!["conditions"]!.ToJsonString()) is not null);
        Assert.Equal(
            """{"discounts":[{"id":"opening","amount":{"amount":500},"lines":null,"use":null}],"downPayment":{"percent":20,"deduct":"PROPORTIONAL","lines":["L1"]},"retention":{"percent":5,"of":"TOTAL"}}""",
            conditions);
    }

    [Fact]
    public async Task Retention_is_released_by_finance_on_an_invoice_that_is_there()
    {
        const string Release =
            "mutation ($input: ReleaseRetentionInput!) { releaseRetention(input: $input) { invoice { id } errors { __typename ... on UserError { code } } } }";
        object Input(string invoice) => new { idempotencyKey = "r1", invoiceId = invoice, due = "2026-09-01", reason = "The warranty is over." };
        var unknown = Ids.Derive("eu", Ids.Invoice, "nowhere");

        var stranger = await Ask("sam", Release, Input(unknown));
        var missing = await Ask("fiona", Release, Input(unknown));

        Assert.Equal("""[{"__typename":"ForbiddenError","code":"FORBIDDEN"}]""", stranger["errors"]!.ToJsonString());
        Assert.Equal("""[{"__typename":"NotFoundError","code":"NOT_FOUND"}]""", missing["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task What_could_be_no_contract_is_refused_with_all_reasons()
    {
        var refused = await Ask("sam", Submit, Quote("s4", "Q-4", "", rate: 0m));

        Assert.Equal(
            """[{"code":"TEXT_MISSING","path":"opportunityId"},{"code":"RATE_NOT_POSITIVE","path":"lines[0].billing.rates[0].hourly"}]""",
            refused["errors"]!.ToJsonString());
    }

    private static object Customer(string key, string version, object profile) => new
    {
        idempotencyKey = key,
        reference = new { system = "hubspot", type = "company", id = "77" },
        sourceVersion = version,
        profile,
    };

    private static object Quote(string key, string quote, string opportunity, decimal rate = 150m, object? conditions = null) => new
    {
        idempotencyKey = key,
        source = "hubspot",
        quoteId = quote,
        sourceVersion = "2026-03-02T10:00:00Z",
        opportunityId = opportunity,
        name = $"Portal {opportunity}",
        customerId = "eu_cu_birch",
        customer = Profile,
        legalEntity = "DE01",
        projectTemplate = "consulting",
        currency = "EUR",
        start = "2026-03-02",
        lines = new[]
        {
            new
            {
                id = "L1", service = "consulting", description = "Advice", start = "2026-03-02",
                billing = new { timeAndMaterials = new { rates = new[] { new { role = "architect", hourly = rate } }, cap = new { amount = 9_000m, currency = "EUR" } } },
            },
        },
        conditions,
    };

    private async Task<JsonNode> Ask(string user, string mutation, object input) =>
        (await engagements.Ask(user, mutation, new { input })).AsObject().Single().Value!;
}
