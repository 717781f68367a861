using System.Net;

namespace HotChocolate.Execution;

/// <summary>What came of a request: one result, or a stream of them.</summary>
public interface IExecutionResult : IAsyncDisposable
{
    IReadOnlyDictionary<string, object?>? ContextData { get; }
}

/// <summary>The result of one execution.</summary>
public interface IOperationResult : IExecutionResult
{
    /// <summary>Objects as dictionaries, lists, and leaf values as JSON has them; null without data.</summary>
    IReadOnlyDictionary<string, object?>? Data { get; }

    IReadOnlyList<IError>? Errors { get; }

    IReadOnlyDictionary<string, object?>? Extensions { get; }

    /// <summary>Whether execution began, so that <c>data</c> is part of the response even if null.</summary>
    bool IsDataSet { get; }
}

/// <summary>The results of a subscription, one per event; it can be read once.</summary>
public interface IResponseStream : IExecutionResult
{
    IAsyncEnumerable<IOperationResult> ReadResultsAsync();
}

/// <summary>Reading results in tests and handlers.</summary>
public static class ExecutionResultExtensions
{
    public static string ToJson(this IExecutionResult result, bool withIndentations = true) =>
        ResultWriter.ToJson(result.ExpectOperationResult(), withIndentations);

    public static IOperationResult ExpectOperationResult(this IExecutionResult result) =>
        result as IOperationResult ?? throw new ArgumentException("The result is not a single result.", nameof(result));

    public static IResponseStream ExpectResponseStream(this IExecutionResult result) =>
        result as IResponseStream ?? throw new ArgumentException("The result is not a response stream.", nameof(result));
}

internal sealed class OperationResult(
    ResultNode? data,
    bool isDataSet,
    IReadOnlyList<IError>? errors,
    IReadOnlyDictionary<string, object?>? extensions = null,
    IReadOnlyDictionary<string, object?>? contextData = null) : IOperationResult
{
    public ResultNode? Root { get; } = data;
    public bool IsDataSet { get; } = isDataSet;
    public IReadOnlyList<IError>? Errors { get; } = errors is { Count: > 0 } ? errors : null;
    public IReadOnlyDictionary<string, object?>? Extensions { get; } = extensions;
    public IReadOnlyDictionary<string, object?>? ContextData { get; } = contextData;
    public IReadOnlyDictionary<string, object?>? Data => field ??= ResultWriter.ToDictionary(Root);

    /// <summary>The status over HTTP where it is not the usual one.</summary>
    public HttpStatusCode? Status { get; init; }

    public static OperationResult Failed(params IReadOnlyList<IError> errors) => new(null, false, errors);

    public OperationResult With(IReadOnlyDictionary<string, object?> extensions) =>
        new(Root, IsDataSet, Errors, extensions, ContextData) { Fragments = Fragments, Status = Status };

    /// <summary>The memory of the parts that are JSON already; such a result is written once, and has no objects.</summary>
    public FragmentBuffer? Fragments { get; init; }

    public ValueTask DisposeAsync()
    {
        Fragments?.Return();
        return default;
    }
}

internal sealed class ResponseStream(IAsyncEnumerable<IOperationResult> results, Func<ValueTask> close) : IResponseStream
{
    public IReadOnlyDictionary<string, object?>? ContextData => null;

    public IAsyncEnumerable<IOperationResult> ReadResultsAsync() => results;

    public ValueTask DisposeAsync() => close();
}
