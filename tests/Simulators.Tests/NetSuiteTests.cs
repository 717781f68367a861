using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Q2C.Simulators.Core;
using Q2C.Simulators.NetSuite;

namespace Q2C.Simulators.Tests;

public sealed class NetSuiteTests : IAsyncLifetime
{
    private const string Api = "/services/rest/record/v1/";
    private const string TokenPath = "/services/rest/auth/oauth2/v1/token";
    private readonly ManualClock _clock = new();
    private NetSuiteSimulator _netSuite = null!;
    private string _key = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _netSuite = await NetSuiteSimulator.StartAsync(new() { Clock = _clock });
        _key = _netSuite.CreateKey();
        _client = new Client(_netSuite.BaseAddress, "Bearer " + (await TokenAsync(Assertion())).Json.At("access_token"));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _netSuite.DisposeAsync();
    }

    private string Assertion(string issuer = "simulator-client", string scope = "rest_webservices", int lifetime = 600, string? key = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = issuer, ["scope"] = scope, ["aud"] = new Uri(_netSuite.BaseAddress, TokenPath).ToString(),
            ["exp"] = _clock.Now.ToUnixTimeSeconds() + lifetime,
        };
        var header = new JsonObject { ["alg"] = "ES256", ["typ"] = "JWT", ["kid"] = "simulator-certificate" };
        var input = Encode(header.ToJsonString()) + "." + Encode(claims.ToJsonString());
        using var signer = ECDsa.Create();
        signer.ImportFromPem(key ?? _key);
        return input + "." + Base64Url.EncodeToString(signer.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256));
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private async Task<Reply> TokenAsync(string assertion)
    {
        using var client = new Client(_netSuite.BaseAddress);
        return await client.FormAsync(TokenPath, "grant_type=client_credentials&client_assertion=" + assertion
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
    }

    private Task<Reply> PutAsync(string record, string body, params (string, string)[] headers) =>
        _client.SendAsync("PUT", Api + record, body, headers: headers);

    private async Task InvoiceAsync()
    {
        await PutAsync("customer/eid:cus_1", """{"companyName":"Kranich","subsidiary":{"id":"2"}}""");
        await PutAsync("invoice/eid:inv_1", """
            {"entity":{"externalId":"cus_1"},"taxDetailsOverride":true,"taxDetails":{"items":[{"taxAmount":190}]},
             "item":{"items":[{"item":{"id":"9001"},"amount":600},{"item":{"id":"9002"},"quantity":2,"rate":200}]}}
            """);
    }

    private Task<Reply> PayAsync(string id, decimal amount) => PutAsync($"customerPayment/eid:{id}", $$"""
        {"customer":{"externalId":"cus_1"},"payment":{{amount}},"apply":{"items":[{"doc":{"externalId":"inv_1"},"apply":true,"amount":{{amount}} }] } }
        """);

    private async Task<(string?, string?, string?, string?)> InvoiceStateAsync()
    {
        var invoice = (await _client.SendAsync("GET", Api + "invoice/eid:inv_1")).Json;
        return (invoice.At("total"), invoice.At("amountPaid"), invoice.At("amountRemaining"), invoice.At("status.refName"));
    }

    [Fact]
    public async Task A_token_is_for_the_holder_of_the_certificate_only()
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] wrong =
        [
            Assertion(issuer: "other"), Assertion(scope: "restlets"), Assertion(lifetime: -1), Assertion(lifetime: 7200),
            Assertion(key: stranger.ExportPkcs8PrivateKeyPem()),
        ];
        foreach (var assertion in wrong)
        {
            var reply = await TokenAsync(assertion);
            Assert.Equal((400, """{"error":"invalid_grant"}"""), (reply.Status, reply.Body));
        }
    }

    [Fact]
    public async Task An_expired_token_is_invalid()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        var reply = await _client.SendAsync("GET", Api + "customer");
        Assert.Equal((401, "INVALID_LOGIN", true), (reply.Status, reply.Json.At("o:errorDetails.0.o:errorCode"),
            reply.Headers["WWW-Authenticate"].Contains("invalid_token", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Upsert_by_external_id_makes_one_record()
    {
        var first = await PutAsync("customer/eid:cus_1", """{"companyName":"Kranich","subsidiary":{"id":"2"}}""");
        var second = await PutAsync("customer/eid:cus_1", """{"email":"a@kranich.example"}""");
        Assert.Equal((204, 204, first.Headers["Location"]), (first.Status, second.Status, second.Headers["Location"]));
        var only = Assert.Single(_netSuite.Records("customer"));
        Assert.Equal(("Kranich", "a@kranich.example"), (only.At("companyName"), only.At("email")));
    }

    [Fact]
    public async Task Posting_twice_makes_two_records()
    {
        for (var i = 0; i < 2; i++) await _client.SendAsync("POST", Api + "customer", """{"companyName":"K","subsidiary":{"id":"2"}}""");
        Assert.Equal(2, _netSuite.Records("customer").Count);
    }

    [Theory]
    [InlineData("""{"entity":{"id":"4711"},"item":{"items":[{"item":{"id":"9001"}}]}}""", "entity")]
    [InlineData("""{"entity":{"externalId":"cus_1"},"item":{"items":[{"item":{"id":"9999"}}]}}""", "item.items[0].item")]
    [InlineData("""{"entity":{"externalId":"cus_1"}}""", "item")]
    [InlineData("""{"entity":{"externalId":"cus_1"},"tranDate":"yesterday","item":{"items":[{"item":{"id":"9001"}}]}}""", "tranDate")]
    public async Task An_invalid_invoice_is_refused_with_the_path_of_the_fault(string body, string path)
    {
        await PutAsync("customer/eid:cus_1", """{"companyName":"Kranich","subsidiary":{"id":"2"}}""");
        var reply = await PutAsync("invoice/eid:inv_1", body);
        Assert.Equal((400, "INVALID_CONTENT", path, 0), (reply.Status, reply.Json.At("o:errorDetails.0.o:errorCode"),
            reply.Json.At("o:errorDetails.0.o:errorPath"), _netSuite.Records("invoice").Count));
    }

    [Fact]
    public async Task A_misspelt_name_is_ignored_unless_the_caller_asks_for_an_error()
    {
        const string body = """{"companyNme":"x","companyName":"Kranich","subsidiary":{"id":"2"}}""";
        var strict = await PutAsync("customer/eid:cus_1", body, ("X-NetSuite-PropertyNameValidation", "Error"));
        var lax = await PutAsync("customer/eid:cus_1", body);
        Assert.Equal((400, 204, null), (strict.Status, lax.Status, _netSuite.Records("customer").Single().At("companyNme")));
    }

    [Fact]
    public async Task Payments_bring_an_invoice_from_open_to_paid_and_repeating_one_changes_nothing()
    {
        await InvoiceAsync();
        Assert.Equal(("1190", "0", "1190", "Open"), await InvoiceStateAsync());
        await PayAsync("pay_1", 500);
        await PayAsync("pay_1", 500);
        Assert.Equal(("1190", "500", "690", "Open"), await InvoiceStateAsync());
        await PayAsync("pay_2", 690);
        Assert.Equal(("1190", "1190", "0", "Paid In Full"), await InvoiceStateAsync());
    }

    [Fact]
    public async Task A_payment_above_what_is_open_is_refused_and_leaves_nothing()
    {
        await InvoiceAsync();
        var reply = await PayAsync("pay_1", 2000);
        Assert.Equal((400, 0, ("1190", "0", "1190", "Open")), (reply.Status, _netSuite.Records("customerPayment").Count, await InvoiceStateAsync()));
    }

    [Fact]
    public async Task Transforming_an_invoice_into_a_payment_pays_what_is_open()
    {
        await InvoiceAsync();
        await PayAsync("pay_1", 190);
        var id = _netSuite.Records("invoice").Single().At("id");
        var reply = await _client.SendAsync("POST", $"{Api}invoice/{id}/!transform/customerPayment", "{}");
        Assert.Equal((204, ("1190", "1190", "0", "Paid In Full")), (reply.Status, await InvoiceStateAsync()));
    }

    [Fact]
    public async Task A_journal_must_balance()
    {
        static string Journal(int credit) => $$"""
            {"subsidiary":{"id":"2"},"line":{"items":[{"account":{"id":"119"},"debit":100},{"account":{"id":"400"},"credit":{{credit}} }] } }
            """;
        Assert.Equal((400, 204), ((await PutAsync("journalEntry/eid:j1", Journal(99))).Status, (await PutAsync("journalEntry/eid:j1", Journal(100))).Status));
    }

    [Fact]
    public async Task More_requests_at_once_than_the_account_allows_are_blocked()
    {
        _netSuite.Faults.Add(new Fault("record.list", FaultKind.Delay) { Delay = TimeSpan.FromSeconds(2), Times = 5 });
        var slow = Enumerable.Range(0, 5).Select(_ => _client.SendAsync("GET", Api + "customer")).ToList();
        await Wait.UntilAsync(() => _netSuite.Faults.Current.Count == 0, "five requests under way");
        var sixth = await _client.SendAsync("GET", Api + "customer");
        Assert.Equal((429, "CONCURRENCY_LIMIT_EXCEEDED", false),
            (sixth.Status, sixth.Json.At("o:errorDetails.0.o:errorCode"), sixth.Headers.ContainsKey("Retry-After")));
        Assert.All(await Task.WhenAll(slow), reply => Assert.Equal(200, reply.Status));
    }

    [Fact]
    public async Task A_request_is_finished_although_its_client_has_gone()
    {
        _netSuite.Faults.Add(new Fault("record.upsert", FaultKind.Delay) { Delay = TimeSpan.FromMilliseconds(300) });
        using var impatient = new HttpClient { BaseAddress = _netSuite.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Put, Api + "customer/eid:cus_1")
        {
            Content = new StringContent("""{"companyName":"Kranich","subsidiary":{"id":"2"}}"""),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (await TokenAsync(Assertion())).Json.At("access_token"));
        using var leave = new CancellationTokenSource();
        var sending = impatient.SendAsync(request, leave.Token);
        await Wait.UntilAsync(() => _netSuite.Faults.Current.Count == 0, "the request under way");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Wait.UntilAsync(() => _netSuite.Records("customer").Count == 1, "the customer");
    }

    [Fact]
    public async Task SuiteQl_finds_what_changed_since_and_pages()
    {
        await InvoiceAsync();
        _clock.Advance(TimeSpan.FromMinutes(10));
        await PayAsync("pay_1", 500);
        var reply = await _client.SendAsync("POST", "/services/rest/query/v1/suiteql?limit=1&offset=0", new JsonObject
        {
            ["q"] = "SELECT externalid, type, foreignamountunpaid FROM transaction WHERE lastmodifieddate >= "
                + "TO_TIMESTAMP('2026-11-21T12:10:00Z', 'YYYY') ORDER BY id DESC",
        }.ToJsonString(), headers: ("Prefer", "transient"));
        var bare = await _client.SendAsync("POST", "/services/rest/query/v1/suiteql", """{"q":"SELECT id FROM customer"}""");
        Assert.Equal((200, "pay_1", "CustPymt", "false", 400),
            (reply.Status, reply.Json.At("items.0.externalid"), reply.Json.At("items.0.type"), reply.Json.At("hasMore"), bare.Status));
    }
}
