using System.Text.Json.Nodes;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Gateway.Tests;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Core;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Salesforce;
using static Q2C.Contracts.BillingModel;

namespace Q2C.Silo.Tests.Connectors.Salesforce;

public sealed class ClosedWonTests : IAsyncLifetime
{
    private const string Sample = "salesforce-outbound-message-lead.xml";
    private const string Order = "KST-4500018";
    private const string LineType = "SBQQ__QuoteLine__c";

    private static readonly string Won = SalesforceBench.Notification($"<sf:Id>{DemoEngagement.Opportunity}</sf:Id>");
    private static readonly DateOnly Start = new(2026, 10, 1);
    private static readonly DateOnly End = new(2027, 4, 1);

    private readonly ManualClock _clock = new();
    private SalesforceSimulator _salesforce = null!;
    private ConnectorSpec _spec = null!;
    private DateTimeOffset _seeded;

    public async Task InitializeAsync()
    {
        _seeded = _clock.GetUtcNow();
        _salesforce = await SalesforceSimulator.StartAsync(new() { Clock = _clock });
        _spec = SalesforceBench.Connect(_salesforce.BaseAddress, _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        _salesforce.CloseWon(DemoEngagement.Opportunity);
    }

    public async Task DisposeAsync() => await _salesforce.DisposeAsync();

    [Fact]
    public Task A_won_opportunity_is_a_customer_and_an_accepted_quote() => _spec.Brings(Won, Parent(), Customer(), Quote());

    [Fact]
    public Task An_id_of_fifteen_characters_names_the_same_opportunity() => _spec.Brings(
        SalesforceBench.Notification($"<sf:Id>{DemoEngagement.Opportunity[..15]}</sf:Id>"), Parent(), Customer(), Quote());

    [Fact]
    public async Task The_newest_line_dates_the_quote()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        Change(Line(3), new() { ["SBQQ__NetPrice__c"] = 155.5m });
        await _spec.Brings(Won, Parent(), Customer(), Quote(
            quote => quote with
            {
                SourceVersion = _clock.GetUtcNow(),
                Lines = [Discovery, Implementation with { Billing = Rates(155.5m) }, Travel],
            }));
    }

    [Fact]
    public async Task A_component_that_is_no_role_is_a_line_of_its_own_and_an_included_one_is_none()
    {
        Change(Line(6), new() { ["SBQQ__RequiredBy__c"] = Line(2) });
        AddLine("PS-DISCOVERY", "Workshop", "Fixed Fee", 1500m);
        AddLine("PS-DISCOVERY", "Handbook", "Fixed Fee", 0m);
        await _spec.Brings(Won, Parent(), Customer(), Quote(quote => quote with
        {
            SourceVersion = _clock.GetUtcNow(),
            Lines =
            [
                Discovery, Implementation, Travel,
                new(Line(7), "fixed-price", "Workshop", new FixedFee(
                    Samples.Eur(1500), [new($"{Line(7)}-1", "Completion", Samples.Eur(1500), null)]), Start, End, Order),
            ],
        }));
    }

    [Fact]
    public async Task An_opportunity_that_is_not_won_brings_nothing()
    {
        _salesforce.Update("Opportunity", DemoEngagement.Opportunity, new() { ["StageName"] = "Negotiation/Review" });
        await _spec.BringsNothing(Won);
    }

    [Fact]
    public async Task A_record_that_was_deleted_before_its_message_left_brings_nothing() =>
        await _spec.BringsNothing(SalesforceBench.Notification(""));

    [Fact]
    public async Task A_record_of_another_kind_brings_nothing_and_asks_nothing()
    {
        await _spec.BringsNothing(SalesforceBench.Notification("<sf:Id>00QQ2C000000001AAA</sf:Id>", "Lead"));
        Assert.Empty(_salesforce.Calls.Entries);
    }

    [VendorSampleFact(Sample)]
    public async Task A_real_message_about_a_lead_brings_nothing() =>
        Assert.Empty(Assert.IsType<InboundResult.Commands>(await _spec.Map(VendorSamples.Find(Sample)!)).Items);

    [Fact]
    public async Task An_opportunity_without_a_primary_quote_is_parked()
    {
        _salesforce.Update("Opportunity", DemoEngagement.Opportunity, new() { ["SBQQ__PrimaryQuote__c"] = null });
        await _spec.Parks(Won, (
            "OPPORTUNITY_WITHOUT_QUOTE", "SBQQ__PrimaryQuote__c",
            "The won opportunity 'Kranich - Fleet maintenance platform' has no primary quote."));
    }

    [Fact]
    public async Task Everything_that_the_mapping_does_not_know_is_parked_at_once()
    {
        Change(Line(1), new() { ["Billing_Model__c"] = "Subscription" });
        Change(Line(4), new() { ["Rate_Unit__c"] = "Day" });
        Change(Line(6), new() { ["SBQQ__ProductCode__c"] = "PS-HOSTING" });
        await _spec.Parks(
            Won,
            Unknown("lines[0].Billing_Model__c", "Billing_Model__c", "Subscription", "model", 16),
            Unknown("lines[3].Rate_Unit__c", "Rate_Unit__c", "Day", "rateUnit", 25),
            Unknown("lines[5].SBQQ__ProductCode__c", "SBQQ__ProductCode__c", "PS-HOSTING", "service", 6));
    }

    [Fact]
    public async Task A_field_that_the_org_does_not_have_is_parked_and_not_waited_for()
    {
        var folder = Directory.CreateTempSubdirectory("q2c-maps-");
        try
        {
            var shipped = await File.ReadAllTextAsync(Path.Combine(Vendors.MapFolder("Salesforce"), "quote-line.map.yaml"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "quote-line.map.yaml"), shipped.Replace("Role__c", "Rolle__c"));
            var spec = SalesforceBench.Connect(_salesforce.BaseAddress, _clock, overrides: folder.FullName);
            await spec.Parks(Won, (
                "RECORD_NOT_READABLE", LineType,
                $"Salesforce does not let our user read the lines of the quote {DemoEngagement.Quote}: No such column 'Rolle__c' on entity "
                + "'SBQQ__QuoteLine__c'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field "
                + "name. Please reference your WSDL or the describe call for the appropriate names."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_opportunity_that_our_user_may_not_read_is_parked() => await _spec.Parks(
        SalesforceBench.Notification("<sf:Id>006Q2C000000099AAA</sf:Id>"), (
            "RECORD_NOT_READABLE", "Opportunity",
            "Salesforce does not let our user read Opportunity 006Q2C000000099AAA: The requested resource does not exist."));

    [Fact]
    public async Task A_quote_of_many_pages_is_read_whole()
    {
        await using var small = await SalesforceSimulator.StartAsync(new() { Clock = _clock, QueryBatchSize = 2 });
        small.CloseWon(DemoEngagement.Opportunity);
        var commands = Assert.IsType<InboundResult.Commands>(await SalesforceBench.Connect(small.BaseAddress, _clock).Map(Won));
        Assert.Equal(3, Assert.IsType<AcceptQuote>(commands.Items[2].Envelope.Command).Lines.Length);
        Assert.Equal(2, small.Calls.Entries.Count(call => call.Path.Contains("/query/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_used_up_quota_makes_it_wait()
    {
        await using var busy = await SalesforceSimulator.StartAsync(new() { Clock = _clock, DailyRequestLimit = 2 });
        busy.CloseWon(DemoEngagement.Opportunity);
        await SalesforceBench.Connect(busy.BaseAddress, _clock).Waits(Won, "REQUEST_LIMIT_EXCEEDED");
    }

    [Theory]
    [InlineData("token", FaultKind.Status, "TOKEN_UNAVAILABLE")]
    [InlineData("token", FaultKind.Drop, "TOKEN_UNAVAILABLE")]
    [InlineData("data.get", FaultKind.Status, "LOOK_UP_FAILED")]
    [InlineData("data.get", FaultKind.Html, "LOOK_UP_FAILED")]
    [InlineData("data.get", FaultKind.Truncate, "NO_ANSWER")]
    [InlineData("/query", FaultKind.Drop, "NO_ANSWER")]
    [InlineData("sobjects/Account", FaultKind.Drop, "NO_ANSWER")]
    public async Task While_salesforce_is_away_it_waits(string step, FaultKind kind, string code)
    {
        _salesforce.Faults.Add(new(step, kind));
        await _spec.Waits(Won, code);
        await _spec.Brings(Won, Parent(), Customer(), Quote());
    }

    [Fact]
    public async Task A_wrong_secret_waits_and_says_so() =>
        await SalesforceBench.Connect(_salesforce.BaseAddress, _clock, "wrong").Waits(Won, "CREDENTIALS_REFUSED");

    [Fact]
    public async Task An_expired_session_is_renewed_once()
    {
        await _spec.Brings(Won, Parent(), Customer(), Quote());
        _salesforce.ExpireSessions();
        await _spec.Brings(Won, Parent(), Customer(), Quote());
        Assert.Equal(2, _salesforce.Calls.Entries.Count(call => call.Operation == "token"));
        Assert.Equal(1, _salesforce.Calls.Entries.Count(call => call.Status == 401));
    }

    [Fact]
    public async Task A_malformed_message_is_parked_with_its_position() =>
        await _spec.ParksAt("<notifications>\n  <Id>7</id>\n</notifications>", "BODY_NOT_XML", line: 2, column: 10);

    [Fact]
    public async Task Entities_are_not_expanded() => await _spec.ParksAt(
        "<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/hostname\">]><x>&y;</x>", "BODY_NOT_XML", line: null, column: null);

    [Fact]
    public async Task A_notification_without_the_opportunitys_id_is_parked() => await _spec.Parks(
        SalesforceBench.Notification("<sf:Name>Kranich</sf:Name>"),
        ("MEMBER_MISSING", "Notification.sObject.Id", "The notification names no opportunity."));

    private static string Line(int number) => SalesforceId.Of("a0r", number);

    private static ContractLine Discovery { get; } = new(
        Line(1), "fixed-price", "Discovery",
        new FixedFee(Samples.Eur(12000), [new($"{Line(1)}-1", "Discovery report accepted", Samples.Eur(12000), new(2026, 11, 21))]),
        Start, End, Order);

    private static ContractLine Implementation { get; } = new(
        Line(2), "consulting", "Implementation", Rates(150), Start, End, Order);

    private static ContractLine Travel { get; } = new(
        Line(6), "travel", "Travel expenses", new BillingModel.Expenses(10, []), Start, End, Order);

    private static TimeAndMaterials Rates(decimal consultant) => new(
        [new("Consultant", consultant), new("Senior Consultant", 190), new("Architect", 220)], new(Samples.Eur(20000)));

    private static string CustomerId(string account) => Ids.Derive("eu", Ids.Customer, "salesforce", account);

    private static CustomerProfile Profile { get; } = new(
        "Kranich Schiffstechnik GmbH", CustomerId(DemoEngagement.ParentAccount),
        new("Am Sandtorkai 77", null, "Hamburg", null, "20457", "DE"), "DE123456788", null,
        "rechnungen@kranich-schiffstechnik.example", "EUR", [new("salesforce", "Account", DemoEngagement.Account)]);

    private static CustomerProfile Holding { get; } = new(
        "Nordlicht Maritime Holding SE", null, new("", null, "Hamburg", null, "", "DE"), null, null, null, "EUR",
        [new("salesforce", "Account", DemoEngagement.ParentAccount)]);

    private (string, Command, DateTimeOffset) Parent() => (
        CustomerId(DemoEngagement.ParentAccount), new UpsertCustomer("salesforce", _seeded, Holding), _seeded);

    private (string, Command, DateTimeOffset) Customer() => (
        CustomerId(DemoEngagement.Account), new UpsertCustomer("salesforce", _seeded, Profile), _seeded);

    private (string, Command, DateTimeOffset) Quote(Func<AcceptQuote, AcceptQuote>? but = null)
    {
        var quote = new AcceptQuote(
            "Kranich - Fleet maintenance platform", "salesforce", DemoEngagement.Opportunity, DemoEngagement.Quote, _seeded,
            CustomerId(DemoEngagement.Account), Profile, "DE01", "consulting", "EUR", Start, End, Order,
            [Discovery, Implementation, Travel], Holding);
        return (
            Ids.Derive("eu", Ids.Contract, "salesforce", DemoEngagement.Opportunity), but is null ? quote : but(quote), _seeded);
    }

    private static (string, string, string) Unknown(string path, string field, string value, string target, int line) => (
        "MAPPING_VALUE_UNKNOWN", path,
        $"'{value}' at '{field}' has no counterpart for {target}. (quote-line.map.yaml, line {line})");

    private void Change(string line, JsonObject fields) => _salesforce.Update(LineType, line, fields);

    private void AddLine(string product, string name, string model, decimal total) => _salesforce.Insert(LineType, new()
    {
        ["SBQQ__Quote__c"] = DemoEngagement.Quote,
        ["SBQQ__Number__c"] = 7,
        ["SBQQ__RequiredBy__c"] = Line(2),
        ["SBQQ__ProductCode__c"] = product,
        ["SBQQ__ProductName__c"] = name,
        ["SBQQ__Quantity__c"] = 1,
        ["SBQQ__NetPrice__c"] = total,
        ["SBQQ__NetTotal__c"] = total,
        ["Billing_Model__c"] = model,
        ["CurrencyIsoCode"] = "EUR",
    });
}
