using System.Security.Claims;
using HotChocolate.Resolvers;

namespace HotChocolate;

/// <summary>Shortcuts to the request's state.</summary>
public static class ResolverContextExtensions
{
    public static T? GetGlobalStateOrDefault<T>(this IResolverContext context, string name) =>
        context.ContextData.TryGetValue(name, out var value) && value is T typed ? typed : default;

    public static T GetGlobalState<T>(this IResolverContext context, string name) =>
        context.ContextData.TryGetValue(name, out var value) && value is T typed
            ? typed
            : throw new ArgumentException($"The request's state has no `{name}` of type {typeof(T)}.", nameof(name));

    public static void SetGlobalState<T>(this IResolverContext context, string name, T value) =>
        context.ContextData[name] = value;

    public static ClaimsPrincipal? GetUser(this IResolverContext context) =>
        context.GetGlobalStateOrDefault<ClaimsPrincipal>(nameof(ClaimsPrincipal));
}
