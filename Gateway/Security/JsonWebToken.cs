using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Q2C.Gateway.Security;

/// <summary>
/// A signed token, taken apart by the letter of RFC 7515 and 7519: three parts, no member twice, no key and no address of
/// a key in it, no extension that would have to be understood.
/// </summary>
internal sealed record JsonWebToken(
    string Algorithm, string? KeyId, JsonElement Claims, ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Signature)
{
    public const int MaxLength = 8 * 1024;

    /// <summary>Those of issuers: who checks a signature cannot make one.</summary>
    public static ImmutableArray<string> Asymmetric { get; } = ["RS256", "ES256", "PS256"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private static readonly ImmutableArray<string> Types = ["JWT", "at+jwt", "application/at+jwt"];

    // A key that comes with the token proves nothing, and what is critical would have to be understood.
    private static readonly ImmutableArray<string> Forbidden = ["crit", "jwk", "jku", "x5c", "x5u", "b64", "zip", "enc"];

    /// <summary>Whether a text could be a token of an issuer at all.</summary>
    public static bool LooksLike(string text) => text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count(c => c == '.') == 2;

    /// <summary>Null, with the reason, for anything that does not read exactly so.</summary>
    /// <param name="algorithms">Those that are expected; the token does not choose.</param>
    public static JsonWebToken? Parse(string text, ImmutableArray<string> algorithms, out string reason)
    {
        if (text.Length > MaxLength) return Nothing("oversized", out reason);
        if (text.Split('.') is not [var head, var body, var tail]) return Nothing("not three parts", out reason);
        if (Decode(head) is not { } headBytes || Decode(body) is not { } bodyBytes || Decode(tail) is not { Length: > 0 } signature)
            return Nothing("not base64url", out reason);
        if (Read(headBytes) is not { } header || Read(bodyBytes) is not { } claims) return Nothing("not JSON objects", out reason);
        if (Forbidden.Any(name => header.TryGetProperty(name, out _))) return Nothing("forbidden header", out reason);
        if (header.TryGetProperty("typ", out _) && !Types.Contains(Text(header, "typ") ?? "", StringComparer.OrdinalIgnoreCase))
            return Nothing("wrong type", out reason);
        if (Text(header, "alg") is not { } algorithm || !algorithms.Contains(algorithm)) return Nothing("algorithm", out reason);
        reason = "";
        return new(algorithm, Text(header, "kid"), claims, Encoding.ASCII.GetBytes($"{head}.{body}"), signature);
    }

    /// <summary>The claim, or the member of a claim, if it is a text.</summary>
    public string? Text(string name) => Text(Claims, name);

    /// <summary>Seconds since 1970 as an instant; null if there is none.</summary>
    public DateTimeOffset? Time(string name) =>
        Claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 100_000_000_000
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    /// <summary>The texts of a claim: of a list, or one; null if there is no such claim, or it is anything else.</summary>
    /// <param name="path">A member of a member with dots between them, unless there is a claim of just this name.</param>
    public ImmutableArray<string>? Texts(string path) => Find(path) switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. list.EnumerateArray().Select(item => item.GetString()!)],
        _ => null,
    };

    public bool Has(string path) => Find(path) is not null;

    private JsonElement? Find(string path)
    {
        if (Claims.TryGetProperty(path, out var whole)) return whole;
        var at = Claims;
        foreach (var part in path.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return null;
        }

        return at;
    }

    private static JsonWebToken? Nothing(string why, out string reason)
    {
        reason = why;
        return null;
    }

    // Without padding and blanks, which the decoder would pass over.
    private static byte[]? Decode(string part) =>
        part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && Base64Url.IsValid(part) ? Base64Url.DecodeFromChars(part) : null;

    private static JsonElement? Read(byte[] utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
