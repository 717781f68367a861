using System.Collections.Immutable;
using System.Net;

namespace Q2C.Gateway.Webhooks;

/// <summary>A delivery as it came in: the raw bytes are what was signed.</summary>
internal sealed record WebhookRequest(
    IHeaderDictionary Headers, string ContentType, ReadOnlyMemory<byte> Body, DateTimeOffset ReceivedAt,
    IQueryCollection? Query = null, IPAddress? From = null);

/// <summary>Something that speaks for a delivery.</summary>
internal interface IProof
{
    /// <summary>Null if the delivery is authentic; else why it is not, which is counted and never answered.</summary>
    ValueTask<string?> Check(WebhookRequest request);
}

/// <summary>Takes a delivery apart.</summary>
internal interface IDeliveryFormat
{
    Reception Read(WebhookRequest request);
}

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

/// <summary>The reasons for which deliveries are turned away, as they are counted.</summary>
internal static class Refusals
{
    public const string NoSignature = "no_signature";
    public const string Unreadable = "unreadable_signature";
    public const string Wrong = "wrong_signature";
    public const string Expired = "expired_signature";
    public const string WrongOrganization = "wrong_organization";
    public const string NoCertificate = "no_certificate";
    public const string WrongCertificate = "wrong_certificate";
    public const string WrongClientState = "wrong_client_state";
    public const string NoCredentials = "no_credentials";
    public const string WrongCredentials = "wrong_credentials";
}
