using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Simulators.Core;

/// <summary>A compact JSON web token, parsed but not yet believed.</summary>
public sealed record Jwt(JsonObject Header, JsonObject Claims, string SigningInput, byte[] Signature)
{
    public string? Algorithm => Header["alg"].Text();

    public DateTimeOffset? Expires =>
        Claims["exp"].Number() is { } seconds ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;

    /// <summary>Null when the text is not a token at all.</summary>
    public static Jwt? Parse(string? text)
    {
        if (text?.Split('.') is not [var header, var claims, var signature]) return null;
        try
        {
            return new Jwt(Object(header), Object(claims), $"{header}.{claims}", Base64Url.DecodeFromChars(signature));
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidCastException)
        {
            return null;
        }
    }

    /// <summary>Whether the signature is by the holder of this public key (PEM) under one of the allowed algorithms.</summary>
    public bool IsSignedBy(string publicKeyPem, params string[] allowed) => allowed.Contains(Algorithm) && Algorithm switch
    {
        "RS256" => Rsa(publicKeyPem, RSASignaturePadding.Pkcs1),
        "PS256" => Rsa(publicKeyPem, RSASignaturePadding.Pss),
        "ES256" => Elliptic(publicKeyPem, HashAlgorithmName.SHA256),
        "ES384" => Elliptic(publicKeyPem, HashAlgorithmName.SHA384),
        "ES512" => Elliptic(publicKeyPem, HashAlgorithmName.SHA512),
        _ => false,
    };

    public IEnumerable<string> Texts(string claim) => Claims[claim] switch
    {
        JsonArray array => array.Select(each => each.Text()).OfType<string>(),
        var single => single.Text()?.Split([' ', ',']) ?? [],
    };

    private bool Rsa(string pem, RSASignaturePadding padding)
    {
        using var key = RSA.Create();
        return Try(() => key.ImportFromPem(pem))
            && key.VerifyData(Encoding.ASCII.GetBytes(SigningInput), Signature, HashAlgorithmName.SHA256, padding);
    }

    private bool Elliptic(string pem, HashAlgorithmName hash)
    {
        using var key = ECDsa.Create();
        return Try(() => key.ImportFromPem(pem)) && key.VerifyData(Encoding.ASCII.GetBytes(SigningInput), Signature, hash);
    }

    private static bool Try(Action import)
    {
        try
        {
            import();
            return true;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static JsonObject Object(string part) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(part)) as JsonObject ?? throw new FormatException("not an object");
}
