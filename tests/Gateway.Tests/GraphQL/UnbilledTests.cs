using System.Text.Json.Nodes;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>Why something is not billed, and what other systems have, in the words of the console.</summary>
public sealed class UnbilledTests(Engagements engagements) : IClassFixture<Engagements>
{
    private const string Why = "query ($id: ID!) { engagement(contractId: $id) { whyNotBilled { sentence items value { amount } oldest exceptionId } } }";

    [Fact]
    public async Task An_engagement_that_waits_says_at_which_step_and_why()
    {
        var contract = await engagements.Refuse("why-stuck", "WHY", "The subsidiary is closed.");

        var answer = (await Answers(contract)).Single()!;

        Assert.Equal(
            "The engagement does not run yet: it waits at 'Customer in ERP'. Customer in ERP: netsuite refused. The subsidiary is closed.",
            (string?)answer["sentence"]);
        Assert.StartsWith(contract, (string?)answer["exceptionId"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_is_told_by_what_stands_in_its_way_the_oldest_first()
    {
        var (contract, _) = await engagements.AcceptQuote("why-items");
        var project = await engagements.Activate(contract);
        await engagements.Database.Execute(
            $$"""
            insert into q2c_read.billable_item (id, version, project_id, item_id, source_id, source_version, kind, line_id, date, description, quantity, rate,
                currency, value_minor, amount_minor, disposition, explanation, rule, status, run_id, updated_at)
            select format('%s/%s', '{{project}}', item), 1, '{{project}}', item, item, 1, 'time', 'line-1', day::date, 'd', 1, 1, 'EUR', 10000, 10000, disposition,
                   explanation, 'rule', status, run, now()
            from (values
                ('a', '2026-03-03', 'billable', 'open', null, 'Eight hours.'),
                ('b', '2026-03-02', 'billable', 'open', null, 'Eight hours.'),
                ('c', '2026-03-04', 'capped', 'open', null, 'The cap of 12000.00 EUR is reached.'),
                ('d', '2026-03-05', 'excluded', 'open', null, 'Internal coordination is never billed.'),
                ('e', '2026-03-06', 'deferred', 'open', null, 'It waits for the milestone.'),
                ('f', '2026-03-07', 'billable', 'reserved', 'eu_run_why', 'Eight hours.'),
                ('g', '2026-03-08', 'billable', 'reserved', 'eu_run_early', 'Eight hours.'),
                ('h', '2026-03-09', 'billable', 'invoiced', 'eu_run_why', 'Eight hours.')) as i(item, day, disposition, status, run, explanation);
            insert into q2c_read.invoice (id, version, status, run_id, project_id, contract_id, customer_id, customer_name, legal_entity, currency, date,
                net_minor, prepared_by, lines, tax_lines, payments, drafted_at, updated_at)
            values ('eu_inv_why', 1, 'awaitingApproval', 'eu_run_why', '{{project}}', '{{contract}}', 'eu_cu_1', 'Acme', 'DE01', 'EUR', now(), 100, 'fiona',
                '[{"items": [{"item_id": "f"}]}]', '[]', '[]', now(), now());
            """);

        Assert.Equal(
        [
            "It can be billed: the next billing run with a cut-off on or after 2026-03-02 takes it. 2 200 2026-03-02",
            "It is beyond a limit of the contract. The cap of 12000.00 EUR is reached. A change order that raises the limit makes it billable. 1 100 2026-03-04",
            "It is not billable. Internal coordination is never billed. 1 100 2026-03-05",
            "It is not billable yet. It waits for the milestone. 1 100 2026-03-06",
            "It is on a draft that waits for a second person's approval. 1 100 2026-03-07",
            "A billing run has set it aside and has not drafted its invoice yet. 1 100 2026-03-08",
        ], (await Answers(contract)).Select(answer => $"{answer!["sentence"]} {answer["items"]} {answer["value"]!["amount"]} {answer["oldest"]}"));

        await engagements.Database.Execute(
            $"""
            insert into q2c_read.billing_hold (id, version, subject, hold_id, placed_on, reason, placed_by, placed_at)
            values ('why', 1, '{project}', 'h', '{project}', 'They dispute the rates.', 'fiona', now());
            insert into q2c_read.work_item (id, version, grain, item_id, category, code, step, message, remedy, owner_role, status, occurrences, raised_at, thread)
            values ('eu_inv_why/x', 1, 'eu_inv_why', 'x', 'business', 'X', 'Tax', 'Tax: avatax refused. No such place.', 'Correct it.', 'finance', 'open', 1, now(), 'x');
            """);
        Assert.Equal(
            ["fiona holds its billing back: They dispute the rates.", "It is on a draft that cannot go on: Tax: avatax refused. No such place.", ""],
            await Items(project, "a", "f", "h"));
    }

    [Fact]
    public async Task What_other_systems_have_is_told_with_its_state_and_what_they_said()
    {
        var contract = await engagements.Refuse("copies", "COPIES", "The name is taken.");
        var item = (await engagements.Ask("olga", "query ($id: ID!) { contract(id: $id) { exceptions { id } } }", new { id = contract }))["contract"]!["exceptions"]![0]!["id"];
        Assert.Equal(["netsuite erp.customer REFUSED  The name is taken."], await Copies(contract));

        await engagements.Ask("olga", "mutation ($input: RetryExceptionInput!) { retryException(input: $input) { errors { __typename } } }",
            new { input = new { idempotencyKey = "copies", exceptionId = (string?)item, reason = "Renamed." } });
        await Wait.Until(async () => (await Copies(contract)).SequenceEqual(["netsuite erp.customer ON_ITS_WAY  "]));
        await engagements.Answer(contract);

        Assert.StartsWith("netsuite erp.customer IN_STEP ext-", (await Copies(contract))[0], StringComparison.Ordinal);
    }

    private async Task<JsonArray> Answers(string contract) => (await engagements.Ask("fiona", Why, new { id = contract }))["engagement"]!["whyNotBilled"]!.AsArray();

    private async Task<string[]> Items(string project, params string[] items)
    {
        var found = (await engagements.Ask("fiona",
            "query ($id: ID!) { billableItems(first: 100, filter: { projectId: $id }) { nodes { id whyNotBilled } } }", new { id = project }))["billableItems"]!["nodes"]!
            .AsArray().ToDictionary(node => (string)node!["id"]!, node => (string?)node!["whyNotBilled"] ?? "");
        return [.. items.Select(item => found[item])];
    }

    private async Task<List<string>> Copies(string contract) => [.. (await engagements.Ask("olga",
        "query ($id: ID!) { engagement(contractId: $id) { copies { system record status externalId problem } } }", new { id = contract }))["engagement"]!["copies"]!
        .AsArray().Select(copy => $"{copy!["system"]} {copy["record"]} {copy["status"]} {copy["externalId"]} {copy["problem"]}")];
}
