namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>One thing in each stage, and one exception of each kind of object.</summary>
public sealed class PipelineTests(PipelineTests.Stages stages) : IClassFixture<PipelineTests.Stages>
{
    [Fact]
    public async Task Each_stage_says_how_much_lies_in_it_how_long_it_takes_and_what_is_stuck() => Assert.Equal(
        [
            """{"stage":"QUOTE","count":1,"amounts":[],"medianDays":2,"blocked":0,"held":[]}""",
            """{"stage":"ACTIVATION","count":2,"amounts":[],"medianDays":4,"blocked":1,"held":[{"amount":420,"currency":"EUR"}]}""",
            """{"stage":"DELIVERY","count":1,"amounts":[{"amount":150,"currency":"EUR"}],"medianDays":null,"blocked":1,"held":[]}""",
            """{"stage":"BILLING","count":1,"amounts":[{"amount":200,"currency":"EUR"}],"medianDays":1.5,"blocked":1,"held":[{"amount":200,"currency":"EUR"}]}""",
            """{"stage":"CASH","count":2,"amounts":[{"amount":60,"currency":"EUR"},{"amount":50,"currency":"USD"}],"medianDays":6,"blocked":1,"held":[{"amount":60,"currency":"EUR"}]}""",
        ], await Ask(""));

    [Fact]
    public async Task Another_legal_entity_has_a_pipeline_of_its_own() => Assert.All(
        await Ask("(legalEntity: \"US01\")"), stage => Assert.EndsWith("\"count\":0,\"amounts\":[],\"medianDays\":null,\"blocked\":0,\"held\":[]}", stage));

    private async Task<IEnumerable<string>> Ask(string arguments)
    {
        var answer = await stages.Engagements.Ask(
            "fiona", $$"""{ pipeline{{arguments}} { stage count amounts { amount currency } medianDays blocked held { amount currency } } }""");
        return answer["pipeline"]!.AsArray().Select(stage => stage!.ToJsonString());
    }

    public sealed class Stages : IAsyncLifetime
    {
        private const string Rows =
            """
            insert into q2c_read.offer (id, version, contract_id, status, name, source, quote_id, opportunity_id, customer_id, customer_name,
                legal_entity, currency, start_date, submitted_by, submitted_at, decided_at)
            values ('eu_qt_1', 1, 'eu_ct_9', 'submitted', 'Q', 'crm', 'Q1', 'O1', 'eu_cu_1', 'Acme', 'DE01', 'EUR', '2026-01-01', 'sam', now(), null),
                   ('eu_qt_2', 1, 'eu_ct_1', 'approved', 'Q', 'crm', 'Q2', 'O2', 'eu_cu_1', 'Acme', 'DE01', 'EUR', '2026-01-01', 'sam',
                    now() - interval '12 days', now() - interval '10 days');
            insert into q2c_read.contract (id, version, name, status, customer_id, customer_name, legal_entity, project_id, opportunity_id,
                quote_id, currency, terms_version, start_date, billed_minor, paid_minor, open_exceptions, accepted_at, activated_at, updated_at)
            select 'eu_ct_' || n, 1, 'C', status, 'eu_cu_1', 'Acme', 'DE01', 'eu_pr_' || n, 'O' || n, 'Q' || n, 'EUR', 1, '2026-01-01', 0, 0, 0,
                now() - interval '10 days', activated, now()
            from (values (1, 'active', now() - interval '6 days'), (2, 'activating', null), (3, 'paused', null)) c(n, status, activated);
            insert into q2c_read.project values ('eu_pr_1', 1, 'P', true, 'eu_ct_1', 'eu_cu_1', 'DE01', 'EUR', 1, now(), now()),
                                                ('eu_pr_2', 1, 'P', false, 'eu_ct_1', 'eu_cu_1', 'DE01', 'EUR', 1, now(), now());
            insert into q2c_read.invoice (id, version, status, run_id, project_id, contract_id, customer_id, customer_name, legal_entity,
                currency, date, net_minor, outstanding_minor, prepared_by, lines, tax_lines, payments, drafted_at, issued_at, updated_at)
            select 'eu_inv_' || n, 1, status, 'eu_run_1', 'eu_pr_1', 'eu_ct_1', 'eu_cu_1', 'Acme', 'DE01', currency, '2026-01-01', net, open,
                'fiona', '[]', '[]', '[]', issued - interval '36 hours', issued, issued + interval '6 days'
            from (values (1, 'awaitingApproval', 'EUR', 20000, null, null), (2, 'issued', 'EUR', 10000, 6000, now() - interval '3 days'),
                         (3, 'partiallyPaid', 'USD', 10000, 5000, now() - interval '3 days'),
                         (4, 'paid', 'EUR', 10000, 0, now() - interval '8 days')) i(n, status, currency, net, open, issued)
            where issued is not null;
            insert into q2c_read.invoice (id, version, status, run_id, project_id, contract_id, customer_id, customer_name, legal_entity,
                currency, date, net_minor, prepared_by, lines, tax_lines, payments, drafted_at, updated_at)
            values ('eu_inv_1', 1, 'awaitingApproval', 'eu_run_1', 'eu_pr_1', 'eu_ct_1', 'eu_cu_1', 'Acme', 'DE01', 'EUR', '2026-01-01', 20000,
                'fiona', '[]', '[]', '[]', now(), now());
            insert into q2c_read.billable_item (id, version, project_id, item_id, source_id, source_version, kind, line_id, date, description,
                quantity, rate, currency, value_minor, amount_minor, disposition, explanation, rule, status, updated_at)
            select 'i' || n, 1, 'eu_pr_1', 'i' || n, 's' || n, 1, 'time', 'L', current_date, '', 1, 1, 'EUR', 15000, 15000, disposition, '', '', status, now()
            from (values (1, 'billable', 'open'), (2, 'deferred', 'open'), (3, 'billable', 'replaced')) b(n, disposition, status);
            insert into q2c_read.work_item (id, version, grain, item_id, thread, contract_id, category, code, step, message, remedy, owner_role, held_minor,
                held_currency, status, occurrences, raised_at)
            select grain || '/a', 1, grain, 'a', 'a', 'eu_ct_1', 'data', 'C', 'S', 'M', 'R', 'operator', held, 'EUR', status, 1, now()
            from (values ('eu_ct_3', 42000, 'open'), ('eu_pr_1', null, 'open'), ('eu_inv_1', 20000, 'open'), ('eu_inv_2', 6000, 'open'),
                         ('eu_inv_4', 99900, 'resolved')) w(grain, held, status);
            """;

        public Engagements Engagements { get; } = new();

        public async Task InitializeAsync()
        {
            await Engagements.InitializeAsync();
            await using var command = Engagements.Database.CreateCommand(Rows);
            await command.ExecuteNonQueryAsync();
        }

        public Task DisposeAsync() => Engagements.DisposeAsync();
    }
}
