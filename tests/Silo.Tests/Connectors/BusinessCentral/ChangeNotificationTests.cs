using System.Text.Json.Nodes;
using Q2C.Invoices;
using Q2C.Simulators.BusinessCentral;
using Q2C.Simulators.Core;

namespace Q2C.Silo.Tests.Connectors.BusinessCentral;

/// <summary>What becomes of a notification, as the gateway keeps it.</summary>
public sealed class ChangeNotificationTests : IAsyncLifetime
{
    private static readonly string Invoice = Ids.Derive("eu", Ids.Invoice, "one");

    private readonly ManualClock _clock = new();
    private BusinessCentralSimulator _company = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _company = await BusinessCentralSimulator.StartAsync(new() { Clock = _clock });
        _spec = new(Company.Connect(_company, time: _clock), "businesscentral");
        await _spec.SendWell(Samples.Customer);
        await _spec.SendWell(new PostErpInvoice(Samples.Document with { InvoiceId = Invoice }));
    }

    public async Task DisposeAsync() => await _company.DisposeAsync();

    [Fact]
    public async Task A_bank_transfer_that_an_accountant_entered_is_told_to_the_invoice()
    {
        await _spec.BringsNothing(Changed());
        _company.EnterBankTransfer(Invoice, 5000m);
        await _spec.Brings(Changed(), Paid(5000m));
        _company.EnterBankTransfer(Invoice, 3395.31m);
        await _spec.Brings(Changed("created"), Paid(8395.31m));
    }

    [Fact]
    public async Task What_was_credited_is_not_taken_for_money()
    {
        await _spec.SendWell(new PostErpCreditMemo(Samples.CreditDocument with { InvoiceId = Invoice }));
        await _spec.BringsNothing(Changed());
        _company.EnterBankTransfer(Invoice, 100m);
        await _spec.Brings(Changed(), Paid(100m));
    }

    [Fact]
    public async Task More_changes_than_are_listed_are_asked_for()
    {
        _company.EnterBankTransfer(Invoice, 5000m);
        var since = _clock.GetUtcNow().AddMinutes(-1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        await _spec.Brings(
            Notification($"api/v2.0/companies({CompanyId})/salesInvoices?$filter=lastDateTimeModified%20gt%20{since}", "collection"), Paid(5000m));
    }

    [Fact]
    public async Task A_draft_a_deletion_and_what_is_not_ours_bring_nothing()
    {
        await _spec.BringsNothing(Changed("deleted"));
        await _spec.BringsNothing(Notification($"api/v2.0/companies({CompanyId})/customers({Guid.NewGuid()})", "updated"));
        await _spec.BringsNothing(Notification($"api/v2.0/companies({CompanyId})/salesInvoices({Guid.NewGuid()})", "updated"));
    }

    [Fact]
    public async Task A_credit_memo_that_somebody_else_made_waits_for_a_person()
    {
        _company.EnterCreditMemo(Invoice, 100m);
        var memo = Assert.Single(_company.Records("salesCreditMemos"));
        var invoice = Assert.Single(_company.Records("salesInvoices"));
        await _spec.Parks(
            Notification($"api/v2.0/companies({CompanyId})/salesCreditMemos({memo["id"]})", "created"),
            ("ERP_CREDIT_UNKNOWN", "externalDocumentNumber",
                $"Credit memo {memo["number"]} was posted in Business Central against invoice {invoice["number"]}, and Q2C did not make it."));
    }

    [Fact]
    public async Task Members_that_nobody_knows_and_the_order_of_members_do_not_matter()
    {
        _company.EnterBankTransfer(Invoice, 5000m);
        var body = JsonNode.Parse(Changed())!.AsObject();
        await _spec.Brings(new JsonObject(body.Reverse().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())))
        {
            ["tenantRegion"] = "westeurope",
        }.ToJsonString(), Paid(5000m));
    }

    [Fact]
    public async Task What_is_cut_off_or_names_nothing_is_parked_with_its_place()
    {
        await _spec.ParksAt(Changed()[..^4], "BODY_NOT_JSON", 1, Changed().Length - 3);
        await _spec.Parks("""{"changeType":"updated"}""", ("MEMBER_MISSING", "resource", "The notification names no record of a company."));
    }

    [Fact]
    public async Task A_company_that_is_away_is_asked_later()
    {
        _company.Faults.Add(new Fault(@"salesInvoices\.list", FaultKind.Status) { Status = 503, Body = "{}" });
        await _spec.Waits(Changed(), "LOOK_UP_FAILED");
    }

    private static string CompanyId => new BusinessCentralOptions().CompanyId;

    private (string, Command, DateTimeOffset) Paid(decimal amount) => (
        Invoice,
        new ReportPaidInErp(
            "businesscentral", Samples.Eur(amount), DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime),
            Assert.Single(_company.Records("salesInvoices"))["number"]!.ToString()),
        DateTimeOffset.UnixEpoch);

    private string Changed(string type = "updated") => Notification(
        $"api/v2.0/companies({CompanyId})/salesInvoices({Assert.Single(_company.Records("salesInvoices"))["id"]})", type);

    private static string Notification(string resource, string type) => new JsonObject
    {
        ["subscriptionId"] = "webhook", ["expirationDateTime"] = "2026-11-24T12:00:00Z", ["resource"] = resource, ["changeType"] = type,
        ["lastModifiedDateTime"] = "2026-11-21T12:00:00Z",
    }.ToJsonString();
}
