using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Q2C.Gateway.Tests.Security;
using Q2C.Gateway.Webhooks;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Webhooks;

/// <summary>Each sender hears exactly what makes it do the right thing: go on, come again, or be quiet.</summary>
public sealed class VendorReplyTests(PostgresFixture postgres, TokenIssuer issuer)
    : IClassFixture<PostgresFixture>, IClassFixture<TokenIssuer>, IAsyncLifetime
{
    private const string Variable = "Q2C_TEST_REPLY_SECRET";
    private const string Secret = "s3cret";
    private const string Notification =
        """{"value":[{"subscriptionId":"s","clientState":"s3cret","resource":"customers(1)","changeType":"updated","lastModifiedDateTime":"2026-03-02T12:00:00Z"}]}""";

    private GatewayHost _gateway = null!;

    public async Task InitializeAsync()
    {
        Environment.SetEnvironmentVariable(Variable, Secret);
        await postgres.Database.Execute("truncate q2c.inbox, q2c.webhook_counter cascade");
        _gateway = await GatewayHost.Start(postgres.ConnectionString, new(
        [
            .. issuer.Settings(),
            .. new[] { "jira", "docusign", "business-central", "graph", "zuora", "sap-event-mesh" }.SelectMany(scheme => new Dictionary<string, string?>
            {
                [$"Q2C:Connections:{scheme}:Webhook:Scheme"] = scheme,
                [$"Q2C:Connections:{scheme}:Webhook:Secrets:0"] = $"env:{Variable}",
                [$"Q2C:Connections:{scheme}:Webhook:MaxBodyBytes"] = "2000",
            }),
            new("Q2C:Connections:zuora:Webhook:Proofs:0:User", "hub"),
            new("Q2C:Connections:sap-event-mesh:Webhook:Proofs:0:Issuer", "corp"),
            new("Q2C:Connections:sap-event-mesh:Webhook:Proofs:0:Allowed:0", "fiona"),
            new("Q2C:Limits:Webhooks", "2"),
        ]), new SetClock(TokenIssuer.Noon));
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("business-central", 200, "{}", 503, 503)]
    [InlineData("graph", 202, "", 401, 413)]
    public async Task A_subscription_is_never_lost_by_an_answer_of_ours(string connection, int accepted, string body, int refused, int tooLarge)
    {
        var first = await Post(connection, Notification);
        var repeat = await Post(connection, Notification);
        var forged = await Post(connection, Notification.Replace(Secret, "guess", StringComparison.Ordinal));
        var large = await Post(connection, new string(' ', 2001));

        Assert.Equal(((HttpStatusCode)accepted, body), await Read(first));
        Assert.Equal(((HttpStatusCode)accepted, body), await Read(repeat));
        Assert.Equal(((HttpStatusCode)refused, """{"code":"NOT_AUTHENTIC","message":"The delivery is not authentic."}"""), await Read(forged));
        Assert.Equal(((HttpStatusCode)tooLarge, """{"code":"BODY_TOO_LARGE","message":"A delivery may have 2000 bytes."}"""), await Read(large));
        Assert.Equal(refused == 503 ? "60" : null, forged.Headers.RetryAfter?.ToString());
        Assert.Equal(1, await postgres.Database.Scalar<long>("select count(*) from q2c.inbox"));
        Assert.DoesNotContain(Secret, await postgres.Database.Scalar<string>("select convert_from(body, 'utf8') from q2c.inbox"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("business-central")]
    [InlineData("graph")]
    public async Task Who_asks_whether_we_are_there_gets_its_token_back_as_text(string connection)
    {
        var answer = await _gateway.Client.PostAsync($"/webhooks/{connection}?validationToken=a%2Fb%3Cscript%3E", new StringContent(""));

        Assert.Equal((HttpStatusCode.OK, "a/b<script>"), await Read(answer));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Only_who_agreed_on_it_gets_its_token_back() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.Client.PostAsync("/webhooks/jira?validationToken=x", new StringContent(""))).StatusCode);

    [Fact]
    public async Task What_Jira_signed_is_taken_even_if_it_cannot_be_read_as_it_would_not_send_it_again()
    {
        var body = Encoding.UTF8.GetBytes("""{"webhookEvent":"worklog_created" """);
        var headers = new[]
        {
            ("X-Hub-Signature", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body))}"),
            ("X-Atlassian-Webhook-Identifier", "w-1"),
        };

        Assert.Equal((HttpStatusCode.OK, "{}"), await Read(await Post("jira", Encoding.UTF8.GetString(body), headers)));
        Assert.Equal("MALFORMED_JSON", await postgres.Database.Scalar<string>(
            "select error #>> '{0,problem,code}' from q2c.inbox where status = 'parked'"));
    }

    [Fact]
    public async Task Zuora_is_asked_for_its_password_and_then_taken()
    {
        var challenge = await Post("zuora", """{"paymentId":"p-1"}""");
        var taken = await Post("zuora", """{"paymentId":"p-1"}""",
            ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"hub:{Secret}"))}"));

        Assert.Equal(HttpStatusCode.Unauthorized, challenge.StatusCode);
        Assert.Equal("Basic realm=\"q2c\"", challenge.Headers.WwwAuthenticate.ToString());
        Assert.Equal((HttpStatusCode.OK, "{}"), await Read(taken));
    }

    [Fact]
    public async Task SAP_asks_first_and_comes_with_a_token_of_our_issuer()
    {
        using var question = new HttpRequestMessage(HttpMethod.Options, "/webhooks/sap-event-mesh");
        question.Headers.Add("WebHook-Request-Origin", "mesh.sap.example");
        var greeting = await _gateway.Client.SendAsync(question);
        Assert.Equal(
            (HttpStatusCode.OK, "mesh.sap.example", "*"),
            (greeting.StatusCode, greeting.Headers.GetValues("WebHook-Allowed-Origin").Single(), greeting.Headers.GetValues("WebHook-Allowed-Rate").Single()));

        const string Event = """{"specversion":"1.0","source":"s4","id":"1","type":"sap.s4.beh.x.v1","data":{}}""";
        Assert.Equal((HttpStatusCode.OK, "{}"), await Read(await Post("sap-event-mesh", Event, Bearer("rs256"))));
        Assert.Equal(HttpStatusCode.Unauthorized, (await Post("sap-event-mesh", Event, Bearer("stranger"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Post("sap-event-mesh", Event, Bearer("expired"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Post("sap-event-mesh", Event)).StatusCode);
        Assert.Equal(1, await postgres.Database.Scalar<long>("select count(*) from q2c.inbox"));
    }

    [Fact]
    public async Task Nobody_else_is_greeted()
    {
        using var question = new HttpRequestMessage(HttpMethod.Options, "/webhooks/jira");
        question.Headers.Add("WebHook-Request-Origin", "mesh.sap.example");

        Assert.Equal(HttpStatusCode.NotFound, (await _gateway.Client.SendAsync(question)).StatusCode);
    }

    [Fact]
    public async Task Who_comes_when_all_places_are_taken_is_asked_to_come_again_and_nothing_waits()
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table q2c.inbox in access exclusive mode", connection)) await hold.ExecuteNonQueryAsync();
        var waiting = new[] { Post("graph", Notification), Post("graph", Notification.Replace("(1)", "(2)", StringComparison.Ordinal)) };
        await Wait.Until(() => _gateway.Services.GetRequiredService<WebhookGate>().Free == 0);

        var shed = await Post("business-central", Notification);
        await transaction.RollbackAsync();

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"code":"OVERLOADED","message":"Too many deliveries at once; send it again."}"""), await Read(shed));
        Assert.Equal("5", shed.Headers.RetryAfter?.ToString());
        foreach (var taken in await Task.WhenAll(waiting)) Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
    }

    private (string, string)[] Bearer(string token) => [("Authorization", $"Bearer {issuer.Tokens[token]}")];

    private Task<HttpResponseMessage> Post(string connection, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{connection}")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return _gateway.Client.SendAsync(request);
    }

    private static async Task<(HttpStatusCode, string)> Read(HttpResponseMessage answer) =>
        (answer.StatusCode, await answer.Content.ReadAsStringAsync());
}
