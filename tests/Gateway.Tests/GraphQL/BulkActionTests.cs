using System.Text.Json.Nodes;
using Q2C.BulkActions;
using Q2C.Silo.BulkActions;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>One action on many exceptions, from the selection to what became of each.</summary>
public sealed class BulkActionTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Fields =
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

        const string Followed =
            "subscription ($id: ID!, $after: String) { bulkActionProgress(bulkActionId: $id, after: $after) { cursor bulkAction { status done } } }";
        var told = (await engagements.Follow("olga", Followed, new { id }, count: 1)).Single()["data"]!["bulkActionProgress"]!;
        var following = engagements.Follow("olga", Followed, new { id, after = (string?)told["cursor"] }, count: 1_000);

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

        var events = (await following).Select(progress => progress["data"]!["bulkActionProgress"]!).ToList();
        Assert.Equal("""{"status":"COMPLETED","done":4}""", events[^1]["bulkAction"]!.ToJsonString());
        Assert.Equal(
            """{"status":"COMPLETED","done":4}""",
            (await engagements.Follow("olga", Followed, new { id, after = (string?)events[^1]["cursor"] }, count: 2))
            .Single()["data"]!["bulkActionProgress"]!["bulkAction"]!.ToJsonString());

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
        var delivery = await Park("bulk-skip", "BULK_SKIP");
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
    public async Task Many_are_given_to_somebody_tagged_and_put_to_rest_without_a_second_person()
    {
        var contract = await engagements.Refuse("bulk-desk", "BULK_DESK", "No.");
        var delivery = await Park("bulk-desk", "BULK_DESK");

        await Run("ASSIGN", """filter: { code: ["BULK_DESK"] }, assignee: "dana", """);
        await Run("TAG", """filter: { code: ["BULK_DESK"], assignee: "dana" }, addTags: ["month-end", "vip"], """);
        await Run("SNOOZE", $$"""filter: { code: ["BULK_DESK"], tag: "vip" }, until: "{{DateTimeOffset.UtcNow.AddDays(1):yyyy-MM-ddTHH:mm:ssZ}}", """);

        var desk = (await engagements.Ask("olga", """{ exceptions(filter: { code: ["BULK_DESK"], snoozed: true }) { nodes { id desk { assignee tags history { act by text } } } } }"""))["exceptions"]!["nodes"]!.AsArray();
        Assert.Equal(
            new[] { contract, "delivery" }.Order(StringComparer.Ordinal),
            desk.Select(each => ((string)each!["id"]!).Split('/')[0]).Order(StringComparer.Ordinal));
        Assert.All(desk, each => Assert.Equal(
            """{"assignee":"dana","tags":["month-end","vip"],"history":[{"act":"ASSIGNED","by":"olga","text":"In bulk."},{"act":"TAGGED","by":"olga","text":"In bulk."},{"act":"SNOOZED","by":"olga","text":"In bulk."}]}""",
            each!["desk"]!.ToJsonString()));
        Assert.Equal("parked", await engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {delivery}"));

        var tagless = await Do("proposeBulkAction", """{ idempotencyKey: "tagless", kind: TAG, filter: { code: ["BULK_DESK"], snoozed: true }, reason: "r" }""");
        Assert.Equal("ARGUMENT_MISSING", (string?)tagless["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task Engagements_of_many_exceptions_are_held_once_each_and_released_again()
    {
        var contract = await engagements.Refuse("bulk-hold", "BULK_HOLD", "No.");
        await Park("bulk-hold", "BULK_HOLD");

        var held = await Run("HOLD", """filter: { code: ["BULK_HOLD"] }, """);
        Assert.Equal(
            ["LEFT_OUT A delivery has nothing that could be undone or held.", "SUCCEEDED "],
            held["items"]!["nodes"]!.AsArray().Select(item => $"{item!["outcome"]} {item["finding"]}").Order(StringComparer.Ordinal));
        await Wait.Until(async () => await Holds(contract) == "olga In bulk.");

        await Run("RELEASE", $$"""filter: { subjectId: "{{contract}}" }, """);
        await Wait.Until(async () => await Holds(contract) == "");
        var nothing = await Propose("RELEASE", $$"""filter: { subjectId: "{{contract}}" }, """);
        Assert.Equal("Nothing is held there.", (string?)(await Until(nothing, "READY"))["items"]!["nodes"]![0]!["finding"]);
    }

    [Fact]
    public async Task What_was_asked_of_one_system_goes_to_another_now_and_later_once_a_second_person_agrees()
    {
        var contract = await engagements.Refuse("bulk-route", "BULK_ROUTE", "This ledger is closed for good.");
        await engagements.Database.Scalar<string>(
            """
            insert into q2c.connection_state (connection, vendor, healthy, detail, checked_at, capabilities)
            values ('netsuite-two', 'netsuite', true, '', now(), '{"operations": [{"operation": "erp.customer.upsert.v1", "guarantee": "naturalKey"}]}') returning connection
            """);

        var nowhere = await Propose("REROUTE", """filter: { code: ["BULK_ROUTE"] }, connection: "nowhere", """);
        Assert.Equal("There is no connection 'nowhere'.", (string?)(await Until(nowhere, "AWAITING_APPROVAL", "READY"))["items"]!["nodes"]![0]!["finding"]);

        var id = await Propose("REROUTE", """filter: { code: ["BULK_ROUTE"] }, connection: "netsuite-two", """);
        var planned = await Until(id, "AWAITING_APPROVAL");
        Assert.Equal("""[{"connection":"netsuite-two","operation":"erp.customer.upsert.v1","count":1}]""", planned["plannedEffects"]!.ToJsonString());
        await Do("approveBulkAction", $$"""{ idempotencyKey: "{{id}}-yes", bulkActionId: "{{id}}" }""", "frank");
        await Do("startBulkAction", $$"""{ idempotencyKey: "{{id}}-go", bulkActionId: "{{id}}", reason: "Go." }""");
        await engagements.Answer(contract);
        await Until(id, "COMPLETED");

        Assert.Equal("netsuite,netsuite-two", await engagements.Database.Scalar<string>(
            $"select string_agg(connection, ',' order by ordinal) from q2c.effect where grain = '{contract}' and id like '%/erp-customer/%'"));
        await Wait.Until(async () => await engagements.Database.Scalar<long>($"select count(*) from q2c.effect where grain = '{contract}' and status = 'pending'") > 0);
        Assert.Equal("netsuite-two", await engagements.Database.Scalar<string>($"select connection from q2c.effect where grain = '{contract}' and status = 'pending' limit 1"));
        Assert.Equal("olga In bulk.", await engagements.Database.Scalar<string>($"select actor || ' ' || reason from q2c.act where subject = '{contract}' and action = 'effects.reroute'"));
    }

    [Fact]
    public async Task Deliveries_are_replayed_from_a_point_and_what_would_change_nothing_is_left_out()
    {
        var (customer, processed) = ($"{{\"payment\": {{\"later\": 1}}}}", new List<long>());
        foreach (var body in (string[])["{}", customer, customer])
            processed.Add(await engagements.Database.Scalar<long>(
                $"insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status) values ('stripe-uk', 'replay-{processed.Count}', now(), 'application/json', '{body}', 'done') returning id"));

        var id = await Propose("REPLAY", $$"""deliveries: { connection: "stripe-uk", from: "{{processed[0]}}" }, """);
        var ready = await Until(id, "READY");
        Assert.Equal(
            [$"delivery/{processed[0]} false Nothing would change.", $"delivery/{processed[1]} true The payments cannot be read now.", $"delivery/{processed[2]} true The payments cannot be read now."],
            ready["items"]!["nodes"]!.AsArray().Select(item => $"{item!["exceptionId"]} {item["possible"]} {item["finding"]}"));

        await Do("startBulkAction", $$"""{ idempotencyKey: "{{id}}-go", bulkActionId: "{{id}}", reason: "Go." }""");
        foreach (var delivery in processed[1..])
        {
            await Wait.Until(async () => await engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {delivery}") == "received");
            await engagements.Database.Scalar<long>($"update q2c.inbox set status = 'done' where id = {delivery} returning id");
        }

        var done = await Until(id, "COMPLETED");
        Assert.Equal("2 1", $"{done["succeeded"]} {done["impossible"]}");
        Assert.Equal("0 1 1", await engagements.Database.Scalar<string>($"select string_agg(retries::text, ' ' order by id) from q2c.inbox where id >= {processed[0]} and connection = 'stripe-uk'"));
        Assert.Empty((await engagements.Ask("olga", """{ exceptions(filter: { connection: "stripe-uk", status: RESOLVED }) { nodes { id } } }"""))["exceptions"]!["nodes"]!.AsArray());
    }

    [Fact]
    public async Task However_many_work_on_it_at_once_each_item_is_done_once()
    {
        var deliveries = new List<long>();
        for (var i = 0; i < 30; i++) deliveries.Add(await Park($"bulk-both-{i}", "BULK_BOTH"));
        var contract = await engagements.Refuse("bulk-both", "BULK_BOTH", "No.");
        var id = await Propose("SKIP", """filter: { code: ["BULK_BOTH"] }, """);
        await Until(id, "AWAITING_APPROVAL");
        await Do("approveBulkAction", $$"""{ idempotencyKey: "{{id}}-yes", bulkActionId: "{{id}}" }""", "frank");

        // Two more besides the one that holds the lease: as if both had lost it and not noticed.
        var others = Task.WhenAll(Work(id), Work(id));
        await Do("startBulkAction", $$"""{ idempotencyKey: "{{id}}-go", bulkActionId: "{{id}}", reason: "Go." }""");
        await others;

        var done = await Until(id, "COMPLETED");
        Assert.Equal("30 1 31", $"{done["succeeded"]} {done["impossible"]} {done["done"]}");
        Assert.Equal("30 30", await engagements.Database.Scalar<string>(
            $"select count(*) || ' ' || count(distinct delivery_id) from q2c.delivery_action where delivery_id >= {deliveries[0]} and delivery_id <= {deliveries[^1]}"));
        Assert.Equal(31, await engagements.Database.Scalar<long>(
            $"select sum(jsonb_array_length(e -> 'results'))::bigint from q2c.journal j, jsonb_array_elements(convert_from(j.body, 'utf8')::jsonb -> 'events') e where j.grain = '{id}' and e ->> '$type' = 'bulk-action.batch-done.v1'"));
        Assert.Equal(1, await engagements.Database.Scalar<long>($"select count(*) from q2c.effect where grain = '{contract}'"));
    }

    [Fact]
    public async Task Ten_thousand_are_selected_and_not_one_more_and_can_be_stopped_on_the_way()
    {
        await engagements.Database.Scalar<long>(
            """
            with parked as (
                insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
                select 'stripe', 'bulk-many-' || i, now(), 'application/json', '{', 'parked', '[{"problem": {"code": "BULK_MANY", "path": "", "message": "No.", "remedy": "Yes."}}]'
                from generate_series(1, 10001) i returning id)
            select count(*) from parked
            """);
        var tooMany = await Do("proposeBulkAction", """{ idempotencyKey: "10001", kind: SKIP, filter: { code: ["BULK_MANY"] }, perMinute: 6000, reason: "r" }""");
        Assert.Equal("TOO_MANY_SELECTED", (string?)tooMany["errors"]![0]!["code"]);
        await engagements.Database.Scalar<long>("update q2c.inbox set status = 'superseded' where dedupe_key = 'bulk-many-1' returning id");

        var id = await Propose("SKIP", """filter: { code: ["BULK_MANY"] }, """);
        Assert.Equal("10000 of 10000", await Until(id, "AWAITING_APPROVAL") is var ready ? $"{ready["possible"]} of {ready["total"]}" : "");
        await Do("approveBulkAction", $$"""{ idempotencyKey: "{{id}}-yes", bulkActionId: "{{id}}" }""", "frank");
        await Do("startBulkAction", $$"""{ idempotencyKey: "{{id}}-go", bulkActionId: "{{id}}", reason: "Go." }""");
        await Wait.Until(async () => (int)(await State(id))["done"]! >= 8);
        await Do("cancelBulkAction", $$"""{ idempotencyKey: "{{id}}-no", bulkActionId: "{{id}}", reason: "Enough." }""");

        JsonNode? stopped = null;
        await Wait.Until(async () => (int)(stopped = await State(id))["done"]! == await engagements.Database.Scalar<long>(
            "select count(*) from q2c.inbox where dedupe_key like 'bulk-many-%' and status = 'superseded'") - 1);
        Assert.Equal("CANCELLED", (string?)stopped!["status"]);
        Assert.InRange((int)stopped["done"]!, 8, 9_999);
    }

    /// <summary>As a process does that holds the lease.</summary>
    private async Task Work(string id)
    {
        var (action, work) = (engagements.Cluster.GetGrain<IBulkActionGrain>(id), engagements.Get<BulkWork>());
        await Wait.Until(async () => await action.NextBatch() is not null);
        while (await action.NextBatch() is { } batch) await action.Execute(await work.Do(id, batch, default));
    }

    private async Task<JsonNode> Run(string kind, string input)
    {
        var id = await Propose(kind, input);
        await Until(id, "READY");
        await Do("startBulkAction", $$"""{ idempotencyKey: "{{id}}-go", bulkActionId: "{{id}}", reason: "Go." }""");
        var done = await Until(id, "COMPLETED");
        // What it did to each item stands in the lists, where the next selection looks.
        await Wait.Until(() => engagements.Database.Scalar<bool>(
            "select bool_and(c.seq >= h.seq) from q2c.shard_head h join q2c.cursor c using (shard) where c.name = 'read-models'"));
        return done;
    }

    private async Task<string> Propose(string kind, string input)
    {
        var proposed = await Do("proposeBulkAction", $$"""{ idempotencyKey: "{{Guid.NewGuid():n}}", kind: {{kind}}, {{input}} perMinute: 6000, reason: "In bulk." }""");
        return (string?)proposed["bulkAction"]?["id"] ?? throw new InvalidOperationException(proposed.ToJsonString());
    }

    private Task<string> Holds(string subject) => engagements.Database.Scalar<string>(
        $"select coalesce(string_agg(placed_by || ' ' || reason, ', '), '') from q2c_read.billing_hold where subject = '{subject}' and released_at is null");

    private Task<long> Park(string key, string code) => engagements.Database.Scalar<long>(
        $$$"""
        insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
        values ('stripe', '{{{key}}}', now(), 'application/json', '{', 'parked', '[{"problem": {"code": "{{{code}}}", "path": "", "message": "No.", "remedy": "Yes."}}]')
        returning id
        """);

    [Fact]
    public async Task A_selection_of_nothing_is_refused() => Assert.Equal("NOTHING_SELECTED", (string?)(await Do(
        "proposeBulkAction", """{ idempotencyKey: "n", kind: RETRY, filter: { code: ["NEVER_RAISED"] }, reason: "r" }"""))["errors"]![0]!["code"]);

    private async Task<JsonNode> Do(string mutation, string input, string user = "olga") => (await engagements.Ask(user,
        $$"""mutation { {{mutation}}(input: {{input}}) { bulkAction { {{Fields}} } errors { ... on UserError { code message } } } }"""))[mutation]!;

    private async Task<JsonNode> Until(string id, params string[] statuses)
    {
        JsonNode? action = null;
        await Wait.Until(async () =>
        {
            action = await State(id);
            return statuses.Contains((string?)action["status"]);
        });
        return action!;
    }

    private async Task<JsonNode> State(string id) =>
        (await engagements.Ask("olga", $$"""query ($id: ID!) { bulkAction(id: $id) { {{Fields}} } }""", new { id }))["bulkAction"]!;

    private Task<long> Effects(List<string> contracts, int round) => engagements.Database.Scalar<long>(
        $"select count(*) from q2c.effect where grain = any('{{{string.Join(',', contracts)}}}') and id like '%/erp-customer/{round}'");
}
