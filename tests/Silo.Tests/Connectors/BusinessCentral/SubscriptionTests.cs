using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Q2C.Silo.Connectors;
using Q2C.Simulators.BusinessCentral;

namespace Q2C.Silo.Tests.Connectors.BusinessCentral;

/// <summary>Subscriptions are made, renewed, and made again with everything that was missed.</summary>
public sealed class SubscriptionTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private BusinessCentralSimulator _company = null!;
    private Endpoint _endpoint = null!;
    private ConnectorSpec _spec = null!;

    public async Task InitializeAsync()
    {
        _company = await BusinessCentralSimulator.StartAsync(new() { Clock = _clock });
        _endpoint = await Endpoint.Start();
        _spec = new(Company.Connect(_company, new() { ["notificationUrl"] = _endpoint.Address }, _clock), "businesscentral");
    }

    public async Task DisposeAsync()
    {
        await _company.DisposeAsync();
        await _endpoint.DisposeAsync();
    }

    [Fact]
    public async Task Two_sets_are_subscribed_once_and_renewed_before_three_days_are_over()
    {
        for (var i = 0; i < 2; i++) Assert.Empty(await _spec.Pass());
        Assert.Equal(["salesInvoices", "salesCreditMemos"], Subscribed());
        var until = Until();
        _clock.Advance(TimeSpan.FromHours(40));
        Assert.Empty(await _spec.Pass());
        Assert.All(Until().Zip(until), pair => Assert.True(pair.First > pair.Second));
        Assert.Equal(4, _endpoint.Handshakes);
    }

    [Fact]
    public async Task What_changed_while_a_subscription_was_gone_is_asked_for()
    {
        await _spec.Pass();
        await _spec.SendWell(Samples.Customer);
        _clock.Advance(TimeSpan.FromHours(80));
        await _spec.SendWell(Samples.Invoice);
        var missed = await _spec.Pass();
        Assert.Equal(
            [
                """{"resource":"/api/v2.0/companies(COMPANY)/salesInvoices?$filter=lastModifiedDateTime gt 2026-11-21T11:50:00Z","changeType":"collection","lastModifiedDateTime":"2026-11-21T11:50:00Z"}""",
                """{"resource":"/api/v2.0/companies(COMPANY)/salesCreditMemos?$filter=lastModifiedDateTime gt 2026-11-21T11:50:00Z","changeType":"collection","lastModifiedDateTime":"2026-11-21T11:50:00Z"}""",
            ],
            missed.Select(delivery => ConnectorSpec.Body(delivery).Replace(new BusinessCentralOptions().CompanyId, "COMPANY", StringComparison.Ordinal)));
        Assert.IsType<InboundResult.Commands>(await _spec.Map(ConnectorSpec.Body(missed[0])));
    }

    [Fact]
    public async Task What_one_set_missed_is_asked_for_even_if_the_other_cannot_be_subscribed_at_once()
    {
        await _spec.Pass();
        _clock.Advance(TimeSpan.FromHours(80));
        _endpoint.Allowed = _endpoint.Handshakes + 1;
        Assert.Contains("salesInvoices?", ConnectorSpec.Body(Assert.Single((await _spec.Page()).Fresh)), StringComparison.Ordinal);
        Assert.IsType<PollResult.Unavailable>(await _spec.Poll());
        _endpoint.Allowed = int.MaxValue;
        Assert.Contains("salesCreditMemos?", ConnectorSpec.Body(Assert.Single(await _spec.Pass())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_with_a_4xx_ends_the_subscription_and_a_5xx_does_not()
    {
        await _spec.Pass();
        await _spec.SendWell(Samples.Customer);
        await _spec.SendWell(Samples.Invoice);
        _endpoint.Status = 503;
        await Notified();
        Assert.Equal(["salesInvoices", "salesCreditMemos"], Subscribed());
        _endpoint.Status = 401;
        await Notified();
        Assert.Equal(["salesCreditMemos"], Subscribed());
        _endpoint.Status = 200;
        Assert.Single(await _spec.Pass());
        Assert.Equal(["salesCreditMemos", "salesInvoices"], Subscribed());
    }

    [Fact]
    public async Task An_endpoint_that_does_not_repeat_the_token_gets_no_subscription()
    {
        _endpoint.Echoes = false;
        var away = Assert.IsType<PollResult.Unavailable>(await _spec.Poll());
        Assert.StartsWith("The request for validation of the notificationUrl failed", away.Message, StringComparison.Ordinal);
        Assert.Empty(Subscribed());
    }

    private async Task Notified()
    {
        var before = _endpoint.Notifications;
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _company.SendNotificationsAsync();
        await Wait.Until(() => _endpoint.Notifications > before);
    }

    private IEnumerable<string> Subscribed() => _company.Records("subscriptions").Select(one => one["resource"]!.ToString().Split('/')[^1]);

    private List<DateTimeOffset> Until() => [.. _company.Records("subscriptions").Select(one => DateTimeOffset.Parse(one["expirationDateTime"]!.ToString()))];

    /// <summary>What Business Central calls: repeats the token, and answers notifications as told.</summary>
    private sealed class Endpoint : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ConcurrentQueue<string> _bodies = new();
        private int _handshakes;

        private Endpoint(WebApplication app) => _app = app;

        public string Address => $"{_app.Urls.First()}/webhooks/businesscentral";

        public int Status { get; set; } = 200;

        public bool Echoes { get; set; } = true;

        public int Handshakes => _handshakes;

        /// <summary>Handshakes after so many are not answered as they should be.</summary>
        public int Allowed { get; set; } = int.MaxValue;

        public int Notifications => _bodies.Count;

        public static async Task<Endpoint> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var endpoint = new Endpoint(builder.Build());
            endpoint._app.MapPost("/webhooks/businesscentral", endpoint.Answer);
            await endpoint._app.StartAsync();
            return endpoint;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private async Task Answer(HttpContext http)
        {
            if (http.Request.Query["validationToken"].ToString() is { Length: > 0 } token)
            {
                var isAllowed = Interlocked.Increment(ref _handshakes) <= Allowed;
                await http.Response.WriteAsync(Echoes && isAllowed ? token : "hello");
                return;
            }

            using var reader = new StreamReader(http.Request.Body);
            _bodies.Enqueue(await reader.ReadToEndAsync());
            http.Response.StatusCode = Status;
        }
    }
}
