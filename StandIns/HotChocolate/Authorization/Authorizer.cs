using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Authorization;

/// <summary>Asks the policies of ASP.NET Core.</summary>
internal sealed class Authorizer(IServiceProvider services)
{
    private readonly IAuthorizationService _service = services.GetRequiredService<IAuthorizationService>();
    private readonly IAuthorizationPolicyProvider _policies = services.GetRequiredService<IAuthorizationPolicyProvider>();
    private readonly ConcurrentDictionary<AuthorizeDirective, Demand> _demands = new();

    /// <summary>What speaks against the caller, whom the request's state names; null when nothing does.</summary>
    /// <param name="answers">Those that cannot change within the request.</param>
    public ValueTask<IError?> CheckAsync(
        AuthorizeDirective directive, IDictionary<string, object?> state, object resource, Answers answers)
    {
        var user = state.TryGetValue(nameof(ClaimsPrincipal), out var value) && value is ClaimsPrincipal principal
            ? principal
            : throw new InvalidOperationException($"The request's state has no `{nameof(ClaimsPrincipal)}`.");
        return answers.TryGetValue(directive, out var known) ? new(known) : AskAsync(directive, user, resource, answers);
    }

    private async ValueTask<IError?> AskAsync(
        AuthorizeDirective directive, ClaimsPrincipal user, object resource, Answers answers)
    {
        if (!_demands.TryGetValue(directive, out var demand))
        {
            demand = await DemandAsync(directive).ConfigureAwait(false);
            if (_policies.AllowsCachingPolicies)
            {
                _demands.TryAdd(directive, demand);
            }
        }

        if (demand.Policy is not { } policy)
        {
            return Error(
                $"The `{directive.Policy}` authorization policy does not exist.", ErrorCodes.Authentication.PolicyNotFound);
        }

        var asked = await _service.AuthorizeAsync(user, resource, policy).ConfigureAwait(false);
        var error = asked.Succeeded ? null : Error(
            "The current user is not authorized to access this resource.",
            user.Identities.Any(i => i.IsAuthenticated)
                ? ErrorCodes.Authentication.NotAuthorized
                : ErrorCodes.Authentication.NotAuthenticated);
        if (demand.LooksAtUserOnly)
        {
            answers.TryAdd(directive, error);
        }

        return error;
    }

    private async ValueTask<Demand> DemandAsync(AuthorizeDirective directive)
    {
        var builder = new AuthorizationPolicyBuilder();
        if (!string.IsNullOrWhiteSpace(directive.Policy))
        {
            if (await _policies.GetPolicyAsync(directive.Policy).ConfigureAwait(false) is not { } named)
            {
                return default;
            }

            builder.Combine(named);
        }
        else
        {
            builder.Combine(await _policies.GetDefaultPolicyAsync().ConfigureAwait(false));
        }

        var policy = directive.AnyRole is { Length: > 0 } roles ? builder.RequireRole(roles).Build() : builder.Build();
        return new(policy, policy.Requirements.All(r => r is RolesAuthorizationRequirement
            or DenyAnonymousAuthorizationRequirement or ClaimsAuthorizationRequirement or NameAuthorizationRequirement));
    }

    private static IError Error(string message, string code) => new Error(message).WithCode(code);

    /// <param name="Policy">Null when the directive names one that does not exist.</param>
    /// <param name="LooksAtUserOnly">Whether every field of a request gets the same answer.</param>
    private readonly record struct Demand(AuthorizationPolicy? Policy, bool LooksAtUserOnly);

    /// <summary>The answers of one request: errors, or null where the caller may.</summary>
    public sealed class Answers : ConcurrentDictionary<AuthorizeDirective, IError?>;
}
