using System.Security.Claims;

namespace Q2C.Gateway.Security;

/// <summary>Who asks, as the deciders know it.</summary>
internal static class Callers
{
    public static ClaimsPrincipal ToPrincipal(this Actor actor, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, actor.Id), .. actor.Roles.Select(role => new Claim(ClaimTypes.Role, role))], scheme));

    /// <summary>Throws for a principal that nobody authenticated: the endpoint lets none through.</summary>
    public static Actor ToActor(this ClaimsPrincipal principal) => principal.Identity is { IsAuthenticated: true, Name: { } name }
        ? new(name, [.. principal.FindAll(ClaimTypes.Role).Select(claim => claim.Value)])
        : throw new InvalidOperationException("A request reached a resolver without being authenticated.");
}
