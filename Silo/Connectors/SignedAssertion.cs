using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors;

/// <summary>Which of its signatures an RSA key makes.</summary>
internal enum RsaSignature
{
    /// <summary>PS256.</summary>
    Pss,

    /// <summary>RS256.</summary>
    Pkcs1,
}

/// <summary>
/// The signed statement by which a machine asks for a token: a JSON web token, valid for five minutes. An EC key signs under
/// ES256.
/// </summary>
/// <param name="header">Beside the algorithm.</param>
/// <param name="claims">Beside the times.</param>
/// <param name="privateKey">PEM, read each time.</param>
internal sealed class SignedAssertion(
    JsonObject header, Func<JsonObject> claims, Func<string> privateKey, RsaSignature rsaSignature, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>Throws <see cref="ConfigurationException"/> if the key cannot sign.</summary>
    public void Check() => Create();

    public string Create()
    {
        var pem = privateKey();
        using var elliptic = TryImport(ECDsa.Create(), key => key.ImportFromPem(pem));
        using var rsa = elliptic is null ? TryImport(RSA.Create(), key => key.ImportFromPem(pem)) : null;
        if (elliptic is not null) return Sign("ES256", bytes => elliptic.SignData(bytes, HashAlgorithmName.SHA256));
        var (algorithm, padding) = rsaSignature == RsaSignature.Pss
            ? ("PS256", RSASignaturePadding.Pss)
            : ("RS256", RSASignaturePadding.Pkcs1);
        return rsa is not null
            ? Sign(algorithm, bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, padding))
            : throw new ConfigurationException("The private key is not the PEM text of an EC P-256 or RSA key.");
    }

    private string Sign(string algorithm, Func<byte[], byte[]> sign)
    {
        var now = time.GetUtcNow();
        var (named, dated) = (header.DeepClone().AsObject(), claims());
        named["alg"] = algorithm;
        dated["iat"] = now.ToUnixTimeSeconds();
        dated["exp"] = (now + Life).ToUnixTimeSeconds();
        var content = $"{Encode(named)}.{Encode(dated)}";
        return $"{content}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(content)))}";
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static TKey? TryImport<TKey>(TKey key, Action<TKey> import) where TKey : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return key is ECDsa { KeySize: not 256 } ? null : key;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
