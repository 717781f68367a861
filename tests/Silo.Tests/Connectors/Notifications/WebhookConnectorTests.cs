using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Q2C.Alerts;
using Q2C.Silo.Connectors;
using Q2C.Silo.Connectors.OutgoingWebhook;

namespace Q2C.Silo.Tests.Connectors.Notifications;

public sealed class WebhookConnectorTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private static readonly SendNotification Alert = new(
        "eu_alert_1", AlertRule.SlaBreached, "eu_case_1", "high", "Customer in ERP: exceptions are late", "3 of them.", false,
        new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero));

    private readonly ManualClock _clock = new();
    private readonly List<(Dictionary<string, string> Headers, string Body)> _received = [];
    private WebApplication _receiver = null!;
    private int _status = 204;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => $"{header.Value}", StringComparer.OrdinalIgnoreCase);
            _received.Add((headers, await reader.ReadToEndAsync()));
            context.Response.StatusCode = _status;
            if (_status == 503) context.Response.Headers.RetryAfter = "7";
        });
        await _receiver.StartAsync();
    }

    public async Task DisposeAsync() => await _receiver.DisposeAsync();

    [Fact]
    public async Task An_alert_is_posted_with_the_signature_that_a_receiver_calculates_itself()
    {
        await Webhook().SendWell(Alert, id: "eu_alert_1/1-raised-hook/1");

        var (headers, body) = Assert.Single(_received);
        Assert.Equal(
            """{"type":"alert.raised","timestamp":"2026-03-02T12:00:00+00:00","data":{"id":"eu_alert_1","rule":"SlaBreached","subject":"eu_case_1","severity":"high","title":"Customer in ERP: exceptions are late","text":"3 of them."}}""",
            body);
        var signed = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}";
        var signature = HMACSHA256.HashData(Convert.FromBase64String(Secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed));
        Assert.Equal(
            ("eu_alert_1/1-raised-hook/1", $"{_clock.GetUtcNow().ToUnixTimeSeconds()}", $"v1,{Convert.ToBase64String(signature)}"),
            (headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"]));
    }

    [Theory]
    [InlineData(503, "unavailable HTTP_503 00:00:07")]
    [InlineData(429, "unavailable HTTP_429 ")]
    [InlineData(410, "refused HTTP_410")]
    [InlineData(500, "unknown")]
    public async Task What_the_receiver_answers_decides_whether_it_goes_again(int status, string result)
    {
        _status = status;

        Assert.Equal(result, await Webhook().Send(Alert) switch
        {
            SendResult.Unavailable away => $"unavailable {away.Code} {away.RetryAfter}",
            SendResult.Refused refused => $"refused {refused.Code}",
            SendResult.Unknown => "unknown",
            var other => $"{other}",
        });
        Assert.Equal(new LookUpResult.Absent(), await Webhook().LookUp(Alert));
    }

    [Theory]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("not base64")]
    public void A_key_that_is_too_short_or_none_stops_the_start(string secret) => Assert.Contains(
        "Secrets:signing must be whsec_ and at least 24 bytes", Assert.Throws<ConfigurationException>(() => Webhook(secret)).Message,
        StringComparison.Ordinal);

    private ConnectorSpec Webhook(string secret = Secret) => new(
        Vendors.Parts(
            new WebhookVendor(),
            Vendors.Settings("hook", new(_receiver.Urls.Single()), [], new() { ["signing"] = Vendors.SecretFile(secret) }), _clock, null),
        "hook");
}
