namespace Q2C.Gateway.Webhooks;

/// <summary>
/// How a connection proves that a delivery is its own, and what it wants to hear: <c>Q2C:Connections:{name}:Webhook</c>,
/// over the document of its scheme (<c>Schemes/*.json</c>). What is not needed is left out.
/// </summary>
public sealed class WebhookOptions
{
    public const int DefaultMaxBodyBytes = 4 * 1024 * 1024;

    /// <summary>The document that these settings add to: <c>stripe</c>, <c>jira</c>, <c>hmac-sha256</c> and so on.</summary>
    public string Scheme { get; set; } = "";

    /// <summary>References (<c>env:NAME</c>, <c>file:/path</c>) to the keys that are valid now; any of them will do.</summary>
    public string[] Secrets { get; set; } = [];

    /// <summary>All of them have to hold.</summary>
    public ProofOptions[] Proofs { get; set; } = [];

    /// <summary><c>json</c>, or <c>salesforce-outbound</c>.</summary>
    public string Format { get; set; } = "json";

    /// <summary>salesforce-outbound: the organisation's id, 15 or 18 characters.</summary>
    public string OrganizationId { get; set; } = "";

    /// <summary>json: the member that lists deliveries of their own; the body is one delivery if empty.</summary>
    public string Entries { get; set; } = "";

    /// <summary>
    /// json: what names a delivery, put together: <c>body:a.b</c>, <c>header:Name</c>; a <c>?</c> at the end where it may be
    /// missing. The body names itself if empty.
    /// </summary>
    public string[] Id { get; set; } = [];

    /// <summary>
    /// json: the sender has an older form in XML, and these of its elements, put together, name a delivery of it
    /// (<c>EnvelopeStatus.EnvelopeID</c>). XML is not taken if it is empty.
    /// </summary>
    public string[] XmlId { get; set; } = [];

    /// <summary><c>validation-token</c> (Business Central, Graph), <c>cloud-events</c> (SAP), or none.</summary>
    public string Handshake { get; set; } = "";

    public int MaxBodyBytes { get; set; } = DefaultMaxBodyBytes;

    public ReplyOptions Replies { get; set; } = new();
}

/// <summary>One thing that speaks for a delivery. Which members count depends on the kind.</summary>
public sealed class ProofOptions
{
    /// <summary>hmac, public-key, jwt, issuer, certificate, client-state, basic or token.</summary>
    public string Kind { get; set; } = "";

    /// <summary>As those of the webhook, for this proof alone.</summary>
    public string[] Secrets { get; set; } = [];

    /// <summary>hmac, public-key, certificate, token: the header; <c>X-Signature-*</c> stands for all that begin so.</summary>
    public string Header { get; set; } = "";

    /// <summary>hmac: what stands between several signatures in one header.</summary>
    public string Separator { get; set; } = "";

    /// <summary>hmac: what stands before a signature, such as <c>sha256=</c>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>hmac: hex or base64.</summary>
    public string Encoding { get; set; } = "hex";

    /// <summary>hmac: sha256, sha512 or sha1.</summary>
    public string Algorithm { get; set; } = "sha256";

    /// <summary>hmac, public-key: what is signed, of <c>{body}</c>, <c>{timestamp}</c>, <c>{nonce}</c> and <c>{header:Name}</c>.</summary>
    public string Message { get; set; } = "{body}";

    /// <summary>hmac: where the time of signing is: <c>header:Name</c>, or what stands before it in the header; none if empty.</summary>
    public string Timestamp { get; set; } = "";

    /// <summary>hmac: seconds or milliseconds since 1970.</summary>
    public string TimestampUnit { get; set; } = "seconds";

    /// <summary>hmac: how far the time of signing may be from ours.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>hmac: text or base64.</summary>
    public string SecretEncoding { get; set; } = "text";

    /// <summary>hmac: what stands before a secret and does not belong to it.</summary>
    public string SecretPrefix { get; set; } = "";

    /// <summary>issuer: one of <c>Q2C:Issuers</c>. jwt: what <c>iss</c> has to be, if anything.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>issuer: whose tokens (<c>sub</c>) are those of this connection. certificate: SHA-256 of the certificates, in hex.</summary>
    public string[] Allowed { get; set; } = [];

    /// <summary>certificate: the proxies that end TLS and set the header; nobody else is believed. Addresses or networks.</summary>
    public string[] Proxies { get; set; } = [];

    /// <summary>client-state: the member of each delivery that holds it. It is not kept.</summary>
    public string Path { get; set; } = "clientState";

    /// <summary>basic: the user.</summary>
    public string User { get; set; } = "";

    /// <summary>token: the parameter of the address, for vendors that can do nothing else.</summary>
    public string Query { get; set; } = "";
}

/// <summary>What the sender hears, by outcome.</summary>
public sealed class ReplyOptions
{
    public Reply Accepted { get; set; } = new() { Status = StatusCodes.Status200OK, Body = "{}" };

    /// <summary>Of a delivery that came before; as an accepted one if it says nothing.</summary>
    public Reply? Duplicate { get; set; }

    public Reply Refused { get; set; } = new() { Status = StatusCodes.Status401Unauthorized };

    public Reply TooLarge { get; set; } = new() { Status = StatusCodes.Status413PayloadTooLarge };

    /// <summary>Nothing was kept: it has to come again.</summary>
    public Reply Overloaded { get; set; } = new() { Status = StatusCodes.Status503ServiceUnavailable, RetryAfter = 5 };
}

public sealed class Reply
{
    public int Status { get; set; } = StatusCodes.Status200OK;

    public string ContentType { get; set; } = "application/json";

    /// <summary>Null for code and message of what went wrong.</summary>
    public string? Body { get; set; }

    /// <summary>Seconds; 0 for no such header.</summary>
    public int RetryAfter { get; set; }
}
