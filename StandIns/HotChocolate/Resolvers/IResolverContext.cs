using System.Diagnostics.CodeAnalysis;
using HotChocolate.Execution;
using Microsoft.Extensions.DependencyInjection;

namespace HotChocolate.Resolvers;

/// <summary>What a resolver can see of the request and of the field that it resolves.</summary>
public interface IResolverContext
{
    ISchema Schema { get; }

    Path Path { get; }

    string ResponseName { get; }

    IServiceProvider Services { get; set; }

    IServiceProvider RequestServices { get; }

    /// <summary>The request's state, as interceptors and earlier resolvers left it.</summary>
    IDictionary<string, object?> ContextData { get; }

    bool HasErrors { get; }

    CancellationToken RequestAborted { get; }

    /// <summary>The object that the field belongs to.</summary>
    T Parent<T>();

    T ArgumentValue<T>(string name);

    Optional<T> ArgumentOptional<T>(string name);

    T Service<T>() where T : notnull;

    T Service<T>(object key) where T : notnull;

    object Service(Type service);

    /// <summary>An instance of a class with resolvers: from the services, else one made for the schema.</summary>
    T Resolver<T>();

    /// <summary>Adds an error at this field without ending the field.</summary>
    void ReportError(string errorMessage);

    void ReportError(IError error);

    void ReportError(Exception exception, Action<IErrorBuilder>? configure = null);
}

/// <summary>Shortcuts to DataLoaders.</summary>
public static class DataLoaderResolverContextExtensions
{
    public static T DataLoader<T>(this IResolverContext context) where T : GreenDonut.IDataLoader =>
        context.RequestServices.GetRequiredService<T>();
}

/// <summary>The context of one field of one request.</summary>
internal sealed class ResolverContext(
    OperationContext operation, FieldPlan field, ResultNode parentNode, int slot, object? parentValue)
    : IResolverContext
{
    private object?[]? _arguments;
    private IServiceProvider? _services;

    public OperationContext Operation { get; } = operation;
    public FieldPlan Field { get; } = field;
    public object? ParentValue { get; } = parentValue;
    public Types.ObjectType ObjectTypeModel => Field.ParentType;

    public ISchema Schema => Operation.Schema;

    public Path Path => parentNode.PathTo(slot);

    public string ResponseName => Field.ResponseName;

    [AllowNull]
    public IServiceProvider Services
    {
        get => _services ?? Operation.Services;
        set => _services = value;
    }

    public IServiceProvider RequestServices => Operation.Services;

    public IDictionary<string, object?> ContextData => Operation.ContextData;

    public bool HasErrors => Operation.Errors.Count > 0;

    public CancellationToken RequestAborted => Operation.Aborted;

    public T Parent<T>() => ParentValue switch
    {
        T typed => typed,
        null when default(T) is null => default!,
        _ => throw new GraphQLException(ErrorBuilder.New()
            .SetMessage($"The resolver parent type of the field `{ObjectTypeModel.Name}.{Field.Definition.Name}` is `{ParentValue?.GetType()}`, but the resolver expects `{typeof(T)}`.")
            .SetCode(ErrorCodes.Execution.CannotCastParent)
            .Build()),
    };

    public T ArgumentValue<T>(string name) => Argument<T>(IndexOf(name));

    public Optional<T> ArgumentOptional<T>(string name) =>
        Arguments[IndexOf(name)] is var value && value == ArgumentPlan.Absent ? default : new(Types.InputConversion.To<T>(value));

    /// <summary>The argument at this position of the field's declaration.</summary>
    public T Argument<T>(int index)
    {
        var value = Arguments[index];
        return value == ArgumentPlan.Absent
            ? default!
            : Types.InputConversion.To<T>(value);
    }

    public T Service<T>() where T : notnull => Services.GetRequiredService<T>();

    public T Service<T>(object key) where T : notnull => Services.GetRequiredKeyedService<T>(key);

    public object Service(Type service) => Services.GetRequiredService(service);

    public T Resolver<T>() => Operation.Executor.Instance<T>(Services);

    public void ReportError(string errorMessage) => ReportError(new Error(errorMessage));

    public void ReportError(IError error) => Operation.Report(error, Field, parentNode, slot);

    public void ReportError(Exception exception, Action<IErrorBuilder>? configure = null)
    {
        var builder = ErrorBuilder.FromError(RequestExecutor.Unexpected(exception));
        configure?.Invoke(builder);
        ReportError(builder.Build());
    }

    private object?[] Arguments => _arguments ??= Field.CoerceArguments(Operation.Variables);

    private int IndexOf(string name)
    {
        var index = Field.Definition.Arguments.IndexOf(name);
        return index >= 0 ? index : throw new ArgumentException(
            $"The field `{Field.Definition.Name}` has no argument `{name}`.", nameof(name));
    }
}
