using System.Text.Json.Nodes;
using Q2C.Silo.BulkActions;
using Q2C.Silo.Tests;
using Q2C.Simulators.Demo;

namespace Q2C.EndToEnd;

/// <summary>A bulk action whose process is killed on the way, with another beside it on the same database.</summary>
public sealed class BulkActionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const int Deliveries = 60;
    private const string Errors = "errors { ... on UserError { code message } }";

    [Fact]
    public async Task Whoever_is_killed_in_the_middle_no_item_is_done_twice_and_none_is_left()
    {
        await using var town = await Town.Start();
        await using var first = await HubProcess.Start(town, postgres.ConnectionString, Town.FreePort());
        await Wait.Until(async () => await Holder() != "");
        var holder = await Holder();
        await using var second = await HubProcess.Start(town, postgres.ConnectionString, town.HubPort);
        using var people = new HubClient(second.Address);
        await postgres.Database.Scalar<long>(
            $$"""
            with parked as (
                insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status)
                select 'stripe', 'bulk-' || i, now(), 'application/json', '{"object": "event", "type": "customer.created"}', 'parked'
                from generate_series(1, {{Deliveries}}) i returning id)
            select count(*) from parked
            """);

        var id = (string)(await people.Mutate("olga",
            $$"""mutation ($input: ProposeBulkActionInput!) { proposeBulkAction(input: $input) { bulkAction { id } {{Errors}} } }""",
            new()
            {
                ["idempotencyKey"] = "killed", ["kind"] = "RETRY", ["filter"] = new JsonObject { ["connection"] = "stripe" },
                ["perMinute"] = 600, ["reason"] = "The endpoint was set up wrong.",
            }))["bulkAction"]!["id"]!;
        await Until(people, id, action => (string?)action["status"] == "READY");
        await people.Mutate("olga",
            $$"""mutation ($input: MoveBulkActionInput!) { startBulkAction(input: $input) { bulkAction { id } {{Errors}} } }""",
            new() { ["idempotencyKey"] = "go", ["bulkActionId"] = id, ["reason"] = "Go." });

        await Until(people, id, action => (int)action["done"]! is >= 5 and < Deliveries);
        Assert.Equal(holder, await Holder());
        first.Kill();

        var done = await Until(people, id, action => (string?)action["status"] == "COMPLETED");
        Assert.Equal($"{Deliveries} {Deliveries} 0", $"{done["done"]} {done["succeeded"]} {done["failed"]}");
        Assert.NotEqual(holder, await Holder());
        Assert.Equal($"{Deliveries} {Deliveries}", await postgres.Database.Scalar<string>(
            "select count(*) || ' ' || count(distinct delivery_id) from q2c.delivery_action"));
        Assert.Equal("done 1", await postgres.Database.Scalar<string>(
            "select string_agg(distinct status || ' ' || retries, ', ') from q2c.inbox where dedupe_key like 'bulk-%'"));
    }

    private static async Task<JsonObject> Until(HubClient people, string id, Func<JsonObject, bool> seen)
    {
        JsonObject? action = null;
        await Wait.Until(async () => seen(action = (await people.Query(
            "olga", "query ($id: ID!) { bulkAction(id: $id) { status done succeeded failed } }", new() { ["id"] = id }))["bulkAction"]!.AsObject()));
        return action!;
    }

    private Task<string> Holder() => postgres.Database.Scalar<string>(
        $"select coalesce((select owner from q2c.lease where name = '{BulkActionHost.LeaseName}' and expires_at > clock_timestamp()), '')");
}
