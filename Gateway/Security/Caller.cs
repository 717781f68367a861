using System.Collections.Immutable;
using System.Globalization;
using System.Security.Claims;

namespace Q2C.Gateway.Security;

/// <summary>Who asks: in which roles, within which scopes, with which rows in sight, and until when.</summary>
internal sealed record Caller(Actor Actor, ImmutableArray<string> Scopes, Sight Sight, DateTimeOffset Expires)
{
    public const string ScopeClaim = "q2c:scope";
    public const string ExpiresClaim = "q2c:expires";
    public const string KeyClaim = "q2c:key";

    /// <summary>So that the actor's id and a caller's idempotency key fit into the key of a command.</summary>
    public const int MaxIdLength = 120;

    /// <summary>The hash of the key that can be revoked; null for what cannot.</summary>
    public string? Key { get; init; }

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ClaimsIdentity(
    [
        new(ClaimTypes.Name, Actor.Id),
        .. Actor.Roles.Select(role => new Claim(ClaimTypes.Role, role)),
        .. Scopes.Select(scope => new Claim(ScopeClaim, scope)),
        .. Sight.ToClaims(),
        new(ExpiresClaim, Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        .. Key is null ? (Claim[])[] : [new(KeyClaim, Key)],
    ], scheme));
}

internal static class Principals
{
    /// <summary>Throws for a principal that nobody authenticated: the endpoint lets none through.</summary>
    public static Actor ToActor(this ClaimsPrincipal principal) => principal.Identity is { IsAuthenticated: true, Name: { } name }
        ? new(name, [.. principal.FindAll(ClaimTypes.Role).Select(claim => claim.Value)])
        : throw new InvalidOperationException("A request reached a resolver without being authenticated.");

    public static bool HasScope(this ClaimsPrincipal principal, string scope) => principal.HasClaim(Caller.ScopeClaim, scope);

    /// <summary>When the key or token ends under which the caller came.</summary>
    public static DateTimeOffset Expires(this ClaimsPrincipal principal) =>
        long.TryParse(principal.FindFirst(Caller.ExpiresClaim)?.Value, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new InvalidOperationException("A request reached a resolver without being authenticated.");
}
