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

    private async Task<string> Park(string key) => (await engagements.Database.Scalar<long>(
        $$$"""
        insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error)
        values ('stripe', '{{{key}}}', now(), 'application/json', '{broken', 'parked',
                '[{"problem": {"code": "MALFORMED_JSON", "path": "", "message": "No.", "remedy": "Yes."}, "line": 1, "column": 2}]')
        returning id
        """)).ToString();

    private async Task<JsonNode?> Exception(string delivery) =>
        (await engagements.Ask("olga", "{ exceptions(first: 100) { nodes { id code } } }"))["exceptions"]!["nodes"]!.AsArray()
            .FirstOrDefault(node => (string?)node!["id"] == $"delivery/{delivery}");
}
