using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>
/// The sweep behind Connect, which tries a failed delivery once a day, ten times, and queues what follows: envelopes that
/// came to an end are listed, and what an event told already decides nothing again.
/// </summary>
internal sealed class ChangedEnvelopes(DocuSignApi api, TimeProvider time) : IPoller
{
    private static readonly TimeSpan Reach = TimeSpan.FromDays(30);
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(30);

    public string Feed => "changed-envelopes";

    /// <summary>DocuSign wants to be asked about the same thing no more often than this.</summary>
    public TimeSpan Interval { get; } = TimeSpan.FromMinutes(15);

    /// <param name="watermark">Since when, and how many envelopes of that were read.</param>
    public async Task<PollResult> Poll(string? watermark, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (since, position) = Parse(watermark) ?? (now - Reach, 0);
        var reply = await api.Ended(since, position, cancel);
        if (reply is not VendorReply.Answered { Status: 200, Json: { ValueKind: JsonValueKind.Object } json })
        {
            var why = reply.ToLookUpUnavailable();
            return new PollResult.Unavailable(why.Code, why.Message, api.Limited(reply) ?? why.RetryAfter);
        }

        // An empty answer has no list at all.
        var envelopes = json.TryGetProperty("envelopes", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().ToImmutableArray()
            : [];
        var more = envelopes.Length == DocuSignApi.PageSize;
        return new PollResult.Page(
            [.. envelopes.Select(Delivery)], more ? Text(since, position + DocuSignApi.PageSize) : Text(now - Overlap, 0), more);
    }

    private static PolledDelivery Delivery(JsonElement envelope)
    {
        var (id, status) = (DocuSignApi.Text(envelope, "envelopeId"), DocuSignApi.Text(envelope, "status")?.ToLowerInvariant());
        return new(
            $"sweep/{id}/{status}",
            JsonSerializer.SerializeToUtf8Bytes(new JsonObject
            {
                ["event"] = $"envelope-{status}", ["data"] = new JsonObject { ["envelopeId"] = id },
            }));
    }

    private static string Text(DateTimeOffset since, int position) => $"{since:O};{position}";

    private static (DateTimeOffset Since, int Position)? Parse(string? watermark) => watermark?.Split(';') is [var since, var position]
        ? (DateTimeOffset.Parse(since, CultureInfo.InvariantCulture), int.Parse(position, CultureInfo.InvariantCulture))
        : null;
}
