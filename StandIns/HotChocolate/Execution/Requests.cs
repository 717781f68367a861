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
    IServiceProvider? Services) : IOperationRequest;

/// <summary>Collects the parts of a request.</summary>
public sealed class OperationRequestBuilder
{
    private OperationRequest _request = new(null, null, null, null, null, null, null);
    private Dictionary<string, object?>? _state;

    public static OperationRequestBuilder New() => new();

    public OperationRequestBuilder SetDocument(string sourceText) => Set(_request with { Document = sourceText });

    /// <summary>The id of a stored document.</summary>
    internal OperationRequestBuilder SetDocumentId(string? id) => Set(_request with { DocumentId = id });

    public OperationRequestBuilder SetOperationName(string? operationName) =>
        Set(_request with { OperationName = operationName });

    public OperationRequestBuilder SetVariableValues(IReadOnlyDictionary<string, object?>? variableValues) =>
        Set(_request with { VariableValues = variableValues });

    public OperationRequestBuilder SetExtensions(IReadOnlyDictionary<string, object?>? extensions) =>
        Set(_request with { Extensions = extensions });

    public OperationRequestBuilder SetServices(IServiceProvider? services) => Set(_request with { Services = services });

    public OperationRequestBuilder TrySetServices(IServiceProvider? services) =>
        SetServices(_request.Services ?? services);

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

    public IOperationRequest Build() => _request with { ContextData = _state };

    private OperationRequestBuilder Set(OperationRequest request)
    {
        _request = request;
        return this;
    }
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
