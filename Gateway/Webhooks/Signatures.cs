using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Gateway.Webhooks;

/// <summary>HMAC-SHA256 under any of several keys, so that keys can be rotated.</summary>
internal sealed class Signatures(IEnumerable<string> secrets)
{
    private readonly ImmutableArray<byte[]> _keys = [.. secrets.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether one of the candidates is the signature under one of the keys. Takes the same time for each outcome.</summary>
    public bool Match(ReadOnlySpan<byte> message, IReadOnlyList<byte[]> candidates)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        var matches = false;
        foreach (var key in _keys)
        {
            HMACSHA256.HashData(key, message, expected);
            foreach (var candidate in candidates) matches |= CryptographicOperations.FixedTimeEquals(expected, candidate);
        }

        return matches;
    }
}
