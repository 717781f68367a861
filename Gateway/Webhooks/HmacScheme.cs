namespace Q2C.Gateway.Webhooks;

/// <summary>A header with the HMAC-SHA256 of the raw body, in hex or base64, after an optional prefix.</summary>
internal sealed class HmacScheme(IEnumerable<string> secrets, WebhookOptions options) : IWebhookScheme
{
    private const int MaxHeaderLength = 512;

    private readonly Signatures _signatures = new(secrets);

    public WebhookReply Reply { get; } = new("application/json", "{}");

    public Reception Receive(WebhookRequest request)
    {
        var header = request.Headers[options.Header].ToString();
        if (header.Length is 0 or > MaxHeaderLength) return new Reception.Refused("no_signature");
        if (!header.StartsWith(options.Prefix, StringComparison.OrdinalIgnoreCase)
            || Decode(header[options.Prefix.Length..]) is not { } signature) return new Reception.Refused("unreadable_signature");
        return _signatures.Match(request.Body.Span, [signature])
            ? new Reception.Accepted([JsonDelivery.Read(request.Body, options.IdField)])
            : new Reception.Refused("wrong_signature");
    }

    private byte[]? Decode(string text)
    {
        if (options.Encoding == "hex") return StripeScheme.Hex(text);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
