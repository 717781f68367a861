using System.Text.Json.Nodes;
using Q2C.Gateway.Tests;
using Q2C.Quotes;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.DocuSign;
using Q2C.Simulators.Core;
using Q2C.Simulators.DocuSign;

namespace Q2C.Silo.Tests.Connectors;

public sealed class DocuSignTests : IAsyncLifetime
{
    private static readonly string Quote = Ids.Derive("eu", Ids.Quote, "salesforce", "a0q1");

    private readonly ManualClock _clock = new();
    private DocuSignSimulator _docuSign = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _docuSign = await DocuSignSimulator.StartAsync(new() { Clock = _clock });
        _spec = Connect(_docuSign, _docuSign.CreateKey());
    }

    public async Task DisposeAsync() => await _docuSign.DisposeAsync();

    [Fact]
    public async Task A_signed_envelope_approves_its_quote_and_everything_before_brings_nothing()
    {
        var envelope = Sent();
        _docuSign.Sign(envelope);
        var bodies = _docuSign.EventBodies;
        foreach (var body in bodies.SkipLast(1)) await _spec.BringsNothing(body);
        Assert.Equal(3, bodies.Count);
        await _spec.Brings(bodies[^1], (
            Quote, new ApproveQuote($"Signed in DocuSign by Wiebke Petersen (envelope {envelope})."), _clock.GetUtcNow()));
        Assert.Single(_docuSign.Calls.Entries, call => call.Operation == "envelopes.get");
    }

    [Fact]
    public async Task A_declined_and_a_voided_envelope_decline_it_with_the_reason()
    {
        var (declined, voided) = (Sent(), Sent());
        _docuSign.Decline(declined, "Too expensive");
        await _spec.Brings(_docuSign.EventBodies[^1], (
            Quote, new DeclineQuote($"Wiebke Petersen declined to sign (envelope {declined}): Too expensive"), _clock.GetUtcNow()));
        _docuSign.Void(voided, "Wrong document");
        await _spec.Brings(_docuSign.EventBodies[^1], (
            Quote, new DeclineQuote($"The envelope {voided} was voided: Wrong document"), _clock.GetUtcNow()));
    }

    [Fact]
    public async Task The_older_xml_says_the_same()
    {
        await using var legacy = await DocuSignSimulator.StartAsync(new() { Clock = _clock, LegacyXml = true });
        var spec = Connect(legacy, legacy.CreateKey());
        var envelope = legacy.SendEnvelope("Please sign", "Wiebke Petersen", new Dictionary<string, string> { ["q2c_quote_id"] = Quote });
        await spec.BringsNothing(legacy.EventBodies[^1]);
        legacy.Sign(envelope);
        await spec.Brings(legacy.EventBodies[^1], (
            Quote, new ApproveQuote($"Signed in DocuSign by Wiebke Petersen (envelope {envelope})."), _clock.GetUtcNow()));
        await spec.ParksAt(legacy.EventBodies[^1][..60], "BODY_NOT_XML", 2, 22);
    }

    [Fact]
    public async Task A_quote_can_be_named_as_the_crm_names_it()
    {
        var spec = Connect(_docuSign, _docuSign.CreateKey(), new() { ["quotesOf"] = "salesforce", ["quoteField"] = "Quote" });
        var envelope = _docuSign.SendEnvelope("Please sign", "Wiebke Petersen", new Dictionary<string, string> { ["quote"] = " a0q1 " });
        _docuSign.Sign(envelope);
        await spec.Brings(_docuSign.EventBodies[^1], (
            Quote, new ApproveQuote($"Signed in DocuSign by Wiebke Petersen (envelope {envelope})."), _clock.GetUtcNow()));
    }

    [Fact]
    public async Task An_envelope_about_something_else_brings_nothing_and_one_with_a_wrong_id_is_parked()
    {
        _docuSign.Sign(_docuSign.SendEnvelope("Non-disclosure agreement", "Wiebke Petersen", new Dictionary<string, string>()));
        await _spec.BringsNothing(_docuSign.EventBodies[^1]);
        _docuSign.Sign(_docuSign.SendEnvelope("Please sign", "Wiebke Petersen", new Dictionary<string, string> { ["q2c_quote_id"] = "Q-77" }));
        await _spec.Parks(_docuSign.EventBodies[^1], ("QUOTE_ID_INVALID", "q2c_quote_id", "'Q-77' is not the id of a quote."));
    }

    [Fact]
    public async Task The_sweep_finds_what_connect_did_not_deliver_page_by_page()
    {
        for (var i = 0; i < 101; i++) _docuSign.Sign(Sent());
        Sent();
        var found = await _spec.Pass(pages: 2);
        Assert.Equal(101, found.Length);
        await _spec.Brings(ConnectorSpec.Body(found[0]), (
            Quote, new ApproveQuote($"Signed in DocuSign by Wiebke Petersen (envelope {_docuSign.Records("envelope")[0]["envelopeId"]})."), _clock.GetUtcNow()));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Empty(await _spec.Pass(pages: 2));
        Assert.Empty(await _spec.Pass());
    }

    [Fact]
    public async Task Limits_make_a_delivery_wait_until_they_end()
    {
        await using var busy = await DocuSignSimulator.StartAsync(new() { Clock = _clock, RequestsPerHour = 1, ReadsOfOneEnvelope = 1 });
        var spec = Connect(busy, busy.CreateKey());
        busy.Sign(busy.SendEnvelope("Please sign", "Wiebke Petersen", new Dictionary<string, string> { ["q2c_quote_id"] = Quote }));
        Assert.IsType<InboundResult.Commands>(await spec.Map(busy.EventBodies[^1]));
        var waits = Assert.IsType<InboundResult.Waits>(await spec.Map(busy.EventBodies[^1]));
        Assert.Equal(("THROTTLED", (TimeSpan?)TimeSpan.FromHours(1)), (waits.Code, waits.RetryAfter));
        Assert.Equal(TimeSpan.FromHours(1), Assert.IsType<PollResult.Unavailable>(await spec.Poll()).RetryAfter);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.IsType<InboundResult.Commands>(await spec.Map(busy.EventBodies[^1]));
    }

    [Fact]
    public async Task What_cannot_be_read_is_parked_with_its_place()
    {
        await _spec.ParksAt("""{"event":"envelope-compl""", "BODY_NOT_JSON", 1, 25);
        await _spec.Parks("""{"status":"completed"}""", ("MEMBER_MISSING", "event", "The body is no event of Connect."));
        await _spec.Parks("""{"event":"envelope-completed","data":{}}""", ("MEMBER_MISSING", "envelopeId", "The event names no envelope."));
        await _spec.Parks(
            """{"data":{"envelopeId":"08740f95"},"event":"envelope-completed","anything":[1]}""",
            ("ENVELOPE_UNKNOWN", "envelopeId", "DocuSign does not know the envelope 08740f95 that its event names."));
        _docuSign.Faults.Add(new Fault("envelopes.get", FaultKind.Drop));
        await _spec.Waits("""{"event":"envelope-completed","data":{"envelopeId":"08740f95"}}""", "NO_ANSWER");
    }

    [Fact]
    public async Task The_health_check_says_what_is_wrong()
    {
        Assert.Equal(new(true, "DocuSign answers for the account Northwind Consulting."), await _spec.Connector.CheckHealth(default));
        _docuSign.RevokeTokens();
        Assert.True((await _spec.Connector.CheckHealth(default)).Healthy);
        var elsewhere = Connect(_docuSign, _docuSign.CreateKey(), new() { ["userId"] = "somebody" });
        Assert.Equal(
            "The token service refused the credentials (consent_required). Check client, key and secret of this connection. "
            + "With consent_required the user has to let the application act for them once.",
            (await elsewhere.Connector.CheckHealth(default)).Detail);
    }

    [VendorSampleFact("docusign-connect-json-sim-schema.json")]
    public async Task The_vendors_own_json_names_no_known_event()
    {
        var body = JsonNode.Parse(VendorSamples.Find("docusign-connect-json-sim-schema.json")!)!.AsObject();
        await _spec.BringsNothing(body.ToJsonString());
        body["event"] = "envelope-completed";
        await _spec.Parks(body.ToJsonString(), (
            "ENVELOPE_UNKNOWN", "envelopeId", "DocuSign does not know the envelope sample string that its event names."));
    }

    [VendorSampleFact("docusign-connect-envelope-sent-legacy.xml")]
    public async Task The_vendors_own_xml_is_read()
    {
        var xml = System.Text.Encoding.UTF8.GetString(VendorSamples.Find("docusign-connect-envelope-sent-legacy.xml")!);
        await _spec.BringsNothing(xml);
        await _spec.Parks(
            xml.Replace("<Status>Sent</Status>\n      <Created>", "<Status>Completed</Status>\n      <Created>", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal),
            ("ENVELOPE_UNKNOWN", "envelopeId", "DocuSign does not know the envelope 08740f95-2187-4b01-9a69-111111111111 that its event names."));
    }

    private string Sent() => _docuSign.SendEnvelope("Please sign", "Wiebke Petersen", new Dictionary<string, string> { ["q2c_quote_id"] = Quote });

    private ConnectorSpec Connect(DocuSignSimulator simulator, string key, Dictionary<string, string>? more = null)
    {
        var options = new DocuSignOptions();
        var settings = new Dictionary<string, string>
        {
            ["accountId"] = options.AccountId, ["userId"] = options.UserId, ["integrationKey"] = options.IntegrationKey,
            ["authServer"] = simulator.BaseAddress.AbsoluteUri,
        };
        foreach (var (name, value) in more ?? []) settings[name] = value;
        return new(
            Vendors.Parts(
                new DocuSignVendor(), Vendors.Settings("docusign", simulator.BaseAddress, settings, new() { ["privateKey"] = Vendors.SecretFile(key) }),
                _clock, null),
            "docusign");
    }
}
