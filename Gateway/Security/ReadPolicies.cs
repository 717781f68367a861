using System.Collections.Immutable;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace Q2C.Gateway.Security;

/// <summary>
/// Who may read what: <c>@authorize(policy: …)</c> in the schema names one of these, on a field or on a type, then for
/// every field that answers with it. Rows are another matter (<see cref="Sight"/>).
/// </summary>
internal static class ReadPolicies
{
    /// <summary>Whoever has a role, within the scope to read. On the root types.</summary>
    public const string Reader = "reader";

    /// <summary>Everybody but customers.</summary>
    public const string Staff = "staff";

    /// <summary>Billing runs and what belongs to them.</summary>
    public const string Billing = "billing";

    /// <summary>Who did which work; how to reach somebody; numbers that name a person.</summary>
    public const string People = "people";

    /// <summary>What work costs the firm, and what is left of the price.</summary>
    public const string Economics = "economics";

    /// <summary>Traffic with other systems.</summary>
    public const string Operations = "operations";

    /// <summary>Policy documents, with all that they say: what work costs, too.</summary>
    public const string Policies = "policies";

    /// <summary>Raw bodies, and who did what.</summary>
    public const string Audit = "audit";

    private static readonly ImmutableArray<string> AllStaff =
    [
        Roles.Sales, Roles.Delivery, Roles.Finance, Roles.FinanceApprover, Roles.Auditor, Roles.Operator, Roles.Administrator,
        Roles.Machine,
    ];

    public static ImmutableDictionary<string, ImmutableArray<string>> Readers { get; } = new Dictionary<string, ImmutableArray<string>>
    {
        [Reader] = [.. AllStaff, Roles.Customer],
        [Staff] = AllStaff,
        [Billing] = [Roles.Finance, Roles.FinanceApprover, Roles.Auditor, Roles.Operator, Roles.Administrator, Roles.Machine],
        [People] =
            [Roles.Delivery, Roles.Finance, Roles.FinanceApprover, Roles.Auditor, Roles.Operator, Roles.Administrator, Roles.Machine],
        [Economics] = [Roles.Finance, Roles.FinanceApprover, Roles.Auditor, Roles.Administrator],
        [Operations] = AllStaff,
        [Policies] = [Roles.Finance, Roles.FinanceApprover, Roles.Auditor, Roles.Operator, Roles.Administrator],
        [Audit] = [Roles.Auditor, Roles.Operator, Roles.Administrator],
    }.ToImmutableDictionary();

    public static void AddPolicies(this AuthorizationOptions options)
    {
        foreach (var (name, roles) in Readers) options.AddPolicy(name, policy => policy.AddRequirements(new MayRead(roles)));

        // A browser's websocket says who it is in its first message.
        options.AddPolicy(GraphQLEndpoint, policy => policy.RequireAssertion(context =>
            context.User.Identity is { IsAuthenticated: true } || context.Resource is HttpContext { WebSockets.IsWebSocketRequest: true }));
    }

    public const string GraphQLEndpoint = "graphql-endpoint";

    /// <summary>A GraphQL error that says what is missing, if anything is.</summary>
    public static void MustRead(this ClaimsPrincipal user, IEnumerable<string> roles)
    {
        if (!user.HasScope(Scopes.Read)) throw Failures.MissingScope(Scopes.Read);
        if (!roles.Any(user.ToActor().Has)) throw Failures.Forbidden(roles);
    }
}

/// <summary>One of the roles, and the scope to read.</summary>
internal sealed record MayRead(ImmutableArray<string> Roles) : IAuthorizationRequirement;

/// <summary>Answers for the schema's policies. A refusal is an error that says what is missing, not just that something is.</summary>
internal sealed class MayReadHandler : AuthorizationHandler<MayRead>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, MayRead requirement)
    {
        context.User.MustRead(requirement.Roles);
        context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
