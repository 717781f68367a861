using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>
/// The signed statement by which a machine asks NetSuite for a token: a JSON web token under ES256 or PS256, valid for
/// five minutes.
/// </summary>
internal sealed class ClientAssertion(
    string clientId, string certificateId, Uri audience, Func<string> privateKey, TimeProvider time)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    /// <summary>Throws <see cref="ConfigurationException"/> if the key cannot sign.</summary>
    public void Check() => Create();

    public IEnumerable<KeyValuePair<string, string>> TokenRequest() =>
    [
        new("grant_type", "client_credentials"),
        new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        new("client_assertion", Create()),
    ];

    private string Create()
    {
        var pem = privateKey();
        using var elliptic = TryImport(ECDsa.Create(), key => key.ImportFromPem(pem));
        using var rsa = elliptic is null ? TryImport(RSA.Create(), key => key.ImportFromPem(pem)) : null;
        if (elliptic is not null) return Sign("ES256", bytes => elliptic.SignData(bytes, HashAlgorithmName.SHA256));
        if (rsa is not null)
            return Sign("PS256", bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
        throw new ConfigurationException("The NetSuite private key is not the PEM text of an EC P-256 or RSA key.");
    }

    private string Sign(string algorithm, Func<byte[], byte[]> sign)
    {
        var now = time.GetUtcNow();
        var header = new JsonObject { ["typ"] = "JWT", ["alg"] = algorithm, ["kid"] = certificateId };
        var claims = new JsonObject
        {
            ["iss"] = clientId,
            ["scope"] = new JsonArray("rest_webservices"),
            ["aud"] = audience.AbsoluteUri,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Life).ToUnixTimeSeconds(),
        };
        var content = $"{Encode(header)}.{Encode(claims)}";
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
