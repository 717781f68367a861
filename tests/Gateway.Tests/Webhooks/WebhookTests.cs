using System.Net;
using System.Text;
using Npgsql;
using Q2C.Silo.Tests;

namespace Q2C.Gateway.Tests.Webhooks;

public sealed class WebhookTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const string SecretVariable = "Q2C_TEST_WEBHOOK_SECRET";
    private const string Secret = "whsec_test";
    private const string Organization = "00DAA0000000abc";

    private GatewayHost _gateway = null!;

    public async Task InitializeAsync()
    {
        Environment.SetEnvironmentVariable(SecretVariable, Secret);
        await postgres.Database.Execute("truncate q2c.inbox, q2c.webhook_counter cascade");
        _gateway = await GatewayHost.Start(postgres.ConnectionString, new()
        {
            ["Q2C:Connections:stripe:Webhook:Scheme"] = "stripe",
            ["Q2C:Connections:stripe:Webhook:Secrets:0"] = $"env:{SecretVariable}",
            ["Q2C:Connections:stripe:Webhook:MaxBodyBytes"] = "2000",
            ["Q2C:Connections:salesforce:Webhook:Scheme"] = "salesforce-outbound",
            ["Q2C:Connections:salesforce:Webhook:OrganizationId"] = Organization,
        });
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task An_authentic_delivery_is_durable_when_it_is_acknowledged()
    {
        var body = """{"id":"evt_1","type":"payment_intent.succeeded"}"""u8.ToArray();

        var answer = await Stripe(body);

        Assert.Equal((HttpStatusCode.OK, """{"received":true}"""), await Read(answer));
        Assert.Equal(["stripe evt_1 received application/json"], await Inbox());
        Assert.Equal(body, await postgres.Database.Scalar<byte[]>("select body from q2c.inbox"));
    }

    [Fact]
    public async Task A_repeat_is_acknowledged_and_makes_no_second_row()
    {
        var body = """{"id":"evt_2"}"""u8.ToArray();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Stripe(body)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(["stripe evt_2 received application/json"], await Inbox());
    }

    [Fact]
    public async Task Of_deliveries_that_come_together_one_that_cannot_be_stored_keeps_out_no_other()
    {
        var good = Enumerable.Range(0, 16).Select(i => Stripe(Encoding.UTF8.GetBytes($$"""{"id":"evt_{{i}}"}"""))).ToArray();
        var bad = Stripe("""{"id":"evt_\u0000"}"""u8.ToArray());

        Assert.All(await Task.WhenAll(good), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await bad).StatusCode);
        Assert.Equal(16, (await Inbox()).Length);
    }

    [Fact]
    public async Task A_forgery_leaves_a_counter_and_nothing_else()
    {
        var answer = await Stripe("""{"id":"evt_3"}"""u8.ToArray(), secret: "guessed");

        Assert.Equal(
            (HttpStatusCode.Unauthorized, """{"code":"NOT_AUTHENTIC","message":"The delivery is not authentic."}"""), await Read(answer));
        Assert.Empty(await Inbox());
        Assert.Equal(["stripe wrong_signature 1"], await Counters());
    }

    [Fact]
    public async Task An_authentic_body_that_is_no_json_is_parked_with_the_place_of_the_error()
    {
        await Stripe("{\n  \"id\": \"evt_4\",\n  \"amount\": 12,5\n}"u8.ToArray());

        Assert.Equal(
            "MALFORMED_JSON 3 16", await postgres.Database.Scalar<string>(
                "select concat_ws(' ', error #>> '{0,problem,code}', error #>> '{0,line}', error #>> '{0,column}') from q2c.inbox where status = 'parked'"));
    }

    [Fact]
    public async Task A_body_without_an_id_is_parked_under_a_name_of_its_own()
    {
        await Stripe("""{"type":"nameless"}"""u8.ToArray());

        Assert.Equal("DELIVERY_WITHOUT_ID sha256/", await postgres.Database.Scalar<string>(
            "select concat_ws(' ', error #>> '{0,problem,code}', left(dedupe_key, 7)) from q2c.inbox where status = 'parked'"));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_turned_away_unread()
    {
        var answer = await Stripe(new byte[2001]);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(await Inbox());
    }

    [Fact]
    public async Task A_connection_without_a_webhook_is_not_found() =>
        Assert.Equal(HttpStatusCode.NotFound, (await _gateway.Client.PostAsync("/webhooks/nobody", new ByteArrayContent([]))).StatusCode);

    [Theory]
    [InlineData(Organization)]
    [InlineData(Organization + "EAA")]
    public async Task A_soap_message_is_one_row_per_notification_and_gets_its_exact_answer(string organization)
    {
        var answer = await Salesforce(Soap(organization, "04l1", "04l2", "04l3"));

        Assert.Equal("text/xml", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">" +
            "<soapenv:Body><notificationsResponse xmlns=\"http://soap.sforce.com/2005/09/outbound\"><Ack>true</Ack>" +
            "</notificationsResponse></soapenv:Body></soapenv:Envelope>", await answer.Content.ReadAsStringAsync());
        Assert.Equal(
            ["salesforce 04l1 received text/xml", "salesforce 04l2 received text/xml", "salesforce 04l3 received text/xml"],
            await Inbox());
        var first = await postgres.Database.Scalar<string>("select convert_from(body, 'utf8') from q2c.inbox where dedupe_key = '04l1'");
        Assert.Contains("<Id>04l1</Id>", first, StringComparison.Ordinal);
        Assert.DoesNotContain("04l2", first, StringComparison.Ordinal);
        Assert.DoesNotContain("SessionId", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_repeats_some_notifications_adds_only_the_new_ones()
    {
        await Salesforce(Soap(Organization, "04l1", "04l2"));
        await Salesforce(Soap(Organization, "04l2", "04l3"));

        Assert.Equal(3, (await Inbox()).Length);
    }

    [Fact]
    public async Task A_hundred_notifications_are_taken_and_one_more_is_parked_whole()
    {
        await Salesforce(Soap(Organization, [.. Enumerable.Range(0, 100).Select(i => $"a{i:000}")]));
        await Salesforce(Soap(Organization, [.. Enumerable.Range(0, 101).Select(i => $"b{i:000}")]));

        Assert.Equal("100 1", await postgres.Database.Scalar<string>(
            "select count(*) filter (where status = 'received') || ' ' || count(*) filter (where status = 'parked') from q2c.inbox"));
    }

    [Fact]
    public async Task Another_organisation_is_a_forgery()
    {
        var answer = await Salesforce(Soap("00DBB0000000abc", "04l1"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Empty(await Inbox());
        Assert.Equal(["salesforce wrong_organization 1"], await Counters());
    }

    [Fact]
    public async Task Our_message_that_breaks_off_is_parked_with_the_place_of_the_error()
    {
        var broken = Soap(Organization, "04l1").Replace("</Notification>", "</Notificaton>", StringComparison.Ordinal);

        var answer = await Salesforce(broken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var line = broken.Split('\n').TakeWhile(text => !text.Contains("</Notificaton>", StringComparison.Ordinal)).Count() + 1;
        Assert.Equal($"MALFORMED_XML {line}", await postgres.Database.Scalar<string>(
            "select concat_ws(' ', error #>> '{0,problem,code}', error #>> '{0,line}') from q2c.inbox where status = 'parked'"));
    }

    [Fact]
    public async Task A_document_type_declaration_is_refused()
    {
        var answer = await Salesforce("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + Soap(Organization, "04l1"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [VendorSampleFact("salesforce-outbound-message-lead.xml")]
    public async Task The_published_message_of_Salesforce_is_taken()
    {
        var message = Encoding.UTF8.GetString(VendorSamples.Find("salesforce-outbound-message-lead.xml")!);

        var answer = await Salesforce(message.Replace("0123456789ABCDENNN", Organization, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(3, (await Inbox()).Length);
    }

    [Fact]
    public async Task The_gateways_role_may_add_to_the_inbox_and_not_read_it()
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Options = "-c role=q2c_gateway" });

        var refused = await Assert.ThrowsAsync<PostgresException>(() => source.Scalar<long>("select count(*) from q2c.inbox"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        refused = await Assert.ThrowsAsync<PostgresException>(() => source.Scalar<long>("select count(*) from q2c.journal"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task A_secret_written_into_the_configuration_stops_the_start()
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayHost.Start(postgres.ConnectionString, new()
        {
            ["Q2C:Connections:stripe:Webhook:Scheme"] = "stripe",
            ["Q2C:Connections:stripe:Webhook:Secrets:0"] = "whsec_in_the_open",
        }));

        Assert.Equal(
            "A secret in the configuration is not a reference; write env:NAME or file:/path instead of the secret itself.",
            refused.Message);
    }

    private Task<HttpResponseMessage> Stripe(byte[] body, string secret = Secret)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        content.Headers.Add("Stripe-Signature", SignatureTests.Header(secret, TimeProvider.System.GetUtcNow(), body));
        return _gateway.Client.PostAsync("/webhooks/stripe", content);
    }

    private Task<HttpResponseMessage> Salesforce(string soap) =>
        _gateway.Client.PostAsync("/webhooks/salesforce", new ByteArrayContent(Encoding.UTF8.GetBytes(soap))
        {
            Headers = { ContentType = new("text/xml") },
        });

    private static string Soap(string organization, params string[] ids) =>
        $"""
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <soapenv:Body>
        <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
        <OrganizationId>{organization}</OrganizationId>
        <ActionId>04k1</ActionId>
        <SessionId>secret-session</SessionId>
        <EnterpriseUrl>https://example.my.salesforce.com/services/Soap/c/60.0/x</EnterpriseUrl>
        {string.Join('\n', ids.Select(Notification))}
        </notifications>
        </soapenv:Body>
        </soapenv:Envelope>
        """;

    private static string Notification(string id) =>
        $"""
        <Notification><Id>{id}</Id>
        <sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>006{id}</sf:Id><sf:StageName>Closed Won</sf:StageName></sObject>
        </Notification>
        """;

    private static async Task<(HttpStatusCode, string)> Read(HttpResponseMessage answer) =>
        (answer.StatusCode, await answer.Content.ReadAsStringAsync());

    private Task<string[]> Inbox() =>
        Lines("select concat_ws(' ', connection, dedupe_key, status, content_type) from q2c.inbox order by dedupe_key");

    private Task<string[]> Counters() => Lines("select concat_ws(' ', connection, reason, count) from q2c.webhook_counter");

    private async Task<string[]> Lines(string sql) =>
        (string[])await postgres.Database.Scalar<Array>($"select coalesce(array_agg(line), '{{}}') from ({sql}) as lines(line)");
}
