using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace Q2C.Gateway.Security;

/// <summary>
/// One public key of an issuer, for one kind of signature: an RSA key for RS256 and PS256, a key on P-256 for ES256.
/// Secrets in a key set are passed over, so no token can be signed with what everybody knows.
/// </summary>
internal sealed class SigningKey
{
    private const int MaxKeys = 100;
    private const int MinRsaBits = 2_048;
    private const int MaxRsaBits = 8_192;
    private const int P256Bytes = 32;

    private readonly RSAParameters? _rsa;
    private readonly ECParameters? _curve;
    private readonly string? _algorithm;

    private SigningKey(string id, string? algorithm, RSAParameters? rsa, ECParameters? curve) =>
        (Id, _algorithm, _rsa, _curve) = (id, algorithm, rsa, curve);

    public string Id { get; }

    /// <summary>The keys of a key set by their id. An id that occurs twice says nothing, so both are left out.</summary>
    public static ImmutableDictionary<string, SigningKey> ReadSet(JsonElement set) =>
        set.ValueKind == JsonValueKind.Object && set.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
            ? keys.EnumerateArray().Take(MaxKeys).Select(Read).OfType<SigningKey>().GroupBy(key => key.Id)
                .Where(group => group.Count() == 1).ToImmutableDictionary(group => group.Key, group => group.Single())
            : [];

    public bool Verifies(JsonWebToken token)
    {
        if (_algorithm is not null && _algorithm != token.Algorithm) return false;
        return (token.Algorithm, _rsa, _curve) switch
        {
            ("RS256", { } rsa, _) => Verify(rsa, token, RSASignaturePadding.Pkcs1),
            ("PS256", { } rsa, _) => Verify(rsa, token, RSASignaturePadding.Pss),
            ("ES256", _, { } curve) => Verify(curve, token),
            _ => false,
        };
    }

    private static bool Verify(RSAParameters key, JsonWebToken token, RSASignaturePadding padding)
    {
        using var rsa = RSA.Create(key);
        return rsa.VerifyData(token.Signed.Span, token.Signature.Span, HashAlgorithmName.SHA256, padding);
    }

    private static bool Verify(ECParameters key, JsonWebToken token)
    {
        using var curve = ECDsa.Create(key);
        return curve.VerifyData(
            token.Signed.Span, token.Signature.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static SigningKey? Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || Text(json, "kid") is not { Length: > 0 } id) return null;
        if (Text(json, "use") is { } use && use != "sig") return null;
        try
        {
            return (Text(json, "kty"), Text(json, "crv")) switch
            {
                ("RSA", _) when Rsa(json) is { } rsa => new(id, Text(json, "alg"), rsa, null),
                ("EC", "P-256") when Curve(json) is { } curve => new(id, Text(json, "alg"), null, curve),
                _ => null,
            };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static RSAParameters? Rsa(JsonElement json)
    {
        if (Bytes(json, "n") is not { } modulus || Bytes(json, "e") is not { } exponent) return null;
        var parameters = new RSAParameters { Modulus = modulus, Exponent = exponent };
        using var rsa = RSA.Create(parameters);
        return rsa.KeySize is >= MinRsaBits and <= MaxRsaBits ? parameters : null;
    }

    private static ECParameters? Curve(JsonElement json)
    {
        if (Bytes(json, "x") is not { Length: P256Bytes } x || Bytes(json, "y") is not { Length: P256Bytes } y) return null;
        var parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = x, Y = y } };
        using var onCurve = ECDsa.Create(parameters);
        return parameters;
    }

    private static byte[]? Bytes(JsonElement json, string name) =>
        Text(json, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
