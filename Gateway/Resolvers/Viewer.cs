using System.Collections.Immutable;
using System.Security.Claims;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

public sealed record Viewer(string Name, ImmutableArray<Role> Roles);

public sealed class ViewerQueries
{
    public Viewer GetViewer(ClaimsPrincipal user)
    {
        var caller = user.ToActor();
        return new(caller.Id, [.. caller.Roles.Select(RoleNames.Parse).OfType<Role>()]);
    }
}
