using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

public sealed class DeliveryTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Correct =
        "mutation ($input: CorrectDeliveryInput!) { correctDelivery(input: $input) { delivery { id status body corrects { id status } } errors { ... on UserError { code } } } }";

    private const string Retry =
        "mutation ($input: RetryExceptionInput!) { retryException(input: $input) { subject { id } errors { ... on UserError { code path } } } }";

    private const string Skip =
        "mutation ($input: SkipExceptionInput!) { skipException(input: $input) { errors { ... on UserError { code } } } }";

    [Fact]
    public async Task A_parked_delivery_is_an_exception_with_the_place_of_its_error()
    {
        var id = await Park("evt-shown");

        var data = await engagements.Ask("olga", "query ($id: ID!) { delivery(id: $id) { body error { code line column } } }", new { id });
        Assert.Equal(
            """{"body":"{broken","error":{"code":"MALFORMED_JSON","line":1,"column":2}}""", data["delivery"]!.ToJsonString());
        Assert.Equal("MALFORMED_JSON", (string?)(await Exception(id))!["code"]);
    }

    [Fact]
    public async Task A_corrected_delivery_is_a_new_one_and_the_original_stays_as_it_came()
    {
        var id = await Park("evt-corrected");
        var input = new { idempotencyKey = "correct", deliveryId = id, body = """{"id":"evt"}""", reason = "A brace was missing" };

        var first = (await engagements.Ask("olga", Correct, new { input }))["correctDelivery"]!;
        var again = (await engagements.Ask("olga", Correct, new { input }))["correctDelivery"]!;

        Assert.Equal("[]", first["errors"]!.ToJsonString());
        Assert.Equal("RECEIVED", (string?)first["delivery"]!["status"]);
        Assert.Equal("""{"id":"evt"}""", (string?)first["delivery"]!["body"]);
        Assert.Equal($$"""{"id":"{{id}}","status":"SUPERSEDED"}""", first["delivery"]!["corrects"]!.ToJsonString());
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal("{broken", await engagements.Database.Scalar<string>($"select convert_from(body, 'utf8') from q2c.inbox where id = {id}"));
        Assert.Equal("correct olga A brace was missing", await engagements.Database.Scalar<string>(
            $"select concat_ws(' ', action, actor, reason) from q2c.delivery_action where delivery_id = {id}"));
        Assert.Null(await Exception(id));
    }

    [Fact]
    public async Task A_key_used_for_one_correction_is_refused_for_another()
    {
        var id = await Park("evt-key");
        await engagements.Ask("olga", Correct, new { input = new { idempotencyKey = "one", deliveryId = id, body = "{}", reason = "r" } });

        var second = await engagements.Ask(
            "olga", Correct, new { input = new { idempotencyKey = "one", deliveryId = id, body = "[]", reason = "r" } });

        Assert.Equal("IDEMPOTENCY_KEY_REUSED", (string?)second["correctDelivery"]!["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_retried_delivery_is_processed_again_and_cannot_be_retried_meanwhile()
    {
        var id = await Park("evt-retried");

        var retried = await engagements.Ask("olga", Retry, new { input = new { idempotencyKey = "r1", exceptionId = $"delivery/{id}", reason = "Fixed" } });
        var twice = await engagements.Ask("olga", Retry, new { input = new { idempotencyKey = "r2", exceptionId = $"delivery/{id}", reason = "Fixed" } });

        Assert.Equal("[]", retried["retryException"]!["errors"]!.ToJsonString());
        Assert.Equal("received", await engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {id}"));
        Assert.Equal("DELIVERY_NOT_PARKED", (string?)twice["retryException"]!["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task A_skipped_delivery_is_settled_with_its_reason()
    {
        var id = await Park("evt-skipped");

        await engagements.Ask("olga", Skip, new { input = new { idempotencyKey = "s", exceptionId = $"delivery/{id}", reason = "A test of theirs" } });

        Assert.Equal("superseded", await engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {id}"));
        Assert.Null(await Exception(id));
    }

    [Theory]
    [InlineData("delivery/999999")]
    [InlineData("delivery/x")]
    [InlineData("nonsense")]
    public async Task An_exception_that_does_not_exist_is_not_found(string exceptionId)
    {
        var data = await engagements.Ask("olga", Retry, new { input = new { idempotencyKey = $"n-{exceptionId}", exceptionId, reason = "r" } });

        Assert.Equal("NOT_FOUND", (string?)data["retryException"]!["errors"]![0]!["code"]);
    }

    [Fact]
    public async Task The_body_is_for_operators_auditors_and_administrators()
    {
        var id = await Park("evt-secret");

        var answer = await engagements.Send("sam", "query ($id: ID!) { delivery(id: $id) { body } }", new { id });

        Assert.Equal("FORBIDDEN", (string?)answer["errors"]![0]!["extensions"]!["code"]);
        Assert.Null(answer["data"]!["delivery"]!["body"]);
    }

    [Fact]
    public async Task A_correction_is_shown_against_what_came_and_tried_before_it_is_made()
    {
        var id = await Park("evt-preview", """{"payment": {"invoice": "eu_inv_1", "amount": "x"}, "gone": true}""");

        Assert.Equal(
            """
            {"changes":[{"path":"payment.amount","before":"\u0022x\u0022","after":"12.50"},{"path":"payment.lines","before":null,"after":"[1]"},{"path":"gone","before":"true","after":null}],"commands":[{"objectId":"eu_inv_1","command":"invoice.record-payment.v1","movesMoney":true,"outcome":"REFUSED","problems":[{"code":"NOT_FOUND"}]}],"problems":[],"approvalNeeded":"Money moves: invoice.record-payment.v1 to eu_inv_1."}
            """.Trim(),
            (await Preview(id, """{"payment": {"invoice": "eu_inv_1", "amount": 12.50, "lines": [1]}}""")).ToJsonString());
        Assert.Equal(
            """{"changes":[{"path":"payment.amount","before":"\u0022x\u0022","after":"0"}],"commands":[],"problems":[{"code":"AMOUNT_INVALID","line":3,"column":48}],"approvalNeeded":null}""",
            (await Preview(id, "{\"gone\": true,\n\n  \"payment\": {\"invoice\": \"eu_inv_1\", \"amount\": 0}}")).ToJsonString());
        Assert.Equal("""[{"code":"MALFORMED_JSON","line":1,"column":17}]""", (await Preview(id, """{"payment": {"a"}}"""))["problems"]!.ToJsonString());
        Assert.Equal("parked 0", await engagements.Database.Scalar<string>(
            $"select status || ' ' || (select count(*) from q2c.inbox c where c.parent_id = i.id) from q2c.inbox i where id = {id}"));
    }

    [Fact]
    public async Task A_correction_that_cannot_be_mapped_is_refused_with_its_place()
    {
        var id = await Park("evt-unmappable");

        var refused = await Do("correctDelivery", id, """body: "{\"payment\": {\"invoice\": \"eu_inv_1\", \"amount\": -1}}", """, "olga");

        Assert.Equal(
            """[{"code":"AMOUNT_INVALID","path":"input.body.payment.amount","message":"Line 1, column 47: The amount is not more than nothing."}]""",
            refused["errors"]!.ToJsonString());
        Assert.Equal("parked", await Status(id));
    }

    [Fact]
    public async Task Where_money_moves_a_correction_waits_for_a_second_person_and_nothing_comes_of_it_before()
    {
        var id = await Park("evt-money");
        const string Body = """body: "{\"payment\": {\"invoice\": \"eu_inv_1\", \"amount\": 10}}", """;

        var proposed = (await Do("correctDelivery", id, Body, "olga"))["correction"]!;
        var correction = (string)proposed["id"]!;
        Assert.Equal(
            "PROPOSED Money moves: invoice.record-payment.v1 to eu_inv_1. PROPOSED olga parked",
            $"{proposed["status"]} {proposed["approvalNeeded"]} {proposed["corrected"]!["status"]} {proposed["proposedBy"]} {await Status(id)}");

        Assert.Equal("CORRECTION_WAITS", (string?)(await Do("correctDelivery", id, Body, "olga", "again"))["errors"]![0]!["code"]);
        Assert.Equal("SECOND_PERSON_NEEDED", (string?)(await Decide("approveCorrection", correction, "olga"))["errors"]![0]!["code"]);
        Assert.Equal("FORBIDDEN", (string?)(await Decide("approveCorrection", correction, "fiona"))["errors"]![0]!["code"]);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => engagements.Database.Scalar<long>(
            $"update q2c.correction set status = 'sent', decided_by = 'olga' where id = {correction.Split('/')[1]} returning id"));

        Assert.Equal(correction, (string?)(await engagements.Ask("frank", "query ($id: ID!) { node(id: $id) { id ... on Correction { status } } }", new { id = correction }))["node"]!["id"]);
        var approved = await Decide("approveCorrection", correction, "frank");
        var repeated = await Decide("approveCorrection", correction, "frank");
        Assert.Equal("SENT RECEIVED frank []", $"{approved["correction"]!["status"]} {approved["correction"]!["corrected"]!["status"]} {approved["correction"]!["decidedBy"]} {approved["errors"]!.ToJsonString()}");
        Assert.Equal(approved.ToJsonString(), repeated.ToJsonString());
        Assert.Equal("CORRECTION_DECIDED", (string?)(await Decide("rejectCorrection", correction, "ada", """reason: "Late", """))["errors"]![0]!["code"]);
        Assert.Equal("superseded", await Status(id));
        Assert.Null(await Exception(id));
    }

    [Fact]
    public async Task A_rejected_correction_leaves_the_delivery_parked_and_another_can_be_proposed()
    {
        var id = await Park("evt-rejected");
        const string Body = """body: "{\"payment\": {\"later\": 1}}", """;

        var first = (await Do("correctDelivery", id, Body, "olga"))["correction"]!;
        Assert.Equal("What comes of it cannot be said now. The payments cannot be read now.", (string?)first["approvalNeeded"]);
        await Decide("rejectCorrection", (string)first["id"]!, "frank", """reason: "The amount is wrong too", """);
        Assert.Equal("parked", await Status(id));

        var second = (await Do("correctDelivery", id, Body, "olga", "second"))["correction"]!;
        await engagements.Ask("olga", Skip, new { input = new { idempotencyKey = "given-up", exceptionId = $"delivery/{id}", reason = "Paid in cash" } });

        var corrections = (await engagements.Ask("olga", "query ($id: ID!) { corrections(filter: { deliveryId: $id }) { nodes { id status decidedBy note corrected { status } } } }", new { id }))["corrections"]!["nodes"]!.AsArray();
        Assert.Equal(
            [$"{second["id"]} REJECTED olga Paid in cash SUPERSEDED", $"{first["id"]} REJECTED frank The amount is wrong too SUPERSEDED"],
            corrections.Select(each => $"{each!["id"]} {each["status"]} {each["decidedBy"]} {each["note"]} {each["corrected"]!["status"]}"));
    }

    [Fact]
    public async Task The_commands_that_a_delivery_brings_are_corrected_and_nothing_else_is_sent_in_their_place()
    {
        var id = await Park("evt-commands", """{"payment": {"invoice": "eu_inv_1", "amount": 10}}""");
        async Task<JsonNode> Preview(string? commands) => (await engagements.Ask("olga",
            "query ($id: ID!, $commands: String) { correctionPreview(deliveryId: $id, commands: $commands) { document changes { path before after } problems { code path line column } approvalNeeded } }",
            new { id, commands }))["correctionPreview"]!;
        var document = (string)(await Preview(null))["document"]!;
        Assert.Equal("eu_inv_1 invoice.record-payment.v1", JsonNode.Parse(document)![0] is var line ? $"{line!["objectId"]} {line["command"]!["$type"]}" : "");

        var corrected = document.Replace("1000", "1250", StringComparison.Ordinal);
        var preview = await Preview(corrected);
        Assert.Equal(
            """[{"path":"[0].command.amount.minor","before":"1000","after":"1250"}] [] Money moves: invoice.record-payment.v1 to eu_inv_1.""",
            $"{preview["changes"]!.ToJsonString()} {preview["problems"]!.ToJsonString()} {preview["approvalNeeded"]}");
        Assert.Equal("COMMAND_NOT_BROUGHT", (string?)(await Preview(corrected.Replace("eu_inv_1", "eu_inv_2", StringComparison.Ordinal)))["problems"]![0]!["code"]);
        var wrong = (await Preview(corrected.Replace("1250", "\"many\"", StringComparison.Ordinal)))["problems"]![0]!;
        Assert.Equal("COMMANDS_INVALID [0].command.amount.minor 9", $"{wrong["code"]} {wrong["path"]} {wrong["line"]}");

        var proposed = (await engagements.Ask("olga",
            "mutation ($input: CorrectCommandsInput!) { correctCommands(input: $input) { correction { id status changes { path after } commands { content } corrected { body } } errors { ... on UserError { code message } } } }",
            new { input = new { idempotencyKey = "commands", deliveryId = id, commands = corrected, reason = "The bank says so" } }))["correctCommands"]!;
        Assert.Equal("[]", proposed["errors"]!.ToJsonString());
        Assert.Equal("PROPOSED", (string?)proposed["correction"]!["status"]);
        Assert.Equal("""[{"path":"[0].command.amount.minor","after":"1250"}]""", proposed["correction"]!["changes"]!.ToJsonString());
        Assert.Equal(corrected, (string?)proposed["correction"]!["corrected"]!["body"]);
        Assert.Equal("corrected-commands", await engagements.Database.Scalar<string>($"select feed from q2c.inbox where parent_id = {id}"));
    }

    [Fact]
    public async Task A_delivery_for_the_wrong_connection_is_given_to_another_one_as_it_came()
    {
        var id = await Park("evt-elsewhere", """{"of": "no interest"}""");

        Assert.Equal("NOT_FOUND", (string?)(await Do("rerouteDelivery", id, """connection: "nowhere", """, "olga"))["errors"]![0]!["code"]);
        var rerouted = (await Do("rerouteDelivery", id, """connection: "stripe-uk", """, "olga", "there"))["correction"]!;

        Assert.Equal("""SENT stripe-uk {"of": "no interest"} RECEIVED []""", $"{rerouted["status"]} {rerouted["connection"]} {rerouted["corrected"]!["body"]} {rerouted["corrected"]!["status"]} {rerouted["changes"]!.ToJsonString()}");
        Assert.Equal("superseded", await Status(id));
    }

    [Fact]
    public async Task What_came_cannot_be_altered_by_anybody()
    {
        var id = await Park("evt-unaltered");

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => engagements.Database.Scalar<long>(
            $"update q2c.inbox set body = '{{}}' where id = {id} returning id"));

        Assert.Equal("A delivery stays as it came.", refused.MessageText);
    }

    private async Task<JsonNode> Do(string mutation, string delivery, string what, string user, string key = "first") => (await engagements.Ask(user,
        $$"""
        mutation { {{mutation}}(input: { idempotencyKey: "{{delivery}}-{{key}}", deliveryId: "{{delivery}}", {{what}} reason: "Wrong amount" }) {
          correction { id status connection approvalNeeded proposedBy changes { path } corrected { status body } } errors { ... on UserError { code path message } }
        } }
        """))[mutation]!;

    private async Task<JsonNode> Decide(string mutation, string correction, string user, string what = "") => (await engagements.Ask(user,
        $$"""
        mutation { {{mutation}}(input: { idempotencyKey: "{{mutation}}-{{correction}}", {{what}} correctionId: "{{correction}}" }) {
          correction { status decidedBy corrected { status } } errors { ... on UserError { code } }
        } }
        """))[mutation]!;

    private async Task<JsonNode> Preview(string id, string body) => (await engagements.Ask("olga",
        """
        query ($id: ID!, $body: String!) { correctionPreview(deliveryId: $id, body: $body) {
          changes { path before after } commands { objectId command movesMoney outcome problems { code } } problems { code line column } approvalNeeded
        } }
        """, new { id, body }))["correctionPreview"]!;

    private Task<string> Status(string id) => engagements.Database.Scalar<string>($"select status from q2c.inbox where id = {id}");

    private async Task<string> Park(string key, string body = "{broken") => (await engagements.Database.Scalar<long>(
        $$$"""
        insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
        values ('stripe', '{{{key}}}', now(), 'application/json', '{{{body}}}', 'parked',
                '[{"problem": {"code": "MALFORMED_JSON", "path": "", "message": "No.", "remedy": "Yes."}, "line": 1, "column": 2}]')
        returning id
        """)).ToString();

    private async Task<JsonNode?> Exception(string delivery) =>
        (await engagements.Ask("olga", "{ exceptions(first: 100) { nodes { id code } } }"))["exceptions"]!["nodes"]!.AsArray()
            .FirstOrDefault(node => (string?)node!["id"] == $"delivery/{delivery}");
}
