using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Keeps the subscriptions alive: they end after three days, and at once when an answer of ours is a 4xx. What changed while
/// one was gone is asked for, from the last time that it was seen alive.
/// </summary>
internal sealed class Subscriptions(BusinessCentralClient client, string notificationUrl, Func<string> clientState, TimeProvider time) : IPoller
{
    private static readonly ImmutableArray<string> Wanted = [Documents.Invoices, Documents.CreditMemos];

    /// <summary>Renewed when less than this is left of the three days.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromHours(36);

    /// <summary>Notifications come late by thirty seconds, and by more when there are many.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    public string Feed => "subscriptions";

    public TimeSpan Interval { get; } = TimeSpan.FromMinutes(30);

    /// <param name="watermark">When the subscriptions were last seen alive.</param>
    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var rows = await client.ListSubscriptions(cancel);
        if (rows.Items is not { } there) return Failed(rows.Reply);
        var missed = ImmutableArray.CreateBuilder<PolledDelivery>();
        foreach (var set in Wanted)
        {
            var resource = client.Resource(set);
            var own = there.FirstOrDefault(one => one.Text("notificationUrl") == notificationUrl && IsOf(one, resource));
            if (own.ValueKind == JsonValueKind.Object)
            {
                if (Until(own) - now > Margin) continue;
                var renewed = await client.Renew(own.Text("subscriptionId") ?? "", own, Subscription(resource), cancel);
                if (renewed is VendorReply.Answered { IsSuccess: true }) continue;
                if (renewed is not VendorReply.Answered { Status: 404 }) return Stopped(missed, renewed);
            }

            if (await client.Subscribe(Subscription(resource), cancel) is not VendorReply.Answered { Status: 201 } and var refused)
                return Stopped(missed, refused);
            if (watermark is not null) missed.Add(Missed(resource, watermark));
        }

        return new PollResult.Page(missed.ToImmutable(), (now - Overlap).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    }

    /// <summary>What one set missed is asked for now: its subscription is there again, and the next look would find nothing to do.</summary>
    private static PollResult Stopped(ImmutableArray<PolledDelivery>.Builder missed, VendorReply reply) =>
        missed.Count > 0 ? new PollResult.Page(missed.ToImmutable(), Watermark: null, More: true) : Failed(reply);

    private JsonObject Subscription(string resource) => new()
    {
        ["notificationUrl"] = notificationUrl, ["resource"] = resource, ["clientState"] = clientState(),
    };

    /// <summary>As Business Central itself says that more changed than it lists one by one.</summary>
    private static PolledDelivery Missed(string resource, string since) => new(
        $"missed/{resource}/{since}",
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["resource"] = $"{resource}?$filter=lastModifiedDateTime gt {since}",
            ["changeType"] = ChangeNotifications.Collection,
            ["lastModifiedDateTime"] = since,
        }));

    private static bool IsOf(JsonElement subscription, string resource) =>
        subscription.Text("resource")?.TrimStart('/').EndsWith(resource.TrimStart('/'), StringComparison.OrdinalIgnoreCase) == true;

    private static DateTimeOffset Until(JsonElement subscription) => DateTimeOffset.TryParse(
        subscription.Text("expirationDateTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
        ? until
        : DateTimeOffset.MinValue;

    private static PollResult.Unavailable Failed(VendorReply reply)
    {
        var why = BusinessCentralErrors.Read(reply);
        return why switch
        {
            SendResult.Unavailable away => new(away.Code, away.Message, away.RetryAfter),
            SendResult.Refused refused => new(refused.Code, $"{refused.Message} {refused.Remedy}"),
            SendResult.Unknown unknown => new("NO_ANSWER", unknown.Message),
            _ => new("LOOK_UP_FAILED", "Business Central answered with something that is no list."),
        };
    }
}
