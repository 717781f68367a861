using Q2C.Simulators.BusinessCentral;

namespace Q2C.Simulators.Tests;

public sealed class BusinessCentralTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private BusinessCentralSimulator _company = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _company = await BusinessCentralSimulator.StartAsync(new() { Clock = _clock, RequestsInFiveMinutes = 40 });
        using var anyone = new Client(_company.BaseAddress);
        var token = await anyone.FormAsync(_company.TokenAddress.AbsolutePath,
            "grant_type=client_credentials&client_id=simulator-application&client_secret=simulator-application-secret"
            + "&scope=https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default");
        _client = new Client(_company.BaseAddress, "Bearer " + token.Json.At("access_token"));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _company.DisposeAsync();
    }

    [Fact]
    public async Task A_property_that_the_entity_does_not_have_and_one_that_is_read_only_are_refused()
    {
        Assert.Equal((400, "BadRequest"), Error(await Post("customers", """{"displayName":"Kranich","nick":"K"}""")));
        Assert.Equal((400, "BadRequest_InvalidOperation"), Error(await Post("salesInvoices", """{"customerNumber":"C1","number":"1"}""")));
    }

    [Fact]
    public async Task A_change_needs_the_version_that_is_there()
    {
        var customer = (await Post("customers", """{"displayName":"Kranich"}""")).Json;
        var path = $"customers({customer.At("id")})";
        Assert.Equal((400, "BadRequest_InvalidToken"), Error(await Send("PATCH", path, "{}")));
        Assert.Equal((409, "Request_EntityChanged"), Error(await Send("PATCH", path, "{}", ("If-Match", "W/\"b2xk\""))));
        Assert.Equal(200, (await Send("PATCH", path, """{"city":"Hamburg"}""", ("If-Match", customer["@odata.etag"]!.ToString()))).Status);
    }

    [Fact]
    public async Task A_posted_invoice_keeps_its_id_and_cannot_be_posted_again()
    {
        await Post("customers", """{"number":"C1","displayName":"Kranich"}""");
        var draft = (await Post("salesInvoices",
            """{"customerNumber":"C1","postingDate":"2026-11-21","salesInvoiceLines":[{"lineType":"Account","lineObjectNumber":"8400","quantity":1,"unitPrice":100,"taxCode":"VAT19"}]}""")).Json;
        var path = $"salesInvoices({draft.At("id")})";
        Assert.Equal(204, (await Send("POST", path + "/Microsoft.NAV.post", "{}")).Status);
        var posted = (await Send("GET", path)).Json;
        Assert.Equal(("Open", "119"), (posted.At("status"), posted.At("remainingAmount")));
        Assert.NotEqual(draft.At("number"), posted.At("number"));
        Assert.Equal((400, "Application_DialogException"), Error(await Send("POST", path + "/Microsoft.NAV.post", "{}")));
    }

    [Fact]
    public async Task A_journal_that_does_not_balance_is_not_posted()
    {
        var journal = (await Post("journals", """{"code":"J1","displayName":"Test"}""")).Json.At("id");
        await Post($"journals({journal})/journalLines",
            """{"lineNumber":10000,"accountType":"G/L Account","accountNumber":"8400","postingDate":"2026-11-21","documentNumber":"D1","amount":-5}""");
        var refused = await Send("POST", $"journals({journal})/Microsoft.NAV.post", "{}");
        Assert.StartsWith("Document No. D1 is out of balance by 5.", refused.Json.At("error.message")!, StringComparison.Ordinal);
        Assert.Empty(_company.Records("generalLedgerEntries"));
    }

    [Fact]
    public async Task Too_many_requests_are_refused_until_five_minutes_are_over()
    {
        for (var i = 0; i < 40; i++) await Send("GET", "customers");
        Assert.Equal((429, "Application_TooManyRequests"), Error(await Send("GET", "customers")));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(200, (await Send("GET", "customers")).Status);
    }

    private Task<Reply> Post(string path, string body) => Send("POST", path, body);

    private Task<Reply> Send(string method, string path, string? body = null, params (string, string)[] headers) => _client.SendAsync(
        method, $"{_company.ApiAddress.AbsolutePath}/api/v2.0/companies({new BusinessCentralOptions().CompanyId})/{path}", body, headers: headers);

    private static (int, string?) Error(Reply reply) => (reply.Status, reply.Json.At("error.code"));
}
