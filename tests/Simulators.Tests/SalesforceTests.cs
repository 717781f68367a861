using System.Xml.Linq;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Salesforce;

namespace Q2C.Simulators.Tests;

public sealed class SalesforceTests : IAsyncLifetime
{
    private const string Data = "/services/data/v62.0/";
    private const string Ack = """
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
        <notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>
        </soapenv:Body></soapenv:Envelope>
        """;

    private static readonly XNamespace Outbound = "http://soap.sforce.com/2005/09/outbound";
    private static readonly XNamespace Rows = "urn:sobject.enterprise.soap.sforce.com";
    private readonly ManualClock _clock = new();
    private SalesforceSimulator _salesforce = null!;
    private Receiver _hub = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _hub = await Receiver.StartAsync();
        _hub.Answer = _ => (200, Ack);
        _salesforce = await SalesforceSimulator.StartAsync(
            new() { Clock = _clock, Webhooks = _hub.Address, DailyRequestLimit = 20, QueryBatchSize = 4 });
        _client = new Client(_salesforce.BaseAddress, "Bearer " + (await TokenAsync("simulator-secret")).Json.At("access_token"));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _salesforce.DisposeAsync();
        await _hub.DisposeAsync();
    }

    private async Task<Reply> TokenAsync(string secret)
    {
        using var client = new Client(_salesforce.BaseAddress);
        return await client.FormAsync("/services/oauth2/token",
            $"grant_type=client_credentials&client_id=simulator-connected-app&client_secret={secret}");
    }

    private Task<Reply> QueryAsync(string soql) => _client.SendAsync("GET", Data + "query?q=" + Uri.EscapeDataString(soql));

    private List<string> NotificationIds() => [.. _hub.Received.SelectMany(each => Notifications(each.Body)).Select(each => each.Element(Outbound + "Id")!.Value)];

    private static IEnumerable<XElement> Notifications(string body) => XDocument.Parse(body).Descendants(Outbound + "Notification");

    [Theory]
    [InlineData("001D000000IqhSL", "001D000000IqhSLIAZ")]
    [InlineData("a0qQ2C000000001", "a0qQ2C000000001IBA")]
    public void An_id_gets_the_suffix_that_salesforce_computes(string id, string whole) => Assert.Equal(whole, SalesforceId.To18(id));

    [Fact]
    public async Task A_wrong_secret_is_an_oauth_error()
    {
        var reply = await TokenAsync("wrong");
        Assert.Equal((400, "invalid_client"), (reply.Status, reply.Json.At("error")));
    }

    [Fact]
    public async Task A_session_ends_without_having_announced_when()
    {
        var token = await TokenAsync("simulator-secret");
        _clock.Advance(TimeSpan.FromHours(2));
        var reply = await QueryAsync("SELECT Id FROM Account");
        Assert.Equal((null, 401, "INVALID_SESSION_ID"), (token.Json.At("expires_in"), reply.Status, reply.Json.At("0.errorCode")));
    }

    [Fact]
    public async Task The_demo_quote_reads_with_its_bundle_and_parents()
    {
        var reply = await QueryAsync($"SELECT SBQQ__ProductName__c, SBQQ__RequiredBy__c, SBQQ__NetPrice__c, SBQQ__Quote__r.CurrencyIsoCode "
            + $"FROM SBQQ__QuoteLine__c WHERE SBQQ__Quote__c = '{DemoEngagement.Quote}' AND SBQQ__RequiredBy__c != null ORDER BY SBQQ__NetPrice__c DESC");
        Assert.Equal(
            [("Architect", "220", "EUR"), ("Senior Consultant", "190", "EUR"), ("Consultant", "150", "EUR")],
            reply.Json["records"]!.AsArray().Select(row =>
                (row!.At("SBQQ__ProductName__c"), row!.At("SBQQ__NetPrice__c"), row!.At("SBQQ__Quote__r.CurrencyIsoCode"))));
    }

    [Fact]
    public async Task A_long_result_comes_in_batches()
    {
        var first = await QueryAsync("SELECT Id FROM SBQQ__QuoteLine__c");
        var second = await _client.SendAsync("GET", first.Json.At("nextRecordsUrl")!);
        Assert.Equal(("6", "false", 4, "true", 2), (first.Json.At("totalSize"), first.Json.At("done"), first.Json["records"]!.AsArray().Count,
            second.Json.At("done"), second.Json["records"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("SELECT Nope FROM Account", "INVALID_FIELD")]
    [InlineData("SELECT Id FROM Nope", "INVALID_TYPE")]
    [InlineData("SELEKT Id", "MALFORMED_QUERY")]
    public async Task A_wrong_query_is_refused(string soql, string code)
    {
        var reply = await QueryAsync(soql);
        Assert.Equal((400, code), (reply.Status, reply.Json.At("0.errorCode")));
    }

    [Fact]
    public async Task Upsert_creates_then_updates_one_record()
    {
        const string path = Data + "sobjects/Q2C_Invoice__c/Invoice_Id__c/eu_inv_1";
        var forbidden = await _client.SendAsync("PATCH", path + "?updateOnly=true", """{"Status__c":"Issued"}""");
        var created = await _client.SendAsync("PATCH", path, """{"Status__c":"Issued"}""");
        var updated = await _client.SendAsync("PATCH", path, """{"Status__c":"Paid"}""");
        Assert.Equal((404, 201, 200, created.Json.At("id")), (forbidden.Status, created.Status, updated.Status, updated.Json.At("id")));
        Assert.Equal(["Paid"], _salesforce.Records("Q2C_Invoice__c").Select(each => each.At("Status__c")));
    }

    [Theory]
    [InlineData("""{"Nope__c":1}""", "INVALID_FIELD")]
    [InlineData("""{"IsWon":true}""", "INVALID_FIELD_FOR_INSERT_UPDATE")]
    [InlineData("""{"Q2C_Billed__c":"much"}""", "JSON_PARSER_ERROR")]
    [InlineData("""{"AccountId":"001000000000000"}""", "INVALID_CROSS_REFERENCE_KEY")]
    public async Task A_wrong_update_is_refused_and_changes_nothing(string body, string code)
    {
        var before = _salesforce.Records("Opportunity").Single().ToJsonString();
        var reply = await _client.SendAsync("PATCH", Data + "sobjects/Opportunity/" + DemoEngagement.Opportunity, body);
        Assert.Equal((400, code, before), (reply.Status, reply.Json.At("0.errorCode"), _salesforce.Records("Opportunity").Single().ToJsonString()));
    }

    [Fact]
    public async Task Composite_resolves_references_and_all_or_none_undoes_everything()
    {
        static string Request(string lastName) => $$$"""
            {"allOrNone":true,"compositeRequest":[
              {"method":"POST","url":"/services/data/v62.0/sobjects/Account","referenceId":"a","body":{"Name":"New"}},
              {"method":"POST","url":"/services/data/v62.0/sobjects/Contact","referenceId":"c","body":{"AccountId":"@{a.id}"{{{lastName}}}}}]}
            """;
        var failed = await _client.SendAsync("POST", Data + "composite", Request(""));
        var accounts = _salesforce.Records("Account").Count;
        var made = await _client.SendAsync("POST", Data + "composite", Request(",\"LastName\":\"Voss\""));
        Assert.Equal(("PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", 2), (failed.Json.At("compositeResponse.0.body.0.errorCode"),
            failed.Json.At("compositeResponse.1.body.0.errorCode"), accounts));
        Assert.Equal(made.Json.At("compositeResponse.0.body.id"), _salesforce.Records("Contact")[^1].At("AccountId"));
    }

    [Fact]
    public async Task Above_the_daily_quota_it_is_403_and_every_answer_says_how_much_is_used()
    {
        var last = await QueryAsync("SELECT Id FROM Account");
        Assert.Equal("api-usage=1/20", last.Headers["Sforce-Limit-Info"]);
        for (var i = 0; i < 20; i++) last = await QueryAsync("SELECT Id FROM Account");
        Assert.Equal((403, "REQUEST_LIMIT_EXCEEDED"), (last.Status, last.Json.At("0.errorCode")));
    }

    [Fact]
    public async Task Winning_an_opportunity_sends_one_notification_with_the_latest_data()
    {
        var id = _salesforce.CloseWon(DemoEngagement.Opportunity);
        await Wait.UntilAsync(() => _salesforce.PendingNotifications.Count == 0, "the acknowledgement");
        var body = XDocument.Parse(_hub.Received.Single().Body);
        Assert.Equal(
            (_salesforce.OrganizationId, id, DemoEngagement.Opportunity, "Closed Won", "true"),
            (body.Descendants(Outbound + "OrganizationId").Single().Value, NotificationIds().Single(), Value("Id"), Value("StageName"), Value("IsWon")));
        string Value(string field) => body.Descendants(Rows + field).Single().Value;
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "<Ack>true</Ack>")]
    [InlineData(202, Ack)]
    [InlineData(500, Ack)]
    public async Task Without_the_exact_acknowledgement_the_same_notification_comes_again(int status, string answer)
    {
        _hub.Answer = count => count == 1 ? (status, answer) : (200, Ack);
        var id = _salesforce.CloseWon(DemoEngagement.Opportunity);
        await Wait.UntilAsync(() => _salesforce.PendingNotifications is [{ Attempts: 1 }], "a failed attempt");
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Wait.UntilAsync(() => _salesforce.PendingNotifications.Count == 0, "the acknowledgement");
        Assert.Equal([id, id], NotificationIds());
    }

    [Fact]
    public async Task A_notification_is_dropped_after_24_hours()
    {
        _hub.Answer = _ => (500, "");
        _salesforce.CloseWon(DemoEngagement.Opportunity);
        await Wait.UntilAsync(() => _salesforce.PendingNotifications is [{ Attempts: 1 }], "a failed attempt");
        _clock.Advance(TimeSpan.FromHours(25));
        await Wait.UntilAsync(() => _salesforce.PendingNotifications.Count == 0, "giving up");
        Assert.Equal(2, _hub.Received.Count);
    }

    [Fact]
    public async Task Held_notifications_leave_together_up_to_100_in_a_message()
    {
        _salesforce.HoldMessages();
        var ids = Enumerable.Range(0, 101).Select(_ => _salesforce.Notify(DemoEngagement.Opportunity)).ToList();
        await _salesforce.ReleaseMessagesAsync(DeliveryOrder.Newest);
        Assert.Equal([100, 1], _hub.Received.Select(each => Notifications(each.Body).Count()));
        Assert.Equal(Enumerable.Reverse(ids), NotificationIds());
    }
}
