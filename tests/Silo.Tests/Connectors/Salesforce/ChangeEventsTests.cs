using System.Text;
using System.Text.Json.Nodes;
using Q2C.Customers;
using Q2C.Gateway.Tests;
using Q2C.Silo.Connectors;
using Q2C.Simulators.Demo;
using Q2C.Simulators.Salesforce;

namespace Q2C.Silo.Tests.Connectors.Salesforce;

/// <summary>What happens in an org, as its change events tell it.</summary>
public sealed class ChangeEventsTests : IAsyncLifetime
{
    private const string Opportunity = "changes/Opportunity";
    private const string Account = "changes/Account";

    private readonly ManualClock _clock = new();
    private readonly KnownSources _sources = [];
    private readonly Dictionary<string, string?> _watermarks = [];
    private SalesforceSimulator _salesforce = null!;
    private ConnectionParts _parts = null!;
    private int _markers;

    public async Task InitializeAsync()
    {
        _salesforce = await SalesforceSimulator.StartAsync(new() { Clock = _clock, KeepAlive = TimeSpan.FromMilliseconds(50) });
        _parts = SalesforceBench.Follow(_salesforce, _clock, _sources);
        await UpToNow(Opportunity);
        await UpToNow(Account);
        _clock.Advance(TimeSpan.FromHours(1));
    }

    public async Task DisposeAsync() => await _salesforce.DisposeAsync();

    [Fact]
    public async Task A_won_opportunity_is_told_once_and_read_from_the_org()
    {
        _salesforce.CloseWon(DemoEngagement.Opportunity);
        var delivery = Assert.Single(await Next(Opportunity));
        Assert.Equal(
            [typeof(UpsertCustomer), typeof(UpsertCustomer), typeof(Contracts.AcceptQuote)], (await Commands(delivery)).Select(command => command.Envelope.Command.GetType()));
        await NothingElse(Opportunity);
    }

    [Fact]
    public async Task An_event_says_which_fields_changed()
    {
        _salesforce.Update("Account", DemoEngagement.Account, new() { ["Name"] = "Kranich GmbH", ["BillingCity"] = "Kiel" });
        var told = Told(Assert.Single(await Next(Account)));
        Assert.Equal(
            ["BillingAddress.City", "BillingAddress.Country", "BillingAddress.CountryCode", "BillingAddress.PostalCode", "BillingAddress.State", "BillingAddress.Street", "LastModifiedDate", "Name"],
            told["ChangeEventHeader"]!["changedFields"]!.AsArray().Where(name => (string)name! != "BillingCity").Select(name => (string)name!).Order());
        Assert.Equal(("Kranich GmbH", "Kiel", null), ((string)told["Name"]!, (string)told["BillingAddress"]!["City"]!, told["Phone"]));
    }

    [Fact]
    public async Task One_event_about_several_records_is_a_delivery_for_each()
    {
        _salesforce.UpdateMany("Account", [DemoEngagement.Account, DemoEngagement.ParentAccount], new() { ["Industry"] = "Shipping" });
        var deliveries = await Next(Account);
        Assert.Equal(
            [DemoEngagement.Account, DemoEngagement.ParentAccount], deliveries.Select(delivery => (string)Json(delivery)["recordId"]!));
        Assert.Equal([$"{Root(deliveries[0])}/0", $"{Root(deliveries[0])}/1"], deliveries.Select(delivery => delivery.Key));
    }

    [Fact]
    public async Task A_gap_has_no_content_and_is_read_like_any_other_change()
    {
        _salesforce.CloseWon(DemoEngagement.Opportunity);
        await UpToNow(Opportunity);
        _salesforce.EmitGap("Opportunity", DemoEngagement.Opportunity);
        Assert.Equal(3, (await Commands(Assert.Single(await Next(Opportunity)))).Count);
    }

    [Fact]
    public async Task After_an_overflow_all_that_may_have_changed_is_read_the_deleted_too()
    {
        var other = (string)_salesforce.Insert("Account", new() { ["Name"] = "Elbe AG" })["Id"]!;
        var gone = (string)_salesforce.Insert("Account", new() { ["Name"] = "Weser AG" })["Id"]!;
        await UpToNow(Account);
        _clock.Advance(TimeSpan.FromHours(1));
        _salesforce.Update("Account", other, new() { ["Name"] = "Elbe SE" });
        _salesforce.Delete("Account", gone);
        await UpToNow(Account);
        _salesforce.EmitOverflow("Account");
        Assert.Equal(
            [$"{other} SWEEP", $"{gone} DELETE"],
            (await Next(Account)).Select(delivery => $"{Json(delivery)["recordId"]} {Json(delivery)["changeType"]}"));
        _salesforce.Update("Account", other, new() { ["Name"] = "Elbe AG" });
        Assert.Single(await Next(Account));
    }

    [Fact]
    public async Task What_we_wrote_ourselves_is_no_news()
    {
        Assert.IsType<SendResult.Accepted>(await _parts.Connector!.Send(
            Samples.Ask(new ReportCrmStatus("eu_ct_1", DemoEngagement.Opportunity, "Running", null, null, null, null, null), connection: "salesforce"), 1, default));
        await NothingElse(Opportunity);
    }

    [Fact]
    public async Task A_process_that_takes_over_goes_on_behind_what_was_stored()
    {
        Change("1");
        Assert.Single(await Next(Opportunity));
        Change("2");
        Change("3");
        _parts = SalesforceBench.Follow(_salesforce, _clock, _sources);
        Assert.Equal(["2", "3"], (await Next(Opportunity)).Select(delivery => (string)Told(delivery)["Description"]!));
    }

    [Fact]
    public async Task A_page_that_was_not_stored_comes_again_under_the_same_keys()
    {
        var before = _watermarks[Opportunity];
        Change("1");
        var first = await Next(Opportunity);
        _watermarks[Opportunity] = before;
        Assert.Equal(first.Select(delivery => delivery.Key), (await Next(Opportunity)).Select(delivery => delivery.Key));
    }

    [Fact]
    public async Task Events_that_were_not_kept_long_enough_are_made_up_for_by_reading()
    {
        Change("1");
        await UpToNow(Opportunity);
        Change("2");
        _clock.Advance(TimeSpan.FromHours(73));
        _parts = SalesforceBench.Follow(_salesforce, _clock, _sources);
        Assert.Equal(["SWEEP"], (await Next(Opportunity)).Select(delivery => (string)Json(delivery)["changeType"]!));
        await NothingElse(Opportunity);
    }

    [Fact]
    public async Task A_broken_stream_is_opened_again_where_it_was()
    {
        Change("1");
        await UpToNow(Opportunity);
        _salesforce.BreakStreams();
        await Breaks(Opportunity, "CHANGE_STREAM_BROKEN");
        Change("2");
        Assert.Single(await Next(Opportunity));
    }

    [Fact]
    public async Task A_session_that_ended_is_renewed()
    {
        _salesforce.ExpireSessions();
        await Breaks(Opportunity, "CHANGE_STREAM_BROKEN");
        Change("1");
        Assert.Single(await Next(Opportunity));
    }

    [Fact]
    public async Task An_event_that_cannot_be_decoded_waits_for_a_person_and_holds_up_no_other()
    {
        _salesforce.EmitGarbage("Opportunity");
        await new ConnectorSpec(_parts, "salesforce").Parks(Body(Assert.Single(await Next(Opportunity))), (
            "CHANGE_EVENT_UNREADABLE", "", "The change event could not be decoded: The value is cut off."));
        await NothingElse(Opportunity);
    }

    [Fact]
    public async Task More_events_than_the_stream_gives_at_once_come_page_by_page()
    {
        for (var i = 0; i < 120; i++) Change($"{i}");
        var keys = new HashSet<string>();
        while (keys.Count < 120)
        {
            foreach (var delivery in await Next(Opportunity)) Assert.True(keys.Add(delivery.Key));
        }
    }

    [Fact]
    public async Task A_changed_account_changes_its_customer_and_that_of_a_stranger_nothing()
    {
        _salesforce.Update("Account", DemoEngagement.Account, new() { ["Name"] = "Kranich GmbH" });
        var delivery = Assert.Single(await Next(Account));
        Assert.Empty(await Commands(delivery));

        _sources.Grains[new("salesforce", "Account", DemoEngagement.Account)] = "eu_cu_1";
        var command = Assert.Single(await Commands(delivery));
        Assert.Equal(Ids.Derive("eu", Ids.Customer, "salesforce", DemoEngagement.Account), command.Grain);
        Assert.Equal("Kranich GmbH", Assert.IsType<UpsertCustomer>(command.Envelope.Command).Profile.Name);
    }

    [Theory]
    [InlineData("{}", "MEMBER_MISSING")]
    [InlineData("""{"entity":"Account","recordId":"001"}""", "MEMBER_MISSING")]
    public async Task A_change_that_names_nothing_is_parked(string body, string code) =>
        Assert.Equal(code, Assert.Single(Assert.IsType<InboundResult.Parked>(await new ConnectorSpec(_parts, "salesforce").Map(body)).Problems).Problem.Code);

    [Fact]
    public Task A_malformed_change_is_parked_with_its_position() =>
        new ConnectorSpec(_parts, "salesforce").ParksAt("{\n \"entity\" 7}", "BODY_NOT_JSON", line: 2, column: 11);

    [Fact]
    public void An_object_that_is_not_followed_stops_the_start() => Assert.Contains(
        "names 'Lead'; known are all, Opportunity, Account.",
        Assert.Throws<ConfigurationException>(() => SalesforceBench.Follow(_salesforce, _clock, null, "Lead")).Message, StringComparison.Ordinal);

    [VendorSampleFact("salesforce-cdc-account-update.json")]
    public async Task Our_events_have_the_header_of_a_real_one()
    {
        _salesforce.Update("Account", DemoEngagement.Account, new() { ["Name"] = "Kranich GmbH" });
        var real = JsonNode.Parse(VendorSamples.Find("salesforce-cdc-account-update.json")!)!["payload"]!["ChangeEventHeader"]!.AsObject();
        var ours = Told(Assert.Single(await Next(Account)))["ChangeEventHeader"]!.AsObject();
        Assert.Equal(real.Select(member => (member.Key, member.Value!.GetValueKind())), ours.Select(member => (member.Key, member.Value!.GetValueKind())));
    }

    private void Change(string description) => _salesforce.Update("Opportunity", DemoEngagement.Opportunity, new() { ["Description"] = description });

    private async Task<PollResult> Poll(string feed)
    {
        var result = await _parts.Pollers.Single(poller => poller.Feed == feed).Poll(_watermarks.GetValueOrDefault(feed), default);
        if (result is PollResult.Page page) _watermarks[feed] = page.Watermark;
        return result;
    }

    /// <summary>The next page that has something in it: now and then the stream says that there is nothing.</summary>
    private async Task<IReadOnlyList<PolledDelivery>> Next(string feed)
    {
        for (var polls = 0; ; polls++)
        {
            Assert.InRange(polls, 0, 200);
            if (Assert.IsType<PollResult.Page>(await Poll(feed)).Deliveries is [_, ..] deliveries) return deliveries;
        }
    }

    /// <summary>Nothing but a marker, made by hand now, comes next.</summary>
    private async Task NothingElse(string feed)
    {
        var marker = feed == Account ? DemoEngagement.Account : DemoEngagement.Opportunity;
        _salesforce.Update(feed["changes/".Length..], marker, new() { [feed == Account ? "Phone" : "Description"] = $"marker {_markers++}" });
        Assert.StartsWith("marker", (string)Told(Assert.Single(await Next(feed)))[feed == Account ? "Phone" : "Description"]!, StringComparison.Ordinal);
    }

    private async Task UpToNow(string feed)
    {
        for (var polls = 0; Mark(feed) < _salesforce.NewestChange; polls++)
        {
            Assert.InRange(polls, 0, 200);
            Assert.IsType<PollResult.Page>(await Poll(feed));
        }
    }

    private async Task Breaks(string feed, string code)
    {
        for (var polls = 0; ; polls++)
        {
            Assert.InRange(polls, 0, 200);
            if (await Poll(feed) is not PollResult.Unavailable broken) continue;
            Assert.Equal(code, broken.Code);
            return;
        }
    }

    private long Mark(string feed) => _watermarks.GetValueOrDefault(feed) is { } watermark && (string?)JsonNode.Parse(watermark)!["Replay"] is { } replay
        ? System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(Convert.FromBase64String(replay))
        : -1;

    private async Task<IReadOnlyList<GrainCommand>> Commands(PolledDelivery delivery) =>
        Assert.IsType<InboundResult.Commands>(await new ConnectorSpec(_parts, "salesforce").Map(Body(delivery))).Items;

    private static string Root(PolledDelivery delivery) => delivery.Key[..delivery.Key.IndexOf('/', StringComparison.Ordinal)];

    private static JsonNode Told(PolledDelivery delivery) => Json(delivery)["event"]!;

    private static JsonNode Json(PolledDelivery delivery) => JsonNode.Parse(delivery.Body.Span)!;

    private static string Body(PolledDelivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);
}
