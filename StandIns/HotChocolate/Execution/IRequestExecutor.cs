namespace HotChocolate.Execution;

/// <summary>Executes requests against one schema.</summary>
public interface IRequestExecutor
{
    ISchema Schema { get; }

    IServiceProvider Services { get; }

    /// <summary>Never throws for what a request does wrong: that is in the result's errors.</summary>
    Task<IExecutionResult> ExecuteAsync(IOperationRequest request, CancellationToken cancellationToken = default);
}

/// <summary>Finds executors by schema name.</summary>
public interface IRequestExecutorResolver
{
    /// <summary>Throws <see cref="SchemaException"/> when the schema or its bindings are wrong.</summary>
    ValueTask<IRequestExecutor> GetRequestExecutorAsync(
        string? schemaName = default, CancellationToken cancellationToken = default);
}

/// <summary>Shortcuts.</summary>
public static class ExecutionRequestExecutorExtensions
{
    public static Task<IExecutionResult> ExecuteAsync(
        this IRequestExecutor executor, string query, CancellationToken cancellationToken = default) =>
        executor.ExecuteAsync(OperationRequestBuilder.New().SetDocument(query).Build(), cancellationToken);

    public static Task<IExecutionResult> ExecuteAsync(
        this IRequestExecutor executor,
        string query,
        Dictionary<string, object?> variableValues,
        CancellationToken cancellationToken = default) =>
        executor.ExecuteAsync(
            OperationRequestBuilder.New().SetDocument(query).SetVariableValues(variableValues).Build(), cancellationToken);

    public static Task<IExecutionResult> ExecuteAsync(
        this IRequestExecutor executor,
        Action<OperationRequestBuilder> buildRequest,
        CancellationToken cancellationToken = default)
    {
        var builder = OperationRequestBuilder.New();
        buildRequest(builder);
        return executor.ExecuteAsync(builder.Build(), cancellationToken);
    }
}
