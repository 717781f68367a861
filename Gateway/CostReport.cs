using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;

namespace Q2C.Gateway;

/// <summary>
/// To a request with the header <c>GraphQL-Cost: report</c>, what its operation counted for against the limits, in
/// <c>extensions.cost</c>; with <c>validate</c>, that and nothing else.
/// </summary>
internal static class CostReport
{
    // Where the engine puts it.
    private const string Analysis = "operationCost";
    private const string Extension = "cost";

    /// <summary>In front of the pipeline.</summary>
    public static IRequestExecutorBuilder ReportCosts(this IRequestExecutorBuilder builder) => builder
        .UseRequest(next => async context =>
        {
            await next(context);
            if (context.Result is IOperationResult { Extensions: { } extensions } result && extensions.TryGetValue(Analysis, out var cost))
                context.Result = OperationResultBuilder.FromResult(result).SetExtensions(Renamed(extensions, cost)).Build();
        });

    private static Dictionary<string, object?> Renamed(IReadOnlyDictionary<string, object?> extensions, object? cost)
    {
        var renamed = new Dictionary<string, object?>(extensions) { [Extension] = cost };
        renamed.Remove(Analysis);
        return renamed;
    }
}
