using System.Security.Claims;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

internal static class Access
{
    /// <summary>A GraphQL error unless the caller has one of the roles.</summary>
    public static void Require(this ClaimsPrincipal principal, params string[] roles)
    {
        if (!roles.Any(principal.ToActor().Has)) throw Failures.Forbidden(roles);
    }
}
