using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Security;

/// <summary>One field finds anything by its id, and shows nobody what other fields would not.</summary>
public sealed class NodeTests(LimitedCallers callers) : IClassFixture<LimitedCallers>
{
    private const string Rows =
        """
        insert into q2c_read.alert (id, version, rule, subject, title, text, contract_id, severity, channels, status, raised, raised_at, told, updated_at)
        values ('eu_alert_1', 1, 'connectionLag', 'stripe', 'T', 'T', null, 'high', '{}', 'open', 1, now(), 0, now());
        insert into q2c_read.bulk_action (id, version, kind, query, reason, per_minute, total, status, proposed_by, proposed_at, checked,
            possible, done, succeeded, failed, unsettled, updated_at)
        values ('eu_bulk_1', 1, 'retry', '{}', 'R', 10, 1, 'checking', 'olga', now(), 0, 0, 0, 0, 0, 0, now());
        insert into q2c_read.bulk_item (id, version, bulk_action_id, ordinal, exception_id, effects) values ('eu_bulk_1/0', 1, 'eu_bulk_1', 0, 'x', '{}');
        insert into q2c_read.number_series values ('eu_ns_1', 1, 'DE01', 'invoice', 2026, 1, '2026-1', 1, 0, 0);
        insert into q2c_read.document_number values ('eu_ns_1/eu_inv_1', 1, 'eu_ns_1', 'DE01', 1, '2026-1', 'eu_inv_1', '2026-03-02', 'open', null, now());
        insert into q2c_read.intercompany_document values ('eu_ic_1', 1, 'eu_inv_1', '2026-1', false, 'eu_inv_1', 'eu_ct_1', 'DE01', 'US01', 10,
            '2026-03-02', 'EUR', 100, '[]', false, false, now());
        insert into q2c.inbox (id, connection, dedupe_key, received_at, headers, content_type, body, status)
        overriding system value values (4711, 'stripe', 'evt_node', now(), '{}', 'text/plain', '', 'parked'), (4712, 'stripe', 'evt_node/c', now(), '{}', 'text/plain', '', 'proposed');
        insert into q2c.correction (id, delivery_id, child_id, status, plan, reason, proposed_by, key, proposed_at)
        overriding system value values (4711, 4711, 4712, 'proposed', '[]', 'R', 'olga', 'k', now());
        """;

    /// <summary>Read from their grains, which these engagements do not have; other tests find them by their ids.</summary>
    private static readonly string[] FromGrains = ["BillingRun", "CreditMemo", "Invoice", "Project"];

    [Fact]
    public async Task Whatever_is_a_node_is_found_by_its_id_by_those_who_may_read_it()
    {
        await callers.Database.Execute(Rows);
        var contract = callers.Contracts["XX99 Acme eu"];
        var lists = await callers.Ask("everything",
            """
            { exceptions(first: 1) { nodes { __typename id } } exceptionGroups { __typename id } effects(first: 1) { nodes { __typename id } }
              activity(first: 1) { nodes { __typename id } } connections { __typename id } quotes(first: 1) { nodes { __typename id } }
              customers(first: 1) { nodes { __typename id } } payments(first: 1, filter: { customerId: "ACME" }) { nodes { __typename id } } }
            """.Replace("ACME", LimitedCallers.CustomerId(LimitedCallers.Acme), StringComparison.Ordinal));
        var nodes = lists.AsObject().Select(list => (list.Value as JsonArray ?? list.Value!["nodes"]!.AsArray())[0]!)
            .Select(node => ((string)node["__typename"]!, (string)node["id"]!))
            .Concat([("Contract", contract), ("Alert", "eu_alert_1"), ("BulkAction", "eu_bulk_1"), ("BulkItem", "eu_bulk_1/0"),
                ("NumberSeries", "eu_ns_1"), ("DocumentNumber", "eu_ns_1/eu_inv_1"), ("IntercompanyDocument", "eu_ic_1"), ("Delivery", "4711"), ("Correction", "correction/4711")])
            .OrderBy(node => node.Item1, StringComparer.Ordinal).ToList();

        foreach (var (type, id) in nodes) Assert.Equal((type, id), await Find("everything", id));
        Assert.Equal(
            await Possible(), nodes.Select(node => node.Item1).Concat(FromGrains).Order(StringComparer.Ordinal));

        string[] customers = ["Contract", "Customer", "CustomerPayment", "Quote"];
        foreach (var (type, id) in nodes)
        {
            var found = await Find("acme", id);
            Assert.True(found == default || customers.Contains(type), $"{type} {id} is shown to a customer.");
        }

        Assert.Equal(("Contract", contract), await Find("acme", contract));
        Assert.Equal(default, await Find("umbrella", contract));
    }

    private async Task<(string?, string?)> Find(string user, string id)
    {
        var node = (await callers.Ask(user, "query ($id: ID!) { node(id: $id) { __typename id } }", new { id }))["node"];
        return ((string?)node?["__typename"], (string?)node?["id"]);
    }

    private async Task<IEnumerable<string>> Possible() =>
        (await callers.Ask("everything", """{ __type(name: "Node") { possibleTypes { name } } }"""))["__type"]!["possibleTypes"]!.AsArray()
        .Select(type => (string)type!["name"]!).Order(StringComparer.Ordinal);
}
