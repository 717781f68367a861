using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>
/// HMAC under any of several keys, in one header or several, with or without a time of signing. Takes the same time for
/// each outcome.
/// </summary>
internal sealed class HmacProof(ProofOptions options, SignedText signed, IEnumerable<byte[]> keys) : IProof
{
    private const int MaxHeaderLength = 4_096;
    private const int MaxCandidates = 100;
    private const string FromHeader = "header:";

    private readonly ImmutableArray<byte[]> _keys = [.. keys];

    public ValueTask<string?> Check(WebhookRequest request) => new(Refusal(request));

    private string? Refusal(WebhookRequest request)
    {
        var headers = Headers(request).ToList();
        if (headers.Sum(header => header.Length) is 0 or > MaxHeaderLength) return Refusals.NoSignature;
        var parts = headers.SelectMany(Parts).Take(MaxCandidates).ToList();
        var candidates = parts.Where(part => part.StartsWith(options.Prefix, StringComparison.OrdinalIgnoreCase))
            .Select(part => Decode(part[options.Prefix.Length..])).OfType<byte[]>().ToList();
        if (candidates.Count == 0) return Refusals.Unreadable;

        var time = Timestamp(request, parts);
        if (options.Timestamp.Length > 0 && Instant(time) is null) return Refusals.Unreadable;
        if (!Match(signed.Of(request, time ?? ""), candidates)) return Refusals.Wrong;
        return Instant(time) is { } at && (request.ReceivedAt - at).Duration() > options.Tolerance ? Refusals.Expired : null;
    }

    private IEnumerable<string> Headers(WebhookRequest request) => options.Header.EndsWith('*')
        ? request.Headers.Where(header => header.Key.StartsWith(options.Header[..^1], StringComparison.OrdinalIgnoreCase))
            .Select(header => header.Value.ToString())
        : [request.Headers[options.Header].ToString()];

    private string[] Parts(string header) =>
        options.Separator.Length == 0 ? [header.Trim()] : header.Split(options.Separator, StringSplitOptions.TrimEntries);

    private string? Timestamp(WebhookRequest request, List<string> parts) => options.Timestamp switch
    {
        "" => null,
        _ when options.Timestamp.StartsWith(FromHeader, StringComparison.Ordinal) =>
            request.Headers[options.Timestamp[FromHeader.Length..]].ToString(),
        var prefix => parts.FirstOrDefault(part => part.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..],
    };

    private DateTimeOffset? Instant(string? time)
    {
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var units)) return null;
        var milliseconds = options.TimestampUnit == "milliseconds";
        if (units > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() / (milliseconds ? 1 : 1_000)) return null;
        return milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(units) : DateTimeOffset.FromUnixTimeSeconds(units);
    }

    private byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length];
        if (options.Encoding == "base64") return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
        return Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            ? bytes[..written]
            : null;
    }

    private bool Match(byte[] message, List<byte[]> candidates)
    {
        var matches = false;
        foreach (var key in _keys)
        {
            var expected = Sign(key, message);
            foreach (var candidate in candidates) matches |= CryptographicOperations.FixedTimeEquals(expected, candidate);
        }

        return matches;
    }

#pragma warning disable CA5350 // Some vendors sign with HMAC-SHA1 only, which is not broken as SHA-1 is.
    private byte[] Sign(byte[] key, byte[] message) => options.Algorithm switch
    {
        "sha512" => HMACSHA512.HashData(key, message),
        "sha1" => HMACSHA1.HashData(key, message),
        _ => HMACSHA256.HashData(key, message),
    };
#pragma warning restore CA5350
}
