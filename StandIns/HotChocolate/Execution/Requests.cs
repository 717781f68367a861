using System.Security.Claims;

namespace HotChocolate.Execution;

/// <summary>A request to execute an operation.</summary>
public interface IOperationRequest
{
    string? OperationName { get; }

    IReadOnlyDictionary<string, object?>? VariableValues { get; }

    IReadOnlyDictionary<string, object?>? Extensions { get; }

    IReadOnlyDictionary<string, object?>? ContextData { get; }

    IServiceProvider? Services { get; }
}

internal sealed record OperationRequest(
    string? Document,
    string? DocumentId,
    string? OperationName,
    IReadOnlyDictionary<string, object?>? VariableValues,
    IReadOnlyDictionary<string, object?>? Extensions,
    IReadOnlyDictionary<string, object?>? ContextData,
    IServiceProvider? Services) : IOperationRequest
{
    /// <summary>The result is only written, by a transport that disposes of it.</summary>
    public bool IsWritten { get; init; }
}

/// <summary>Collects the parts of a request.</summary>
public sealed class OperationRequestBuilder
{
    private string? _document;
    private string? _documentId;
    private string? _operationName;
    private IReadOnlyDictionary<string, object?>? _variables;
    private IReadOnlyDictionary<string, object?>? _extensions;
    private IServiceProvider? _services;
    private Dictionary<string, object?>? _state;

    public static OperationRequestBuilder New() => new();

    public OperationRequestBuilder SetDocument(string sourceText)
    {
        _document = sourceText;
        return this;
    }

    /// <summary>The id of a stored document.</summary>
    internal OperationRequestBuilder SetDocumentId(string? id)
    {
        _documentId = id;
        return this;
    }

    public OperationRequestBuilder SetOperationName(string? operationName)
    {
        _operationName = operationName;
        return this;
    }

    public OperationRequestBuilder SetVariableValues(IReadOnlyDictionary<string, object?>? variableValues)
    {
        _variables = variableValues;
        return this;
    }

    public OperationRequestBuilder SetExtensions(IReadOnlyDictionary<string, object?>? extensions)
    {
        _extensions = extensions;
        return this;
    }

    public OperationRequestBuilder SetServices(IServiceProvider? services)
    {
        _services = services;
        return this;
    }

    public OperationRequestBuilder TrySetServices(IServiceProvider? services) => SetServices(_services ?? services);

    public OperationRequestBuilder SetGlobalState(string name, object? value)
    {
        (_state ??= [])[name] = value;
        return this;
    }

    public OperationRequestBuilder AddGlobalState(string name, object? value)
    {
        (_state ??= []).Add(name, value);
        return this;
    }

    public OperationRequestBuilder TryAddGlobalState(string name, object? value)
    {
        (_state ??= []).TryAdd(name, value);
        return this;
    }

    public OperationRequestBuilder RemoveGlobalState(string name)
    {
        _state?.Remove(name);
        return this;
    }

    public IOperationRequest Build() => Build(isWritten: false);

    /// <param name="isWritten">The result is only written, by a transport that disposes of it.</param>
    internal OperationRequest Build(bool isWritten) =>
        new(_document, _documentId, _operationName, _variables, _extensions, _state, _services) { IsWritten = isWritten };
}

/// <summary>Per-request switches.</summary>
public static class OperationRequestBuilderExtensions
{
    internal const string IntrospectionKey = "HotChocolate.Introspection.Allowed";
    internal const string NonPersistedKey = "HotChocolate.PersistedOperations.AllowNonPersisted";

    /// <summary>The caller, as policies see it.</summary>
    public static OperationRequestBuilder SetUser(this OperationRequestBuilder builder, ClaimsPrincipal claimsPrincipal) =>
        builder.SetGlobalState(nameof(ClaimsPrincipal), claimsPrincipal);

    /// <summary>Lets this request carry a document of its own where only stored ones are allowed.</summary>
    public static OperationRequestBuilder AllowNonPersistedOperation(this OperationRequestBuilder builder) =>
        builder.SetGlobalState(NonPersistedKey, true);

    /// <summary>Lets this request introspect where introspection is disabled.</summary>
    public static OperationRequestBuilder AllowIntrospection(this OperationRequestBuilder builder) =>
        builder.SetGlobalState(IntrospectionKey, true);
}
