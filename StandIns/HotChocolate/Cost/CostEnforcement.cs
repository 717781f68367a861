using HotChocolate.Execution;
using HotChocolate.Types;

namespace HotChocolate.Cost;

/// <summary>Refuses operations above the limits and reports the cost where the request asks for it.</summary>
internal readonly record struct CostEnforcement(OperationResult? Refusal, Dictionary<string, object?>? Extensions)
{
    public static CostEnforcement Check(
        RequestExecutor executor, PreparedOperation operation, VariableValues variables, IOperationRequest request)
    {
        var options = executor.Setup.Cost;
        var validateOnly = request.ContextData?.ContainsKey(CostAnalyzerOperationRequestBuilderExtensions.ValidateKey) == true;
        var report = request.ContextData?.ContainsKey(CostAnalyzerOperationRequestBuilderExtensions.ReportKey) == true;
        if (!options.EnforceCostLimits && !report && !validateOnly)
        {
            return default;
        }

        OperationCost cost;
        try
        {
            cost = operation.Cost.Analyze(variables);
        }
        catch (GraphQLException e)
        {
            return new(OperationResult.Failed(executor.Handle(e.Errors)), null);
        }

        var extensions = report || validateOnly ? Extension(cost) : null;
        if (options.EnforceCostLimits && !validateOnly && Excess(cost, options) is { } error)
        {
            var refusal = OperationResult.Failed(executor.Handle([error]));
            return new(extensions is null ? refusal : refusal.With(extensions), extensions);
        }

        return new(validateOnly ? OperationResult.Failed([]).With(extensions!) : null, extensions);
    }

    public OperationResult Report(OperationResult result) => Extensions is null ? result : result.With(Extensions);

    private static IError? Excess(OperationCost cost, CostAnalysis.CostOptions options)
    {
        if (cost.FieldCost > options.MaxFieldCost)
        {
            return new Error("The maximum allowed field cost was exceeded.").WithCode(ErrorCodes.Execution.CostExceeded)
                .SetExtension("fieldCost", cost.FieldCost).SetExtension("maxFieldCost", options.MaxFieldCost);
        }

        return cost.TypeCost > options.MaxTypeCost
            ? new Error("The maximum allowed type cost was exceeded.").WithCode(ErrorCodes.Execution.CostExceeded)
                .SetExtension("typeCost", cost.TypeCost).SetExtension("maxTypeCost", options.MaxTypeCost)
            : null;
    }

    private static Dictionary<string, object?> Extension(OperationCost cost) => new()
    {
        ["operationCost"] = new Dictionary<string, object?>
        {
            ["fieldCost"] = cost.FieldCost,
            ["typeCost"] = cost.TypeCost,
        },
    };
}
