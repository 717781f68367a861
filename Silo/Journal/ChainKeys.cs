using System.Security.Cryptography;
using System.Text;

namespace Q2C.Silo.Journal;

/// <summary>The head of a shard's chain as it was signed.</summary>
public sealed record SignedHead(long Seq, byte[] Hash, DateTimeOffset SignedAt, string KeyId, byte[] Signature);

/// <summary>
/// ECDSA keys for chain heads, from PEM files kept outside the database. A key's id is the start of the SHA-256 of its
/// public part.
/// </summary>
public sealed class ChainKeys : IDisposable
{
    private const int IdLength = 16;

    private readonly Dictionary<string, ECDsa> _byId = new(StringComparer.Ordinal);

    /// <summary>Reads private or public keys; throws for a file that holds no EC key.</summary>
    public ChainKeys(params IEnumerable<string> pemFiles)
    {
        foreach (var file in pemFiles)
        {
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(file));
            _byId[IdOf(key)] = key;
        }
    }

    /// <summary>Signs with the only key there is.</summary>
    public SignedHead Sign(string region, int shard, long seq, byte[] hash, DateTimeOffset at)
    {
        var (id, key) = _byId.Single();
        return new(seq, hash, at, id, key.SignData(Content(region, shard, seq, hash, at), HashAlgorithmName.SHA256));
    }

    /// <summary>True if it names a key that is known here and was not made with it.</summary>
    public bool IsForged(string region, int shard, SignedHead head) =>
        _byId.TryGetValue(head.KeyId, out var key)
        && !key.VerifyData(
            Content(region, shard, head.Seq, head.Hash, head.SignedAt), head.Signature, HashAlgorithmName.SHA256);

    public void Dispose()
    {
        foreach (var key in _byId.Values) key.Dispose();
    }

    private static string IdOf(ECDsa key) =>
        Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..IdLength];

    private static byte[] Content(string region, int shard, long seq, byte[] hash, DateTimeOffset at) =>
        Encoding.UTF8.GetBytes(string.Join(
            '\n', "q2c chain head", region, shard, seq, Convert.ToHexStringLower(hash), at.ToUnixTimeMilliseconds()));
}
