using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What operators watch and do.</summary>
public sealed class OperationTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Hold =
        "mutation ($input: HoldConnectionInput!) { holdConnection(input: $input) { connection { status hold { reason by } } errors { __typename ... on UserError { code path } } } }";

    private const string Release =
        "mutation ($input: ReleaseConnectionInput!) { releaseConnection(input: $input) { connection { status hold { by } } errors { ... on UserError { code } } } }";

    [Fact]
    public async Task A_connection_is_held_and_released_and_the_audit_says_by_whom_and_why()
    {
        await Connection("kantata");
        var input = new { idempotencyKey = "h1", connection = "kantata", reason = "Month end" };

        var held = await Ask(Hold, input);
        var again = await Ask(Hold, input);
        var reused = await Ask(Hold, new { idempotencyKey = "h1", connection = "kantata", reason = "Another" });
        var released = await Ask(Release, new { idempotencyKey = "h2", connection = "kantata", reason = "Closed" });

        Assert.Equal("""{"connection":{"status":"HELD","hold":{"reason":"Month end","by":"olga"}},"errors":[]}""", held.ToJsonString());
        Assert.Equal(held.ToJsonString(), again.ToJsonString());
        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (string?)reused["errors"]![0]!["code"]);
        Assert.Equal("""{"connection":{"status":"HEALTHY","hold":null},"errors":[]}""", released.ToJsonString());
        Assert.Equal(
            """[{"actor":"olga","outcome":"CHANGED","reason":"Closed","events":["connection.release"]},{"actor":"olga","outcome":"CHANGED","reason":"Month end","events":["connection.hold"]}]""",
            (await Audit("filter: { subjectId: \"connection/kantata\" }")).ToJsonString());
    }

    [Fact]
    public async Task A_connection_says_what_it_can_do_and_a_comparison_what_differs()
    {
        await engagements.Database.Execute(
            """
            insert into q2c.connection_state values ('erp-x', 'businesscentral', false, 'Business Central does not know the company.', '2026-11-21 12:00+00',
                '{"operations":[{"operation":"erp.invoice.post.v1","guarantee":"findBeforeCreate"}],"feeds":["subscriptions"],"receives":true,"lists":true,"longest_processing_seconds":960}')
            """);
        const string Reconcile =
            "mutation ($input: ReconcileConnectionInput!) { reconcileConnection(input: $input) { connection { reconciliation { id askedBy reason since checked problem finishedAt differences { id } } } errors { ... on UserError { code } } } }";
        var input = new { idempotencyKey = "r1", connection = "erp-x", since = "2026-01-01T00:00:00Z", reason = "Month end" };
        var asked = (await Ask(Reconcile, input))["connection"]!["reconciliation"]!.AsObject();
        var id = (string)asked["id"]!;
        asked.Remove("id");
        Assert.Equal(
            """{"askedBy":"olga","reason":"Month end","since":"2026-01-01T00:00:00.000Z","checked":0,"problem":null,"finishedAt":null,"differences":[]}""",
            asked.ToJsonString());
        Assert.Equal("[]", (await Ask(Reconcile, input))["errors"]!.ToJsonString());
        Assert.Equal("RECONCILIATION_RUNNING", (string?)(await Ask(Reconcile, new { idempotencyKey = "r2", connection = "erp-x", reason = "Again" }))["errors"]![0]!["code"]);

        await engagements.Database.Execute(
            $"insert into q2c.reconciliation_difference (reconciliation_id, kind, subject, record, external_ids, found_at) values ({id}, 'twice', 'eu_inv_1', 'invoice', '{{A,B}}', now())");
        var connection = (await engagements.Ask("olga",
            """
            { connection(name: "erp-x") { vendor status health { healthy detail } capabilities { operations { operation guarantee } feeds receives lists longestProcessingSeconds }
                reconciliation { differences { id kind subject record externalIds repairAskedBy } } } }
            """))["connection"]!;
        var difference = connection["reconciliation"]!["differences"]![0]!.AsObject();
        var differenceId = (string)difference["id"]!;
        difference.Remove("id");
        Assert.Equal(
            """{"vendor":"businesscentral","status":"DELAYED","health":{"healthy":false,"detail":"Business Central does not know the company."},"capabilities":{"operations":[{"operation":"erp.invoice.post.v1","guarantee":"FIND_BEFORE_CREATE"}],"feeds":["subscriptions"],"receives":true,"lists":true,"longestProcessingSeconds":960},"reconciliation":{"differences":[{"kind":"TWICE","subject":"eu_inv_1","record":"invoice","externalIds":["A","B"],"repairAskedBy":null}]}}""",
            connection.ToJsonString());
        Assert.Equal("DIFFERENCE_NOT_REPAIRABLE", (string?)(await Ask(
            "mutation ($input: RepairDifferenceInput!) { repairDifference(input: $input) { errors { ... on UserError { code } } } }",
            new { idempotencyKey = "r3", connection = "erp-x", differenceId, reason = "Send it again" }))["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_system_is_asked_on_demand_whether_it_answers()
    {
        await Connection("kantata");

        var asked = await Ask("mutation ($input: CheckConnectionInput!) { checkConnection(input: $input) { connection { name status } errors { __typename } } }",
            new { idempotencyKey = "check-1", connection = "kantata", reason = "They say that it is back" });

        Assert.Equal("""{"connection":{"name":"kantata","status":"HEALTHY"},"errors":[]}""", asked.ToJsonString());
        Assert.Equal(
            """[{"actor":"olga","outcome":"CHANGED","reason":"They say that it is back","events":["connection.check"]}]""",
            (await Audit("filter: { subjectId: \"connection/kantata\", key: \"olga:check-1\" }")).ToJsonString());
    }

    [Fact]
    public async Task The_installation_shows_its_journal_and_its_processes_and_one_rebuild_of_the_lists_is_asked_for_at_a_time()
    {
        const string Rebuild = "mutation ($input: RebuildListsInput!) { rebuildLists(input: $input) { installation { rebuild { askedBy reason finishedAt done total } } errors { ... on UserError { code } } } }";
        await engagements.AcceptQuote("shown");

        var shown = (await engagements.Ask("audrey",
            "{ installation { region at shards { number rows listsBehind dispatchBehind behindSince } silos { machine process leases } } }"))["installation"]!;
        var asked = await Ask(Rebuild, new { idempotencyKey = "b1", reason = "A list was wrong" }, "ada");
        var again = await Ask(Rebuild, new { idempotencyKey = "b1", reason = "A list was wrong" }, "ada");
        var another = await Ask(Rebuild, new { idempotencyKey = "b2", reason = "Once more" }, "ada");

        Assert.Equal("eu", (string?)shown["region"]);
        var shards = shown["shards"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, shards.Count), shards.Select(shard => (int)shard!["number"]!));
        Assert.True(shards.Sum(shard => (long)shard!["rows"]!) > 0);
        Assert.Equal(
            """{"installation":{"rebuild":{"askedBy":"ada","reason":"A list was wrong","finishedAt":null,"done":null,"total":null}},"errors":[]}""",
            asked.ToJsonString());
        Assert.Equal(asked.ToJsonString(), again.ToJsonString());
        Assert.Equal("REBUILD_RUNNING", (string?)another["errors"]![0]!["code"]);
        Assert.Equal(
            """[{"actor":"ada","outcome":"CHANGED","reason":"A list was wrong","events":["installation.rebuild"]}]""",
            (await Audit("filter: { subjectId: \"installation\" }")).ToJsonString());
    }

    [Fact]
    public async Task What_could_not_be_done_about_a_connection_is_done_when_it_is_asked_for_again()
    {
        await engagements.Database.Execute(
            """
            insert into q2c.connection_state values ('erp-y', 'netsuite', true, 'NetSuite answers.', now(), '{"operations":[],"feeds":[],"receives":true,"lists":true,"longest_processing_seconds":900}');
            insert into q2c.reconciliation (connection, asked_by, reason, asked_at, since) values ('erp-y', 'otto', 'Month end', now(), now());
            """);
        const string Reconcile = "mutation ($input: ReconcileConnectionInput!) { reconcileConnection(input: $input) { connection { reconciliation { askedBy } } errors { ... on UserError { code } } } }";
        var again = new { idempotencyKey = "y1", connection = "erp-y", reason = "Again" };
        Assert.Equal("RECONCILIATION_RUNNING", (string?)(await Ask(Reconcile, again))["errors"]![0]!["code"]);
        await engagements.Database.Execute("update q2c.reconciliation set finished_at = now() where connection = 'erp-y'");
        Assert.Equal("""{"connection":{"reconciliation":{"askedBy":"olga"}},"errors":[]}""", (await Ask(Reconcile, again)).ToJsonString());

        await engagements.Database.Execute(
            """
            insert into q2c.reconciliation_difference (id, reconciliation_id, kind, subject, record, effect_id, found_at) overriding system value
            select 990, r.id, 'missing', 'eu_inv_9', 'invoice', 'eu_inv_9/posting/1', now() from q2c.reconciliation r where r.connection = 'erp-y' limit 1
            """);
        const string Repair = "mutation ($input: RepairDifferenceInput!) { repairDifference(input: $input) { errors { ... on UserError { code } } } }";
        for (var i = 0; i < 2; i++)
            Assert.Equal(
                "DIFFERENCE_NOT_REPAIRABLE",
                (string?)(await Ask(Repair, new { idempotencyKey = "y2", connection = "erp-y", differenceId = "990", reason = "Send it" }))["errors"]![0]!["code"]);
    }

    [Theory]
    [InlineData("nobody", "why", "NOT_FOUND", "input.connection")]
    [InlineData("kantata", " ", "REASON_REQUIRED", "input.reason")]
    public async Task What_cannot_be_held_is_refused(string connection, string reason, string code, string path)
    {
        await Connection("kantata");

        var refused = await Ask(Hold, new { idempotencyKey = $"x-{code}", connection, reason });

        Assert.Equal($$"""{"code":"{{code}}","path":"{{path}}"}""", Without(refused["errors"]![0]!, "__typename").ToJsonString());
    }

    [Fact]
    public async Task What_operators_do_about_deliveries_is_in_the_audit_and_can_be_searched()
    {
        var id = await engagements.Database.Scalar<long>(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
            values ('stripe', 'audited', now(), 'application/json', '{}', 'parked') returning id
            """);
        await engagements.Ask("olga", "mutation ($input: SkipExceptionInput!) { skipException(input: $input) { errors { __typename } } }",
            new { input = new { idempotencyKey = "skip-1", exceptionId = $"delivery/{id}", reason = "A test of theirs" } });

        var expected = """[{"actor":"olga","outcome":"CHANGED","reason":"A test of theirs","events":["delivery.skip"]}]""";
        Assert.Equal(expected, (await Audit($"filter: {{ subjectId: \"delivery/{id}\" }}")).ToJsonString());
        Assert.Equal(expected, (await Audit("filter: { search: \"TEST of\", actor: \"olga\", event: \"delivery.skip\", outcome: CHANGED }")).ToJsonString());
        Assert.Equal("[]", (await Audit("filter: { search: \"TEST of\", at: { until: \"2020-01-01T00:00:00Z\" } }")).ToJsonString());
    }

    [Fact]
    public async Task Exceptions_are_told_as_they_come_and_from_where_the_reader_stopped()
    {
        const string Query = "subscription ($id: ID!, $after: String) { exceptionChanged(contractId: $id, after: $after) { cursor exception { status code } } }";
        var (id, _) = await engagements.AcceptQuote("followed", legalEntity: "XX97");

        var raised = (await engagements.Follow("olga", Query, new { id, after = "eu.0.0" }, count: 1)).Single()["data"]!["exceptionChanged"]!;
        Assert.Equal("""{"status":"OPEN","code":"LEGAL_ENTITY_UNKNOWN"}""", raised["exception"]!.ToJsonString());

        var item = (await engagements.Ask("olga", "query ($id: ID!) { contract(id: $id) { exceptions { id } } }", new { id }))["contract"]!["exceptions"]![0]!["id"];
        var following = engagements.Follow("olga", Query, new { id, after = (string?)raised["cursor"] }, count: 1);
        await engagements.Ask("olga", "mutation ($input: CorrectContractInput!) { correctContract(input: $input) { errors { __typename } } }",
            new { input = new { idempotencyKey = "c1", contractId = id, exceptionId = (string?)item, legalEntity = "DE01", reason = "Typing error" } });

        Assert.Equal("""{"status":"RESOLVED","code":"LEGAL_ENTITY_UNKNOWN"}""", (await following).Single()["data"]!["exceptionChanged"]!["exception"]!.ToJsonString());
    }

    [Fact]
    public async Task A_billing_run_is_followed_to_its_end()
    {
        var (contract, _) = await engagements.AcceptQuote("billed");
        var project = await engagements.Activate(contract);
        var run = (await engagements.Ask("fiona",
            """
            mutation ($project: ID!) { runBilling(input: { idempotencyKey: "run", legalEntity: "DE01", cutOff: "2026-03-31", projectIds: [$project] }) {
                billingRun { id } errors { ... on UserError { code message } } } }
            """, new { project }))["runBilling"]!;
        Assert.Equal("[]", run["errors"]!.ToJsonString());

        const string Query =
            "subscription ($id: ID!, $after: String) { billingRunProgress(billingRunId: $id, after: $after) { cursor billingRun { projectsAsked projectsAnswered completed } } }";
        var id = (string?)run["billingRun"]!["id"];
        var events = await engagements.Follow("fiona", Query, new { id }, count: 9);

        // Whoever comes again, wherever the connection broke, learns the end; then there is no more.
        foreach (var seen in (JsonNode[])[events[0], events[^1]])
        {
            var again = await engagements.Follow(
                "fiona", Query, new { id, after = (string?)seen["data"]!["billingRunProgress"]!["cursor"] }, count: 9);
            Assert.Equal(
                """{"projectsAsked":1,"projectsAnswered":1,"completed":true}""",
                again.Single()["data"]!["billingRunProgress"]!["billingRun"]!.ToJsonString());
        }

        Assert.True((bool)events[^1]["data"]!["billingRunProgress"]!["billingRun"]!["completed"]!);
    }

    [Fact]
    public async Task A_connection_is_told_when_it_changes_and_not_again()
    {
        const string Query = "subscription ($after: String) { connectionHealth(name: \"avatax\", after: $after) { cursor connection { status parkedDeliveries } } }";
        await Connection("avatax");

        var first = (await engagements.Follow("olga", Query, new { }, count: 1)).Single()["data"]!["connectionHealth"]!;
        var next = engagements.Follow("olga", Query, new { after = (string?)first["cursor"] }, count: 1);
        await engagements.Database.Scalar<long>("update q2c.inbox set status = 'parked' where connection = 'avatax' returning id");

        Assert.Equal("""{"status":"HEALTHY","parkedDeliveries":0}""", first["connection"]!.ToJsonString());
        Assert.Equal("""{"status":"BLOCKED","parkedDeliveries":1}""", (await next).Single()["data"]!["connectionHealth"]!["connection"]!.ToJsonString());
    }

    private async Task Connection(string name) => await engagements.Database.Scalar<string>(
        $$"""
        insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
        values ('{{name}}', 'known', now(), 'application/json', '{}', 'done')
        on conflict (connection, dedupe_key) do update set status = 'done' returning connection
        """);

    private async Task<JsonNode> Audit(string arguments) =>
        (await engagements.Ask("audrey", $$"""{ activity({{arguments}}) { nodes { actor outcome reason events } } }"""))["activity"]!["nodes"]!;

    private async Task<JsonNode> Ask(string mutation, object input, string user = "olga") =>
        (await engagements.Ask(user, mutation, new { input })).AsObject().Single().Value!;

    private static JsonObject Without(JsonNode node, string member)
    {
        var copy = node.DeepClone().AsObject();
        copy.Remove(member);
        return copy;
    }
}
