using System.Collections.Immutable;

namespace Q2C.Gateway.Webhooks;

/// <summary>A delivery as it came in: the raw bytes are what was signed.</summary>
internal sealed record WebhookRequest(
    IHeaderDictionary Headers, string ContentType, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt);

/// <summary>Decides whether a delivery is authentic, takes it apart, and knows the answer that its sender wants.</summary>
internal interface IWebhookScheme
{
    WebhookReply Reply { get; }

    Reception Receive(WebhookRequest request);
}

internal sealed record WebhookReply(string ContentType, string Body);

internal abstract record Reception
{
    private Reception() { }

    /// <summary>Not authentic. <paramref name="Reason"/> is counted, never answered.</summary>
    public sealed record Refused(string Reason) : Reception;

    /// <summary>Authentic. Entries that could not be read carry their error and wait for a person.</summary>
    public sealed record Accepted(ImmutableArray<InboxEntry> Entries) : Reception;
}

/// <param name="DedupeKey">The sender's id of the delivery, unique per connection.</param>
internal sealed record InboxEntry(string DedupeKey, ReadOnlyMemory<byte> Body, ParseError? Error = null);

/// <param name="Line">From 1; null where there is no position.</param>
/// <param name="Column">From 1, in bytes for JSON.</param>
internal sealed record ParseError(Problem Problem, long? Line, long? Column);
