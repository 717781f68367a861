using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Q2C.Gateway.Security;

/// <summary>What a token came to: a caller, or what is wrong with it. The reason is told only when the token is genuine.</summary>
internal sealed record TokenResult(Caller? Caller, string Reason, bool IsGenuine)
{
    public static TokenResult Of(Caller caller) => new(caller, "", IsGenuine: true);

    public static TokenResult Forged(string reason) => new(null, reason, IsGenuine: false);

    public static TokenResult Refused(string reason) => new(null, reason, IsGenuine: true);
}

/// <summary>Checks the tokens of the configured issuers: first who signed them, then whether they are for us and for now.</summary>
internal sealed class TokenValidator
{
    private const string Everything = "*";
    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(5);

    private readonly FrozenDictionary<string, (Issuer Issuer, IssuerKeys Keys)> _issuers;
    private readonly TimeProvider _clock;

    public TokenValidator(IEnumerable<Issuer> issuers, TimeProvider clock, ILogger<IssuerKeys> log)
    {
        // A redirect would lead to where nobody has looked.
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = FetchLimit, MaxResponseContentBufferSize = IssuerKeys.MaxDocumentBytes,
        };
        _clock = clock;
        _issuers = issuers.ToFrozenDictionary(
            issuer => issuer.Options.Issuer, issuer => (issuer, new IssuerKeys(issuer, http, clock, log)), StringComparer.Ordinal);
    }

    public async ValueTask<TokenResult> Validate(string text)
    {
        if (JsonWebToken.Parse(text, JsonWebToken.Asymmetric, out var reason) is not { } token) return TokenResult.Forged(reason);
        if (token.Text("iss") is not { } iss || !_issuers.TryGetValue(iss, out var known)) return TokenResult.Forged("unknown issuer");
        if (!known.Issuer.Algorithms.Contains(token.Algorithm)) return TokenResult.Forged("algorithm");
        if (token.KeyId is not { Length: > 0 } id) return TokenResult.Forged("no key id");
        if (await known.Keys.Find(id) is not { } key) return TokenResult.Forged("unknown key");
        return key.Verifies(token) ? Read(token, known.Issuer) : TokenResult.Forged("signature");
    }

    private TokenResult Read(JsonWebToken token, Issuer issuer)
    {
        var (now, skew) = (_clock.GetUtcNow(), issuer.Options.Skew);
        if (token.Time("exp") is not { } expires) return TokenResult.Refused("The token has no expiry.");
        if (now >= expires + skew) return TokenResult.Refused("The token is expired.");
        if (token.Has("nbf") && (token.Time("nbf") is not { } from || now < from - skew))
            return TokenResult.Refused("The token is not valid yet.");
        if (token.Has("iat") && (token.Time("iat") is not { } issued || now < issued - skew))
            return TokenResult.Refused("The token was issued in the future.");
        return token.Texts("aud") is { } audiences && audiences.Intersect(issuer.Options.Audiences).Any()
            ? Admit(token, issuer, expires)
            : TokenResult.Refused("The token is for another audience.");
    }

    private static TokenResult Admit(JsonWebToken token, Issuer issuer, DateTimeOffset expires)
    {
        var claims = issuer.Options.Claims;
        if (token.Texts(claims.Subject) is not [{ Length: > 0 } subject] || subject.Any(char.IsControl))
            return TokenResult.Refused($"The token has no claim {claims.Subject}.");
        var id = $"{issuer.Name}:{subject}";
        if (id.Length > Caller.MaxIdLength) return TokenResult.Refused($"The claim {claims.Subject} is too long.");
        if (Limits(token, claims.LegalEntities, out var entities) is { } noEntities) return TokenResult.Refused(noEntities);
        if (Limits(token, claims.Regions, out var regions) is { } noRegions) return TokenResult.Refused(noRegions);
        if (CustomerOf(token, claims.Customer, out var customer) is { } noCustomer) return TokenResult.Refused(noCustomer);

        var caller = new Caller(
            new(id, customer is null ? RolesOf(token, issuer) : [Roles.Customer]), ScopesOf(token, claims.Scopes),
            new(entities, regions, customer), expires + issuer.Options.Skew);
        return CallerRules.Problem(caller) is { } problem ? TokenResult.Refused($"The token's {problem}") : TokenResult.Of(caller);
    }

    private static ImmutableArray<string> RolesOf(JsonWebToken token, Issuer issuer) =>
    [
        .. (token.Texts(issuer.Options.Claims.Roles) ?? [])
            .Select(name => issuer.Options.Roles.Count == 0 ? name : issuer.Options.Roles.GetValueOrDefault(name))
            .OfType<string>().Where(role => RoleNames.Parse(role) is not null and not Role.Customer).Distinct(),
    ];

    private static ImmutableArray<string> ScopesOf(JsonWebToken token, string claim) => claim.Length == 0
        ? Scopes.All
        : [.. (token.Texts(claim) ?? []).SelectMany(text => text.Split(' ')).Where(scope => Scopes.All.Contains(scope)).Distinct()];

    /// <summary>Null, or what is missing.</summary>
    private static string? Limits(JsonWebToken token, string claim, out ImmutableArray<string>? limits)
    {
        limits = null;
        if (claim.Length == 0) return null;
        if (token.Texts(claim) is not { Length: > 0 } values) return $"The token has no claim {claim}.";
        limits = values.Contains(Everything) ? null : values;
        return null;
    }

    private static string? CustomerOf(JsonWebToken token, string claim, out string? customer)
    {
        customer = null;
        if (claim.Length == 0 || !token.Has(claim)) return null;
        if (token.Texts(claim) is not [{ Length: > 0 } id]) return $"The claim {claim} must be one text.";
        customer = id;
        return null;
    }
}
