using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

public sealed class ListTests(ListTests.Town town) : IClassFixture<ListTests.Town>
{
    [Theory]
    [InlineData("orderBy: { field: NAME }, filter: { legalEntity: \"DE01\" }", "A B C D E F G")]
    [InlineData("orderBy: { field: NAME, direction: DESC }, filter: { legalEntity: \"DE01\" }", "G F E D C B A")]
    [InlineData("orderBy: { field: ACCEPTED_AT, direction: ASC }, filter: { search: \"rollout\", legalEntity: \"DE01\" }", "A B C D E F G")]
    [InlineData("filter: { search: \"lout_\" }", "")]
    [InlineData("filter: { search: \"ROLLOUT B\" }", "B")]
    [InlineData("filter: { opportunityId: \"C\", currency: \"EUR\", status: [ACTIVATING, ACTIVE], legalEntity: \"DE01\" }", "C")]
    [InlineData("filter: { accepted: { until: \"2020-01-01T00:00:00Z\" } }", "")]
    [InlineData("filter: { start: { from: \"2026-03-02\", to: \"2026-03-02\" }, legalEntity: \"DE01\" }, orderBy: { field: NAME }", "A B C D E F G")]
    [InlineData("filter: { end: { to: \"2026-03-02\" } }", "")]
    public async Task Lists_are_filtered_and_sorted_as_asked(string arguments, string names)
    {
        var data = await town.Engagements.Ask("olga", $$"""{ contracts({{arguments}}, first: 10) { nodes { name } } }""");

        Assert.Equal(names, string.Join(' ', Names(data)));
    }

    [Theory]
    [InlineData("first: 3", "A B C", false, true)]
    [InlineData("first: 3, after: $c", "D E F", true, true)]
    [InlineData("first: 4, after: $c", "D E F G", true, false)]
    [InlineData("first: 3, after: $g", "", true, false)]
    [InlineData("last: 2", "F G", true, false)]
    [InlineData("last: 2, before: $c", "A B", false, true)]
    [InlineData("last: 1, before: $c", "B", true, true)]
    [InlineData("last: 3, before: $a", "", false, true)]
    [InlineData("first: 7", "A B C D E F G", false, false)]
    public async Task A_page_knows_what_lies_before_and_after_it(string arguments, string names, bool before, bool after)
    {
        const string List = "filter: { legalEntity: \"DE01\" }, orderBy: { field: NAME }";
        var edges = (await town.Engagements.Ask("sam", $$"""{ contracts(first: 10, {{List}}) { edges { cursor node { name } } } }"""))
            ["contracts"]!["edges"]!.AsArray();
        foreach (var edge in edges)
            arguments = arguments.Replace(
                $"${((string)edge!["node"]!["name"]!)[^1..].ToLowerInvariant()}", $"\"{edge["cursor"]}\"", StringComparison.Ordinal);

        var page = await town.Engagements.Ask(
            "sam", $$"""{ contracts({{arguments}}, {{List}}) { nodes { name } pageInfo { hasPreviousPage hasNextPage } } }""");

        Assert.Equal(names, string.Join(' ', Names(page)));
        Assert.Equal(
            $$"""{"hasPreviousPage":{{(before ? "true" : "false")}},"hasNextPage":{{(after ? "true" : "false")}}}""",
            page["contracts"]!["pageInfo"]!.ToJsonString());
    }

    [Fact]
    public async Task A_cursor_of_another_ordering_is_refused()
    {
        var cursor = (string?)(await town.Engagements.Ask("sam", "{ contracts(first: 1, orderBy: { field: NAME }) { edges { cursor } } }"))
            ["contracts"]!["edges"]![0]!["cursor"];

        var answer = await town.Engagements.Send("sam", $$"""{ contracts(after: "{{cursor}}") { nodes { id } } }""");

        Assert.Equal("BAD_USER_INPUT", (string?)answer["errors"]![0]!["extensions"]!["code"]);
    }

    [Fact]
    public async Task Lists_below_the_entries_of_a_list_are_read_by_one_statement_each()
    {
        var (data, statements) = await town.Engagements.Watch("sam",
            """
            { contracts(first: 7, orderBy: { field: NAME }) { nodes {
                name customer { name contracts(first: 2, orderBy: { field: NAME }) { nodes { name } } }
                invoices(first: 5) { nodes { id } } exceptions { id } engagement { timeline(first: 1) { nodes { title } } } } } }
            """);

        Assert.Equal(
            """{"name":"Acme","contracts":{"nodes":[{"name":"Rollout A"},{"name":"Rollout B"}]}}""",
            data["contracts"]!["nodes"]![6]!["customer"]!.ToJsonString());
        Assert.Equal("Quote accepted", (string?)data["contracts"]!["nodes"]![6]!["engagement"]!["timeline"]!["nodes"]![0]!["title"]);
        Assert.Equal(6, statements.Count);
    }

    [Fact]
    public async Task Exceptions_and_deliveries_are_read_with_what_they_are_about_by_one_statement_each()
    {
        await town.Engagements.Database.Scalar<long>(
            """
            with parked as (
                insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
                select 'stripe', 'e-' || n, now(), 'application/json', '{}', 'parked' from generate_series(1, 3) n returning id)
            select count(*) from parked
            """);

        var (data, statements) = await town.Engagements.Watch("olga",
            "{ exceptions(first: 20) { nodes { code subject { __typename id } delivery { id body corrects { id } } contract { name } } } }");

        Assert.Equal(3, data["exceptions"]!["nodes"]!.AsArray().Count(node => node!["delivery"] is not null));
        Assert.Equal(2, data["exceptions"]!["nodes"]!.AsArray().Count(node => (string?)node!["subject"]?["__typename"] == "Contract"));
        Assert.Equal(5, statements.Count);
    }

    [Fact]
    public async Task A_customer_is_found_by_its_record_in_another_system()
    {
        const string Query =
            "query ($id: String!) { customers(filter: { reference: { system: \"salesforce\", id: $id } }) { nodes { name references { type } } } }";

        Assert.Equal(
            """[{"name":"Acme","references":[{"type":"Account"}]}]""",
            (await town.Engagements.Ask("sam", Query, new { id = "001A" }))["customers"]!["nodes"]!.ToJsonString());
        Assert.Empty((await town.Engagements.Ask("sam", Query, new { id = "001B" }))["customers"]!["nodes"]!.AsArray());
    }

    [Fact]
    public async Task Exceptions_are_counted_on_demand()
    {
        var page = (await town.Engagements.Ask("olga", """{ exceptions(first: 1, filter: { code: ["LEGAL_ENTITY_UNKNOWN"] }) { totalCount nodes { code } } }"""))["exceptions"]!;

        Assert.Equal(2, (long)page["totalCount"]!);
        Assert.Single(page["nodes"]!.AsArray());
    }

    [Fact]
    public async Task A_story_is_told_as_it_stood()
    {
        var id = town.First;
        const string Query =
            "query ($id: ID!, $asOf: DateTime) { engagement(contractId: $id) { stages(asOf: $asOf) { stage } timeline(asOf: $asOf, filter: { stage: [QUOTE] }) { nodes { title at } } } }";

        var now = (await town.Engagements.Ask("sam", Query, new { id }))["engagement"]!["timeline"]!["nodes"]!.AsArray().Single()!;
        var then = (await town.Engagements.Ask("sam", Query, new { id, asOf = (string?)now["at"] }))["engagement"]!["timeline"]!["nodes"]!;
        var engagement = (await town.Engagements.Ask("sam", Query, new { id, asOf = "2020-01-01T00:00:00Z" }))["engagement"]!;
        var before = engagement["timeline"]!["nodes"]!;

        Assert.Equal("Quote accepted", (string?)then[0]!["title"]);
        Assert.Empty(before.AsArray());
        Assert.Empty(engagement["stages"]!.AsArray());
    }

    private static List<string> Names(JsonNode data) =>
        [.. data["contracts"]!["nodes"]!.AsArray().Select(node => ((string)node!["name"]!)[^1..])];

    /// <summary>Seven contracts of one customer, named Rollout A to G, and two whose legal entity nobody knows.</summary>
    public sealed class Town : IAsyncLifetime
    {
        public Engagements Engagements { get; } = new();

        public string First { get; private set; } = "";

        public async Task InitializeAsync()
        {
            await Engagements.InitializeAsync();
            (First, _) = await Engagements.AcceptQuote("A");
            foreach (var name in new[] { "B", "C", "D", "E", "F", "G" }) await Engagements.AcceptQuote(name);
            await Engagements.AcceptQuote("Y", legalEntity: "XX98");
            await Engagements.AcceptQuote("Z", legalEntity: "XX99");
            await Engagements.CatchUp();
        }

        public Task DisposeAsync() => Engagements.DisposeAsync();
    }
}
