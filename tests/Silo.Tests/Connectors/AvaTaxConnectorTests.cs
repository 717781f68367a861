using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.AvaTax;
using Q2C.Simulators.AvaTax;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors;

public sealed class AvaTaxConnectorTests : IAsyncLifetime
{
    private static readonly CommitTax Commit = new("eu_inv_1");
    private static readonly VoidTax Void = new("eu_inv_1", "Rejected");

    private AvaTaxSimulator _avaTax = null!;
    private IConnector _connector = null!;

    public async Task InitializeAsync()
    {
        _avaTax = await AvaTaxSimulator.StartAsync();
        _connector = Connect("Q2C-DE", "simulator-license-key");
    }

    public async Task DisposeAsync() => await _avaTax.DisposeAsync();

    [Fact]
    public async Task Recording_answers_tax_per_line_and_leaves_one_uncommitted_document()
    {
        Check(await Send(new RecordTax(Samples.Tax)));
        var document = Assert.Single(_avaTax.Records("transaction"));
        Assert.Equal(
            ("eu_inv_1", "SalesInvoice", "Saved", "Q2C-DE"),
            ((string)document["code"]!, (string)document["type"]!, (string)document["status"]!, (string)document["companyCode"]!));
    }

    [Fact]
    public async Task A_preview_leaves_nothing_behind()
    {
        Check(await Send(new QuoteTax(Samples.Tax)));
        Assert.Empty(_avaTax.Records("transaction"));
    }

    [Fact]
    public async Task Recording_again_replaces_the_document()
    {
        await Send(new RecordTax(Samples.Tax));
        await Send(new RecordTax(Samples.Tax with { Lines = [Samples.Tax.Lines[0]] }));
        Assert.Equal(1140m, (decimal)Assert.Single(_avaTax.Records("transaction"))["totalTax"]!);
    }

    [Fact]
    public async Task A_credit_memo_is_a_committed_return_with_the_tax_that_was_billed()
    {
        var credit = new RecordTaxCredit(
            Samples.CreditDocument with { Lines = [Samples.CreditDocument.Lines[0] with { Tax = Samples.Eur(27.64m) }], Tax = Samples.Eur(27.64m) },
            Samples.Berlin, null);
        Assert.IsType<LookUpResult.Absent>(await LookUp(credit));
        for (var i = 0; i < 2; i++) Assert.Equal(new SendResult.Accepted("eu_cm_1"), await Send(credit));
        var document = Assert.Single(_avaTax.Records("transaction"));
        Assert.Equal(
            ("ReturnInvoice", "Committed", -145.50m, -27.64m),
            ((string)document["type"]!, (string)document["status"]!, (decimal)document["totalAmount"]!, (decimal)document["totalTax"]!));
        Assert.Equal(new LookUpResult.Found("eu_cm_1"), await LookUp(credit));
        _avaTax.LockTransaction("Q2C-DE", "eu_cm_1", "ReturnInvoice");
        Assert.Equal("TAX_DOCUMENT_LOCKED", Assert.IsType<SendResult.Refused>(await Send(credit)).Code);
    }

    [Fact]
    public async Task Reverse_charge_is_an_answer_of_zero()
    {
        var abroad = Samples.Tax with { CustomerTaxNumber = "ATU12345678", ShipTo = new("Ring 1", null, "Wien", null, "1010", "AT") };
        var accepted = Assert.IsType<SendResult.Accepted>(await Send(new RecordTax(abroad)));
        Assert.Equal(Samples.Eur(0), Assert.IsType<TaxAnswer>(accepted.Answer).Total);
    }

    [Fact]
    public async Task Committing_and_voiding_again_changes_nothing()
    {
        await Send(new RecordTax(Samples.Tax));
        for (var i = 0; i < 2; i++) Assert.Equal(new SendResult.Accepted("eu_inv_1"), await Send(Commit));
        Assert.Equal("Committed", (string)Assert.Single(_avaTax.Records("transaction"))["status"]!);
        for (var i = 0; i < 2; i++) Assert.Equal(new SendResult.Accepted("eu_inv_1"), await Send(Void));
        Assert.Equal("Cancelled", (string)Assert.Single(_avaTax.Records("transaction"))["status"]!);
    }

    [Fact]
    public async Task What_was_applied_while_its_answer_got_lost_is_found()
    {
        foreach (var (operation, route) in new (Operation, string)[]
            { (new RecordTax(Samples.Tax), "transactions.createoradjust"), (Commit, "transactions.commit"), (Void, "transactions.void") })
        {
            Assert.IsType<LookUpResult.Absent>(await LookUp(operation));
            _avaTax.Faults.Add(new Fault(route, FaultKind.ApplyThenDrop));
            Assert.IsType<SendResult.Unknown>(await Send(operation));
            Assert.IsType<LookUpResult.Found>(await LookUp(operation));
        }

        Assert.Single(_avaTax.Records("transaction"));
    }

    [Fact]
    public async Task A_document_with_other_amounts_is_not_the_one_that_was_asked_for()
    {
        await Send(new RecordTax(Samples.Tax));
        Assert.IsType<LookUpResult.Absent>(await LookUp(new RecordTax(Samples.Tax with { Date = new(2026, 12, 1) })));
        Assert.IsType<LookUpResult.Absent>(await LookUp(new RecordTax(Samples.Tax with { Lines = [Samples.Tax.Lines[0]] })));
        var found = Assert.IsType<LookUpResult.Found>(await LookUp(new RecordTax(Samples.Tax)));
        Check(new SendResult.Accepted(found.ExternalId, found.Answer));
    }

    [Fact]
    public async Task A_document_from_before_a_correction_of_address_tax_number_or_category_is_not_the_one_that_was_asked_for()
    {
        await Send(new RecordTax(Samples.Tax));
        Assert.All(
            [
                Samples.Tax with { ShipTo = Samples.Munich with { Country = "FR" } },
                Samples.Tax with { CustomerTaxNumber = "DE111111111" },
                Samples.Tax with { Lines = [Samples.Tax.Lines[0] with { TaxCategory = "NT" }, Samples.Tax.Lines[1]] },
            ],
            corrected => Assert.IsType<LookUpResult.Absent>(LookUp(new RecordTax(corrected)).Result));
    }

    [Fact]
    public async Task A_preview_whose_answer_got_lost_is_simply_asked_again()
    {
        _avaTax.Faults.Add(new Fault("transactions.create", FaultKind.Drop));
        Assert.IsType<SendResult.Unavailable>(await Send(new QuoteTax(Samples.Tax)));
    }

    [Fact]
    public async Task A_filed_document_is_refused_with_a_remedy()
    {
        await Send(new RecordTax(Samples.Tax));
        _avaTax.LockTransaction("Q2C-DE", "eu_inv_1");
        var refused = Assert.IsType<SendResult.Refused>(await Send(new RecordTax(Samples.Tax)));
        Assert.Equal(("TAX_DOCUMENT_LOCKED", ErrorClass.Business), (refused.Code, refused.Class));
    }

    [Fact]
    public async Task A_country_that_avatax_does_not_know_is_an_address_to_correct()
    {
        var refused = Assert.IsType<SendResult.Refused>(
            await Send(new RecordTax(Samples.Tax with { ShipTo = Samples.Munich with { Country = "ZW" } })));
        Assert.Equal(("TAX_ADDRESS_INVALID", ErrorClass.Business), (refused.Code, refused.Class));
    }

    [Theory]
    [InlineData("Q2C-XX", "simulator-license-key", "TAX_COMPANY_UNKNOWN")]
    [InlineData("Q2C-DE", "wrong", "CREDENTIALS_REFUSED")]
    public async Task A_wrong_set_up_is_named(string company, string key, string code)
    {
        var result = await Connect(company, key).Send(Samples.Ask(new RecordTax(Samples.Tax)), 1, default);
        Assert.Equal(code, result is SendResult.Refused refused ? refused.Code : Assert.IsType<SendResult.Unavailable>(result).Code);
        Assert.Equal(key != "wrong", (await Connect(company, key).CheckHealth(default)).Healthy);
    }

    [Theory]
    [InlineData(429, """{"error":{"code":"RateLimitExceededError","message":"Slow down."}}""", "Unavailable")]
    [InlineData(429, "", "Unavailable")]
    [InlineData(500, """{"error":{"code":"ServiceTimeout","message":"Timed out."}}""", "Unknown")]
    [InlineData(201, """{"error":{"code":"UnhandledException","message":"Something broke."}}""", "Unknown")]
    [InlineData(201, """{"error":{"code":"NotKnownToAnybody","message":"Something broke."}}""", "Unknown")]
    [InlineData(201, "<html></html>", "Unknown")]
    [InlineData(201, """{"totalTax":""", "Unknown")]
    [InlineData(400, """{"error":{"code":"NotKnownToAnybody","message":"Something broke."}}""", "Refused")]
    [InlineData(201, """{"currencyCode":"EUR","totalTax":0.005,"lines":[{"lineNumber":"1","tax":0.005},{"lineNumber":"2","tax":0}]}""", "Refused")]
    [InlineData(201, """{"currencyCode":"EUR","totalTax":1,"lines":[{"lineNumber":"1","tax":0},{"lineNumber":"2","tax":0}]}""", "Refused")]
    [InlineData(201, """{"currencyCode":"EUR","totalTax":0,"lines":[{"lineNumber":"1","tax":0}]}""", "Refused")]
    [InlineData(201, """{"currencyCode":"USD","totalTax":0,"lines":[]}""", "Refused")]
    public async Task Odd_answers_are_told_apart(int status, string body, string result)
    {
        _avaTax.Faults.Add(new Fault("transactions.createoradjust", FaultKind.Status) { Status = status, Body = body });
        Assert.Equal(result, (await Send(new RecordTax(Samples.Tax))).GetType().Name);
    }

    private static void Check(SendResult result)
    {
        var accepted = Assert.IsType<SendResult.Accepted>(result);
        Assert.Equal("eu_inv_1", accepted.ExternalId);
        var tax = Assert.IsType<TaxAnswer>(accepted.Answer);
        Assert.Equal(
            [
                new TaxAnswerLine("line/1", Samples.Eur(1140), 0.19m, "GERMANY"),
                new TaxAnswerLine("line/2", Samples.Eur(200.43m), 0.19m, "GERMANY"),
            ],
            tax.Lines.ToArray());
        Assert.Equal(Samples.Eur(1340.43m), tax.Total);
    }

    private IConnector Connect(string company, string key) => Vendors.Connect(
        new AvaTaxVendor(),
        Vendors.Settings("avatax", _avaTax.BaseAddress,
            new() { ["account"] = "2000000001", ["companyCode"] = company }, new() { ["licenseKey"] = Vendors.SecretFile(key) }),
        "AvaTax");

    private Task<SendResult> Send(Operation operation) => _connector.Send(Samples.Ask(operation, connection: "avatax"), 1, default);

    private Task<LookUpResult> LookUp(Operation operation) =>
        _connector.LookUp(Samples.Ask(operation, connection: "avatax"), 1, default);
}
