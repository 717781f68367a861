namespace HotChocolate.Execution;

/// <summary>One request on its way.</summary>
public interface IRequestContext
{
    ISchema Schema { get; }

    IOperationRequest Request { get; }

    CancellationToken RequestAborted { get; }

    /// <summary>Set when the rest of the pipeline has run; may be replaced.</summary>
    IExecutionResult? Result { get; set; }
}

/// <summary>The rest of the pipeline.</summary>
public delegate ValueTask RequestDelegate(IRequestContext context);

/// <summary>A part of the pipeline around what comes after it.</summary>
public delegate RequestDelegate RequestMiddleware(RequestDelegate next);

internal sealed class RequestContext(ISchema schema, OperationRequest request, PreparedOperation operation, CancellationToken aborted)
    : IRequestContext
{
    public ISchema Schema => schema;
    public IOperationRequest Request => request;
    public OperationRequest Own => request;
    public PreparedOperation Operation => operation;
    public CancellationToken RequestAborted => aborted;
    public IExecutionResult? Result { get; set; }
}

/// <summary>Changes results.</summary>
public sealed class OperationResultBuilder
{
    private readonly OperationResult _result;
    private Dictionary<string, object?> _extensions;

    private OperationResultBuilder(OperationResult result)
    {
        _result = result;
        _extensions = result.Extensions is null ? [] : new(result.Extensions);
    }

    public static OperationResultBuilder FromResult(IOperationResult result) => new((OperationResult)result);

    /// <summary>Instead of those there are.</summary>
    public OperationResultBuilder SetExtensions(IReadOnlyDictionary<string, object?>? extensions)
    {
        _extensions = extensions is null ? [] : new(extensions);
        return this;
    }

    public OperationResultBuilder SetExtension(string key, object? value)
    {
        _extensions[key] = value;
        return this;
    }

    public IOperationResult Build() => _result.With(_extensions);
}
