using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What other systems' records look like, and changes that people accept.</summary>
public sealed class PayloadContractTests(Engagements engagements) : IClassFixture<Engagements>
{
    [Fact]
    public async Task A_change_is_seen_with_its_field_and_over_when_somebody_accepts_it_with_a_reason()
    {
        await engagements.Database.Execute(
            """
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status) values ('drifting', 'd', now(), 'text/plain', '', 'done');
            insert into q2c.payload_contract values ('drifting', 'quote', 21, '2026-03-02T12:00Z');
            insert into q2c.payload_field (connection, object, field, relied, optional, state, first_seen_at, noticed_at) values
                ('drifting', 'quote', 'Id', true, false, 'known', '2026-03-02T12:00Z', null),
                ('drifting', 'quote', 'Account.Name', true, false, 'missing', '2026-03-02T12:00Z', '2026-03-03T12:00Z');
            """);
        Assert.Equal(
            """[{"recordKind":"quote","records":21,"changes":1,"fields":[{"field":"Account.Name","relied":true,"optional":false,"state":"MISSING","acceptedBy":null,"reason":null}]}]""",
            (await Contracts(changed: true)).ToJsonString());

        Assert.Empty(await Accept("olga", "p1"));
        Assert.Empty(await Accept("olga", "p1"));
        Assert.Equal(["NOTHING_TO_ACCEPT"], await Accept("olga", "p2"));
        Assert.Equal(["FORBIDDEN"], await Accept("fiona", "p3"));

        Assert.Equal("[]", (await Contracts(changed: true)).ToJsonString());
        Assert.Equal(
            """[{"field":"Account.Name","relied":true,"optional":true,"state":"KNOWN","acceptedBy":"olga","reason":"Not for partners."}]""",
            (await Contracts(changed: false))[0]!["fields"]!.AsArray().Where(field => (string)field!["field"]! == "Account.Name") is var kept
                ? new JsonArray([.. kept.Select(field => field!.DeepClone())]).ToJsonString() : "");
        var audit = await engagements.Ask("audrey", "query { activity(filter: { subjectId: \"connection/drifting\" }) { nodes { actor reason events } } }");
        Assert.Equal(
            """[{"actor":"olga","reason":"quote.Account.Name: Not for partners.","events":["connection.accept-field"]}]""",
            audit["activity"]!["nodes"]!.ToJsonString());
    }

    private async Task<JsonArray> Contracts(bool changed) => (await engagements.Ask("olga",
        $$"""
        query { payloadContracts(connection: "drifting", changed: {{(changed ? "true" : "false")}}) {
          recordKind records changes fields(changed: {{(changed ? "true" : "false")}}) { field relied optional state acceptedBy reason } } }
        """))["payloadContracts"]!.AsArray();

    private async Task<IEnumerable<string>> Accept(string user, string key) => (await engagements.Ask(user,
        "mutation ($input: AcceptPayloadFieldInput!) { acceptPayloadField(input: $input) { errors { ... on UserError { code } } } }",
        new { input = new { idempotencyKey = key, connection = "drifting", recordKind = "quote", field = "Account.Name", reason = "Not for partners." } }))
        ["acceptPayloadField"]!["errors"]!.AsArray().Select(error => (string)error!["code"]!);
}
