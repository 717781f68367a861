using System.Globalization;
using System.Text.Json;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>
/// The change feed: unordered, repeating, late by minutes. Each pass reads again what lies within the overlap before the
/// watermark; the inbox drops what it has. Nine days are kept, so an outage longer than that needs a reconciliation.
/// </summary>
internal sealed class SubscribedEvents(KantataApi api, TimeProvider time) : IPoller
{
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(9);

    /// <summary>Where a pass without a watermark begins: what expires while it is paged would move the pages.</summary>
    private static readonly TimeSpan Reach = Kept - TimeSpan.FromHours(12);

    private const string EventTypes =
        "time_entry:created,time_entry:updated,time_entry:deleted,expense:created,expense:updated,expense:deleted,"
        + "story:updated,story:deleted";

    public string Feed => "subscribed_events";

    public TimeSpan Interval { get; } = TimeSpan.FromSeconds(2);

    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var pass = Pass.Parse(watermark) is { } stored && stored.After > now - Kept ? stored : new(now - Reach, 1, now - Reach);

        // Oldest first: with the default order, what arrives while paging would push records over page boundaries.
        var reply = await api.Get(
            $"subscribed_events?event_types={EventTypes}&order=created_at:asc&per_page={KantataApi.PageSize}&page={pass.Page}"
            + $"&created_after={Uri.EscapeDataString(pass.After.ToString("O"))}&optional_fields=previous_payload,current_payload",
            "kantata/subscribed_events", cancel);
        if (KantataApi.Records(reply) is not { } events)
        {
            var why = reply.ToLookUpUnavailable();
            return new PollResult.Unavailable(why.Code, why.Message, why.RetryAfter);
        }

        var seen = events.Select(@event => @event.Instant("created_at") ?? pass.Newest).Append(pass.Newest).Max();
        var more = pass.Page < Pages((VendorReply.Answered)reply);
        var next = more ? new Pass(pass.After, pass.Page + 1, seen) : new Pass(seen - Overlap, 1, seen);
        return new PollResult.Page(
            [.. events.DistinctBy(@event => @event.Id).Select(@event =>
                new PolledDelivery(@event.Id, JsonSerializer.SerializeToUtf8Bytes(@event.Json)))],
            next.ToString(), more);
    }

    private static int Pages(VendorReply.Answered reply) =>
        int.TryParse(reply.Text("meta", "page_count"), CultureInfo.InvariantCulture, out var pages) ? pages : 1;

    /// <summary>Where a pass over the feed stands: what it asks for, which page is next, the newest event it has seen.</summary>
    private sealed record Pass(DateTimeOffset After, int Page, DateTimeOffset Newest)
    {
        public override string ToString() => $"{After:O};{Page};{Newest:O}";

        public static Pass? Parse(string? text) => text?.Split(';') is [var after, var page, var newest]
            ? new(
                DateTimeOffset.Parse(after, CultureInfo.InvariantCulture), int.Parse(page, CultureInfo.InvariantCulture),
                DateTimeOffset.Parse(newest, CultureInfo.InvariantCulture))
            : null;
    }
}
