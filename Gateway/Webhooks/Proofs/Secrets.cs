using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>What a sender may say, any of which will do.</summary>
internal sealed class Secrets(IEnumerable<string> values)
{
    // Of one length, so that neither the length nor the place of a difference shows in the time it takes.
    private readonly ImmutableArray<byte[]> _hashes = [.. values.Select(value => SHA256.HashData(Encoding.UTF8.GetBytes(value)))];

    public bool Match(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        var matches = false;
        foreach (var expected in _hashes) matches |= CryptographicOperations.FixedTimeEquals(hash, expected);
        return matches;
    }
}
