using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>One action on many exceptions, from the selection to what became of each.</summary>
public sealed class BulkActionTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string State =
        """
        id status total possible impossible done succeeded failed unsettled approvalNeeded pausedReason held { amount currency }
        plannedEffects { connection operation count } items { nodes { number exceptionId possible finding outcome message } }
        """;

    [Fact]
    public async Task Many_are_tried_dry_first_then_retried_one_two_five_and_each_says_what_became_of_it()
    {
        var contracts = new List<string>();
        for (var i = 0; i < 4; i++) contracts.Add(await engagements.Refuse($"bulk-{i}", "BULK_DOWN", "The ledger is closed."));

        var proposed = await Do("proposeBulkAction", """{ idempotencyKey: "p1", kind: RETRY, filter: { code: ["BULK_DOWN"] }, perMinute: 6000, reason: "The ledger is open again." }""");
        var id = (string)proposed["bulkAction"]!["id"]!;
        var ready = await Until(id, "READY");
        Assert.Equal(
            """[{"connection":"netsuite","operation":"erp.customer.upsert.v1","count":4}] 4 of 4 [{"amount":68000,"currency":"EUR"}]""",
            $"{ready["plannedEffects"]!.ToJsonString()} {ready["possible"]} of {ready["total"]} {ready["held"]!.ToJsonString()}");
        Assert.Equal(0, await Effects(contracts, round: 2));

        await Do("startBulkAction", $$"""{ idempotencyKey: "p2", bulkActionId: "{{id}}", reason: "Go." }""");
        await Wait.Until(async () => await Effects(contracts, round: 2) == 1);
        await engagements.Answer(contracts[0]);
        await Wait.Until(async () => await Effects(contracts, round: 2) == 3);
        await engagements.Answer(contracts[1]);
        await engagements.Answer(contracts[2], refusal: "Still closed.");

        var paused = await Until(id, "PAUSED");
        Assert.Equal(
            "1 of 2 failed: look at them before it goes on. 2 1 3",
            $"{paused["pausedReason"]} {paused["succeeded"]} {paused["failed"]} {paused["done"]}");
        Assert.Equal(3, await Effects(contracts, round: 2));

        await Do("resumeBulkAction", $$"""{ idempotencyKey: "p3", bulkActionId: "{{id}}", reason: "The other was mistyped." }""");
        await Wait.Until(async () => await Effects(contracts, round: 2) == 4);
        await engagements.Answer(contracts[3]);
        var done = await Until(id, "COMPLETED");
        Assert.Equal(
            ["1 SUCCEEDED ", "2 SUCCEEDED ", "3 FAILED Still closed.", "4 SUCCEEDED "],
            done["items"]!["nodes"]!.AsArray().Select(item => $"{item!["number"]} {item["outcome"]} {item["message"]}"));

        var audit = await engagements.Ask("audrey",
            "query ($id: ID!) { activity(filter: { subjectId: $id, actor: \"olga\" }) { nodes { reason events } } }", new { id });
        Assert.Equal(
            ["The other was mistyped. bulk-action.resumed.v1", "Go. bulk-action.started.v1", "The ledger is open again. bulk-action.proposed.v1"],
            audit["activity"]!["nodes"]!.AsArray().Select(entry => $"{entry!["reason"]} {entry["events"]![0]}"));
        Assert.Equal(
            "olga The ledger is open again.", await engagements.Database.Scalar<string>(
                $"select actor || ' ' || reason from q2c_read.activity where grain = '{contracts[0]}' and correlation = 'bulk/{id}/0' and outcome = 'changed' and reason is not null"));
    }

    [Fact]
    public async Task What_gives_up_needs_a_second_person_and_what_cannot_be_given_up_is_left_out()
    {
        await engagements.Refuse("bulk-skip", "BULK_SKIP", "No.");
        var delivery = await engagements.Database.Scalar<long>(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
            values ('stripe', 'bulk-skip', now(), 'application/json', '{', 'parked', '[{"problem": {"code": "BULK_SKIP", "path": "", "message": "No.", "remedy": "Yes."}}]')
            returning id
            """);
        var proposed = await Do("proposeBulkAction", """{ idempotencyKey: "s1", kind: SKIP, filter: { code: ["BULK_SKIP"] }, perMinute: 6000, reason: "Tests of theirs." }""");
        var again = await Do("proposeBulkAction", """{ idempotencyKey: "s1", kind: SKIP, filter: { code: ["BULK_SKIP"] }, perMinute: 6000, reason: "Tests of theirs." }""");
        var id = (string)proposed["bulkAction"]!["id"]!;
        Assert.Equal(id, (string)again["bulkAction"]!["id"]!);

        var waiting = await Until(id, "AWAITING_APPROVAL");
        Assert.Equal("1 exceptions are more than 0. 1 impossible", $"{waiting["approvalNeeded"]} {waiting["impossible"]} impossible");
        var own = await Do("approveBulkAction", $$"""{ idempotencyKey: "s2", bulkActionId: "{{id}}" }""");
        Assert.Equal("SECOND_PERSON_NEEDED", (string?)own["errors"]![0]!["code"]);
        await Do("approveBulkAction", $$"""{ idempotencyKey: "s3", bulkActionId: "{{id}}", note: "Fine." }""", "frank");
        await Do("startBulkAction", $$"""{ idempotencyKey: "s4", bulkActionId: "{{id}}", reason: "Go." }""");

        var done = await Until(id, "COMPLETED");
        Assert.Equal(
            [("SUCCEEDED", $"delivery/{delivery}"), ("LEFT_OUT", "")],
            done["items"]!["nodes"]!.AsArray().Select(item => ((string)item!["outcome"]!, (string)item["exceptionId"]! is var each && each.StartsWith("delivery", StringComparison.Ordinal) ? each : "")).OrderDescending());
        Assert.Equal("superseded", await engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {delivery}"));
    }

    [Fact]
    public async Task A_selection_of_nothing_is_refused() => Assert.Equal("NOTHING_SELECTED", (string?)(await Do(
        "proposeBulkAction", """{ idempotencyKey: "n", kind: RETRY, filter: { code: ["NEVER_RAISED"] }, reason: "r" }"""))["errors"]![0]!["code"]);

    private async Task<JsonNode> Do(string mutation, string input, string user = "olga") => (await engagements.Ask(user,
        $$"""mutation { {{mutation}}(input: {{input}}) { bulkAction { {{State}} } errors { ... on UserError { code message } } } }"""))[mutation]!;

    private async Task<JsonNode> Until(string id, string status)
    {
        JsonNode? action = null;
        await Wait.Until(async () =>
            (string?)(action = (await engagements.Ask("olga", $$"""query ($id: ID!) { bulkAction(id: $id) { {{State}} } }""", new { id }))["bulkAction"])!["status"] == status);
        return action!;
    }

    private Task<long> Effects(List<string> contracts, int round) => engagements.Database.Scalar<long>(
        $"select count(*) from q2c.effect where grain = any('{{{string.Join(',', contracts)}}}') and id like '%/erp-customer/{round}'");
}
