using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.NetSuite;
using Q2C.Simulators.Core;
using Q2C.Simulators.NetSuite;

namespace Q2C.Silo.Tests.Connectors;

public sealed class NetSuiteConnectorTests : IAsyncLifetime
{
    private NetSuiteSimulator _netSuite = null!;
    private IConnector _connector = null!;

    public async Task InitializeAsync()
    {
        _netSuite = await NetSuiteSimulator.StartAsync();
        _connector = Connect(_netSuite, _netSuite.CreateKey());
    }

    public async Task DisposeAsync() => await _netSuite.DisposeAsync();

    [Fact]
    public async Task An_activation_leaves_customer_sales_order_and_job_under_our_ids()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var customer = Assert.Single(_netSuite.Records("customer"));
        Assert.Equal(
            ("eu_cu_1", "Fabrikam AG", "DE811907980", "2", "4"),
            (Text(customer, "externalId"), Text(customer, "companyName"), Text(customer, "vatRegNumber"),
                Text(customer["subsidiary"]!, "id"), Text(customer["currency"]!, "id")));
        var order = Assert.Single(_netSuite.Records("salesOrder"));
        Assert.Equal(("eu_ct_1", "PO-77", 26550m), (Text(order, "externalId"), Text(order, "otherRefNum"), (decimal)order["total"]!));
        Assert.Equal("eu_pr_1", Text(Assert.Single(_netSuite.Records("job")), "externalId"));
    }

    [Fact]
    public async Task A_change_order_replaces_the_lines_of_the_sales_order()
    {
        await SendAll(Samples.Customer, Samples.Contract);
        await SendAll(Samples.Contract with
        {
            TermsVersion = 2, Lines = [Samples.Contract.Lines[0], Samples.Contract.Lines[1] with { Rate = 160 }],
        });
        var order = Assert.Single(_netSuite.Records("salesOrder"));
        Assert.Equal([12000m, 160m], order["item"]!.AsArray().Select(line => (decimal)line!["rate"]!));
    }

    [Fact]
    public async Task A_posted_invoice_answers_with_netsuites_number()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var result = Assert.IsType<SendResult.Accepted>(await Send(Samples.Invoice));
        var invoice = Assert.Single(_netSuite.Records("invoice"));
        Assert.Equal(new SendResult.Accepted(Text(invoice, "id")!, new ErpInvoiceAnswer(Text(invoice, "tranId")!)), result);
        Assert.Equal((8395.31m, 1340.43m), ((decimal)invoice["total"]!, (decimal)invoice["taxTotal"]!));
    }

    [Fact]
    public async Task Payments_settle_the_invoice_in_parts()
    {
        await SendAll(Samples.Customer, Samples.Job, Samples.Invoice, Samples.Payment);
        Assert.Equal(3395.31m, (decimal)Assert.Single(_netSuite.Records("invoice"))["amountRemaining"]!);
        await SendAll(Samples.Payment with { PaymentId = "pi_3Ny", Amount = Samples.Eur(3400m), Applied = Samples.Eur(3395.31m) });
        Assert.Equal(0m, (decimal)Assert.Single(_netSuite.Records("invoice"))["amountRemaining"]!);
        Assert.Equal([0m, 4.69m], _netSuite.Records("customerPayment").Select(payment => (decimal)payment["unapplied"]!));
    }

    [Fact]
    public async Task A_credit_memo_is_applied_to_its_invoice_as_far_as_that_is_open()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice);
        for (var i = 0; i < 2; i++)
        {
            var result = Assert.IsType<SendResult.Accepted>(await Send(Samples.CreditMemo));
            var memo = Assert.Single(_netSuite.Records("creditMemo"));
            Assert.Equal(new SendResult.Accepted(Text(memo, "id")!, new ErpInvoiceAnswer(Text(memo, "tranId")!)), result);
            Assert.Equal((173.15m, 173.15m), ((decimal)memo["total"]!, (decimal)memo["applied"]!));
        }

        Assert.Equal(8222.16m, (decimal)Assert.Single(_netSuite.Records("invoice"))["amountRemaining"]!);
        Assert.IsType<LookUpResult.Found>(await LookUp(Samples.CreditMemo));
    }

    [Fact]
    public async Task A_credit_memo_for_a_paid_invoice_stays_the_customers()
    {
        await SendAll(Samples.Customer, Samples.Job, Samples.Invoice,
            Samples.Payment with { Amount = Samples.Eur(8395.31m), Applied = Samples.Eur(8395.31m) }, Samples.CreditMemo);
        Assert.Equal(173.15m, (decimal)Assert.Single(_netSuite.Records("creditMemo"))["unapplied"]!);
    }

    [Fact]
    public async Task A_credit_memo_of_no_invoice_is_written_and_stays_the_customers()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice,
            new PostErpCreditMemo(Samples.CreditDocument with { InvoiceId = null, InvoiceNumber = null }));
        Assert.Equal(173.15m, (decimal)Assert.Single(_netSuite.Records("creditMemo"))["unapplied"]!);
    }

    [Fact]
    public async Task A_credit_memo_without_its_invoice_is_refused_before_anything_is_written()
    {
        await SendAll(Samples.Customer);
        Assert.Equal("ERP_REFERENCE_UNKNOWN", Assert.IsType<SendResult.Refused>(await Send(Samples.CreditMemo)).Code);
        Assert.Empty(_netSuite.Records("creditMemo"));
    }

    [Fact]
    public async Task An_entry_of_the_revenue_ledger_is_one_journal_entry()
    {
        for (var i = 0; i < 2; i++) await SendAll(Samples.Journal);
        var journal = Assert.Single(_netSuite.Records("journalEntry"));
        Assert.Equal(
            [("Deferred Revenue", "1000", null), ("Services Revenue", null, "1000")],
            journal["line"]!.AsArray().Select(line => (Text(line!["account"]!, "refName"), Text(line, "debit"), Text(line, "credit"))));
        Assert.IsType<LookUpResult.Found>(await LookUp(Samples.Journal));
    }

    [Fact]
    public async Task An_invoice_that_was_applied_while_its_answer_got_lost_is_found_and_stays_one()
    {
        await SendAll(Samples.Customer, Samples.Job);
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.ApplyThenDrop));
        Assert.IsType<SendResult.Unknown>(await Send(Samples.Invoice));
        var found = Assert.IsType<LookUpResult.Found>(await LookUp(Samples.Invoice));
        var invoice = Assert.Single(_netSuite.Records("invoice"));
        Assert.Equal(new LookUpResult.Found(Text(invoice, "id")!, new ErpInvoiceAnswer(Text(invoice, "tranId")!)), found);
    }

    [Fact]
    public async Task An_invoice_that_never_arrived_is_absent()
    {
        await SendAll(Samples.Customer, Samples.Job);
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.Drop));
        Assert.IsType<SendResult.Unknown>(await Send(Samples.Invoice));
        Assert.IsType<LookUpResult.Absent>(await LookUp(Samples.Invoice));
        Assert.Empty(_netSuite.Records("invoice"));
    }

    [Fact]
    public async Task An_update_counts_as_applied_only_when_the_record_shows_it()
    {
        await SendAll(Samples.Customer, Samples.Contract);
        var amended = Samples.Contract with { Lines = [Samples.Contract.Lines[0], Samples.Contract.Lines[1] with { Rate = 160 }] };
        Assert.IsType<LookUpResult.Absent>(await LookUp(amended));
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.Truncate));
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.ApplyThenDrop));
        await Send(amended);
        await Send(amended);
        Assert.IsType<LookUpResult.Found>(await LookUp(amended));
        Assert.IsType<LookUpResult.Found>(await LookUp(Samples.Customer));
        Assert.IsType<LookUpResult.Absent>(await LookUp(Samples.Customer with { Name = "Fabrikam SE" }));
        Assert.IsType<LookUpResult.Absent>(await LookUp(Samples.Customer with { ParentId = "eu_cu_7" }));
    }

    [Fact]
    public async Task Withdrawing_makes_records_inactive_and_closed_and_nothing_is_deleted()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var withdrawals = new[] { (ErpRecordKind.Job, "eu_pr_1"), (ErpRecordKind.Contract, "eu_ct_1"), (ErpRecordKind.Customer, "eu_cu_1") }
            .Select(record => new WithdrawErpRecord(record.Item2, record.Item1, "Deal cancelled")).ToArray();
        foreach (var withdrawal in withdrawals) Assert.IsType<LookUpResult.Absent>(await LookUp(withdrawal));
        await SendAll(withdrawals);
        foreach (var withdrawal in withdrawals) Assert.IsType<LookUpResult.Found>(await LookUp(withdrawal));
        Assert.True((bool)Assert.Single(_netSuite.Records("customer"))["isInactive"]!);
        Assert.True((bool)Assert.Single(_netSuite.Records("job"))["isInactive"]!);
        Assert.Equal("H", Text(Assert.Single(_netSuite.Records("salesOrder"))["orderStatus"]!, "id"));
    }

    [Fact]
    public async Task Withdrawing_what_is_not_there_is_done() =>
        Assert.Equal(new SendResult.Accepted("eu_cu_9"), await Send(new WithdrawErpRecord("eu_cu_9", ErpRecordKind.Customer, "Never made")));

    [Fact]
    public async Task A_customer_that_netsuite_does_not_know_is_refused_with_a_remedy()
    {
        var refused = Assert.IsType<SendResult.Refused>(await Send(Samples.Contract));
        Assert.Equal(
            ("ERP_REFERENCE_UNKNOWN", "NetSuite does not know the entity 'eu_cu_1'.", ErrorClass.Business),
            (refused.Code, refused.Message, refused.Class));
    }

    [Fact]
    public async Task A_service_without_an_item_is_refused_before_anything_is_sent()
    {
        var refused = Assert.IsType<SendResult.Refused>(
            await Send(Samples.Contract with { Lines = [Samples.Contract.Lines[0] with { Service = "hosting" }] }));
        Assert.Equal("MAPPING_VALUE_UNKNOWN", refused.Code);
        Assert.StartsWith("'hosting' at 'lines[0].service' has no counterpart for item.externalId.", refused.Message);
        Assert.Empty(_netSuite.Calls.Entries);
    }

    [Theory]
    [InlineData("The transaction cannot be posted because the accounting period is closed.", "ERP_PERIOD_CLOSED")]
    [InlineData("Please enter value(s) for: Location.", "ERP_VALUE_MISSING")]
    [InlineData("Unknown reference or field name: custbody_q2c_engagement", "ERP_FIELD_UNKNOWN")]
    [InlineData("Something that nobody has seen before.", "INVALID_CONTENT")]
    public async Task A_refusal_names_the_way_out(string detail, string code)
    {
        Fail(400, new JsonObject
        {
            ["title"] = "Bad Request",
            ["o:errorDetails"] = new JsonArray(new JsonObject { ["detail"] = detail, ["o:errorCode"] = "INVALID_CONTENT" }),
        }.ToJsonString());
        var refused = Assert.IsType<SendResult.Refused>(await Send(Samples.Customer));
        Assert.Equal((code, detail), (refused.Code, refused.Message));
        Assert.NotEqual("", refused.Remedy);
    }

    [Fact]
    public async Task The_limit_of_concurrent_requests_is_no_failure_of_the_request()
    {
        Fail(429, """{"title":"Too Many Requests","status":429,"o:errorDetails":[{"detail":"Blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}""");
        Assert.Equal(
            new SendResult.Unavailable("CONCURRENCY_LIMIT_EXCEEDED", "NetSuite's limit of concurrent requests is reached."),
            await Send(Samples.Customer));
    }

    [Theory]
    [InlineData(502, "<html><body>Bad gateway</body></html>", "The system answered 502 with an HTML or XML page instead of JSON.")]
    [InlineData(500, """{"title":"Internal Server Error","o:errorDetails":[{"detail":"Ask support.","o:errorCode":"UNEXPECTED_ERROR"}]}""",
        "Ask support.")]
    [InlineData(200, """{"success":false}""", null)]
    [InlineData(200, """{"half":""", "The system answered 200 with JSON that breaks at line 1, byte 9.")]
    public async Task An_answer_that_proves_nothing_is_unknown(int status, string body, string? message)
    {
        Fail(status, body);
        var result = await Send(Samples.Invoice);
        if (message is null) Assert.IsType<SendResult.Unknown>(result);
        else Assert.Equal(new SendResult.Unknown(message), result);
    }

    [Fact]
    public async Task A_token_that_was_taken_back_is_renewed_once()
    {
        await SendAll(Samples.Customer);
        _netSuite.RevokeTokens();
        await SendAll(Samples.Customer);
        Assert.Equal(2, _netSuite.Calls.Entries.Count(call => call.Operation == "token"));
    }

    [Fact]
    public async Task One_token_serves_requests_at_the_same_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => SendAll(Samples.Customer with { CustomerId = $"eu_cu_{i}" })));
        Assert.Single(_netSuite.Calls.Entries, call => call.Operation == "token");
    }

    [Fact]
    public async Task A_key_that_netsuite_does_not_know_sends_nothing_and_says_so()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var connector = Connect(_netSuite, stranger.ExportPkcs8PrivateKeyPem());
        var result = Assert.IsType<SendResult.Unavailable>(await connector.Send(Samples.Ask(Samples.Customer), 1, default));
        Assert.Equal("CREDENTIALS_REFUSED", result.Code);
        Assert.False((await connector.CheckHealth(default)).Healthy);
        Assert.True((await _connector.CheckHealth(default)).Healthy);
    }

    [Fact]
    public async Task An_rsa_key_signs_as_well()
    {
        using var rsa = RSA.Create(3072);
        _netSuite.AddKey("simulator-certificate", rsa.ExportSubjectPublicKeyInfoPem());
        Assert.IsType<SendResult.Accepted>(
            await Connect(_netSuite, rsa.ExportPkcs8PrivateKeyPem()).Send(Samples.Ask(Samples.Customer), 1, default));
    }

    [Fact]
    public void A_text_that_is_no_key_stops_the_start() =>
        Assert.Throws<ConfigurationException>(() => Connect(_netSuite, "not a key"));

    [Fact]
    public async Task An_account_that_cannot_be_reached_has_not_applied_anything()
    {
        await _netSuite.DisposeAsync();
        Assert.Equal("UNREACHABLE", Assert.IsType<SendResult.Unavailable>(await Send(Samples.Customer)).Code);
    }

    [Fact]
    public void An_id_that_netsuite_would_not_take_becomes_one_that_it_takes()
    {
        Assert.Equal("eu_inv_1-a", NetSuiteRecords.ExternalId("eu_inv_1-a"));
        Assert.Matches("^q2c-[0-9a-f]{40}$", NetSuiteRecords.ExternalId("a|b"));
        Assert.NotEqual(NetSuiteRecords.ExternalId("a|b"), NetSuiteRecords.ExternalId("a|c"));
    }

    private static IConnector Connect(NetSuiteSimulator simulator, string privateKey) => Vendors.Connect(
        new NetSuiteVendor(),
        Vendors.Settings("netsuite", simulator.BaseAddress,
            new() { ["clientId"] = "simulator-client", ["certificateId"] = "simulator-certificate" },
            new() { ["privateKey"] = Vendors.SecretFile(privateKey) }),
        "NetSuite");

    private void Fail(int status, string body) =>
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.Status) { Status = status, Body = body });

    private Task<SendResult> Send(Operation operation) => _connector.Send(Samples.Ask(operation), 1, default);

    private Task<LookUpResult> LookUp(Operation operation) => _connector.LookUp(Samples.Ask(operation), 1, default);

    private async Task SendAll(params Operation[] operations)
    {
        foreach (var operation in operations) Assert.IsType<SendResult.Accepted>(await Send(operation));
    }

    private static string? Text(JsonNode node, string name) => node[name]?.ToString();
}
