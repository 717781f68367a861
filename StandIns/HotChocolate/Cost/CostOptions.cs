namespace HotChocolate.CostAnalysis
{
    /// <summary>Settings of cost analysis.</summary>
    public sealed class CostOptions
    {
        public double MaxFieldCost { get; set; } = 1_000;

        public double MaxTypeCost { get; set; } = 1_000;

        /// <summary>Whether operations above the limits are refused.</summary>
        public bool EnforceCostLimits { get; set; } = true;

        /// <summary>Whether fields without @cost get the defaults.</summary>
        public bool ApplyCostDefaults { get; set; } = true;

        /// <summary>The cost of a field with an asynchronous resolver.</summary>
        public double? DefaultResolverCost { get; set; } = 10.0;
    }
}

namespace HotChocolate.Execution
{
    /// <summary>Cost per request.</summary>
    public static class CostAnalyzerOperationRequestBuilderExtensions
    {
        internal const string ReportKey = "HotChocolate.CostAnalysis.Report";
        internal const string ValidateKey = "HotChocolate.CostAnalysis.Validate";

        /// <summary>Reports the cost in <c>extensions.operationCost</c>.</summary>
        public static OperationRequestBuilder ReportCost(this OperationRequestBuilder builder) =>
            builder.SetGlobalState(ReportKey, true);

        /// <summary>Reports the cost and does not execute.</summary>
        public static OperationRequestBuilder ValidateCost(this OperationRequestBuilder builder) =>
            builder.SetGlobalState(ValidateKey, true);
    }
}
