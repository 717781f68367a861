namespace Q2C.Gateway.Webhooks;

/// <summary>
/// How a connection proves that a delivery is its own: <c>Q2C:Connections:{name}:Webhook</c>. What a scheme does not use
/// is left out.
/// </summary>
public sealed class WebhookOptions
{
    public const int DefaultMaxBodyBytes = 4 * 1024 * 1024;

    /// <summary><c>stripe</c>, <c>salesforce-outbound</c> or <c>hmac-sha256</c>.</summary>
    public string Scheme { get; set; } = "";

    /// <summary>References (<c>env:NAME</c>, <c>file:/path</c>) to the keys that are valid now; any of them will do.</summary>
    public string[] Secrets { get; set; } = [];

    /// <summary>salesforce-outbound: the organisation's id, 15 or 18 characters.</summary>
    public string OrganizationId { get; set; } = "";

    /// <summary>hmac-sha256: the header that holds the signature of the raw body.</summary>
    public string Header { get; set; } = "";

    /// <summary>hmac-sha256: <c>hex</c> or <c>base64</c>.</summary>
    public string Encoding { get; set; } = "hex";

    /// <summary>hmac-sha256: what stands before the signature, such as <c>sha256=</c>.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>hmac-sha256: the member of the JSON body that names the delivery; without one, the body itself does.</summary>
    public string IdField { get; set; } = "";

    /// <summary>stripe: how far the signed time may be from ours.</summary>
    public TimeSpan Tolerance { get; set; } = TimeSpan.FromSeconds(300);

    public int MaxBodyBytes { get; set; } = DefaultMaxBodyBytes;
}
