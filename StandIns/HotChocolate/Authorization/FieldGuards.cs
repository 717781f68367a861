using System.Reflection;
using HotChocolate.Resolvers;
using HotChocolate.Types;

namespace HotChocolate.Authorization;

/// <summary>Puts the demands of fields, of what they return and of root types in front of resolvers.</summary>
internal static class FieldGuards
{
    /// <summary>Reads the attributes of the member that resolves a field.</summary>
    public static void ReadAttributes(MemberInfo member, FieldDefinition field)
    {
        field.Authorize.AddRange(member.GetCustomAttributes<AuthorizeAttribute>().Select(AuthorizeDirective.Of));
        field.AllowsAnonymous |= member.IsDefined(typeof(AllowAnonymousAttribute));
    }

    /// <summary>After binding, as the resolvers are wrapped.</summary>
    public static void Apply(Schema schema, Authorizer authorizer)
    {
        foreach (var type in schema.Types.Values.OfType<ObjectType>().Where(t => !Introspection.IsIntrospection(t.Name)))
        {
            var isRoot = type == schema.QueryType || type == schema.MutationType || type == schema.SubscriptionType;
            foreach (var field in type.Fields.Values)
            {
                AuthorizeDirective[] demands =
                    [.. Of(type, isRoot, field).Where(d => d.Apply != ApplyPolicy.Validation).Distinct()];
                if (demands.Length > 0)
                {
                    field.Resolver = FieldResolver.OfAsync(new FieldGuard(authorizer, field.Resolver!, demands).ResolveAsync);
                }
            }
        }
    }

    /// <summary>Everything that is demanded for a field of a type.</summary>
    public static IEnumerable<AuthorizeDirective> Of(ComplexType type, bool isRoot, FieldDefinition field) =>
        field.AllowsAnonymous
            ? field.Authorize
            : (isRoot ? type.Authorize : []).Concat(Returned(field)).Concat(field.Authorize);

    private static IEnumerable<AuthorizeDirective> Returned(FieldDefinition field) =>
        field.Type.Named is CompositeType composite ? composite.PossibleTypes.SelectMany(t => t.Authorize) : [];
}

/// <summary>Asks before the resolver runs, or before its value is shown.</summary>
internal sealed class FieldGuard(Authorizer authorizer, FieldResolver inner, AuthorizeDirective[] demands)
{
    private readonly AuthorizeDirective[] _before = [.. demands.Where(d => d.Apply == ApplyPolicy.BeforeResolver)];
    private readonly AuthorizeDirective[] _after = [.. demands.Where(d => d.Apply == ApplyPolicy.AfterResolver)];

    public async ValueTask<object?> ResolveAsync(ResolverContext context)
    {
        await AskAsync(_before, context).ConfigureAwait(false);
        var value = await inner.ResolveAsync(context).ConfigureAwait(false);
        if (value is not null)
        {
            await AskAsync(_after, context).ConfigureAwait(false);
        }

        return value;
    }

    private async ValueTask AskAsync(AuthorizeDirective[] demands, ResolverContext context)
    {
        foreach (var demand in demands)
        {
            var error = await authorizer.CheckAsync(
                demand, context.Operation.ContextData, context, context.Operation.Authorizations).ConfigureAwait(false);
            if (error is not null)
            {
                throw new GraphQLException(error);
            }
        }
    }
}
