using System.Globalization;
using System.Text;

namespace Q2C.Gateway.Webhooks;

/// <summary><c>Stripe-Signature: t=…,v1=…</c>: hex HMAC-SHA256 of the signed time, a dot and the raw body.</summary>
internal sealed class StripeScheme(IEnumerable<string> secrets, TimeSpan tolerance) : IWebhookScheme
{
    public const string Header = "Stripe-Signature";
    private const int MaxHeaderLength = 2_048;

    private readonly Signatures _signatures = new(secrets);

    public WebhookReply Reply { get; } = new("application/json", """{"received":true}""");

    public Reception Receive(WebhookRequest request)
    {
        var header = request.Headers[Header].ToString();
        if (header.Length is 0 or > MaxHeaderLength) return new Reception.Refused("no_signature");
        if (Parse(header) is not { Candidates.Count: > 0 } signed) return new Reception.Refused("unreadable_signature");
        if (!_signatures.Match(Message(signed.Time, request.Body.Span), signed.Candidates))
            return new Reception.Refused("wrong_signature");
        return (request.ReceivedAt - signed.Instant).Duration() > tolerance
            ? new Reception.Refused("expired_signature")
            : new Reception.Accepted([JsonDelivery.Read(request.Body, "id")]);
    }

    private static byte[] Message(string time, ReadOnlySpan<byte> body) => [.. Encoding.ASCII.GetBytes(time), (byte)'.', .. body];

    private static Signed? Parse(string header)
    {
        var parts = header.Split(',').Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries)).ToList();
        var time = parts.Where(part => part is ["t", _]).Select(part => part[1]).FirstOrDefault();
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) return null;
        var candidates = parts.Where(part => part is ["v1", _]).Select(part => Hex(part[1])).OfType<byte[]>().ToList();
        return new(time!, DateTimeOffset.FromUnixTimeSeconds(seconds), candidates);
    }

    internal static byte[]? Hex(string text)
    {
        var bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length ? bytes : null;
    }

    private sealed record Signed(string Time, DateTimeOffset Instant, List<byte[]> Candidates);
}
