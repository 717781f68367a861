using System.Text.Json.Nodes;

namespace Q2C.Gateway.Tests.GraphQL;

/// <summary>
/// Two contracts, one in each of two months; three invoices of one customer, one of them in dollars; hours that are billed
/// late, not yet, beyond a cap, or never.
/// </summary>
public sealed class KeyFigureTests(KeyFigureTests.Books books) : IClassFixture<KeyFigureTests.Books>
{
    [Fact]
    public async Task Quote_to_project_is_counted_in_days_per_month() => Assert.Equal(
        """
        [{"from":"2026-01-10","to":"2026-01-31","count":1,"medianDays":4,"slowestTenthDays":4},
        {"from":"2026-02-01","to":"2026-02-28","count":1,"medianDays":10.5,"slowestTenthDays":10.5},
        {"from":"2026-03-01","to":"2026-03-15","count":0,"medianDays":null,"slowestTenthDays":null}]
        """.Replace("\n", ""), await Figure("quoteToProject { from to count medianDays slowestTenthDays }"));

    [Fact]
    public async Task Invoice_latency_is_from_the_last_work_to_the_issue() => Assert.Equal(
        """[{"count":1,"medianDays":6},{"count":2,"medianDays":4.5},{"count":0,"medianDays":null}]""",
        await Figure("invoiceLatency { count medianDays }"));

    [Fact]
    public async Task Unbilled_time_is_what_was_on_no_issued_invoice_at_the_end_of_the_part() => Assert.Equal(
        """
        [{"to":"2026-01-31","amount":{"amount":100,"currency":"EUR"}},{"to":"2026-02-28","amount":{"amount":150,"currency":"EUR"}},
        {"to":"2026-03-15","amount":{"amount":150,"currency":"EUR"}}]
        """.Replace("\n", ""), await Figure("unbilledTime { to amount { amount currency } }"));

    [Fact]
    public async Task Leakage_is_what_lies_beyond_caps_or_is_excluded() => Assert.Equal(
        """[{"to":"2026-02-28","amount":{"amount":110,"currency":"EUR"}}]""", await Figure("leakage { to amount { amount currency } }"));

    [Fact]
    public async Task The_exception_rate_is_the_share_that_ever_waited_for_a_person() => Assert.Equal(
        """[{"of":2,"affected":1,"percent":50},{"of":3,"affected":0,"percent":0},{"of":0,"affected":0,"percent":null}]""",
        await Figure("exceptionRate { of affected percent }"));

    [Fact]
    public async Task Days_sales_outstanding_are_per_currency() => Assert.Equal(
        """
        [{"to":"2026-01-31","receivable":{"amount":1190,"currency":"EUR"},"billed":{"amount":1190},"days":22},
        {"to":"2026-02-28","receivable":{"amount":790,"currency":"EUR"},"billed":{"amount":600},"days":36.9},
        {"to":"2026-02-28","receivable":{"amount":50,"currency":"USD"},"billed":{"amount":50},"days":28},
        {"to":"2026-03-15","receivable":{"amount":600,"currency":"EUR"},"billed":{"amount":0},"days":null},
        {"to":"2026-03-15","receivable":{"amount":50,"currency":"USD"},"billed":{"amount":0},"days":null}]
        """.Replace("\n", ""), await Figure("daysSalesOutstanding { to receivable { amount currency } billed { amount } days }"));

    [Fact]
    public async Task Another_legal_entity_has_figures_of_its_own() => Assert.Equal(
        "[]", await Figure("daysSalesOutstanding { to }", ", legalEntity: \"US01\""));

    [Theory]
    [InlineData("DAY", 65)]
    [InlineData("WEEK", 10)]
    [InlineData("QUARTER", 1)]
    [InlineData("YEAR", 1)]
    public async Task Parts_are_whole_intervals_cut_at_the_ends(string interval, int parts) => Assert.Equal(
        parts, JsonNode.Parse(await Figure("exceptionRate { of }", $", interval: {interval}"))!.AsArray().Count);

    [Theory]
    [InlineData("from: \"2026-03-02\", to: \"2026-03-01\"", "The span ends on 2026-03-01, before it begins on 2026-03-02.")]
    [InlineData("from: \"2020-01-01\", to: \"2026-03-01\", interval: DAY", "At most 400 parts are possible; ask for a longer interval.")]
    public async Task A_span_that_cannot_be_is_refused(string arguments, string message)
    {
        var answer = await books.Engagements.Send("fiona", $$"""{ keyFigures({{arguments}}) { exceptionRate { of } } }""");

        Assert.Equal(message, (string?)answer["errors"]![0]!["message"]);
    }

    [Theory]
    [InlineData("2026-01-19", "[]")]
    [InlineData("2026-01-20", """[{"amount":1190,"currency":"EUR"}]""")]
    [InlineData("2026-02-10", """[{"amount":1790,"currency":"EUR"},{"amount":50,"currency":"USD"}]""")]
    [InlineData("2026-02-25", """[{"amount":790,"currency":"EUR"},{"amount":50,"currency":"USD"}]""")]
    [InlineData("2026-03-05", """[{"amount":600,"currency":"EUR"},{"amount":50,"currency":"USD"}]""")]
    public async Task What_a_customer_owed_is_known_for_every_day(string day, string owed) => Assert.Equal(
        owed, (await books.Engagements.Ask("fiona",
            $$"""{ customers { nodes { outstanding(asOf: "{{day}}") { amount currency } } } }"""))["customers"]!["nodes"]![0]!["outstanding"]!.ToJsonString());

    [Theory]
    [InlineData("2026-01-19", "")]
    [InlineData("2026-02-10", "1790 EUR, 50 USD")]
    [InlineData("2026-02-25", "790 EUR, 50 USD")]
    [InlineData("2026-03-05", "600 EUR, 50 USD")]
    public async Task Receivables_are_aged_as_they_stood_on_a_day(string day, string owed)
    {
        var rows = (await books.Engagements.Ask("fiona", $$"""{ receivablesAgeing(asOf: "{{day}}") { total { amount currency } } }"""))["receivablesAgeing"]!;

        Assert.Equal(owed, string.Join(", ", rows.AsArray().Select(row => $"{row!["total"]!["amount"]} {row["total"]!["currency"]}")));
    }

    [Theory]
    [InlineData("2026-01-19", "null")]
    [InlineData("2026-02-19", """{"amount":1190}""")]
    [InlineData("2026-02-20", """{"amount":190}""")]
    [InlineData("2026-03-05", """{"amount":0}""")]
    public async Task What_was_open_of_an_invoice_is_known_for_every_day(string day, string open)
    {
        var invoice = (await books.Engagements.Ask("fiona",
            $$"""{ invoices(filter: { number: "I1" }) { nodes { outstanding(asOf: "{{day}}") { amount } } } }"""))["invoices"]!["nodes"]![0]!;

        Assert.Equal(open, invoice["outstanding"]?.ToJsonString() ?? "null");
    }

    [Theory]
    [InlineData("2026-01-19", "[]")]
    [InlineData("2026-02-25", """[{"total":{"amount":790,"currency":"EUR"},"notDue":{"amount":600},"upTo30":{"amount":190},"upTo60":{"amount":0}},{"total":{"amount":50,"currency":"USD"},"notDue":{"amount":50},"upTo30":{"amount":0},"upTo60":{"amount":0}}]""")]
    [InlineData("2026-04-30", """[{"total":{"amount":600,"currency":"EUR"},"notDue":{"amount":0},"upTo30":{"amount":0},"upTo60":{"amount":600}},{"total":{"amount":50,"currency":"USD"},"notDue":{"amount":0},"upTo30":{"amount":0},"upTo60":{"amount":50}}]""")]
    public async Task Receivables_age_by_what_was_outstanding_at_that_day(string day, string ages) => Assert.Equal(
        ages, (await books.Engagements.Ask("fiona",
            $$"""{ receivablesAgeing(asOf: "{{day}}") { total { amount currency } notDue { amount } upTo30 { amount } upTo60 { amount } } }"""))
            ["receivablesAgeing"]!.ToJsonString());

    [Fact]
    public async Task The_cash_that_is_forecast_is_of_bills_to_come_and_of_invoices_that_are_open() => Assert.Equal(
        """
        [{"month":"2026-03-31","expectedBilling":{"amount":100},"expectedCash":{"amount":790}},
        {"month":"2026-04-30","expectedBilling":{"amount":0},"expectedCash":{"amount":100}}]
        """.Replace("\n", ""), (await books.Engagements.Ask("fiona",
            """{ forecast(madeAt: "2026-02-28") { month expectedBilling { amount } expectedCash { amount } } }"""))["forecast"]!.ToJsonString());

    private async Task<string> Figure(string figure, string more = "") => (await books.Engagements.Ask("fiona",
        $$"""{ keyFigures(from: "2026-01-10", to: "2026-03-15"{{more}}) { {{figure}} } }"""))["keyFigures"]!.AsObject().Single().Value!.ToJsonString();

    public sealed class Books : IAsyncLifetime
    {
        private const string Rows =
            """
            insert into q2c_read.customer values ('eu_cu_1', 1, 'Acme', null, null, 'EUR', '[]', '{}', '[]', '[]', now());
            insert into q2c_read.contract (id, version, name, status, customer_id, customer_name, legal_entity, project_id, opportunity_id,
                quote_id, currency, terms_version, start_date, billed_minor, paid_minor, open_exceptions, accepted_at, activated_at, updated_at)
            select 'eu_ct_' || n, 1, 'C', 'active', 'eu_cu_1', 'Acme', 'DE01', 'eu_pr_' || n, 'O' || n, 'Q' || n, 'EUR', 1, '2026-01-01', 0, 0, 0,
                accepted, activated, now()
            from (values (1, timestamptz '2026-01-11 12:00Z', timestamptz '2026-01-15 12:00Z'),
                         (2, '2026-02-05 00:00Z', '2026-02-12 12:00Z')) c(n, accepted, activated);
            insert into q2c_read.offer (id, version, contract_id, status, name, source, quote_id, opportunity_id, customer_id, customer_name,
                legal_entity, currency, start_date, submitted_by, submitted_at)
            values ('eu_qt_2', 1, 'eu_ct_2', 'approved', 'C', 'crm', 'Q2', 'O2', 'eu_cu_1', 'Acme', 'DE01', 'EUR', '2026-01-01', 'sam', '2026-02-02 00:00Z');
            insert into q2c_read.project values ('eu_pr_1', 1, 'P', true, 'eu_ct_1', 'eu_cu_1', 'DE01', 'EUR', 1, now(), now());
            insert into q2c_read.invoice (id, version, status, number, run_id, project_id, contract_id, customer_id, customer_name, legal_entity,
                currency, date, due_date, net_minor, total_minor, prepared_by, lines, tax_lines, payments, drafted_at, issued_at, updated_at)
            select 'eu_inv_' || n, 1, 'issued', 'I' || n, 'eu_run_1', 'eu_pr_1', 'eu_ct_1', 'eu_cu_1', 'Acme', 'DE01', currency, issued::date,
                issued::date + 30, total, total, 'fiona', '[]', '[]', '[]', issued, issued, now()
            from (values (1, 'EUR', 119000, timestamptz '2026-01-20 09:00Z'), (2, 'EUR', 60000, '2026-02-08 09:00Z'),
                         (3, 'USD', 5000, '2026-02-10 09:00Z')) i(n, currency, total, issued);
            insert into q2c_read.receivable
            select 'r' || version, version, 'eu_cu_1', 'eu_inv_' || invoice, currency, owed, at
            from (values (1, 1, 'EUR', 119000, timestamptz '2026-01-20 10:00Z'), (2, 2, 'EUR', 60000, '2026-02-08 10:00Z'),
                         (3, 3, 'USD', 5000, '2026-02-10 10:00Z'), (4, 1, 'EUR', 19000, '2026-02-20 10:00Z'),
                         (5, 1, 'EUR', 0, '2026-03-05 10:00Z')) r(version, invoice, currency, owed, at);
            insert into q2c_read.billable_item (id, version, project_id, item_id, source_id, source_version, kind, line_id, date, description,
                quantity, rate, currency, value_minor, amount_minor, disposition, explanation, rule, status, invoice_id, updated_at)
            select 'i' || n, 1, 'eu_pr_1', 'i' || n, 's' || n, 1, kind, 'L', date, '', 1, 1, 'EUR', worth, amount, disposition, '', '', status,
                'eu_inv_' || invoice, now()
            from (values (1, 'time', date '2026-01-14', 100000, 100000, 'billable', 'invoiced', 1),
                         (2, 'time', '2026-01-31', 10000, 10000, 'billable', 'invoiced', 2),
                         (3, 'time', '2026-02-09', 5000, 5000, 'billable', 'invoiced', 3),
                         (4, 'time', '2026-02-11', 15000, 15000, 'billable', 'open', null),
                         (5, 'time', '2026-02-12', 20000, 10000, 'capped', 'open', null),
                         (6, 'expense', '2026-02-13', 1000, 0, 'excluded', 'open', null),
                         (7, 'time', '2026-02-13', 99000, 99000, 'billable', 'replaced', null)) b(n, kind, date, worth, amount, disposition, status, invoice);
            insert into q2c_read.expected_month (id, version, contract_id, made_at, month, currency, billing_minor, revenue_minor, cash_minor)
            values ('e1', 1, 'eu_ct_1', '2026-02-28', '2026-03-31', 'EUR', 10000, 10000, 0),
                   ('e2', 1, 'eu_ct_1', '2026-02-28', '2026-04-30', 'EUR', 0, 0, 10000);
            insert into q2c_read.work_item (id, version, grain, item_id, thread, category, code, step, message, remedy, owner_role, status, occurrences, raised_at)
            values ('w1', 1, 'eu_inv_1', 'a', 'a', 'data', 'C', 'S', 'M', 'R', 'operator', 'resolved', 1, now()),
                   ('w2', 1, 'eu_inv_2', 'a/waiting', 'a', 'technical', 'C', 'S', 'M', 'R', 'operator', 'resolved', 1, now());
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
