using Microsoft.Extensions.Logging.Abstractions;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.Reconciliation;
using Q2C.Silo.Tests.Connectors.BusinessCentral;
using Q2C.Silo.Tests.Effects;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>What a system holds against what was sent to it: found, told, and where it is missing sent again.</summary>
public sealed class ReconciliationTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly string[] Invoices = [.. Enumerable.Range(0, 3).Select(i => Ids.Derive("eu", Ids.Invoice, $"{i}"))];

    private readonly string _connection = $"businesscentral-{Guid.NewGuid():n}";
    private BusinessCentralSimulator _company = null!;
    private ConnectionParts _parts = null!;
    private EffectBench _bench = null!;

    public async Task InitializeAsync()
    {
        _company = await BusinessCentralSimulator.StartAsync();
        _parts = Company.Connect(_company, name: _connection);
        _bench = new(postgres, _parts.Connector!);
        await Sent("customer", "eu_cu_1", Samples.Customer);
        foreach (var invoice in Invoices) await Sent($"{invoice}/posting", invoice, new PostErpInvoice(Samples.Document with { InvoiceId = invoice }));
    }

    public async Task DisposeAsync()
    {
        await _bench.DisposeAsync();
        await _company.DisposeAsync();
    }

    [Fact]
    public async Task Where_both_have_the_same_nothing_is_told()
    {
        await Compare();
        Assert.Equal(("4", "", "true"), await Result());
        Assert.Equal("[]", await Differences());
    }

    [Fact]
    public async Task What_is_missing_there_is_sent_again_and_its_grain_is_not_disturbed()
    {
        _company.Lose("salesInvoices", "externalDocumentNumber", Invoices[1].ToUpperInvariant());
        await Compare();
        Assert.Equal($"[missing {Invoices[1]} erp.invoice.post.v1]", await Differences());

        var difference = await postgres.Database.Scalar<long>(
            $"select d.id from q2c.reconciliation_difference d join q2c.reconciliation r on r.id = d.reconciliation_id where r.connection = '{_connection}'");
        Assert.Equal("done", await Repair(difference, "k1"));
        Assert.Equal(("repeated", "reused", "gone"), (await Repair(difference, "k1"), await Repair(difference, "k1", "another"), await Repair(difference, "k2")));
        await _bench.Settle($"{_connection}/{Invoices[1]}/posting/1");
        Assert.Equal(Invoices.Order(), _company.Records("salesInvoices").Select(one => one["externalDocumentNumber"]!.ToString().ToLowerInvariant()).Order());
        await Compare();
        Assert.Equal("[]", await Differences());
    }

    [Fact]
    public async Task What_nobody_sent_and_what_is_there_twice_is_for_a_person()
    {
        var stranger = Ids.Derive("eu", Ids.Invoice, "another installation");
        await _parts.Connector!.Send(Samples.Ask(new PostErpInvoice(Samples.Document with { InvoiceId = stranger })), 1, default);
        _company.Copy("salesInvoices", "externalDocumentNumber", Invoices[0].ToUpperInvariant());
        await Compare();
        Assert.Equal($"[twice {Invoices[0]} invoice, unknown {stranger} invoice]", await Differences());
    }

    [Fact]
    public async Task What_a_later_effect_changed_is_not_missing()
    {
        await Sent("customer", "eu_cu_1", Samples.Customer with { Name = "Fabrikam SE" }, round: 2);
        await Compare();
        Assert.Equal("[]", await Differences());
    }

    [Fact]
    public async Task A_comparison_that_is_interrupted_goes_on_where_it_was()
    {
        await Ask();
        var watch = Watch();
        _company.Faults.Add(new Fault(@"salesInvoices\.list", FaultKind.Status) { Status = 503, Body = "{}" });
        await Step(watch);
        Assert.Equal(("1", "The system answered 503.", "false"), await Result());
        await Step(watch);
        Assert.Equal(("4", "", "true"), await Result());
    }

    [Fact]
    public async Task The_state_of_a_connection_says_how_it_is_and_what_it_can_do()
    {
        await Step(Watch());
        Assert.Equal(
            "businesscentral t Business Central answers for the company Northwind Consulting GmbH. "
            + "erp.contract.upsert.v1 naturalKey, erp.credit-memo.post.v1 findBeforeCreate, erp.customer.upsert.v1 naturalKey, erp.invoice.post.v1 findBeforeCreate, "
            + "erp.job.upsert.v1 naturalKey, erp.journal.post.v1 findBeforeCreate, erp.payment.record.v1 findBeforeCreate, erp.record.withdraw.v1 naturalKey",
            await postgres.Database.Scalar<string>(
                $"""
                select concat_ws(' ', vendor, healthy, health_detail, (
                    select string_agg(concat_ws(' ', o ->> 'operation', o ->> 'guarantee'), ', ' order by o ->> 'operation')
                    from jsonb_array_elements(capabilities -> 'operations') o))
                from q2c_read.connection_health where name = '{_connection}'
                """));
    }

    [Fact]
    public async Task Somebody_who_asks_whether_the_system_answers_does_not_wait_for_the_next_time()
    {
        var watch = Watch();
        await Step(watch);
        _company.Faults.Add(new Fault(".*", FaultKind.Status) { Status = 503, Body = "{}", Times = null });
        await Step(watch);
        Assert.True(await Healthy());

        await postgres.Database.Execute(
            $"select q2c.act_on_connection('{_connection}', 'check', 'olga', '{_connection}/check', '\\x00', 'Is it back?', now())");
        await Step(watch);
        Assert.False(await Healthy());
    }

    private Task<bool> Healthy() =>
        postgres.Database.Scalar<bool>($"select healthy from q2c_read.connection_health where name = '{_connection}'");

    private async Task Sent(string errand, string subject, Operation operation, int round = 1)
    {
        var id = $"{_connection}/{errand}/{round}";
        await _bench.Ask(id, subject, operation);
        await _bench.Settle(id);
    }

    private async Task Compare()
    {
        await Ask();
        await Step(Watch());
    }

    private async Task Ask() => await postgres.Database.Execute(
        $"insert into q2c.reconciliation (connection, asked_by, reason, asked_at, since) values ('{_connection}', 'olga', 'Month end', now(), '2020-01-01')");

    private Task<string> Repair(long difference, string key, string reason = "Deleted by mistake") => postgres.Database.Scalar<string>(
        $"select q2c.repair_difference({difference}, 'olga', '{_connection}{key}', '{reason}'::bytea, '{reason}', '{_bench.Clock.GetUtcNow():O}')");

    private ConnectionWatch Watch() => new(
        _connection, "businesscentral", _parts, EffectBench.Limits, new(postgres.Database), TimeProvider.System, NullLogger<ConnectionWatch>.Instance);

    private Task Step(ConnectionWatch watch) => watch.Step(_bench.Lease, default);

    private async Task<(string Checked, string Problem, string Finished)> Result()
    {
        var parts = (await postgres.Database.Scalar<string>(
            $"select concat_ws('|', checked, coalesce(problem, ''), finished_at is not null) from q2c.reconciliation where connection = '{_connection}' order by id desc limit 1")).Split('|');
        return (parts[0], parts[1], parts[2] == "t" ? "true" : "false");
    }

    private Task<string> Differences() => postgres.Database.Scalar<string>(
        $"""
        select '[' || coalesce(string_agg(concat_ws(' ', d.kind, d.subject, d.record), ', ' order by d.kind, d.subject), '') || ']'
        from q2c.reconciliation r left join q2c.reconciliation_difference d on d.reconciliation_id = r.id
        where r.id = (select max(id) from q2c.reconciliation where connection = '{_connection}')
        """);
}
