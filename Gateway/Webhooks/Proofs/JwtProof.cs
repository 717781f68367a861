using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary><c>Authorization: Bearer</c> with a token that the sender signs with a shared secret: HS256 and nothing else.</summary>
internal sealed class JwtProof(string issuer, IEnumerable<string> secrets) : IProof
{
    private static readonly ImmutableArray<string> Algorithms = ["HS256"];
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private readonly ImmutableArray<byte[]> _keys = [.. secrets.Select(Encoding.UTF8.GetBytes)];

    public ValueTask<string?> Check(WebhookRequest request) => new(Refusal(request));

    private string? Refusal(WebhookRequest request)
    {
        if (Bearers.TokenOf(request.Headers.Authorization.ToString()) is not { } text) return Refusals.NoSignature;
        if (JsonWebToken.Parse(text, Algorithms, out _) is not { } token) return Refusals.Unreadable;
        var matches = false;
        foreach (var key in _keys)
            matches |= CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, token.Signed.Span), token.Signature.Span);
        if (!matches || (issuer.Length > 0 && token.Text("iss") != issuer)) return Refusals.Wrong;
        return token.Time("exp") is { } expires && request.ReceivedAt < expires + Skew
            && (!token.Has("nbf") || request.ReceivedAt >= token.Time("nbf") - Skew) ? null : Refusals.Expired;
    }
}

/// <summary><c>Authorization: Bearer</c> with a token of one of our issuers, for one of the subjects of this connection.</summary>
internal sealed class IssuerProof(string issuer, IEnumerable<string> subjects, TokenValidator tokens) : IProof
{
    private readonly ImmutableHashSet<string> _actors = [.. subjects.Select(subject => $"{issuer}:{subject}")];

    public async ValueTask<string?> Check(WebhookRequest request)
    {
        if (Bearers.TokenOf(request.Headers.Authorization.ToString()) is not { } text) return Refusals.NoSignature;
        return await tokens.Validate(text) switch
        {
            { Caller: { } caller } => _actors.Contains(caller.Actor.Id) ? null : Refusals.Wrong,
            { IsGenuine: true } => Refusals.Expired,
            _ => Refusals.Wrong,
        };
    }
}
