using System.Text;
using Q2C.Simulators.AvaTax;

namespace Q2C.Simulators.Tests;

public sealed class AvaTaxTests : IAsyncLifetime
{
    private const string Document = "/api/v2/companies/Q2C-DE/transactions/inv_1";
    private AvaTaxSimulator _avaTax = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _avaTax = await AvaTaxSimulator.StartAsync(new() { Clock = new ManualClock() });
        _client = new Client(_avaTax.BaseAddress, Basic("2000000001:simulator-license-key"));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _avaTax.DisposeAsync();
    }

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(pair));

    private static string Model(string type = "SalesInvoice", string from = "DE", string to = "DE", string amounts = "100", string more = "") => $$$"""
        {"type":"{{{type}}}","code":"inv_1","companyCode":"Q2C-DE","customerCode":"cus_1","date":"2026-11-21","currencyCode":"EUR"{{{more}}},
         "addresses":{"shipFrom":{"country":"{{{from}}}"},"shipTo":{"country":"{{{to}}}","region":"CA"}},
         "lines":[{{{string.Join(",", amounts.Split(' ').Select((a, i) => $$"""{"number":"{{i + 1}}","amount":{{a}},"taxCode":"P0000000"}"""))}}}]}
        """;

    private Task<Reply> CreateAsync(string model) => _client.SendAsync("POST", "/api/v2/transactions/create", model);

    private Task<Reply> PostAsync(string action, string body) => _client.SendAsync("POST", $"{Document}/{action}", body);

    [Fact]
    public async Task A_wrong_license_is_401_in_the_documented_shape()
    {
        using var wrong = new Client(_avaTax.BaseAddress, Basic("2000000001:wrong"));
        var reply = await wrong.SendAsync("POST", "/api/v2/transactions/create", Model());
        Assert.Equal((401, "AuthenticationException", "30"), (reply.Status, reply.Json.At("error.code"), reply.Json.At("error.details.0.number")));
    }

    [Theory]
    [InlineData("DE", "DE", "", "19.00")]
    [InlineData("DE", "AT", "", "20.00")]
    [InlineData("FR", "FR", "", "20.00")]
    [InlineData("GB", "GB", "", "20.00")]
    [InlineData("DE", "FR", ",\"businessIdentificationNo\":\"FR12345678901\"", "0")]
    [InlineData("DE", "DE", ",\"businessIdentificationNo\":\"DE123456788\"", "19.00")]
    [InlineData("DE", "GB", "", "0")]
    [InlineData("US", "US", "", "7.25")]
    [InlineData("DE", "DE", ",\"exemptionNo\":\"E-1\"", "0")]
    public async Task The_destination_decides_the_tax(string from, string to, string more, string tax)
    {
        var reply = await CreateAsync(Model(from: from, to: to, more: more));
        Assert.Equal((201, decimal.Parse(tax)), (reply.Status, decimal.Parse(reply.Json.At("totalTax")!)));
    }

    [Fact]
    public async Task Tax_is_rounded_half_up_line_by_line_and_the_summary_adds_up()
    {
        var reply = await CreateAsync(Model(amounts: "0.50 0.50 -0.50"));
        Assert.Equal(["0.10", "0.10", "-0.10"], reply.Json["lines"]!.AsArray().Select(line => line!.At("tax")));
        Assert.Equal(("0.10", "0.10", "0.19"), (reply.Json.At("totalTax"), reply.Json.At("summary.0.tax"), reply.Json.At("summary.0.rate")));
    }

    [Fact]
    public async Task Without_a_recorded_type_nothing_is_recorded()
    {
        var order = await CreateAsync(Model("SalesOrder"));
        var none = await CreateAsync(Model("Any"));
        Assert.Equal((201, "Temporary", "SalesOrder", 0), (order.Status, order.Json.At("status"), none.Json.At("type"), _avaTax.Records("transaction").Count));
    }

    [Fact]
    public async Task A_document_is_saved_committed_and_cancelled_once()
    {
        var saved = await CreateAsync(Model());
        var committed = await PostAsync("commit", """{"commit":true}""");
        var again = await PostAsync("commit", """{"commit":true}""");
        var cancelled = await PostAsync("void", """{"code":"DocVoided"}""");
        var twice = await PostAsync("void", """{"code":"DocVoided"}""");
        Assert.Equal(("Saved", "Committed", "TransactionIsCommitted", "Cancelled", "TransactionAlreadyCancelled"), (saved.Json.At("status"),
            committed.Json.At("status"), again.Json.At("error.code"), cancelled.Json.At("status"), twice.Json.At("error.code")));
    }

    [Fact]
    public async Task Create_overwrites_a_saved_document_and_refuses_a_committed_one()
    {
        await CreateAsync(Model());
        await CreateAsync(Model(amounts: "200"));
        await PostAsync("commit", """{"commit":true}""");
        var refused = await CreateAsync(Model(amounts: "300"));
        var stored = await _client.SendAsync("GET", Document);
        Assert.Equal((400, "1303", "200"), (refused.Status, refused.Json.At("error.details.0.number"), stored.Json.At("totalAmount")));
    }

    [Fact]
    public async Task Create_or_adjust_repeats_onto_one_document_and_stops_at_a_locked_one()
    {
        static string Body(string amount) => $$"""{"adjustmentReason":"Other","createTransactionModel":{{Model(amounts: amount)}}}""";
        for (var i = 0; i < 2; i++) await _client.SendAsync("POST", "/api/v2/transactions/createoradjust", Body("100"));
        Assert.Single(_avaTax.Records("transaction"));
        _avaTax.LockTransaction("Q2C-DE", "inv_1");
        var locked = await _client.SendAsync("POST", "/api/v2/transactions/createoradjust", Body("200"));
        Assert.Equal((400, "CannotModifyLockedTransaction"), (locked.Status, locked.Json.At("error.code")));
    }

    [Fact]
    public async Task A_refund_is_a_document_of_its_own_with_the_original_tax_negated()
    {
        await CreateAsync(Model(more: ",\"commit\":true"));
        var refund = await PostAsync("refund", """{"refundTransactionCode":"crd_1","refundType":"Full","refundDate":"2026-12-01"}""");
        Assert.Equal((201, "ReturnInvoice", -19m, -100m), (refund.Status, refund.Json.At("type"),
            decimal.Parse(refund.Json.At("totalTax")!), decimal.Parse(refund.Json.At("lines.0.lineAmount")!)));
    }

    [Theory]
    [InlineData("""{"companyCode":"DEFAULT"}""", 400, "ValueRequiredError")]
    [InlineData("""{"companyCode":"NOPE"}""", 404, "EntityNotFoundError")]
    [InlineData("""{"type":"Gift"}""", 400, "InvalidEnumValue")]
    [InlineData("""{"type":""", 400, "JsonFormatError")]
    public async Task A_wrong_request_is_refused_by_name(string body, int status, string code)
    {
        var reply = await CreateAsync(body);
        Assert.Equal((status, code), (reply.Status, reply.Json.At("error.code")));
    }
}
