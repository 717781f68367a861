using System.Text.Json.Nodes;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

public sealed class RowFilterTests(LimitedCallers callers) : IClassFixture<LimitedCallers>
{
    private static readonly string[] All = ["DE01 Acme eu", "DE01 Acme us", "DE01 Umbrella eu", "XX99 Acme eu"];

    public static TheoryData<string, string[]> Sights => new()
    {
        { "everything", All },
        { "germany", ["DE01 Acme eu", "DE01 Acme us", "DE01 Umbrella eu"] },
        { "elsewhere", ["XX99 Acme eu"] },
        { "overseas", ["DE01 Acme us"] },
        { "acme", ["DE01 Acme eu", "XX99 Acme eu"] },
        { "umbrella", ["DE01 Umbrella eu"] },
    };

    [Theory]
    [MemberData(nameof(Sights))]
    public async Task A_list_has_what_the_caller_sees(string user, string[] seen)
    {
        Assert.Equal(seen, await callers.List(user, "contracts"));
        Assert.Equal(seen, await callers.List(user, "invoices"));
        Assert.Equal(seen, await callers.List(user, "creditMemos", "invoice { id }"));
        Assert.Equal(seen, await callers.List(user, "payments", "invoice { id }"));
        if (user is "acme" or "umbrella") return;
        Assert.Equal(seen, await callers.List(user, "billingRuns"));

        // Commands to customers belong to no engagement: only who sees everything sees them.
        Assert.Equal(user == "everything" ? ["?", .. seen] : seen, await callers.List(user, "activity", "subjectId"));
        Assert.Equal(seen.Where(name => name.StartsWith("XX99", StringComparison.Ordinal)), await callers.List(user, "exceptions", "contract { id }"));
    }

    [Theory]
    [MemberData(nameof(Sights))]
    public async Task A_single_object_that_the_caller_does_not_see_is_not_found(string user, string[] seen)
    {
        foreach (var name in All)
        {
            var data = await callers.Ask(user,
                """
                query ($id: ID!) {
                  contract(id: $id) { id customer { id } } node(id: $id) { id }
                  invoices(filter: { contractId: $id }) { nodes { id customer { id } contract { id } } } }
                """, new { id = callers.Contracts[name] });

            var id = seen.Contains(name) ? callers.Contracts[name] : null;
            Assert.Equal((id, id), ((string?)data["contract"]?["id"], (string?)data["node"]?["id"]));
            Assert.Equal(id is null ? 0 : 1, data["invoices"]!["nodes"]!.AsArray().Count);
            Assert.All(data["invoices"]!["nodes"]!.AsArray(), invoice => Assert.Equal(id, (string?)invoice!["contract"]!["id"]));
        }
    }

    [Fact]
    public async Task A_customer_is_of_the_legal_entities_that_sold_to_it()
    {
        Assert.Equal(
            [LimitedCallers.CustomerId(LimitedCallers.Acme)], await Customers("elsewhere"));
        Assert.Equal([LimitedCallers.CustomerId(LimitedCallers.Acme, "us")], await Customers("overseas"));
        Assert.Equal([LimitedCallers.CustomerId(LimitedCallers.Umbrella)], await Customers("umbrella"));
        Assert.Equal(3, (await Customers("germany")).Count);

        async Task<List<string>> Customers(string user) =>
            [.. (await callers.Ask(user, "{ customers { nodes { id } } }"))["customers"]!["nodes"]!.AsArray().Select(node => (string)node!["id"]!)];
    }

    [Fact]
    public async Task What_is_reached_through_something_seen_is_limited_too()
    {
        var data = await callers.Ask("elsewhere",
            "query ($id: ID!) { customer(id: $id) { name contracts { nodes { id } } } }", new { id = LimitedCallers.CustomerId(LimitedCallers.Acme) });

        Assert.Equal(
            [callers.Contracts["XX99 Acme eu"]],
            data["customer"]!["contracts"]!["nodes"]!.AsArray().Select(node => (string?)node!["id"]));
    }

    [Theory]
    [InlineData("germany", "XX99 Acme eu")]
    [InlineData("overseas", "DE01 Acme eu")]
    public async Task A_mutation_on_what_the_caller_does_not_see_is_refused_as_one_on_what_does_not_exist(string user, string name)
    {
        var hidden = callers.Contracts[name];
        var missing = Ids.Derive("eu", Ids.Contract, "nowhere");

        Assert.Equal(
            (await Compensate(user, missing)).ToJsonString().Replace(missing, hidden, StringComparison.Ordinal),
            (await Compensate(user, hidden)).ToJsonString());
        Assert.Equal("NOT_FOUND", (string?)(await Compensate(user, hidden))[0]!["code"]);
    }

    [Fact]
    public async Task A_limited_caller_cannot_move_a_contract_out_of_its_own_sight()
    {
        var input = new
        {
            idempotencyKey = "move", contractId = callers.Contracts["XX99 Acme eu"], exceptionId = "x", legalEntity = "DE01", reason = "Mine now",
        };

        var answer = await callers.Ask("elsewhere",
            "mutation ($input: CorrectContractInput!) { correctContract(input: $input) { errors { ... on UserError { code } } } }", new { input });

        Assert.Equal("NOT_FOUND", (string?)answer["correctContract"]!["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_story_that_the_caller_does_not_see_cannot_be_followed()
    {
        var query = "subscription ($id: ID!) { engagementTimeline(contractId: $id) { title } }";

        var hidden = (await callers.Follow("germany", query, new { id = callers.Contracts["XX99 Acme eu"] }, count: 1)).Single();
        var seen = (await callers.Follow("germany", query, new { id = callers.Contracts["DE01 Acme eu"] }, count: 1)).Single();

        Assert.Equal("NOT_FOUND", (string?)hidden["errors"]![0]!["extensions"]!["code"]);
        Assert.Equal("Quote accepted", (string?)seen["data"]!["engagementTimeline"]!["title"]);
    }

    [Fact]
    public async Task Deliveries_are_of_no_legal_entity_so_a_limited_operator_sees_none()
    {
        await callers.Database.Execute(
            "insert into q2c.inbox (connection, dedupe_key, received_at, headers, content_type, body, status) values ('stripe', 'evt_1', now(), '{}', 'text/plain', '', 'parked')");

        Assert.Single(await Deliveries("everything"));
        Assert.Empty(await Deliveries("germany"));
        Assert.Empty(await Deliveries("overseas"));

        async Task<JsonArray> Deliveries(string user) =>
            (await callers.Ask(user, "{ deliveries { nodes { id } } }"))["deliveries"]!["nodes"]!.AsArray();
    }

    [Fact]
    public async Task Every_table_that_the_gateway_reads_says_who_sees_its_rows()
    {
        var tables = (string[])await callers.Database.Scalar<Array>(
            "select array_agg(table_name::text) from information_schema.tables where table_schema = 'q2c_read'");

        Assert.Equal(tables.Order(StringComparer.Ordinal), RowRules.Tables.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("eu_ct_1", "DE01", "eu_cu_1", true)]
    [InlineData("eu_ct_1", "US01", "eu_cu_1", false)]
    [InlineData("us_ct_1", "DE01", "eu_cu_1", false)]
    [InlineData("eu_ct_1", "DE01", "eu_cu_2", false)]
    [InlineData("eu_ct_1", "DE01", null, false)]
    public void An_object_is_seen_within_all_limits_at_once(string id, string entity, string? customer, bool seen) =>
        Assert.Equal(seen, new Sight(["DE01"], ["eu"], "eu_cu_1").Sees(id, entity, customer));

    private async Task<JsonArray> Compensate(string user, string contract) => (await callers.Ask(user,
        "mutation ($input: CompensateActivationInput!) { compensateActivation(input: $input) { errors { __typename ... on UserError { code path message remedy } } } }",
        new { input = new { idempotencyKey = $"compensate-{contract}", contractId = contract, reason = "Wrong" } }))["compensateActivation"]!["errors"]!.AsArray();
}
