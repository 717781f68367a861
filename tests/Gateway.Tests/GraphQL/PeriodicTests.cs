using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Lines that are billed by the period, by usage and from retainers: agreed, read back, used and refused over HTTP.</summary>
public sealed class PeriodicTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Amend =
        "mutation ($input: AmendContractInput!) { amendContract(input: $input) { contract { terms { lines { id billing { __typename "
        + "... on Recurring { price quantity suspended period { unit interval anchorDay timing } phases { length unit price } } "
        + "... on Usage { unit rule minimum { amount } tiers { upTo unitPrice package } } "
        + "... on Commitment { least: minimum { amount currency } lines } "
        + "... on Retainer { of: unit hours: quantity covers renews { unit } expiry { after rollOver } } } } } } errors { ... on UserError { code path } } } }";

    [Fact]
    public async Task Lines_by_the_period_are_agreed_in_a_change_order_and_read_back()
    {
        var contract = await Active("periods-1");
        var data = (await engagements.Ask("sam", Amend, new { input = Input(contract, "periods-1", anchorDay: 31) }))["amendContract"]!;
        Assert.Equal("[]", data["errors"]!.ToJsonString());
        Assert.Equal(
            [
                """{"id":"service","billing":{"__typename":"Recurring","price":99.5,"quantity":3,"suspended":null,"period":{"unit":"MONTH","interval":1,"anchorDay":31,"timing":"IN_ARREARS"},"phases":[{"length":30,"unit":"DAY","price":0}]}}""",
                """{"id":"calls","billing":{"__typename":"Usage","unit":"calls","rule":"VOLUME","minimum":{"amount":20},"tiers":[{"upTo":100,"unitPrice":0.5,"package":null},{"upTo":null,"unitPrice":10,"package":1000}]}}""",
                """{"id":"least","billing":{"__typename":"Commitment","least":{"amount":500,"currency":"EUR"},"lines":["service","calls"]}}""",
                """{"id":"prepaid","billing":{"__typename":"Retainer","of":"HOURS","hours":20,"covers":["line-1"],"renews":{"unit":"QUARTER"},"expiry":{"after":6,"rollOver":true}}}""",
            ],
            Plain(data["contract"]!["terms"]!["lines"]!.AsArray().Skip(2)));
    }

    [Fact]
    public async Task A_day_that_no_month_has_is_refused_with_its_place()
    {
        var contract = await Active("periods-2");
        var data = (await engagements.Ask("sam", Amend, new { input = Input(contract, "periods-2", anchorDay: 32) }))["amendContract"]!;
        Assert.Equal("""[{"code":"ANCHOR_INVALID","path":"lines[0].billing.period.anchorDay"}]""", data["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task A_project_with_nothing_but_periods_is_found_by_a_run_that_names_no_project()
    {
        var contract = await Active("periods-3");
        await engagements.Ask("sam", Amend, new { input = Input(contract, "periods-3", anchorDay: 1) });
        var project = (string)(await engagements.Ask("sam", "query ($id: ID!) { contract(id: $id) { project { id } } }", new { id = contract }))["contract"]!["project"]!["id"]!;
        await Wait.Until(async () => (await engagements.Database.Scalar<bool>($"select periodic from q2c_read.project where id = '{project}'")));

        await engagements.Ask("fiona",
            """mutation { runBilling(input: { idempotencyKey: "periods", legalEntity: "DE01", cutOff: "2026-05-31" }) { errors { __typename } } }""");
        await Wait.Until(async () => (await engagements.Ask("fiona",
            "query ($id: ID!) { invoices(filter: { projectId: $id }) { nodes { isCredit bill { amount } } } }", new { id = project }))["invoices"]!["nodes"]!.ToJsonString()
                == """[{"isCredit":false,"bill":null}]""");
    }

    private async Task<string> Active(string opportunity)
    {
        var (contract, _) = await engagements.AcceptQuote(opportunity);
        await engagements.Activate(contract);
        return contract;
    }

    private static object Input(string contractId, string idempotencyKey, int anchorDay)
    {
        var (start, service) = ("2026-04-01", "consulting");
        return new
        {
            idempotencyKey, contractId, basedOnVersion = 1, effectiveFrom = start, reason = "Managed service from April on.",
            lines = new object[]
            {
                new
                {
                    id = "service", service, description = "Managed service", start,
                    billing = new
                    {
                        recurring = new
                        {
                            price = 99.5, quantity = 3, period = new { unit = "MONTH", anchorDay, timing = "IN_ARREARS" },
                            phases = new[] { new { length = 30, unit = "DAY", price = 0 } },
                        },
                    },
                },
                new
                {
                    id = "calls", service, description = "Calls", start,
                    billing = new
                    {
                        usage = new
                        {
                            unit = "calls", period = new { unit = "MONTH" }, rule = "VOLUME", minimum = new { amount = 20, currency = "EUR" },
                            tiers = new object[] { new { upTo = 100, unitPrice = 0.5 }, new { unitPrice = 10, package = 1000 } },
                        },
                    },
                },
                new
                {
                    id = "least", service, description = "Minimum", start,
                    billing = new
                    {
                        commitment = new
                        {
                            minimum = new { amount = 500, currency = "EUR" }, period = new { unit = "MONTH" }, lines = new[] { "service", "calls" },
                        },
                    },
                },
                new
                {
                    id = "prepaid", service, description = "Prepaid hours", start,
                    billing = new
                    {
                        retainer = new
                        {
                            unit = "HOURS", quantity = 20, price = 140, covers = new[] { "line-1" }, renews = new { unit = "QUARTER" },
                            expiry = new { after = 6, unit = "MONTH", rollOver = true },
                        },
                    },
                },
            },
        };
    }

    private static string[] Plain(IEnumerable<JsonNode?> lines) => [.. lines.Select(line => line!.ToJsonString())];
}
