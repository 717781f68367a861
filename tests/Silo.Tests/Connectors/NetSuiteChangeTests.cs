using System.Text.Json.Nodes;
using Q2C.Invoices;
using Q2C.Silo.Connectors.NetSuite;
using Q2C.Simulators.Core;
using Q2C.Simulators.NetSuite;

namespace Q2C.Silo.Tests.Connectors;

/// <summary>What people enter in NetSuite: polled, hinted at by a script, read as it is now.</summary>
public sealed class NetSuiteChangeTests : IAsyncLifetime
{
    private static readonly string Invoice = Ids.Derive("eu", Ids.Invoice, "one");

    private readonly ManualClock _clock = new();
    private NetSuiteSimulator _netSuite = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _netSuite = await NetSuiteSimulator.StartAsync(new() { Clock = _clock });
        _spec = new(
            Vendors.Parts(
                new NetSuiteVendor(),
                Vendors.Settings("netsuite", _netSuite.BaseAddress,
                    new() { ["clientId"] = "simulator-client", ["certificateId"] = "simulator-certificate" },
                    new() { ["privateKey"] = Vendors.SecretFile(_netSuite.CreateKey()) }),
                _clock, null, Vendors.MapFolder("NetSuite")),
            "netsuite");
        foreach (var operation in new Operation[]
            { Samples.Customer, Samples.Job, new PostErpInvoice(Samples.Document with { InvoiceId = Invoice }) }) await _spec.SendWell(operation);
        await _spec.Pass();
    }

    public async Task DisposeAsync() => await _netSuite.DisposeAsync();

    [Fact]
    public async Task A_payment_that_an_accountant_entered_is_polled_and_told_to_its_invoice()
    {
        var id = _netSuite.EnterPayment(Invoice, 5000m);
        var delivery = Assert.Single(await _spec.Pass());
        var payment = Assert.Single(_netSuite.Records("customerPayment"));
        await _spec.Brings(ConnectorSpec.Body(delivery), (
            Invoice,
            new RecordPayment($"customerPayment/{id}", "netsuite", Samples.Eur(5000m), new(2026, 11, 21), payment["tranId"]!.ToString()),
            DateTimeOffset.UnixEpoch));
        Assert.Empty(await _spec.Pass());
    }

    [Fact]
    public async Task A_payment_that_q2c_sent_tells_nothing_new()
    {
        await _spec.SendWell(Samples.Payment with { InvoiceId = Invoice });
        await _spec.BringsNothing(ConnectorSpec.Body(Assert.Single(await _spec.Pass())));
    }

    [Fact]
    public async Task What_changed_within_the_second_of_the_last_pass_is_not_missed()
    {
        _netSuite.EnterPayment(Invoice, 100m);
        Assert.Single(await _spec.Pass());
        _netSuite.EnterPayment(Invoice, 200m);
        Assert.Single(await _spec.Pass());
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(await _spec.Pass());
    }

    [Fact]
    public async Task What_changes_on_a_page_that_was_read_while_the_rest_of_a_pass_has_to_wait_is_not_missed()
    {
        var payment = Samples.Payment with { InvoiceId = Invoice };
        await _spec.SendWell(payment);
        for (var i = 0; i < 1_000; i++) _netSuite.EnterPayment(Invoice, 0.01m);
        Assert.True((await _spec.Page()).More);
        _clock.Advance(TimeSpan.FromHours(1));
        await _spec.SendWell(payment with { Reference = "corrected" }, "effect-2");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False((await _spec.Page()).More);
        Assert.Single(await _spec.Pass(2));
        Assert.Empty(await _spec.Pass());
    }

    [Fact]
    public async Task A_hint_of_a_script_reads_the_record_and_one_of_a_deleted_record_brings_nothing()
    {
        var id = _netSuite.EnterPayment(Invoice, 100m);
        await _spec.Brings(
            $$"""{"at":"2026-11-21T12:00:00Z","id":"{{id}}","record":"customerPayment","user":"anna"}""",
            (Invoice,
                new RecordPayment($"customerPayment/{id}", "netsuite", Samples.Eur(100m), new(2026, 11, 21),
                    Assert.Single(_netSuite.Records("customerPayment"))["tranId"]!.ToString()),
                DateTimeOffset.UnixEpoch));
        await _spec.BringsNothing("""{"record":"customerPayment","id":"999999"}""");
        await _spec.BringsNothing("""{"record":"vendorBill","id":"1"}""");
    }

    [Fact]
    public async Task A_credit_memo_that_somebody_else_entered_waits_for_a_person()
    {
        var id = _netSuite.EnterCreditMemo(Invoice);
        var (memo, invoice) = (Assert.Single(_netSuite.Records("creditMemo")), Assert.Single(_netSuite.Records("invoice")));
        await _spec.Parks(
            new JsonObject { ["record"] = "creditMemo", ["id"] = id }.ToJsonString(),
            ("ERP_CREDIT_UNKNOWN", "externalId",
                $"Credit memo {memo["tranId"]} was entered in NetSuite against invoice {invoice["tranId"]}, and Q2C did not make it."));
    }

    [Fact]
    public async Task What_cannot_be_read_is_parked_and_what_cannot_be_asked_waits()
    {
        await _spec.ParksAt("""{"record":"customerPay""", "BODY_NOT_JSON", 1, 23);
        await _spec.Parks("""{"id":"1"}""", ("MEMBER_MISSING", "record", "The hint does not name a record by type and id."));
        _netSuite.Faults.Add(new Fault("record.get", FaultKind.Status) { Status = 429, Body = "{}" });
        await _spec.Waits("""{"record":"customerPayment","id":"1"}""", "THROTTLED");
    }
}
