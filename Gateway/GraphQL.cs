using HotChocolate.Execution.Configuration;
using Q2C.Contracts;
using Q2C.Gateway.Mutations;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Projects;

namespace Q2C.Gateway;

/// <summary>The hand-written schema and the classes that answer it.</summary>
internal static class GraphQL
{
    public static string SchemaFile { get; } = Path.Combine(AppContext.BaseDirectory, "schema.graphql");

    public static void AddGatewayGraphQL(
        this IServiceCollection services, Limits limits, TrustedDocuments documents)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<CurrentCaller>();
        services.AddSingleton<ReadModels>();
        services.AddSingleton<Changes>();
        services.AddSingleton<Objects>();
        services.AddSingleton<PolicyDocuments>();
        services.AddSingleton<CommandSender>();
        services.AddSingleton<CorrectionTrials>();
        services.AddSingleton<DeliveryActions>();
        services.AddSingleton<ExceptionGroups>();
        services.AddSingleton<OperatorActions>();
        services.AddSingleton<Nodes>();
        services.AddSingleton<RecordLinks>();
        services.AddGraphQLServer(maxAllowedRequestSize: limits.RequestBytes)
            .AddDocumentFromFile(SchemaFile)
            .AddAuthorization()
            .AddSocketSessionInterceptor<SocketAuthentication>()
            .AddLimits(limits)
            .ModifyOptions(options => options.EnableOneOf = true)
            .AddQueries()
            .AddMutations()
            .AddFields()
            .BindPages()
            .BindOrders()
            .BindTypes()
            .AddDataLoaders()
            .AddErrorFilter<UnexpectedErrors>()
            .DisableIntrospection((services, _) => !services.GetRequiredService<GatewayOptions>().Tools)
            .ReportCosts()
            .UsePipeline(documents)
            .InitializeOnStartup();
    }

    private static IRequestExecutorBuilder AddLimits(this IRequestExecutorBuilder builder, Limits limits) => builder
        .ModifyRequestOptions(options => options.ExecutionTimeout = limits.ExecutionTime)
        .ModifyParserOptions(options => (options.MaxAllowedTokens, options.MaxAllowedFields) = (limits.Tokens, limits.Fields))
        .ModifyCostOptions(options => (options.MaxFieldCost, options.MaxTypeCost) = (limits.FieldCost, limits.TypeCost))
        .AddMaxExecutionDepthRule(limits.Depth, skipIntrospectionFields: true);

    private static IRequestExecutorBuilder UsePipeline(this IRequestExecutorBuilder builder, TrustedDocuments documents) =>
        documents.Folder is null ? builder.UseDefaultPipeline() : builder
            .UsePersistedOperationPipeline()
            .AddFileSystemOperationDocumentStorage(documents.Folder)
            .ModifyRequestOptions(options => options.PersistedOperations.OnlyAllowPersistedDocuments = documents.Only);

    private static IRequestExecutorBuilder AddDataLoaders(this IRequestExecutorBuilder builder) => builder
        .AddDataLoader<CaseHistories>()
        .AddDataLoader<ContractById>()
        .AddDataLoader<ContractViews>()
        .AddDataLoader<CorrectionsOfDelivery>()
        .AddDataLoader<CreditMemosOfInvoice>()
        .AddDataLoader<CustomerById>()
        .AddDataLoader<DeliveryBodies>()
        .AddDataLoader<DeliveryById>()
        .AddDataLoader<EffectById>()
        .AddDataLoader<ExceptionById>()
        .AddDataLoader<ExceptionGroupById>()
        .AddDataLoader<HoldsOfObject>()
        .AddDataLoader<IntercompanyOfInvoice>()
        .AddDataLoader<InvoiceById>()
        .AddDataLoader<InvoiceOutstandingAsOf>()
        .AddDataLoader<OutstandingAsOf>()
        .AddDataLoader<NestedPages>()
        .AddDataLoader<NodeById>()
        .AddDataLoader<OpenApprovals>()
        .AddDataLoader<OpenExceptions>()
        .AddDataLoader<PolicySets>()
        .AddDataLoader<PolicyTexts>()
        .AddDataLoader<ProjectById>()
        .AddDataLoader<ProjectMilestones>()
        .AddDataLoader<ProjectResources>()
        .AddDataLoader<ProjectViews>()
        .AddDataLoader<QuoteViews>()
        .AddDataLoader<WhyNotBilled>();

    private static IRequestExecutorBuilder AddQueries(this IRequestExecutorBuilder builder) => builder
        .AddResolver<ActivityQueries>("Query")
        .AddResolver<AlertQueries>("Query")
        .AddResolver<ApprovalQueries>("Query")
        .AddResolver<BillingHoldQueries>("Query")
        .AddResolver<BillingRunQueries>("Query")
        .AddResolver<BulkActionQueries>("Query")
        .AddResolver<ConnectionQueries>("Query")
        .AddResolver<ContractQueries>("Query")
        .AddResolver<CorrectionQueries>("Query")
        .AddResolver<CreditMemoQueries>("Query")
        .AddResolver<CustomerPaymentQueries>("Query")
        .AddResolver<CustomerQueries>("Query")
        .AddResolver<DeliveryQueries>("Query")
        .AddResolver<EffectQueries>("Query")
        .AddResolver<EngagementQueries>("Query")
        .AddResolver<ExceptionQueries>("Query")
        .AddResolver<ExceptionGroups>("Query")
        .AddResolver<InstallationQueries>("Query")
        .AddResolver<IntercompanyQueries>("Query")
        .AddResolver<InvoiceQueries>("Query")
        .AddResolver<NodeQueries>("Query")
        .AddResolver<NumberQueries>("Query")
        .AddResolver<PipelineQueries>("Query")
        .AddResolver<PayloadContractQueries>("Query")
        .AddResolver<PolicyQueries>("Query")
        .AddResolver<ProjectQueries>("Query")
        .AddResolver<QuoteQueries>("Query")
        .AddResolver<RevenueQueries>("Query")
        .AddResolver<ViewerQueries>("Query")
        .AddResolver<KeyFigureQueries>("Query")
        .AddResolver<ChangeSubscriptions>("Subscription")
        .AddResolver<EngagementSubscriptions>("Subscription");

    private static IRequestExecutorBuilder AddMutations(this IRequestExecutorBuilder builder) => builder
        .AddResolver<ApprovalMutations>("Mutation")
        .AddResolver<AlertMutations>("Mutation")
        .AddResolver<BillingMutations>("Mutation")
        .AddResolver<BulkActionMutations>("Mutation")
        .AddResolver<CaseMutations>("Mutation")
        .AddResolver<ConnectionMutations>("Mutation")
        .AddResolver<ContractMutations>("Mutation")
        .AddResolver<CreditMutations>("Mutation")
        .AddResolver<CustomerMutations>("Mutation")
        .AddResolver<DeliveryMutations>("Mutation")
        .AddResolver<ExceptionMutations>("Mutation")
        .AddResolver<HoldMutations>("Mutation")
        .AddResolver<InstallationMutations>("Mutation")
        .AddResolver<InvoiceMutations>("Mutation")
        .AddResolver<PolicyMutations>("Mutation")
        .AddResolver<ProjectMutations>("Mutation")
        .AddResolver<QuoteMutations>("Mutation")
        .AddResolver<ReceivableMutations>("Mutation")
        .AddResolver<RevenueMutations>("Mutation")
        .AddResolver<WorkMutations>("Mutation");

    private static IRequestExecutorBuilder AddFields(this IRequestExecutorBuilder builder) => builder
        .AddResolver<ApprovalFields>("Approval")
        .AddResolver<ActivityFields>("Activity")
        .AddResolver<AlertFields>("Alert")
        .AddResolver<BillableItemFields>("BillableItem")
        .AddResolver<BillingRunFields>("BillingRun")
        .AddResolver<BulkActionFields>("BulkAction")
        .AddResolver<BulkItemFields>("BulkItem")
        .AddResolver<ConnectionFields>("Connection")
        .AddResolver<ContractFields>("Contract")
        .AddResolver<ContractLineFields>("ContractLine")
        .AddResolver<CorrectionFields>("Correction")
        .AddResolver<CreditMemoFields>("CreditMemo")
        .AddResolver<CustomerFields>("Customer")
        .AddResolver<CustomerPaymentFields>("CustomerPayment")
        .AddResolver<DeliveryFields>("Delivery")
        .AddResolver<EffectFields>("Effect")
        .AddResolver<EngagementFields>("Engagement")
        .AddResolver<SystemCopyFields>("Engagement")
        .AddResolver<UnbilledFields>("Engagement")
        .AddResolver<ExceptionDeskFields>("ExceptionDesk")
        .AddResolver<ExceptionFields>("Exception")
        .AddResolver<ExceptionGroupFields>("ExceptionGroup")
        .AddResolver<InvoiceFields>("Invoice")
        .AddResolver<KeyFigureFields>("KeyFigures")
        .AddResolver<PayloadContractFields>("PayloadContract")
        .AddResolver<PolicyFields>("Policy")
        .AddResolver<PolicyVersionFields>("PolicyVersion")
        .AddResolver<TriedRecordFields>("TriedRecord")
        .AddResolver<ProjectFields>("Project")
        .AddResolver<QuoteFields>("Quote")
        .AddResolver<TimeAndMaterialsFields>("TimeAndMaterials");

    private static IRequestExecutorBuilder BindPages(this IRequestExecutorBuilder builder) => builder
        .BindPage<ActivityNode>("Activity")
        .BindPage<AlertNode>("Alert")
        .BindPage<ApprovalNode>("Approval")
        .BindPage<BillableItemNode>("BillableItem")
        .BindPage<BillingHoldNode>("BillingHold")
        .BindPage<BillingRunNode>("BillingRun")
        .BindPage<BulkActionNode>("BulkAction")
        .BindPage<BulkItemNode>("BulkItem")
        .BindPage<ContractNode>("Contract")
        .BindPage<CorrectionNode>("Correction")
        .BindPage<CreditMemoNode>("CreditMemo")
        .BindPage<CustomerNode>("Customer")
        .BindPage<CustomerPaymentNode>("CustomerPayment")
        .BindPage<DeliveryNode>("Delivery")
        .BindPage<DocumentNumberNode>("DocumentNumber")
        .BindPage<EffectNode>("Effect")
        .BindPage<ExceptionNode>("Exception")
        .BindPage<IntercompanyNode>("IntercompanyDocument")
        .BindPage<InvoiceNode>("Invoice")
        .BindPage<PolicyVersionNode>("PolicyVersion")
        .BindPage<ProjectNode>("Project")
        .BindPage<QuoteNode>("Quote")
        .BindPage<TimelineEntry>("Timeline", "TimelineEntry");

    private static IRequestExecutorBuilder BindOrders(this IRequestExecutorBuilder builder) => builder
        .BindOrder<BillableItemOrderField>("BillableItem")
        .BindOrder<BillingRunOrderField>("BillingRun")
        .BindOrder<ContractOrderField>("Contract")
        .BindOrder<CreditMemoOrderField>("CreditMemo")
        .BindOrder<CustomerOrderField>("Customer")
        .BindOrder<CustomerPaymentOrderField>("CustomerPayment")
        .BindOrder<DeliveryOrderField>("Delivery")
        .BindOrder<EffectOrderField>("Effect")
        .BindOrder<ExceptionOrderField>("Exception")
        .BindOrder<InvoiceOrderField>("Invoice")
        .BindOrder<ProjectOrderField>("Project")
        .BindOrder<QuoteOrderField>("Quote");

    private static IRequestExecutorBuilder BindOrder<TField>(this IRequestExecutorBuilder builder, string name)
        where TField : struct, Enum => builder
        .BindRuntimeType<OrderBy<TField>>($"{name}Order")
        .BindRuntimeType<TField>($"{name}OrderField");

    private static IRequestExecutorBuilder BindPage<TNode>(
        this IRequestExecutorBuilder builder, string name, string? node = null) => builder
        .BindRuntimeType<Page<TNode>>($"{name}Connection")
        .BindRuntimeType<Edge<TNode>>($"{name}Edge")
        .BindRuntimeType<TNode>(node ?? name);

    private static IRequestExecutorBuilder BindTypes(this IRequestExecutorBuilder builder) => builder
        .BindRuntimeType<BillingModel.FixedFee>("FixedFee")
        .BindRuntimeType<BillingModel.TimeAndMaterials>("TimeAndMaterials")
        .BindRuntimeType<BillingModel.Expenses>("Expenses")
        .BindRuntimeType<BillingModel.Recurring>("Recurring")
        .BindRuntimeType<BillingModel.Usage>("Usage")
        .BindRuntimeType<BillingModel.Commitment>("Commitment")
        .BindRuntimeType<BillingModel.Retainer>("Retainer")
        .BindRuntimeType<BucketTotal>("WorkInProgress")
        .BindRuntimeType<ConnectionNode>("Connection")
        .BindRuntimeType<CreditMemoLineNode>("CreditMemoLine")
        .BindRuntimeType<DifferenceNode>("Difference")
        .BindRuntimeType<DeliveryErrorNode>("DeliveryError")
        .BindRuntimeType<ResourceNode>("ProjectResource")
        .BindRuntimeType<EngagementNode>("Engagement")
        .BindRuntimeType<ForbiddenError>("ForbiddenError")
        .BindRuntimeType<ForecastMonthNode>("ForecastMonth")
        .BindRuntimeType<HeldProjectNode>("HeldProject")
        .BindRuntimeType<IdempotencyKeyError>("IdempotencyKeyError")
        .BindRuntimeType<InstallationNode>("Installation")
        .BindRuntimeType<InvoiceLineNode>("InvoiceLine")
        .BindRuntimeType<LedgerBalanceNode>("LedgerBalance")
        .BindRuntimeType<NumberSeriesNode>("NumberSeries")
        .BindRuntimeType<NotFoundError>("NotFoundError")
        .BindRuntimeType<PaymentNode>("Payment")
        .BindRuntimeType<PipelineStage>("PipelineStage")
        .BindRuntimeType<PlannedCommandNode>("PlannedCommand")
        .BindRuntimeType<PolicyNode>("Policy")
        .BindRuntimeType<ProjectMarginNode>("ProjectMargin")
        .BindRuntimeType<ReceivablesAgeNode>("ReceivablesAge")
        .BindRuntimeType<RevenueMonthNode>("RevenueMonth")
        .BindRuntimeType<RevenueTermsNode>("RevenueTerms")
        .BindRuntimeType<UnbilledWorkNode>("UnbilledWork")
        .BindRuntimeType<RebuildNode>("Rebuild")
        .BindRuntimeType<RefusedError>("RefusedError")
        .BindRuntimeType<ShardNode>("Shard")
        .BindRuntimeType<SiloNode>("Silo")
        .BindRuntimeType<StepView>("ActivationStepProgress");
}
