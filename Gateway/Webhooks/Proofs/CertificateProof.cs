using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>
/// The client's certificate, as the proxy that ends TLS reports it: its SHA-256 in hex, or the whole of it between colons
/// (RFC 9440). Only the named proxies are believed.
/// </summary>
internal sealed class CertificateProof(string header, IEnumerable<string> allowed, IEnumerable<IPNetwork> proxies) : IProof
{
    private const int MaxHeaderLength = 16 * 1024;

    private readonly ImmutableArray<byte[]> _allowed = [.. allowed.Select(Convert.FromHexString)];
    private readonly ImmutableArray<IPNetwork> _proxies = [.. proxies];

    public ValueTask<string?> Check(WebhookRequest request) => new(Refusal(request));

    private string? Refusal(WebhookRequest request)
    {
        var from = request.From is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : request.From;
        var text = request.Headers[header].ToString();
        if (from is null || !_proxies.Any(proxy => proxy.Contains(from)) || text.Length is 0 or > MaxHeaderLength)
            return Refusals.NoCertificate;
        if (Fingerprint(text) is not { } fingerprint) return Refusals.NoCertificate;
        var matches = false;
        foreach (var known in _allowed) matches |= CryptographicOperations.FixedTimeEquals(known, fingerprint);
        return matches ? null : Refusals.WrongCertificate;
    }

    private static byte[]? Fingerprint(string text)
    {
        var bytes = new byte[text.Length];
        if (text is [':', .. var encoded, ':'])
            return Convert.TryFromBase64String(encoded, bytes, out var length) ? SHA256.HashData(bytes.AsSpan(0, length)) : null;
        var hex = text.Replace(":", "", StringComparison.Ordinal);
        return hex.Length == 2 * SHA256.HashSizeInBytes
            && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done ? bytes[..written] : null;
    }
}
