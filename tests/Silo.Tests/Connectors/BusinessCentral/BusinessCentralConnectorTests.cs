using System.Text.Json.Nodes;
using Q2C.Gateway.Tests;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.BusinessCentral;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.BusinessCentral;

public sealed class BusinessCentralConnectorTests : IAsyncLifetime
{
    private BusinessCentralSimulator _company = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _company = await BusinessCentralSimulator.StartAsync();
        _spec = new(Company.Connect(_company, Company.Dimension), "businesscentral");
    }

    public async Task DisposeAsync() => await _company.DisposeAsync();

    [Fact]
    public async Task An_activation_leaves_customer_project_and_dimension_value_once_however_often_it_is_sent()
    {
        for (var i = 0; i < 2; i++) await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var customer = Assert.Single(_company.Records("customers"));
        Assert.Equal(
            (Codes.Number("eu_cu_1"), "Fabrikam AG", "DE811907980", "EUR", " "),
            (Text(customer, "number"), Text(customer, "displayName"), Text(customer, "taxRegistrationNumber"), Text(customer, "currencyCode"),
                Text(customer, "blocked")));
        Assert.Equal("Data platform", Text(Assert.Single(_company.Records("projects")), "displayName"));
        var value = Assert.Single(_company.Records("dimensionValues"));
        Assert.Equal((Codes.Number("eu_pr_1"), "Data platform"), (Text(value, "code"), Text(value, "displayName")));
    }

    [Fact]
    public async Task A_customer_that_changed_is_written_with_the_version_that_was_read()
    {
        await _spec.SendWell(Samples.Customer);
        Assert.IsType<LookUpResult.Absent>(await _spec.LookUp(Samples.Customer with { Name = "Fabrikam SE" }));
        await _spec.SendWell(Samples.Customer with { Name = "Fabrikam SE" });
        Assert.Equal("Fabrikam SE", Text(Assert.Single(_company.Records("customers")), "displayName"));
        Assert.IsType<LookUpResult.Found>(await _spec.LookUp(Samples.Customer with { Name = "Fabrikam SE" }));
    }

    [Fact]
    public async Task Somebody_elses_change_in_between_is_read_first()
    {
        await _spec.SendWell(Samples.Customer);
        _company.Faults.Add(new Fault(@"customers\.update", FaultKind.Status)
        {
            Status = 409, Body = """{"error":{"code":"Request_EntityChanged","message":"Another user has already changed the record."}}""",
        });
        var changed = Samples.Customer with { Email = "billing@fabrikam.example" };
        Assert.Equal("ERP_RECORD_CHANGED", Assert.IsType<SendResult.Unavailable>(await _spec.Send(changed)).Code);
        await _spec.SendWell(changed);
    }

    [Fact]
    public async Task Without_the_extensions_page_a_person_makes_the_dimension_value()
    {
        var spec = new ConnectorSpec(Company.Connect(_company, new() { ["projectDimension"] = "PROJECT" }), "businesscentral");
        await spec.Refuses(Samples.Job, "ERP_DIMENSION_MISSING",
            $"Dimension PROJECT of Business Central has no value {Codes.Number("eu_pr_1")} for the project Data platform.");
    }

    [Fact]
    public async Task Without_a_project_dimension_the_contracts_project_stands_for_the_job()
    {
        var spec = new ConnectorSpec(Company.Connect(_company), "businesscentral");
        Assert.Equal("ERP_REFERENCE_UNKNOWN", Assert.IsType<SendResult.Refused>(await spec.Send(Samples.Job)).Code);
        var project = await spec.SendWell(Samples.Contract);
        Assert.Equal(project, await spec.SendWell(Samples.Job));
    }

    [Fact]
    public async Task An_invoice_is_drafted_compared_and_posted_and_answers_with_its_number()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var accepted = Assert.IsType<SendResult.Accepted>(await _spec.Send(Samples.Invoice));
        var invoice = Assert.Single(_company.Records("salesInvoices"));
        Assert.Equal(new SendResult.Accepted(Text(invoice, "id")!, new ErpInvoiceAnswer(Text(invoice, "number")!)), accepted);
        Assert.Equal(
            ("EU_INV_1", "Open", "PO-77", 7054.88m, 1340.43m, 8395.31m),
            (Text(invoice, "externalDocumentNumber"), Text(invoice, "status"), Text(invoice, "customerPurchaseOrderReference"),
                Amount(invoice, "totalAmountExcludingTax"), Amount(invoice, "totalTaxAmount"), Amount(invoice, "totalAmountIncludingTax")));
        Assert.Equal([(1m, 6000m), (7.25m, 145.5m)],
            _company.Records("salesInvoiceLines").Select(line => (Amount(line, "quantity"), Amount(line, "unitPrice"))));
        Assert.Equal(accepted, await _spec.Send(Samples.Invoice));
        Assert.Single(_company.Records("salesInvoices"));
    }

    [Fact]
    public async Task A_line_that_is_not_quantity_by_price_goes_as_one_of_its_net_amount()
    {
        var document = Samples.Document with
        {
            Lines = [Samples.Document.Lines[0], Samples.Document.Lines[1] with { Net = Samples.Eur(1000m), Tax = Samples.Eur(190m) }],
            Net = Samples.Eur(7000m), Tax = Samples.Eur(1330m), Total = Samples.Eur(8330m),
        };
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, new PostErpInvoice(document));
        Assert.Equal([(1m, 6000m), (1m, 1000m)],
            _company.Records("salesInvoiceLines").Select(line => (Amount(line, "quantity"), Amount(line, "unitPrice"))));
    }

    [Fact]
    public async Task An_invoice_that_business_central_would_make_another_amount_of_is_not_posted_and_leaves_no_draft()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var document = Samples.Document with { Tax = Samples.Eur(1340.42m), Total = Samples.Eur(8395.30m) };
        await _spec.Refuses(new PostErpInvoice(document), "ERP_DRAFT_DIFFERS",
            "Business Central makes 7054.88 net and 8395.31 with tax of the invoice; it should be 7,054.88 EUR and 8,395.30 EUR. "
            + "Nothing was posted, and the draft was removed.");
        Assert.Empty(_company.Records("salesInvoices"));
        Assert.Empty(_company.Records("salesInvoiceLines"));
    }

    [Fact]
    public async Task A_draft_of_an_earlier_try_goes_and_one_invoice_is_posted()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        _company.AllowPostingFrom(new(2026, 12, 1));
        await _spec.Refuses(Samples.Invoice, "ERP_PERIOD_CLOSED", "The Posting Date 2026-11-30 is not within your range of allowed posting dates.");
        Assert.Equal("Draft", Text(Assert.Single(_company.Records("salesInvoices")), "status"));
        await _spec.SendWell(new PostErpInvoice(Samples.Document with { Date = new(2026, 12, 1) }));
        Assert.Equal(("Open", "2026-12-01"), (Text(Assert.Single(_company.Records("salesInvoices")), "status"),
            Text(Assert.Single(_company.Records("salesInvoices")), "postingDate")));
    }

    [Fact]
    public async Task An_answer_to_posting_that_got_lost_is_found_by_the_drafts_id()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        Assert.IsType<LookUpResult.Absent>(await _spec.LookUp(Samples.Invoice));
        _company.Faults.Add(new Fault(@"salesInvoices\.post", FaultKind.ApplyThenDrop));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Samples.Invoice));
        var invoice = Assert.Single(_company.Records("salesInvoices"));
        Assert.Equal(
            new LookUpResult.Found(Text(invoice, "id")!, new ErpInvoiceAnswer(Text(invoice, "number")!)), await _spec.LookUp(Samples.Invoice));
    }

    [Fact]
    public async Task A_number_of_ours_is_refused_because_business_central_numbers_itself()
    {
        await SendAll(Samples.Customer);
        var refused = Assert.IsType<SendResult.Refused>(await _spec.Send(new PostErpInvoice(Samples.Document with { Number = "2026-0001" })));
        Assert.Equal("ERP_NUMBERS_ITSELF", refused.Code);
        Assert.Empty(_company.Records("salesInvoices"));
    }

    [Fact]
    public async Task Payments_settle_the_invoice_in_parts_each_in_a_batch_of_its_own_that_goes()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice);
        for (var i = 0; i < 2; i++) await _spec.SendWell(Samples.Payment);
        Assert.Equal(3395.31m, Amount(Assert.Single(_company.Records("salesInvoices")), "remainingAmount"));
        await _spec.SendWell(Samples.Payment with { PaymentId = "pi_3Ny", Amount = Samples.Eur(3400m), Applied = Samples.Eur(3395.31m) });
        var invoice = Assert.Single(_company.Records("salesInvoices"));
        Assert.Equal((0m, "Paid"), (Amount(invoice, "remainingAmount"), Text(invoice, "status")));
        Assert.Empty(_company.Records("customerPaymentJournals"));
        Assert.Equal(8400m, Debits("1810"));
        Assert.IsType<LookUpResult.Found>(await _spec.LookUp(Samples.Payment));
    }

    [Fact]
    public async Task A_credit_memo_is_posted_against_its_invoice()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice);
        for (var i = 0; i < 2; i++) await _spec.SendWell(Samples.CreditMemo);
        var memo = Assert.Single(_company.Records("salesCreditMemos"));
        var invoice = Assert.Single(_company.Records("salesInvoices"));
        Assert.Equal(
            ("EU_CM_1", "Open", Text(invoice, "number"), 173.15m),
            (Text(memo, "externalDocumentNumber"), Text(memo, "status"), Text(memo, "invoiceNumber"), Amount(memo, "totalAmountIncludingTax")));
        Assert.Equal(8222.16m, Amount(invoice, "remainingAmount"));
    }

    [Fact]
    public async Task A_credit_memo_for_an_invoice_that_is_paid_stays_open_for_the_customer()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice,
            Samples.Payment with { Amount = Samples.Eur(8395.31m), Applied = Samples.Eur(8395.31m) }, Samples.CreditMemo);
        var memo = Assert.Single(_company.Records("salesCreditMemos"));
        Assert.Equal(("Open", null), (Text(memo, "status"), Text(memo, "invoiceNumber")));
    }

    [Fact]
    public async Task A_credit_memo_of_no_invoice_stays_open_for_the_customer()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice,
            new PostErpCreditMemo(Samples.CreditDocument with { InvoiceId = null, InvoiceNumber = null }));
        var memo = Assert.Single(_company.Records("salesCreditMemos"));
        Assert.Equal(("Open", null), (Text(memo, "status"), Text(memo, "invoiceNumber")));
    }

    [Fact]
    public async Task A_journal_entry_is_posted_whole_or_not_at_all()
    {
        for (var i = 0; i < 2; i++) await _spec.SendWell(Samples.Journal);
        Assert.Equal((1000m, 0m), (Debits("3900"), Debits("8400")));
        Assert.Equal([Codes.Number("eu_rev_1/3")], _company.Records("generalLedgerEntries").Select(entry => Text(entry, "documentNumber")).Distinct());
        Assert.Empty(_company.Records("journals"));
    }

    [Fact]
    public async Task A_batch_that_an_earlier_try_left_half_filled_is_filled_and_posted()
    {
        _company.Faults.Add(new Fault(@"journalLines\.create", FaultKind.ApplyThenDrop));
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Samples.Journal));
        Assert.IsType<LookUpResult.Absent>(await _spec.LookUp(Samples.Journal));
        Assert.Single(_company.Records("journalLines"));
        await _spec.SendWell(Samples.Journal, id: "effect-2");
        Assert.Equal(2, _company.Records("generalLedgerEntries").Count);
    }

    [Fact]
    public async Task Journals_in_another_currency_than_the_companys_are_refused_with_the_way_out() => await _spec.Refuses(
        Samples.Journal with { Currency = "USD" }, "ERP_CURRENCY_UNSUPPORTED",
        "Business Central's API takes payments and journals in EUR only, the company's own currency; this one is in USD.");

    [Fact]
    public async Task Withdrawing_blocks_the_customer_and_names_the_project_withdrawn()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job);
        var withdrawals = new[]
        {
            new WithdrawErpRecord("eu_pr_1", ErpRecordKind.Job, "Deal cancelled"), new("eu_ct_1", ErpRecordKind.Contract, "Deal cancelled"),
            new WithdrawErpRecord("eu_cu_1", ErpRecordKind.Customer, "Deal cancelled"), new("eu_cu_9", ErpRecordKind.Customer, "Never made"),
        };
        await SendAll(withdrawals);
        foreach (var withdrawal in withdrawals) Assert.IsType<LookUpResult.Found>(await _spec.LookUp(withdrawal));
        Assert.Equal(
            ("All", "Withdrawn: Deal cancelled"),
            (Text(Assert.Single(_company.Records("customers")), "blocked"), Text(Assert.Single(_company.Records("projects")), "displayName")));
    }

    [Fact]
    public async Task A_list_of_many_pages_is_read_to_its_end()
    {
        await using var company = await BusinessCentralSimulator.StartAsync(new() { PageSize = 1 });
        var spec = new ConnectorSpec(Company.Connect(company, Company.Dimension), "businesscentral");
        await spec.SendWell(Samples.Journal);
        Assert.Equal(2, company.Records("generalLedgerEntries").Count);
        Assert.IsType<LookUpResult.Found>(await spec.LookUp(Samples.Journal));
    }

    [Fact]
    public async Task Numbers_that_may_not_come_from_outside_are_a_matter_of_set_up()
    {
        await using var company = await BusinessCentralSimulator.StartAsync(new() { TakesManualNumbers = false });
        await new ConnectorSpec(Company.Connect(company), "businesscentral").Refuses(Samples.Customer, "ERP_NUMBERS_NOT_MANUAL",
            "You may not enter numbers manually. If you want to enter numbers manually, please activate Manual Nos. in No. Series CUSTOMERS.");
    }

    [Theory]
    [InlineData(400, "Internal_InvalidTableRelation", "The field VAT contains a value (X) that cannot be found.", "ERP_REFERENCE_UNKNOWN")]
    [InlineData(400, "Application_FieldValidationException", "Customer Posting Group must have a value.", "ERP_VALUE_MISSING")]
    [InlineData(400, "Application_StringExceededLength", "The length of the string is 57.", "ERP_VALUE_TOO_LONG")]
    [InlineData(400, "BadRequest", "The property 'nick' does not exist on type 'Microsoft.NAV.customer'.", "ERP_FIELD_UNKNOWN")]
    [InlineData(403, "Authentication_Forbidden", "You do not have the permission.", "ERP_PERMISSION_MISSING")]
    [InlineData(404, "Internal_CompanyNotFound", "The company cannot be found.", "ERP_COMPANY_UNKNOWN")]
    [InlineData(400, "Application_DialogException", "Something that nobody has seen before.", "ERP_REFUSED")]
    public async Task A_refusal_carries_the_vendors_message_and_a_way_out(int status, string code, string message, string ours)
    {
        Fail(status, code, $"{message}  CorrelationId:  52ab2c64-8a0e-4c2b-a7f4-5d6a3f2f2b55.");
        var refused = Assert.IsType<SendResult.Refused>(await _spec.Send(Samples.Customer));
        Assert.Equal((ours, message), (refused.Code, refused.Message));
        Assert.NotEqual("", refused.Remedy);
    }

    [Theory]
    [InlineData(429, "Application_TooManyRequests", "THROTTLED")]
    [InlineData(400, "Internal_EntityWithSameKeyExists", "ERP_RECORD_CHANGED")]
    [InlineData(400, "Internal_TenantUnavailable", "ERP_UNAVAILABLE")]
    public async Task What_was_surely_not_done_may_be_sent_again(int status, string code, string ours)
    {
        Fail(status, code, "Later.");
        Assert.Equal(ours, Assert.IsType<SendResult.Unavailable>(await _spec.Send(Samples.Customer)).Code);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_took_too_long_may_have_been_done(int status)
    {
        Fail(status, "Unknown", "The operation took too long.");
        Assert.IsType<SendResult.Unknown>(await _spec.Send(Samples.Customer));
    }

    [Fact]
    public async Task A_token_that_was_taken_back_is_renewed_once()
    {
        await _spec.SendWell(Samples.Customer);
        _company.RevokeTokens();
        await _spec.SendWell(Samples.Customer with { Name = "Fabrikam SE" });
        Assert.Equal(2, _company.Calls.Entries.Count(call => call.Operation == "token"));
    }

    [Fact]
    public async Task The_health_check_says_what_is_wrong()
    {
        Assert.Equal(new(true, "Business Central answers for the company Northwind Consulting GmbH."), await _spec.Connector.CheckHealth(default));
        var stranger = Company.Connect(_company, secret: "wrong").Connector!;
        Assert.Equal(
            new(false, "The token service refused the credentials (invalid_client). Check client, key and secret of this connection."),
            await stranger.CheckHealth(default));
        _company.Faults.Add(new Fault(@"companies\.get", FaultKind.Status)
        {
            Status = 404, Body = """{"error":{"code":"Internal_CompanyNotFound","message":"No such company."}}""",
        });
        Assert.Equal(
            "Business Central does not know the company. Check companyId and the environment in the address.",
            (await _spec.Connector.CheckHealth(default)).Detail);
    }

    [VendorSampleFact("businesscentral-request-customer.json")]
    public async Task What_is_written_has_the_properties_that_the_vendors_own_examples_have()
    {
        await SendAll(Samples.Customer, Samples.Contract, Samples.Job, Samples.Invoice, Samples.CreditMemo);
        foreach (var (set, sample) in new[]
        {
            ("customers", "customer"), ("projects", "project"), ("salesInvoices", "salesinvoice"), ("salesInvoiceLines", "salesinvoiceline"),
        })
        {
            string[] documented = ["number", .. JsonNode.Parse(VendorSamples.Find($"businesscentral-request-{sample}.json")!)!.AsObject().Select(one => one.Key)];
            string[] computed =
            [
                "id", "lastModifiedDateTime", "_version", "_dimensions", "documentId", "sequence", "status", "amountExcludingTax", "taxPercent",
                "totalAmountExcludingTax", "totalTaxAmount", "totalAmountIncludingTax", "remainingAmount",
            ];
            Assert.Empty(Assert.Single(_company.Records(set).Take(1)).Select(one => one.Key).Except(documented).Except(computed));
        }
    }

    [VendorSampleFact("businesscentral-error-batch-item.json")]
    public async Task The_vendors_own_error_is_told_without_its_correlation()
    {
        _company.Faults.Add(new Fault(@"customers\.create", FaultKind.Status)
        {
            Status = 400, Body = System.Text.Encoding.UTF8.GetString(VendorSamples.Find("businesscentral-error-batch-item.json")!),
        });
        await _spec.Refuses(Samples.Customer, "ERP_REFUSED",
            "'Invalid Type' is not an option. The existing options are: Inventory,Service,Non-Inventory");
    }

    private void Fail(int status, string code, string message) => _company.Faults.Add(new Fault(@"customers\.create", FaultKind.Status)
    {
        Status = status, Body = new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }.ToJsonString(),
    });

    private async Task SendAll(params Operation[] operations)
    {
        foreach (var operation in operations) await _spec.SendWell(operation);
    }

    private decimal Debits(string account) => _company.Records("generalLedgerEntries")
        .Where(entry => Text(entry, "accountNumber") == account).Sum(entry => Amount(entry, "debitAmount"));

    private static decimal Amount(JsonNode node, string name) => node[name].Number() ?? 0m;

    private static string? Text(JsonNode node, string name) => node[name]?.ToString();
}
