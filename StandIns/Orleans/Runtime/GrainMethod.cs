using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>One method of a grain interface, compiled: how it is called, and what its attributes ask for.</summary>
internal sealed class GrainMethod
{
    private static readonly ConcurrentDictionary<MethodInfo, GrainMethod> Known = new();

    private GrainMethod(MethodInfo method)
    {
        if (method.IsGenericMethodDefinition || method.ContainsGenericParameters)
            throw new NotSupportedException($"{method.DeclaringType}.{method.Name}: generic grain methods.");

        Method = method;
        Interface = method.DeclaringType!;
        Parameters = [.. method.GetParameters().Select(parameter => parameter.ParameterType)];
        ResultType = ResultOf(method);
        AlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        OneWay = method.IsDefined(typeof(OneWayAttribute)) || method.ReturnType == typeof(void);
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        TokenIndex = Array.IndexOf(Parameters, typeof(CancellationToken));
        IsArgumentShared = [.. method.GetParameters().Select(parameter => parameter.IsDefined(typeof(ImmutableAttribute)))];
        IsResultShared = method.ReturnParameter.IsDefined(typeof(ImmutableAttribute), inherit: false);
        WireName = NameOf(method);
        Invoke = CompileInvoke(method);
        ToReturnType = CompileReturn(method.ReturnType);
    }

    public MethodInfo Method { get; }

    public Type Interface { get; }

    public Type[] Parameters { get; }

    /// <summary>What the awaited result is; typeof(void) when there is none.</summary>
    public Type ResultType { get; }

    public bool AlwaysInterleave { get; }

    public bool ReadOnly { get; }

    public bool OneWay { get; }

    public TimeSpan? ResponseTimeout { get; }

    /// <summary>Where the cancellation token is among the parameters; -1 when there is none.</summary>
    public int TokenIndex { get; }

    /// <summary>By parameter: whether caller and grain may hold the same object.</summary>
    public bool[] IsArgumentShared { get; }

    public bool IsResultShared { get; }

    public string WireName { get; }

    public Func<object, object?[], Task<object?>> Invoke { get; }

    public Func<Task<object?>, object?> ToReturnType { get; }

    public static GrainMethod Of(MethodInfo method) => Known.GetOrAdd(method, static found => new(found));

    public static IEnumerable<MethodInfo> MethodsOf(Type @interface) =>
        @interface.GetInterfaces().Append(@interface).SelectMany(type => type.GetMethods())
            .Where(method => method.IsAbstract);

    public override string ToString() => $"{Interface.Name}.{Method.Name}";

    private static string NameOf(MethodInfo method)
    {
        if (method.GetCustomAttributes<AliasAttribute>().FirstOrDefault() is { } alias) return alias.Alias;
        var overloaded = method.DeclaringType!.GetMethods().Count(other => other.Name == method.Name) > 1;
        return overloaded
            ? $"{method.Name}({string.Join(',', method.GetParameters().Select(parameter => parameter.ParameterType))})"
            : method.Name;
    }

    private static Type ResultOf(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask)) return typeof(void);
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var shape &&
            (shape == typeof(Task<>) || shape == typeof(ValueTask<>))) return type.GenericTypeArguments[0];
        throw new NotSupportedException(
            $"{method.DeclaringType}.{method.Name} returns {type}: a grain method returns a task or nothing.");
    }

    private static Func<object, object?[], Task<object?>> CompileInvoke(MethodInfo method)
    {
        var target = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object[]));
        var call = Expression.Call(
            Expression.Convert(target, method.DeclaringType!),
            method,
            method.GetParameters().Select((parameter, index) => Expression.Convert(
                Expression.ArrayIndex(arguments, Expression.Constant(index)), parameter.ParameterType)));
        var type = method.ReturnType;
        Expression boxed = type == typeof(void)
            ? Expression.Block(call, Expression.Constant(Nothing))
            : type.IsGenericType
                ? Expression.Call(typeof(GrainMethod), nameof(Box), type.GenericTypeArguments, call)
                : Expression.Call(typeof(GrainMethod), nameof(Box), null, call);
        return Expression.Lambda<Func<object, object?[], Task<object?>>>(boxed, target, arguments).Compile();
    }

    private static Func<Task<object?>, object?> CompileReturn(Type type)
    {
        if (type == typeof(void)) return static _ => null;
        if (type == typeof(Task)) return static task => task;
        if (type == typeof(ValueTask)) return static task => new ValueTask(task);
        var task = Expression.Parameter(typeof(Task<object?>));
        var name = type.GetGenericTypeDefinition() == typeof(Task<>) ? nameof(Unbox) : nameof(UnboxValue);
        Expression typed = Expression.Call(typeof(GrainMethod), name, type.GenericTypeArguments, task);
        return Expression.Lambda<Func<Task<object?>, object?>>(
            Expression.Convert(typed, typeof(object)), task).Compile();
    }

    private static readonly Task<object?> Nothing = Task.FromResult<object?>(null);

    private static async Task<object?> Box<T>(Task<T> task) => await task;

    private static Task<object?> Box<T>(ValueTask<T> task) => Box(task.AsTask());

    private static async Task<object?> Box(Task task)
    {
        await task;
        return null;
    }

    private static Task<object?> Box(ValueTask task) => Box(task.AsTask());

    private static async Task<T> Unbox<T>(Task<object?> task) => (T)(await task.ConfigureAwait(false))!;

    private static ValueTask<T> UnboxValue<T>(Task<object?> task) => new(Unbox<T>(task));
}
