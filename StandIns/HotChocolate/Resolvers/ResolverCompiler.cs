using System.Linq.Expressions;
using System.Reflection;
using HotChocolate.Types;

namespace HotChocolate.Resolvers;

/// <summary>Compiles properties and methods into resolvers.</summary>
internal sealed class ResolverCompiler(ParameterBinder parameters)
{
    private static readonly MethodInfo s_instance = typeof(ResolverContext).GetMethod(nameof(ResolverContext.Resolver))!;
    private static readonly MethodInfo s_parent = typeof(ResolverContext).GetMethod(nameof(ResolverContext.Parent))!;

    /// <param name="member">A property or a method.</param>
    /// <param name="field">The field it resolves.</param>
    /// <param name="onParent">Whether the member is one of the parent object, not of a class of resolvers.</param>
    public FieldResolver Compile(MemberInfo member, FieldDefinition field, bool onParent)
    {
        if (member is PropertyInfo { GetMethod.IsStatic: false } property && onParent)
        {
            var parent = Expression.Parameter(typeof(object));
            var read = Expression.Property(Expression.Convert(parent, property.DeclaringType!), property);
            if (!ClrTypes.IsAsync(property.PropertyType))
            {
                return FieldResolver.OfProperty(
                    property, Expression.Lambda<Func<object, object?>>(Boxed(read), parent).Compile());
            }
        }

        var context = Expression.Parameter(typeof(ResolverContext));
        var call = Call(member, field, context, onParent);
        return Async(call, context) is { } asynchronous
            ? FieldResolver.OfAsync(
                Expression.Lambda<Func<ResolverContext, ValueTask<object?>>>(asynchronous, context).Compile())
            : FieldResolver.Pure(Expression.Lambda<Func<ResolverContext, object?>>(Boxed(call), context).Compile());
    }

    /// <summary>Calls the method and returns what it returns, boxed.</summary>
    public Func<ResolverContext, object?> CompileCall(MethodInfo method, FieldDefinition field, bool onParent)
    {
        var context = Expression.Parameter(typeof(ResolverContext));
        return Expression.Lambda<Func<ResolverContext, object?>>(
            Boxed(Call(method, field, context, onParent)), context).Compile();
    }

    private Expression Call(MemberInfo member, FieldDefinition field, ParameterExpression context, bool onParent)
    {
        var type = member.ReflectedType!;
        var isStatic = member is MethodInfo { IsStatic: true } or PropertyInfo { GetMethod.IsStatic: true };
        Expression? instance = isStatic
            ? null
            : Expression.Call(context, (onParent ? s_parent : s_instance).MakeGenericMethod(type));
        return member is MethodInfo method
            ? Expression.Call(instance, method, method.GetParameters().Select(p => parameters.Bind(p, field, context)))
            : Expression.Property(instance, (PropertyInfo)member);
    }

    private static MethodCallExpression? Async(Expression call, ParameterExpression context)
    {
        var type = call.Type;
        if (typeof(Task).IsAssignableFrom(type))
        {
            return Convert(nameof(ResolverResults.FromTask), call);
        }

        if (ClrTypes.IsGeneric(type, typeof(ValueTask<>)))
        {
            return Convert(nameof(ResolverResults.FromValueTask), call);
        }

        return ClrTypes.IsGeneric(type, typeof(IAsyncEnumerable<>))
            ? Convert(
                nameof(ResolverResults.FromStream), call,
                Expression.Property(context, nameof(ResolverContext.RequestAborted)))
            : null;
    }

    private static MethodCallExpression Convert(string method, Expression call, params Expression[] more) => Expression.Call(
        typeof(ResolverResults), method, [call.Type.GetGenericArguments()[0]], [call, .. more]);

    private static UnaryExpression Boxed(Expression expression) => Expression.Convert(expression, typeof(object));
}
