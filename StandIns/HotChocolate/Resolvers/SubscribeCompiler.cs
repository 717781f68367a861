using System.Reflection;
using System.Text.RegularExpressions;
using HotChocolate.Execution;
using HotChocolate.Subscriptions;
using HotChocolate.Types;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Resolvers;

/// <summary>Turns [Subscribe] methods into sources of events.</summary>
internal sealed partial class SubscribeCompiler(ResolverCompiler resolvers)
{
    /// <summary>Null when the method is not marked with [Subscribe].</summary>
    public SubscribeResolver? Compile(MethodInfo method, FieldDefinition field, bool onParent)
    {
        if (method.GetCustomAttribute<SubscribeAttribute>() is not { } attribute)
        {
            return null;
        }

        return attribute.With is null ? Topic(method, field, attribute) : With(method, field, attribute.With, onParent);
    }

    private SubscribeResolver With(MethodInfo method, FieldDefinition field, string name, bool onParent)
    {
        var source = method.ReflectedType!.GetMethod(
            name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
            ?? throw new SchemaException([$"`{method.ReflectedType}` has no method `{name}` for [Subscribe] on `{method.Name}`."]);
        if (!onParent && !source.IsStatic)
        {
            throw new SchemaException([$"`{source.ReflectedType}.{name}` must be static: a subscription has no instance of a resolver class."]);
        }

        var call = resolvers.CompileCall(source, field, onParent);
        var result = ClrTypes.Result(source.ReturnType);
        var unwrap = ClrTypes.IsGeneric(source.ReturnType, typeof(ValueTask<>)) ? nameof(FromValueTask)
            : typeof(Task).IsAssignableFrom(source.ReturnType) ? nameof(FromTask)
            : null;
        var stream = result.GetInterfaces().Prepend(result)
            .FirstOrDefault(i => ClrTypes.IsGeneric(i, typeof(IAsyncEnumerable<>)));
        var wrap = stream is null ? s_cast : Wrapper(stream.GetGenericArguments()[0]);
        if (unwrap is null)
        {
            return context => new(wrap(call(context)!));
        }

        var open = Own(unwrap).MakeGenericMethod(result)
            .CreateDelegate<Func<object, Func<object, ISourceStream>, ValueTask<ISourceStream>>>();
        return context => open(call(context)!, wrap);
    }

    private static SubscribeResolver Topic(MethodInfo method, FieldDefinition field, SubscribeAttribute attribute)
    {
        var message = attribute.MessageType
            ?? method.GetParameters().FirstOrDefault(p => p.IsDefined(typeof(EventMessageAttribute)))?.ParameterType
            ?? throw new SchemaException([$"`{method.ReflectedType}.{method.Name}` has no [EventMessage] parameter."]);
        var subscribe = Own(nameof(Subscribe)).MakeGenericMethod(message)
            .CreateDelegate<Func<ResolverContext, string, ValueTask<ISourceStream>>>();
        var topic = TopicName(method, field);
        return context => subscribe(context, topic(context));
    }

    private static Func<ResolverContext, string> TopicName(MethodInfo method, FieldDefinition field)
    {
        var parameter = method.GetParameters().FirstOrDefault(p => p.IsDefined(typeof(TopicAttribute)));
        if (parameter is not null && ParameterBinder.ArgumentOf(parameter, field) is { } argument)
        {
            return context => context.ArgumentValue<object>(argument.Name)?.ToString() ?? "";
        }

        var format = method.GetCustomAttribute<TopicAttribute>()?.Name ?? method.Name;
        return format.Contains('{', StringComparison.Ordinal)
            ? context => Placeholder().Replace(
                format, m => context.ArgumentValue<object>(m.Groups[1].Value)?.ToString() ?? "")
            : _ => format;
    }

    private static readonly Func<object, ISourceStream> s_cast = stream => (ISourceStream)stream;

    private static Func<object, ISourceStream> Wrapper(Type message) =>
        Own(nameof(Wrap)).MakeGenericMethod(message).CreateDelegate<Func<object, ISourceStream>>();

    private static MethodInfo Own(string name) =>
        typeof(SubscribeCompiler).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static ISourceStream Wrap<T>(object stream) => new EnumerableSourceStream<T>((IAsyncEnumerable<T>)stream);

    private static async ValueTask<ISourceStream> FromTask<T>(object task, Func<object, ISourceStream> wrap) =>
        wrap((await ((Task<T>)task).ConfigureAwait(false))!);

    private static async ValueTask<ISourceStream> FromValueTask<T>(object task, Func<object, ISourceStream> wrap) =>
        wrap((await ((ValueTask<T>)task).ConfigureAwait(false))!);

    private static async ValueTask<ISourceStream> Subscribe<T>(ResolverContext context, string topic) =>
        await context.Services.GetRequiredService<ITopicEventReceiver>()
            .SubscribeAsync<T>(topic, context.RequestAborted).ConfigureAwait(false);

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();
}
