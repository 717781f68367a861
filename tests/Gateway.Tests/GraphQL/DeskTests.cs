using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Exceptions as work: what they have in common, who has them, until when.</summary>
public sealed class DeskTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string GroupOf =
        """
        query ($code: [String!], $token: String) { exceptionGroups(filter: { code: $code }, atLeast: $token) {
          id code step connection vendorError open engagements severity sla ownerRole held { amount currency } assignee tags } }
        """;

    [Fact]
    public async Task Exceptions_of_one_cause_are_one_group_that_counts_each_of_them()
    {
        await engagements.Refuse("group-a", "GROUPED", "The customer 'A-17' has no subsidiary 4.");
        await engagements.Refuse("group-b", "GROUPED", "The customer 'B-2' has no subsidiary 19.");
        await engagements.Refuse("group-c", "GROUPED", "The currency is missing.");

        var groups = (await engagements.Ask("olga", GroupOf, new { code = new[] { "GROUPED" } }))["exceptionGroups"]!.AsArray();

        Assert.Equal(
        [
            """2 'refused. The customer '…' has no subsidiary #' [{"amount":34000,"currency":"EUR"}]""",
            """1 'refused. The currency is missing.' [{"amount":17000,"currency":"EUR"}]""",
        ], groups.OrderByDescending(group => (int)group!["open"]!)
            .Select(group => $"{group!["open"]} '{group["vendorError"]}' {group["held"]!.ToJsonString()}"));
        Assert.Equal("HIGH IN_TIME OPERATOR", $"{groups[0]!["severity"]} {groups[0]!["sla"]} {groups[0]!["ownerRole"]}");
    }

    [Fact]
    public async Task A_group_that_rests_does_not_swallow_what_comes_later()
    {
        await engagements.Refuse("snooze-a", "SNOOZED", "No.");
        var group = (string)(await Groups("SNOOZED"))[0]!["id"]!;

        var snoozed = await Do("snoozeException", $$"""{ idempotencyKey: "z", id: "{{group}}", until: "{{DateTimeOffset.UtcNow.AddDays(2):O}}", reason: "They work on it." }""");
        await engagements.Refuse("snooze-b", "SNOOZED", "No.");

        Assert.Equal("[]", snoozed["errors"]!.ToJsonString());
        Assert.Equal(["Rollout snooze-a True", "Rollout snooze-b False"], (await Exceptions("SNOOZED")).Select(each => $"{each["contract"]!["name"]} {each["desk"]!["snoozedUntil"] is not null}").Order());
        Assert.Equal(
            """{"exceptionGroup":{"open":2,"snoozed":1}}""",
            (await engagements.Ask("olga", "query ($id: ID!) { exceptionGroup(id: $id) { open snoozed } }", new { id = group })).ToJsonString());
    }

    [Fact]
    public async Task An_exception_is_its_groups_until_somebody_has_it_alone_and_its_history_says_who_did_what_and_why()
    {
        await engagements.Refuse("mine-a", "ASSIGNED", "No.");
        await engagements.Refuse("mine-b", "ASSIGNED", "No.");
        var group = (string)(await Groups("ASSIGNED"))[0]!["id"]!;
        var single = (string)(await Exceptions("ASSIGNED")).Single(each => (string?)each["contract"]!["name"] == "Rollout mine-b")["id"]!;

        await Do("assignException", $$"""{ idempotencyKey: "a1", id: "{{group}}", assignee: "olga", reason: "Mine." }""");
        var alone = await Do("assignException", $$"""{ idempotencyKey: "a2", id: "{{single}}", assignee: "fiona", reason: "Knows them." }""");
        await Do("tagException", $$"""{ idempotencyKey: "a3", id: "{{single}}", add: ["vip"], reason: "Important." }""");
        var noted = await Do("noteException", $$"""{ idempotencyKey: "a4", id: "{{single}}", text: "Called them." }""");

        Assert.Equal("fiona", (string?)alone["exception"]!["desk"]!["assignee"]);
        Assert.Equal(["Rollout mine-a olga ", "Rollout mine-b fiona vip"], (await Exceptions("ASSIGNED")).Select(each =>
            $"{each["contract"]!["name"]} {each["desk"]!["assignee"]} {string.Join(',', each["desk"]!["tags"]!.AsArray())}").Order());
        Assert.Equal(
            """[{"act":"ASSIGNED","detail":"fiona","text":"Knows them.","by":"olga"},{"act":"TAGGED","detail":"\u002Bvip","text":"Important.","by":"olga"},{"act":"NOTED","detail":null,"text":"Called them.","by":"olga"}]""",
            noted["exception"]!["desk"]!["history"]!.ToJsonString());
        Assert.Equal("1", (await engagements.Ask("olga", "{ exceptionTotals(filter: { code: [\"ASSIGNED\"], assignee: \"fiona\" }) { open } }"))["exceptionTotals"]!["open"]!.ToString());
    }

    [Fact]
    public async Task A_retry_that_fails_goes_on_with_the_same_trouble_and_leads_back_to_the_first()
    {
        var contract = await engagements.Refuse("again", "AGAIN", "No.");
        var first = (await Exceptions("AGAIN")).Single();
        var retried = await engagements.Ask("olga", "mutation ($input: RetryExceptionInput!) { retryException(input: $input) { freshness errors { ... on UserError { code message } } } }",
            new { input = new { idempotencyKey = "again", exceptionId = (string?)first["id"], reason = "Tell me more." } });
        Assert.Equal("[]", retried["retryException"]!["errors"]!.ToJsonString());
        await engagements.Refuse("again", "AGAIN", "Still no.", contract);

        var open = (await Exceptions("AGAIN")).Single();
        Assert.Equal((string?)first["desk"]!["firstRaisedAt"], (string?)open["desk"]!["firstRaisedAt"]);
        Assert.Equal((string?)first["id"], (string?)open["desk"]!["previous"]!["id"]);
        Assert.Equal("False", open["desk"]!["reopened"]!.ToString(), ignoreCase: true);
        var before = (await engagements.Ask("olga", "query ($id: ID!) { exception(id: $id) { status resolution reason desk { followUp { id status } resolvedIn } } }", new { id = (string?)first["id"] }))["exception"]!;
        Assert.Equal("RESOLVED retried Tell me more.", $"{before["status"]} {before["resolution"]} {before["reason"]}");
        Assert.EndsWith("/2", (string?)before["desk"]!["followUp"]!["id"], StringComparison.Ordinal);
        Assert.StartsWith(contract, (string?)before["desk"]!["resolvedIn"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delivery_is_grouped_and_annotated_like_any_exception_and_is_kept_when_it_is_settled()
    {
        var id = await engagements.Database.Scalar<long>(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
            values ('stripe', 'desk', now() - interval '3 days', 'application/json', '{broken', 'parked',
                    '[{"problem": {"code": "DESK_JSON", "path": "", "message": "No.", "remedy": "Yes."}}]') returning id
            """);

        var noted = await Do("noteException", $$"""{ idempotencyKey: "d1", id: "delivery/{{id}}", text: "Theirs." }""");
        Assert.Equal("BREACHED", (string?)(await Groups("DESK_JSON"))[0]!["sla"]);
        await engagements.Ask("olga", "mutation ($input: SkipExceptionInput!) { skipException(input: $input) { errors { __typename } } }",
            new { input = new { idempotencyKey = "d2", exceptionId = $"delivery/{id}", reason = "A test." } });

        Assert.Equal("Theirs.", (string?)noted["exception"]!["desk"]!["history"]![0]!["text"]);
        Assert.Empty(await Groups("DESK_JSON"));
        var settled = (await engagements.Ask("olga", "query ($id: ID!) { exception(id: $id) { code status resolution resolvedBy reason } }", new { id = $"delivery/{id}" }))["exception"]!;
        Assert.Equal("""{"code":"DESK_JSON","status":"RESOLVED","resolution":"skipped","resolvedBy":"olga","reason":"A test."}""", settled.ToJsonString());
    }

    [Fact]
    public async Task A_contracts_own_exceptions_have_their_desk_too()
    {
        var contract = await engagements.Refuse("own", "OWN_DESK", "No.");

        var data = await engagements.Ask("olga", "query ($id: ID!) { contract(id: $id) { exceptions { code desk { severity group { open } } } } }", new { id = contract });

        Assert.Equal("""[{"code":"OWN_DESK","desk":{"severity":"HIGH","group":{"open":1}}}]""", data["contract"]!["exceptions"]!.ToJsonString());
    }

    [Theory]
    [InlineData("eu_case_00000000000000000000000000")]
    [InlineData("eu_ct_x/nothing")]
    public async Task What_does_not_exist_cannot_be_annotated(string id) => Assert.Equal(
        "NOT_FOUND", (string?)(await Do("noteException", $$"""{ idempotencyKey: "n-{{id}}", id: "{{id}}", text: "?" }"""))["errors"]![0]!["code"]);

    private async Task<JsonNode> Do(string mutation, string input) => (await engagements.Ask("olga",
        $$"""mutation { {{mutation}}(input: {{input}}) { exception { id desk { assignee history { act detail text by } } } group { id } errors { ... on UserError { code message } } } }"""))[mutation]!;

    private async Task<JsonArray> Groups(string code) =>
        (await engagements.Ask("olga", GroupOf, new { code = new[] { code } }))["exceptionGroups"]!.AsArray();

    private async Task<List<JsonNode>> Exceptions(string code) => [.. (await engagements.Ask("olga",
        "query ($code: [String!]) { exceptions(filter: { code: $code }) { nodes { id contract { name } desk { firstRaisedAt reopened assignee tags snoozedUntil previous { id } } } } }",
        new { code = new[] { code } }))["exceptions"]!["nodes"]!.AsArray().Select(node => node!)];
}
