using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>
/// An RSA signature in a header that is a JSON object of nonce, signature and encoding, under any of several public keys.
/// The algorithm is ours to say: RSA-SHA256.
/// </summary>
internal sealed class PublicKeyProof(string header, SignedText signed, IEnumerable<RSAParameters> keys) : IProof
{
    private const int MaxHeaderLength = 4_096;

    private readonly ImmutableArray<RSAParameters> _keys = [.. keys];

    public ValueTask<string?> Check(WebhookRequest request) => new(Refusal(request));

    private string? Refusal(WebhookRequest request)
    {
        var text = request.Headers[header].ToString();
        if (text.Length is 0 or > MaxHeaderLength) return Refusals.NoSignature;
        if (Read(text) is not { } proof) return Refusals.Unreadable;
        var message = signed.Of(request, nonce: proof.Nonce);
        return _keys.Any(key => Verify(key, message, proof.Signature)) ? null : Refusals.Wrong;
    }

    private static bool Verify(RSAParameters key, byte[] message, byte[] signature)
    {
        using var rsa = RSA.Create(key);
        return rsa.VerifyData(message, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static (string Nonce, byte[] Signature)? Read(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new() { MaxDepth = 2, AllowDuplicateProperties = false });
            var (nonce, signature, encoding) = (Text(json, "nonce"), Text(json, "signature"), Text(json, "encoding"));
            if (nonce is null || signature is null) return null;
            return encoding switch
            {
                "base64" => (nonce, Convert.FromBase64String(signature)),
                "hex" => (nonce, Convert.FromHexString(signature)),
                _ => null,
            };
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument json, string name) =>
        json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
