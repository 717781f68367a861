using System.Text.Json.Nodes;
using Q2C.Contracts;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What finance and delivery decide about a running project over HTTP: prepayments, work given up, and how it stands.</summary>
public sealed class ProjectTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Errors = "errors { __typename ... on UserError { code path } }";

    [Fact]
    public async Task A_retainer_is_topped_up_and_says_what_it_has()
    {
        var (contract, project) = await Running("prepaid");
        await Amend(contract, "prepaid", new
        {
            id = "deposit", service = "consulting", description = "Deposit", start = "2026-04-01",
            billing = new { retainer = new { unit = "MONEY", quantity = 1000, price = 1, covers = new[] { "line-1" } } },
        });
        var refused = await Do("sam", "topUpRetainer", "TopUpRetainerInput", TopUp("prepaid-1", 500));
        Assert.Equal("""[{"__typename":"ForbiddenError","code":"FORBIDDEN","path":""}]""", refused["errors"]!.ToJsonString());
        var inexact = await Do("fiona", "topUpRetainer", "TopUpRetainerInput", TopUp("prepaid-2", 0.001m));
        Assert.Equal("""[{"__typename":"RefusedError","code":"QUANTITY_INVALID","path":"quantity"}]""", inexact["errors"]!.ToJsonString());
        var granted = await Do("fiona", "topUpRetainer", "TopUpRetainerInput", TopUp("prepaid-3", 500),
            "project { retainers { lineId unit balance pending expected topUps { origin priority from until quantity value { amount } drawn expired balance } } }");
        Assert.Equal("[]", granted["errors"]!.ToJsonString());
        Assert.Equal(
            """[{"lineId":"deposit","unit":"MONEY","balance":500,"pending":0,"expected":500,"topUps":[{"origin":"PERSON","priority":100,"from":"2026-04-02","until":null,"quantity":500,"value":{"amount":500},"drawn":0,"expired":0,"balance":500}]}]""",
            granted["project"]!["retainers"]!.ToJsonString());

        object TopUp(string idempotencyKey, decimal quantity) =>
            new { idempotencyKey, projectId = project, lineId = "deposit", quantity, from = "2026-04-02", reason = "More work." };
    }

    [Fact]
    public async Task Work_is_given_up_and_taken_back_and_the_project_says_where_it_stands()
    {
        var (_, project) = await Running("given-up");
        await Do("dana", "recordTime", "RecordTimeInput", new
        {
            idempotencyKey = "given-up-time", projectId = project,
            entries = new[] { new { sourceId = "gu/1", sourceVersion = 1, date = "2026-03-10", person = "Ada", role = "architect", hours = 4, billable = true } },
        });
        await Wait.Until(async () => (await Economics("fiona", project))["lines"]![0]!["hours"]!.GetValue<decimal>() == 4);
        var givenUp = await Do("fiona", "writeOffWork", "WriteOffWorkInput",
            new { idempotencyKey = "given-up-1", projectId = project, itemIds = new[] { "gu/1@1" }, percent = 50, reason = "Goodwill." },
            "project { writeOffs { id amount { amount } reason by approved items { itemId amount { amount } } } }");
        Assert.Equal("[]", givenUp["errors"]!.ToJsonString());
        var writeOff = givenUp["project"]!["writeOffs"]![0]!;
        Assert.Equal("""{"amount":300}""", writeOff["amount"]!.ToJsonString());
        Assert.Equal("""[{"itemId":"gu/1@1","amount":{"amount":300}}]""", writeOff["items"]!.ToJsonString());

        var stands = await Economics("fiona", project);
        Assert.Null(stands["margin"]);
        Assert.Equal(
            """{"lineId":"line-1","hours":4,"billableHours":4,"hoursWithoutCost":4,"billable":{"amount":300},"earned":{"amount":300}}""",
            stands["lines"]![0]!.ToJsonString());
        Assert.Equal("""[{"reason":"WRITTEN_OFF","rule":"Goodwill.","items":1,"value":{"amount":300},"ageInDays":21}]""", stands["leakage"]!.ToJsonString());
        Assert.NotNull((await engagements.Send("dana", EconomicsOf, new { id = project }))["errors"]);

        var back = await Do("fiona", "reverseWorkWriteOff", "ReverseWorkWriteOffInput",
            new { idempotencyKey = "given-up-2", projectId = project, writeOffId = (string?)writeOff["id"], reason = "Paid after all." }, "project { writeOffs { id } }");
        Assert.Equal("""{"writeOffs":[]}""", back["project"]!.ToJsonString());
        Assert.Equal("[]", (await Economics("fiona", project))["leakage"]!.ToJsonString());
    }

    [Fact]
    public async Task Only_a_limit_whose_terms_allow_it_is_exceeded_with_approval()
    {
        var (contract, project) = await Running("beyond");
        await Amend(contract, "beyond", Limited("BILL_WITH_APPROVAL"));
        var input = new { idempotencyKey = "beyond-1", projectId = project, cap = "limited", amount = new { amount = 500, currency = "EUR" }, reason = "Agreed." };
        Assert.Equal("[]", (await Do("fiona", "approveBeyondCap", "ApproveBeyondCapInput", input))["errors"]!.ToJsonString());
        var other = new { idempotencyKey = "beyond-2", projectId = project, cap = "line-1", amount = new { amount = 500, currency = "EUR" }, reason = "Agreed." };
        Assert.Equal(
            """[{"__typename":"RefusedError","code":"CAP_NOT_EXTENDABLE","path":"cap"}]""",
            (await Do("fiona", "approveBeyondCap", "ApproveBeyondCapInput", other))["errors"]!.ToJsonString());
        var unknown = new { idempotencyKey = "beyond-3", projectId = project, writeOffId = "none" };
        Assert.Equal(
            """[{"__typename":"RefusedError","code":"WRITE_OFF_UNKNOWN","path":"writeOffId"}]""",
            (await Do("fiona", "approveWorkWriteOff", "ApproveWorkWriteOffInput", unknown))["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task A_rate_card_is_agreed_and_read_back_and_contradictions_are_refused()
    {
        var (contract, _) = await Running("card");
        var amended = await Amend(contract, "card", new
        {
            id = "card", service = "consulting", description = "By card", start = "2026-04-01",
            billing = new
            {
                timeAndMaterials = new
                {
                    rates = new[] { new { role = "tester", hourly = 90 } },
                    limit = new { hours = 40, per = "MONTH", atCap = "WRITE_DOWN" },
                    card = new
                    {
                        rules = new object[] { new { rate = 210.5, person = "Ada", per = "HOUR" }, new { rate = 1200, role = "tester", activity = "Audit", per = "DAY" } },
                        precedence = new[] { "ACTIVITY", "PERSON" },
                        factors = new[] { new { name = "Weekend", percent = 50, days = new[] { "SATURDAY", "SUNDAY" } } },
                        combine = "HIGHEST",
                    },
                    time = new { duration = new { minutes = 15, rounding = "UP" }, perDay = new { most = 10 } },
                },
            },
        });
        Assert.Equal(
            """{"cap":null,"limit":{"amount":null,"hours":40,"per":"MONTH","atCap":"WRITE_DOWN"},"card":{"rules":[{"rate":210.5,"person":"Ada","role":null,"activity":null,"per":"HOUR"},{"rate":1200,"person":null,"role":"tester","activity":"Audit","per":"DAY"}],"precedence":["ACTIVITY","PERSON"],"factors":[{"name":"Weekend","percent":50,"days":["SATURDAY","SUNDAY"]}],"combine":"HIGHEST"},"time":{"duration":{"minutes":15,"rounding":"UP"},"perDay":{"least":null,"most":10}}}""",
            amended["contract"]!["terms"]!["lines"]!.AsArray().Single(line => (string?)line!["id"] == "card")!["billing"]!.ToJsonString());

        var twice = await Amend(contract, "card-twice", new
        {
            id = "twice", service = "consulting", description = "Twice", start = "2026-04-01",
            billing = new
            {
                timeAndMaterials = new
                {
                    rates = new[] { new { role = "tester", hourly = 90 } }, cap = new { amount = 1, currency = "EUR" }, limit = new { hours = 40 },
                },
            },
        }, isRefused: true);
        Assert.Equal(
            """[{"__typename":"RefusedError","code":"LIMIT_TWICE","path":"input.lines[0].billing.timeAndMaterials.cap"}]""", twice["errors"]!.ToJsonString());
    }

    private const string EconomicsOf =
        """
        query ($id: ID!) { project(id: $id) { economics(on: "2026-03-31") { margin { amount }
          lines { lineId hours billableHours hoursWithoutCost billable { amount } earned { amount } }
          leakage { reason rule items value { amount } ageInDays } } } }
        """;

    private async Task<JsonNode> Economics(string user, string project) =>
        (await engagements.Ask(user, EconomicsOf, new { id = project }))["project"]!["economics"]!;

    private static object Limited(string atCap) => new
    {
        id = "limited", service = "consulting", description = "Limited", start = "2026-04-01",
        billing = new
        {
            timeAndMaterials = new { rates = new[] { new { role = "tester", hourly = 90 } }, limit = new { amount = new { amount = 900, currency = "EUR" }, atCap } },
        },
    };

    private async Task<JsonNode> Amend(string contract, string key, object line, bool isRefused = false)
    {
        var amended = await Do("sam", "amendContract", "AmendContractInput",
            new
            {
                idempotencyKey = $"{key}-amend", contractId = contract, basedOnVersion = isRefused ? 2 : 1, effectiveFrom = "2026-04-01", reason = "From April on.",
                lines = new[] { line },
            },
            "contract { project { id } terms { lines { id billing { ... on TimeAndMaterials { cap { amount } limit { amount { amount } hours per atCap } "
            + "card { rules { rate person role activity per } precedence factors { name percent days } combine } "
            + "time { duration { minutes rounding } perDay { least most } } } } } } }");
        if (isRefused) return amended;
        Assert.Equal("[]", amended["errors"]!.ToJsonString());
        var project = (await engagements.Cluster.GetGrain<IContractGrain>(contract).Read())!.ProjectId;
        await Wait.Until(async () => (await engagements.Ask("sam", "query ($id: ID!) { project(id: $id) { terms { version } } }", new { id = project }))
            ["project"]!["terms"]!["version"]!.GetValue<int>() == 2);
        return amended;
    }

    private async Task<JsonNode> Do(string user, string mutation, string input, object value, string fields = "") => (await engagements.Ask(
        user, $"mutation ($input: {input}!) {{ {mutation}(input: $input) {{ {fields} freshness {Errors} }} }}", new { input = value }))[mutation]!;

    private async Task<(string Contract, string Project)> Running(string opportunity)
    {
        var (contract, _) = await engagements.AcceptQuote(opportunity);
        return (contract, await engagements.Activate(contract));
    }
}
