using System.Linq.Expressions;
using System.Reflection;
using System.Security.Claims;
using GreenDonut;
using HotChocolate.Types;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Resolvers;

/// <summary>Decides where the value of a resolver's parameter comes from.</summary>
internal sealed class ParameterBinder(IServiceProviderIsService? services)
{
    private static readonly MethodInfo s_argument = typeof(ResolverContext).GetMethod(nameof(ResolverContext.Argument))!;
    private static readonly MethodInfo s_parent = typeof(ResolverContext).GetMethod(nameof(ResolverContext.Parent))!;
    private static readonly MethodInfo s_service = Own(nameof(Service));
    private static readonly MethodInfo s_keyedService = Own(nameof(KeyedService));
    private static readonly MethodInfo s_state = Own(nameof(State));
    private static readonly MethodInfo s_event = Own(nameof(Event));

    /// <summary>The argument that the parameter stands for, or null when it is not an argument.</summary>
    public static InputField? ArgumentOf(ParameterInfo parameter, FieldDefinition field) =>
        IsSpecial(parameter)
            ? null
            : field.Arguments.GetValueOrDefault(
                parameter.GetCustomAttribute<ArgumentAttribute>()?.Name ?? Naming.Parameter(parameter));

    public Expression Bind(ParameterInfo parameter, FieldDefinition field, ParameterExpression context)
    {
        var type = parameter.ParameterType;
        if (ArgumentOf(parameter, field) is { } argument)
        {
            return Expression.Call(
                context, s_argument.MakeGenericMethod(type), Expression.Constant(field.Arguments.IndexOf(argument.Name)));
        }

        if (parameter.IsDefined(typeof(ParentAttribute)))
        {
            return Expression.Call(context, s_parent.MakeGenericMethod(type));
        }

        if (parameter.IsDefined(typeof(EventMessageAttribute)))
        {
            return Expression.Call(s_event.MakeGenericMethod(type), context);
        }

        if (parameter.GetCustomAttribute<GlobalStateAttribute>() is { } state)
        {
            return Expression.Call(
                s_state.MakeGenericMethod(type), context, Expression.Constant(state.Key ?? parameter.Name),
                Expression.Constant(IsOptional(parameter)));
        }

        return type == typeof(IResolverContext) ? context
            : type == typeof(CancellationToken) ? Expression.Property(context, nameof(ResolverContext.RequestAborted))
            : type == typeof(ISchema) ? Expression.Property(context, nameof(ResolverContext.Schema))
            : type == typeof(ClaimsPrincipal) ? FromState(nameof(ClaimsPrincipal))
            : type == typeof(HttpContext) ? FromState(nameof(HttpContext))
            : BindService(parameter, field, context);

        Expression FromState(string key) => Expression.Call(
            s_state.MakeGenericMethod(type), context, Expression.Constant(key), Expression.Constant(IsOptional(parameter)));
    }

    private MethodCallExpression BindService(ParameterInfo parameter, FieldDefinition field, ParameterExpression context)
    {
        var type = parameter.ParameterType;
        var attribute = parameter.GetCustomAttribute<ServiceAttribute>();
        if (attribute?.Key is { } key)
        {
            return Expression.Call(s_keyedService.MakeGenericMethod(type), context, Expression.Constant(key));
        }

        if (attribute is null && !typeof(IDataLoader).IsAssignableFrom(type) && services?.IsService(type) != true)
        {
            throw new SchemaException(
                [$"The parameter `{parameter.Name}` of `{parameter.Member.DeclaringType}.{parameter.Member.Name}` is neither an argument of `{field.DeclaringType.Name}.{field.Name}` nor a service."]);
        }

        return Expression.Call(
            s_service.MakeGenericMethod(type), context, Expression.Constant(IsOptional(parameter)));
    }

    private static bool IsSpecial(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(CancellationToken) || parameter.ParameterType == typeof(IResolverContext)
        || parameter.GetCustomAttributes().Any(a => a is
            ParentAttribute or EventMessageAttribute or GlobalStateAttribute or ServiceAttribute);

    private static bool IsOptional(ParameterInfo parameter) =>
        new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;

    private static MethodInfo Own(string name) =>
        typeof(ParameterBinder).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static T Service<T>(ResolverContext context, bool optional) where T : notnull =>
        optional ? context.Services.GetService<T>()! : context.Services.GetRequiredService<T>();

    private static T KeyedService<T>(ResolverContext context, string key) where T : notnull =>
        context.Services.GetRequiredKeyedService<T>(key);

    private static T State<T>(ResolverContext context, string key, bool optional) =>
        context.ContextData.TryGetValue(key, out var value) && value is T typed ? typed
        : optional ? default!
        : throw new GraphQLException($"The request's state has no `{key}`.");

    private static T Event<T>(ResolverContext context) => (T)context.Operation.EventMessage!;
}
