using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Alerts;
using Q2C.Policies;
using Q2C.Silo.Policies;
using Q2C.Silo.Alerts;
using Q2C.Silo.Streams;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>What crosses a threshold, as people see it in the console.</summary>
public sealed class AlertTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string List = "query ($filter: AlertFilter) { alerts(filter: $filter, first: 100) { nodes { id rule title text status severity raised acknowledgedBy note contract { name } } } }";

    [Fact]
    public async Task An_engagement_that_does_not_start_is_one_alert_until_it_runs_and_somebody_says_that_they_have_seen_it()
    {
        var (contract, _) = await engagements.AcceptQuote("alert-late");
        await engagements.CatchUp();
        await Look(AlertRule.ProjectNotCreated);
        await Look(AlertRule.ProjectNotCreated);

        var alert = await Find(contract, "OPEN");
        Assert.Equal(
            "PROJECT_NOT_CREATED Acme: Rollout alert-late has no running project HIGH 1 Rollout alert-late",
            $"{alert["rule"]} {alert["title"]} {alert["severity"]} {alert["raised"]} {alert["contract"]!["name"]}");

        const string Followed = "subscription ($after: String) { alertChanged(after: $after) { cursor alert { id status } } }";
        var changes = (int)await engagements.Database.Scalar<long>("select count(*) from q2c_read.change where topic = 'alert'");
        var told = (await engagements.Follow("olga", Followed, new { after = "eu.0.0" }, changes)).Select(change => change["data"]!["alertChanged"]!).ToList();
        var following = engagements.Follow("olga", Followed, new { after = (string?)told[^1]["cursor"] }, count: 1);
        Assert.Contains(told, change => (string?)change["alert"]!["id"] == (string?)alert["id"] && (string?)change["alert"]!["status"] == "OPEN");

        var seen = await engagements.Ask("olga",
            "mutation ($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { status acknowledgedBy note } errors { ... on UserError { code } } } }",
            new { input = new { idempotencyKey = "seen", alertId = (string?)alert["id"], note = "The ERP is down." } });
        Assert.Equal(
            """{"alert":{"status":"ACKNOWLEDGED","acknowledgedBy":"olga","note":"The ERP is down."},"errors":[]}""",
            seen["acknowledgeAlert"]!.ToJsonString());

        var next = (await following).Single()["data"]!["alertChanged"]!["alert"]!;
        Assert.Equal(((string?)alert["id"], "ACKNOWLEDGED"), ((string?)next["id"], (string?)next["status"]));

        await engagements.Activate(contract);
        await Wait.Until(async () => await engagements.Database.Scalar<bool>($"select activated_at is not null from q2c_read.contract where id = '{contract}'"));
        await Look(AlertRule.ProjectNotCreated);
        await Find(contract, "CLEARED");
    }

    [Fact]
    public async Task Every_rule_finds_what_it_is_about()
    {
        var contract = await engagements.Refuse("alert-sla", "ALERT_SLA", "No.");
        await engagements.Database.Execute(
            $$$"""
            update q2c_read.work_thread set troubles = '["2026-01-01T00:00:00Z"]' where grain = '{{{contract}}}';
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status) values
                ('alert-lagging', 'waits', now() - interval '2 hours', 'text/plain', '', 'received');
            insert into q2c.inbox (connection, dedupe_key, received_at, content_type, body, status, error) values
                ('alert-drifting', 'parked', now() - interval '2 hours', 'text/plain', '', 'parked', '[{"problem": {"code": "MAPPING_VALUE_INVALID", "path": "", "message": "No date.", "remedy": "Map it."}}]');
            insert into q2c_read.project (id, version, name, open, contract_id, customer_id, legal_entity, currency, terms_version, opened_at, updated_at)
            values ('eu_pr_alert', 1, 'Rollout', true, '{{{contract}}}', 'eu_cu_1', 'DE01', 'EUR', 1, now(), now());
            insert into q2c_read.billable_item (id, version, project_id, item_id, source_id, source_version, kind, line_id, date, description, quantity, rate,
                currency, value_minor, amount_minor, disposition, explanation, rule, status, updated_at)
            values ('eu_pr_alert/1', 1, 'eu_pr_alert', '1', '1', 1, 'time', 'l', '2026-01-05', 'd', 1, 1, 'EUR', 100, 100, 'billable', '', '', 'open', now());
            insert into q2c_read.invoice (id, version, status, run_id, project_id, contract_id, customer_id, customer_name, legal_entity, currency, date,
                net_minor, prepared_by, lines, tax_lines, payments, drafted_at, updated_at)
            values ('eu_inv_alert', 1, 'posting', 'eu_run_1', 'eu_pr_alert', '{{{contract}}}', 'eu_cu_1', 'Acme', 'DE01', 'EUR', now(), 100, 'fiona', '[]', '[]', '[]',
                now() - interval '3 hours', now());
            """);

        await engagements.Database.Scalar<string>("update q2c_read.invoice set outstanding_minor = 119, due_date = current_date - 40 where id = 'eu_inv_alert' returning id");

        await Look(AlertRule.SlaBreached, AlertRule.ReceivablesOverdue, AlertRule.SchemaDrift, AlertRule.ConnectionLag, AlertRule.UnbilledTime, AlertRule.InvoiceNotPosted, AlertRule.ProjectionLag);

        await Wait.Until(async () => await engagements.Database.Scalar<long>("select count(distinct rule) from q2c_read.alert where rule not in ('projectNotCreated', 'projectionLag', 'exceptionRate')") == 6);
        var found = (await engagements.Ask("olga", List))["alerts"]!["nodes"]!.AsArray().Select(alert => $"{alert!["rule"]}: {alert["title"]}").ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "SLA_BREACHED: Customer in ERP: exceptions are late", "SCHEMA_DRIFT: alert-drifting delivers in another shape",
                "CONNECTION_LAG: alert-lagging is behind", "UNBILLED_TIME: Rollout has approved time that is not billed",
                "INVOICE_NOT_POSTED: Invoice for Acme is not in the books", "RECEIVABLES_OVERDUE: Acme owes invoices that are overdue",
            }, found);
    }

    [Fact]
    public async Task Many_exceptions_in_a_short_time_are_one_alert_until_they_are_history()
    {
        await engagements.Refuse("alert-rate", "ALERT_RATE", "No.");
        await Look(TimeSpan.FromHours(1), AlertRule.ExceptionRate);
        Assert.Equal("Many exceptions: technical", (string?)(await Find("exceptions/technical", "OPEN"))["title"]);

        await Look(AlertRule.ExceptionRate);
        await Find("exceptions/technical", "CLEARED");
    }

    private async Task<JsonNode> Find(string subject, string status)
    {
        JsonNode? alert = null;
        await Wait.Until(async () => (alert = (await engagements.Ask("olga", List, new { filter = new { subject, status = new[] { status } } }))["alerts"]!["nodes"]!
            .AsArray().SingleOrDefault()) is not null);
        return alert!;
    }

    private Task Look(params AlertRule[] rules) => Look(TimeSpan.Zero, rules);

    private async Task Look(TimeSpan after, params AlertRule[] rules)
    {
        var policies = PolicySet.Empty("eu") with
        {
            AlertRules = rules.ToImmutableDictionary(rule => rule, _ => new AlertPolicy(after, 1, "high", [])),
        };
        await new AlertWatch(
            engagements.Database, new CommandRouter(engagements.Cluster),
            new PoliciesInForce(new(policies, ImmutableDictionary<string, ConnectionLimits>.Empty)), null!, new() { ConnectionString = "" }, TimeProvider.System,
            NullLogger<AlertWatch>.Instance).Look(default);
    }
}
