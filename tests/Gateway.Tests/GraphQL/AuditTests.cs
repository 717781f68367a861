using System.Text.Json.Nodes;
using Q2C.Gateway.Reading;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Who did what, what it changed, and who was not allowed to.</summary>
public sealed class AuditTests(Engagements engagements) : IClassFixture<Engagements>
{
    [Fact]
    public async Task What_a_command_changed_is_told_value_by_value()
    {
        var (id, token) = await engagements.AcceptQuote("audited", legalEntity: "XX98");
        var item = (await engagements.Ask(
            "olga", "query ($id: ID!, $token: String) { exceptions(filter: { contractId: $id }, atLeast: $token) { nodes { id } } }", new { id, token }))["exceptions"]!["nodes"]![0]!["id"];
        var corrected = await engagements.Ask("olga",
            "mutation ($input: CorrectContractInput!) { correctContract(input: $input) { freshness errors { ... on UserError { code message } } } }",
            new { input = new { idempotencyKey = "c", contractId = id, exceptionId = (string?)item, legalEntity = "DE01", reason = "Typing error" } });
        token = (string)corrected["correctContract"]!["freshness"]!;

        var entry = (await engagements.Ask("audrey",
            "query ($id: ID!, $token: String) { activity(filter: { subjectId: $id, actor: \"olga\" }, atLeast: $token) { nodes { reason proven changes { path before after } } } }",
            new { id, token }))["activity"]!["nodes"]!.AsArray().Single()!;

        Assert.Equal("Typing error true", $"{entry["reason"]} {entry["proven"]}");
        Assert.Contains(
            entry["changes"]!.AsArray(), change => change!["path"]!.ToString().EndsWith("legalEntity", StringComparison.Ordinal)
                && change["before"]!.ToString() == "\"XX98\"" && change["after"]!.ToString() == "\"DE01\"");
        Assert.DoesNotContain(entry["changes"]!.AsArray(), change => change!["path"]!.ToString().EndsWith("opportunityId", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_done_to_a_connection_says_how_it_was_before_and_the_journal_proves_it()
    {
        await engagements.Database.Scalar<long>("insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body) values ('avatax', 'known', now(), 'application/json', '{}') returning id");
        await engagements.Ask("olga", """mutation { holdConnection(input: { idempotencyKey: "h1", connection: "avatax", reason: "Month end" }) { errors { __typename } } }""");
        await engagements.Ask("ada", """mutation { releaseConnection(input: { idempotencyKey: "r1", connection: "avatax", reason: "Closed" }) { errors { __typename } } }""");

        var entries = await Until("""filter: { subjectId: "connection/avatax" }""", nodes => nodes.All(node => (bool)node!["proven"]!));
        Assert.Equal(
            [
                """ada connection.release Closed [{"path":"by","before":"\u0022olga\u0022","after":null},{"path":"held","before":"true","after":"false"},{"path":"reason","before":"\u0022Month end\u0022","after":null}]""",
                """olga connection.hold Month end [{"path":"by","before":null,"after":"\u0022olga\u0022"},{"path":"held","before":null,"after":"true"},{"path":"reason","before":null,"after":"\u0022Month end\u0022"}]""",
            ], entries.Select(entry => $"{entry!["actor"]} {entry["events"]![0]} {entry["reason"]} {entry["changes"]!.ToJsonString()}"));
        Assert.Equal("ada,olga", await engagements.Database.Scalar<string>(
            "select string_agg(actor, ',' order by actor) from q2c.journal where convert_from(body, 'utf8') like '%\"subject\":\"connection/avatax\"%'"));
    }

    [Fact]
    public async Task Who_was_not_allowed_to_is_in_the_audit_by_mutation_and_object_once_a_minute_however_often_it_was_tried()
    {
        const string Hold = """mutation { holdConnection(input: { idempotencyKey: "no", connection: "kantata", reason: "Mine" }) { errors { __typename } } }""";
        await engagements.Ask("sam", Hold);
        await engagements.Ask("sam", Hold);

        var denied = await Until(
            """filter: { actor: "sam", action: "holdConnection" }""",
            nodes => nodes.Count > 0 && nodes[0]!["problems"]![0]!["message"]!.ToString().EndsWith("Tried 2 times.", StringComparison.Ordinal));

        Assert.Equal(
            "REFUSED kantata holdConnection FORBIDDEN This needs the role OPERATOR or ADMINISTRATOR. Tried 2 times. []",
            $"{denied[0]!["outcome"]} {denied[0]!["subjectId"]} {denied[0]!["attempted"]} {denied[0]!["problems"]![0]!["code"]} {denied[0]!["problems"]![0]!["message"]} {denied[0]!["changes"]!.ToJsonString()}");
        Assert.Contains(await Until("filter: { denied: true }", _ => true), entry => (string?)entry!["id"] == (string?)denied[0]!["id"]);
        Assert.DoesNotContain(await Until("filter: { denied: false }", _ => true), entry => (string?)entry!["id"] == (string?)denied[0]!["id"]);
    }

    [Fact]
    public async Task A_denial_is_named_by_the_mutation_that_was_sent_whichever_it_is()
    {
        foreach (var (mutation, input) in ((string, string)[])[
            ("skipException", """exceptionId: "delivery/1", reason: "r" """), ("approveCorrection", """correctionId: "1" """),
            ("holdBilling", """subjectId: "eu_inv_1", reason: "r" """), ("startBulkAction", """bulkActionId: "eu_bulk_1", reason: "r" """)])
            await engagements.Ask("dana", $$"""mutation { {{mutation}}(input: { idempotencyKey: "n", {{input}} }) { errors { __typename } } }""");

        var denied = await Until("""filter: { actor: "dana", denied: true }""", nodes => nodes.Count == 4);
        Assert.Equal(
            ["approveCorrection 1", "holdBilling eu_inv_1", "skipException delivery/1", "startBulkAction eu_bulk_1"],
            denied.Select(entry => $"{entry!["attempted"]} {entry["subjectId"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Auditors_take_what_they_look_for_as_a_file_with_the_digests_of_everything_else_and_nobody_else_does()
    {
        var (id, token) = await engagements.AcceptQuote("exported");
        await engagements.Ask("audrey", "query ($token: String) { activity(first: 1, atLeast: $token) { nodes { id } } }", new { token });

        using var taken = await Export("audrey", $"?subject={id}");
        var lines = (await taken.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal("application/jsonl; charset=utf-8 attachment; filename=\"q2c-audit.jsonl\"", $"{taken.Content.Headers.ContentType} {taken.Content.Headers.ContentDisposition}");
        Assert.Equal($"journal {id}", $"{lines[0]["kind"]} {lines[0]["selection"]!["subject"]}");
        Assert.All(lines.Where(line => (string?)line["kind"] == "row"), line => Assert.Equal(id, (string?)line["grain"]));
        Assert.Equal(
            await engagements.Database.Scalar<long>($"select count(*) from q2c.journal where grain = '{id}'"),
            lines.Count(line => (string?)line["kind"] == "row"));
        Assert.Contains(lines, line => (string?)line["kind"] == "digest");

        using var refused = await Export("fiona", "");
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.StatusCode);
        await Until("""filter: { actor: "fiona", action: "exportAudit" }""", nodes => nodes.Count == 1);
        using var anonymous = await engagements.Client.GetAsync("/audit/export");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    [Fact]
    public async Task Whatever_stands_in_a_word_it_is_shown_as_it_came_and_stops_nothing()
    {
        const string Hostile = "=HYPERLINK(\"http://evil\")<script>alert(1)</script>\u202Etxt'; drop table x;--\r\n";
        var contract = await engagements.Refuse("hostile", "HOSTILE", $"{Hostile}\0");
        var shown = (await engagements.Ask("olga", """{ exceptions(filter: { code: ["HOSTILE"] }) { nodes { id message } } }"""))["exceptions"]!["nodes"]![0]!;
        Assert.Contains(Hostile + "\uFFFD", (string)shown["message"]!, StringComparison.Ordinal);

        var noted = await engagements.Ask(
            "olga", "mutation ($input: NoteExceptionInput!) { noteException(input: $input) { freshness errors { ... on UserError { code } } } }",
            new { input = new { idempotencyKey = "hostile", id = (string)shown["id"]!, text = $"{Hostile}\0" } });
        var told = (await engagements.Ask(
            "audrey", "query ($token: String) { activity(filter: { actor: \"olga\", event: \"exception-case.noted.v1\" }, atLeast: $token, first: 1) { nodes { subjectId reason } } }",
            new { token = (string?)noted["noteException"]!["freshness"] }))["activity"]!["nodes"]![0]!;
        Assert.Equal(Hostile + "\uFFFD", (string?)told["reason"]);

        using var taken = await Export("audrey", $"?subject={told["subjectId"]}");
        Assert.All((await taken.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries), line => JsonNode.Parse(line));
        Assert.Equal("IDEMPOTENCY_KEY_INVALID", (string?)(await engagements.Ask(
            "olga", "mutation ($input: HoldConnectionInput!) { holdConnection(input: $input) { errors { ... on UserError { code } } } }",
            new { input = new { idempotencyKey = "a\0", connection = "stripe", reason = "r" } }))["holdConnection"]!["errors"]![0]!["code"]);
        Assert.Equal(contract, ((string)shown["id"]!).Split('/')[0]);
    }

    private async Task<HttpResponseMessage> Export(string user, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/audit/export{query}");
        request.Headers.Authorization = new("Bearer", await engagements.Token(user));
        return await engagements.Client.SendAsync(request);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", "")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,3]}""", "a[1]: 2 -> 3")]
    [InlineData("""{"a":null}""", """{}""", "a: null -> ")]
    [InlineData("""[1]""", """{"a":1}""", ": [1] -> {\"a\":1}")]
    [InlineData("<a/>", "<b/>", ": \"\\u003Ca/\\u003E\" -> \"\\u003Cb/\\u003E\"")]
    public void Two_documents_differ_in_these_values(string before, string after, string changes) => Assert.Equal(
        changes, string.Join("; ", JsonDifference.Between(before, after).Select(change => $"{change.Path}: {change.Before} -> {change.After}")));

    private async Task<JsonArray> Until(string filter, Func<JsonArray, bool> seen)
    {
        JsonArray? nodes = null;
        await Wait.Until(async () => seen(nodes = (await engagements.Ask("audrey",
            $$"""{ activity({{filter}}, first: 50) { nodes { id actor subjectId outcome events reason attempted proven problems { code message } changes { path before after } } } }"""))
            ["activity"]!["nodes"]!.AsArray()));
        return nodes!;
    }
}
