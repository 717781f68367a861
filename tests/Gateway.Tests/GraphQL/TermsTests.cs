using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Everything that can be agreed: said in a change order over HTTP, read back, and refused where it contradicts itself.</summary>
public sealed class TermsTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Start = "2026-04-01";

    private const string Amend =
        """
        mutation ($input: AmendContractInput!) { amendContract(input: $input) { errors { ... on UserError { code path } } contract { terms {
            caps { name phase limit { amount { amount } atCap } }
            conditions { invoicedIn { currency source rates { from rate } } splits { lines payers { customerId percent purchaseOrder } } }
            lines { id phase costCentre
                revenue { method spread recogniseOn remainder measure estimate sellingPrice { amount } onChange }
                billing { ... on FixedFee { milestones { id percent amount { amount } } progress { by budget } quantity }
                    ... on Expenses { rules { onlyListed receiptAbove { amount } cap { amount { amount } } categories { category price unit }
                        conversion { source on rates { currency from rate } } } } } } } } } }
        """;

    [Fact]
    public async Task Expense_rules_progress_percents_shared_caps_revenue_and_payers_are_agreed_and_read_back()
    {
        var contract = await Active("terms-1");
        var other = Ids.Derive("eu", Ids.Customer, "salesforce", "001B");
        var data = (await engagements.Ask("sam", Amend, new
        {
            input = Order(contract, "terms-1",
            [
                Line("thirds", new
                {
                    fixedFee = new
                    {
                        price = Euro(100), quantity = 3,
                        milestones = new object[] { new { id = "a", name = "A", percent = 33.3 }, new { id = "b", name = "B", percent = 66.7 } },
                    },
                }, new { method = "PERCENT_COMPLETE", measure = "EFFORT", estimate = 40, sellingPrice = Euro(120), onChange = "CUMULATIVE_CATCH_UP" }),
                Line("progress", new { fixedFee = new { price = Euro(500), milestones = Array.Empty<object>(), progress = new { by = "HOURS", budget = 50 } } },
                    new { method = "STRAIGHT_LINE", spread = "BY_MONTH", recogniseOn = "PERIOD_START" }),
                Line("travel", new
                {
                    expenses = new
                    {
                        markupPercent = 5,
                        rules = new
                        {
                            onlyListed = true, receiptAbove = Euro(25), cap = new { amount = Euro(900) },
                            categories = new object[] { new { category = "mileage", price = 0.3, unit = "km" } },
                            conversion = new { source = "ECB", on = "MONTH_END", rates = new[] { new { currency = "USD", from = Start, rate = 0.9 } } },
                        },
                    },
                }),
            ], new
            {
                splits = new[] { new { payers = new[] { Payer(other, 40, "PO-9"), Payer(Ids.Derive("eu", Ids.Customer, "salesforce", "001A"), 60, null) } } },
                invoicedIn = new { currency = "USD", source = "ECB", rates = new[] { new { from = "2026-03-01", rate = 1.08 } } },
            },
            [new { name = "Phase two", phase = "two", limit = new { amount = Euro(550), atCap = "WRITE_DOWN" } }]),
        }))["amendContract"]!;

        Assert.Equal("[]", data["errors"]!.ToJsonString());
        var terms = data["contract"]!["terms"]!;
        Assert.Equal("""[{"name":"Phase two","phase":"two","limit":{"amount":{"amount":550},"atCap":"WRITE_DOWN"}}]""", terms["caps"]!.ToJsonString());
        Assert.Equal(
            """{"currency":"USD","source":"ECB","rates":[{"from":"2026-03-01","rate":1.08}]}""", terms["conditions"]!["invoicedIn"]!.ToJsonString());
        Assert.Equal(
            $$$"""[{"lines":null,"payers":[{"customerId":"{{{other}}}","percent":40,"purchaseOrder":"PO-9"},{"customerId":"{{{Ids.Derive("eu", Ids.Customer, "salesforce", "001A")}}}","percent":60,"purchaseOrder":null}]}]""",
            terms["conditions"]!["splits"]!.ToJsonString());
        Assert.Equal(
            [
                """{"id":"thirds","phase":"two","costCentre":"CC-1","revenue":{"method":"PERCENT_COMPLETE","spread":null,"recogniseOn":null,"remainder":null,"measure":"EFFORT","estimate":40,"sellingPrice":{"amount":120},"onChange":"CUMULATIVE_CATCH_UP"},"billing":{"milestones":[{"id":"a","percent":33.3,"amount":{"amount":33.3}},{"id":"b","percent":66.7,"amount":{"amount":66.7}}],"progress":null,"quantity":3}}""",
                """{"id":"progress","phase":"two","costCentre":"CC-1","revenue":{"method":"STRAIGHT_LINE","spread":"BY_MONTH","recogniseOn":"PERIOD_START","remainder":"LAST","measure":null,"estimate":null,"sellingPrice":null,"onChange":"PROSPECTIVE"},"billing":{"milestones":[],"progress":{"by":"HOURS","budget":50},"quantity":null}}""",
                """{"id":"travel","phase":"two","costCentre":"CC-1","revenue":null,"billing":{"rules":{"onlyListed":true,"receiptAbove":{"amount":25},"cap":{"amount":{"amount":900}},"categories":[{"category":"mileage","price":0.3,"unit":"km"}],"conversion":{"source":"ECB","on":"MONTH_END","rates":[{"currency":"USD","from":"2026-04-01","rate":0.9}]}}}}""",
            ],
            terms["lines"]!.AsArray().Skip(2).Select(line => line!.ToJsonString()));
    }

    [Fact]
    public async Task What_contradicts_itself_is_refused_with_its_place_and_conditions_can_change_alone()
    {
        var contract = await Active("terms-2");
        var refused = (await engagements.Ask("sam", Amend, new
        {
            input = Order(contract, "terms-2",
                [Line("both", new { fixedFee = new { price = Euro(1), milestones = new object[] { new { id = "a", name = "A" } } } }, new { method = "PERCENT_COMPLETE" })]),
        }))["amendContract"]!;
        Assert.Equal(
            """[{"code":"MEASURE_MISSING","path":"input.lines[0].revenue.measure"},{"code":"MILESTONE_AMOUNT","path":"input.lines[0].billing.fixedFee.milestones[0]"}]""",
            JsonNode.Parse(refused["errors"]!.ToJsonString())!.AsArray().OrderBy(error => (string)error!["code"]!).Select(error => error!.ToJsonString())
                .Aggregate("", (text, error) => text is "" ? $"[{error}" : $"{text},{error}") + "]");

        var half = (await engagements.Ask("sam", Amend, new
        {
            input = Order(contract, "terms-3", [], new { splits = new[] { new { payers = new[] { Payer(Ids.Derive("eu", Ids.Customer, "salesforce", "001B"), 50, null) } } } }),
        }))["amendContract"]!;
        Assert.Equal("""[{"code":"SHARES_DO_NOT_SUM","path":"conditions.splits[0].payers"}]""", half["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task A_run_drafts_an_invoice_for_each_payer_with_the_bill_that_they_share()
    {
        var contract = await Active("terms-4");
        var payers = new[] { Payer(Ids.Derive("eu", Ids.Customer, "salesforce", "001A"), 75, null), Payer(Ids.Derive("eu", Ids.Customer, "salesforce", "001B"), 25, "PO-9") };
        var amended = await engagements.Ask("sam", Amend, new { input = Order(contract, "terms-4", [], new { splits = new[] { new { payers } } }) });
        Assert.Equal("[]", amended["amendContract"]!["errors"]!.ToJsonString());
        var project = (string)(await engagements.Ask("sam", "query ($id: ID!) { contract(id: $id) { project { id } } }", new { id = contract }))["contract"]!["project"]!["id"]!;
        await engagements.Ask("automation",
            "mutation ($input: RecordTimeInput!) { recordTime(input: $input) { errors { __typename } } }",
            new { input = new { idempotencyKey = "t4", projectId = project, entries = new[] { new { sourceId = "time/t4", sourceVersion = 1, date = "2026-04-10", person = "Ada", role = "architect", hours = 4 } } } });
        await Wait.Until(async () => (await engagements.Ask("dana",
            "query { billableItems(filter: { sourceId: \"time/t4\" }) { nodes { id } } }"))["billableItems"]!["nodes"]!.AsArray().Count == 1);

        await engagements.Ask("fiona",
            "mutation ($project: ID!) { runBilling(input: { idempotencyKey: \"t4\", legalEntity: \"DE01\", cutOff: \"2026-04-30\", projectIds: [$project] }) { errors { __typename } } }",
            new { project });
        await Wait.Until(async () => (await engagements.Ask("fiona",
            "query ($id: ID!) { invoices(filter: { contractId: $id }, orderBy: { field: CUSTOMER_NAME, direction: ASC }) { nodes { customerName net { amount } bill { amount } lines { description } } } }",
            new { id = contract }))["invoices"]!["nodes"]!.AsArray() is { Count: 2 } nodes
            && nodes.Select(node => $"{node!["net"]!["amount"]} of {node["bill"]!["amount"]}").Order().SequenceEqual(["150 of 600", "450 of 600"]));
    }

    private async Task<string> Active(string opportunity)
    {
        var (contract, _) = await engagements.AcceptQuote(opportunity);
        await engagements.Activate(contract);
        return contract;
    }

    private static object Order(string contractId, string idempotencyKey, object[] lines, object? conditions = null, object[]? caps = null) => new
    {
        idempotencyKey, contractId, basedOnVersion = 1, effectiveFrom = Start, reason = "As agreed.", lines, conditions, caps,
    };

    private static object Line(string id, object billing, object? revenue = null) => new
    {
        id, service = "consulting", description = id, start = Start, end = "2026-12-31", costCentre = "CC-1", phase = "two", billing, revenue,
    };

    private static object Euro(decimal amount) => new { amount, currency = "EUR" };

    private static object Payer(string customerId, decimal percent, string? purchaseOrder) => new
    {
        customerId, percent, purchaseOrder,
        customer = new
        {
            name = "Initech", currency = "EUR", billTo = new { line1 = "Rue 1", city = "Paris", postalCode = "75001", country = "FR" },
        },
    };
}
