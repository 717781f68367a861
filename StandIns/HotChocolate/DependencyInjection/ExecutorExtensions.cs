using GreenDonut;
using HotChocolate;
using HotChocolate.Configuration;
using HotChocolate.CostAnalysis;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using HotChocolate.Execution.Options;
using HotChocolate.Subscriptions;
using HotChocolate.Validation.Options;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Options, limits, errors and DataLoaders.</summary>
public static class RequestExecutorBuilderExtensions
{
    public static IRequestExecutorBuilder ModifyRequestOptions(
        this IRequestExecutorBuilder builder, Action<RequestExecutorOptions> configure)
    {
        configure(RequestExecutorBuilder.SetupOf(builder).Options);
        return builder;
    }

    public static IRequestExecutorBuilder ModifyParserOptions(
        this IRequestExecutorBuilder builder, Action<RequestParserOptions> configure)
    {
        configure(RequestExecutorBuilder.SetupOf(builder).Parser);
        return builder;
    }

    public static IRequestExecutorBuilder ModifyCostOptions(
        this IRequestExecutorBuilder builder, Action<CostOptions> configure)
    {
        configure(RequestExecutorBuilder.SetupOf(builder).Cost);
        return builder;
    }

    public static IRequestExecutorBuilder AddCostAnalyzer(this IRequestExecutorBuilder builder) =>
        builder.ModifyCostOptions(o => o.EnforceCostLimits = true);

    public static IRequestExecutorBuilder AddMaxExecutionDepthRule(
        this IRequestExecutorBuilder builder,
        int maxAllowedExecutionDepth,
        bool skipIntrospectionFields = false,
        bool allowRequestOverrides = false,
        Func<IServiceProvider, ValidationOptions, bool>? isEnabled = null)
    {
        if (allowRequestOverrides)
        {
            throw new NotSupportedException("Depth overrides per request are not part of this subset.");
        }

        var validation = RequestExecutorBuilder.SetupOf(builder).Validation;
        validation.MaxDepth = maxAllowedExecutionDepth;
        validation.DepthSkipsIntrospection = skipIntrospectionFields;
        validation.DepthEnabled = isEnabled;
        return builder;
    }

    public static IRequestExecutorBuilder DisableIntrospection(this IRequestExecutorBuilder builder, bool disable = true) =>
        builder.DisableIntrospection((_, _) => disable);

    public static IRequestExecutorBuilder DisableIntrospection(
        this IRequestExecutorBuilder builder, Func<IServiceProvider, ValidationOptions, bool> disable)
    {
        RequestExecutorBuilder.SetupOf(builder).Validation.DisableIntrospection = disable;
        return builder;
    }

    [Obsolete("Use `DisableIntrospection` instead.")]
    public static IRequestExecutorBuilder AllowIntrospection(this IRequestExecutorBuilder builder, bool allow) =>
        builder.DisableIntrospection(!allow);

    public static IRequestExecutorBuilder SetMaxAllowedValidationErrors(
        this IRequestExecutorBuilder builder, int maxAllowedValidationErrors)
    {
        RequestExecutorBuilder.SetupOf(builder).Validation.MaxErrors = maxAllowedValidationErrors;
        return builder;
    }

    /// <summary>
    /// Puts something around the execution of valid requests. What is not followed by the default pipeline, or by that of
    /// persisted operations, executes nothing.
    /// </summary>
    public static IRequestExecutorBuilder UseRequest(this IRequestExecutorBuilder builder, RequestMiddleware middleware)
    {
        BeforePipeline(builder).Pipeline.Add(middleware);
        return builder;
    }

    public static IRequestExecutorBuilder UseDefaultPipeline(this IRequestExecutorBuilder builder)
    {
        BeforePipeline(builder).UsesDefaultPipeline = true;
        return builder;
    }

    // There, what is added to a pipeline that is complete runs after the execution, and a second pipeline executes again.
    private static SchemaSetup BeforePipeline(IRequestExecutorBuilder builder) =>
        RequestExecutorBuilder.SetupOf(builder) is { UsesDefaultPipeline: false } setup
            ? setup
            : throw new InvalidOperationException("The pipeline is complete: nothing can be added behind it.");

    public static IRequestExecutorBuilder AddErrorFilter(
        this IRequestExecutorBuilder builder, Func<IError, IError> errorFilter) =>
        builder.AddErrorFilter(_ => new DelegateErrorFilter(errorFilter));

    public static IRequestExecutorBuilder AddErrorFilter<T>(this IRequestExecutorBuilder builder)
        where T : class, IErrorFilter =>
        builder.AddErrorFilter(sp => ActivatorUtilities.GetServiceOrCreateInstance<T>(sp));

    public static IRequestExecutorBuilder AddErrorFilter<T>(
        this IRequestExecutorBuilder builder, Func<IServiceProvider, T> factory)
        where T : class, IErrorFilter
    {
        RequestExecutorBuilder.SetupOf(builder).ErrorFilters.Add(factory);
        return builder;
    }

    public static IRequestExecutorBuilder AddDataLoader<T>(this IRequestExecutorBuilder builder)
        where T : class, IDataLoader
    {
        builder.Services.TryAddScoped<T>();
        return builder;
    }

    public static IRequestExecutorBuilder AddDataLoader<TService, TImplementation>(this IRequestExecutorBuilder builder)
        where TService : class, IDataLoader
        where TImplementation : class, TService
    {
        builder.Services.TryAddScoped<TImplementation>();
        builder.Services.TryAddScoped<TService>(sp => sp.GetRequiredService<TImplementation>());
        return builder;
    }

    public static IRequestExecutorBuilder AddDataLoader<T>(
        this IRequestExecutorBuilder builder, Func<IServiceProvider, T> factory)
        where T : class, IDataLoader
    {
        builder.Services.TryAddScoped(factory);
        return builder;
    }

    /// <summary>Builds the schema when the host starts instead of on the first request.</summary>
    public static IRequestExecutorBuilder InitializeOnStartup(this IRequestExecutorBuilder builder)
    {
        builder.Services.AddSingleton<IHostedService>(sp =>
            new RequestExecutorWarmup(sp.GetRequiredService<RequestExecutorResolver>(), builder.Name));
        return builder;
    }
}

/// <summary>Topics inside one process.</summary>
public static class InMemorySubscriptionsServiceCollectionExtensions
{
    public static IRequestExecutorBuilder AddInMemorySubscriptions(
        this IRequestExecutorBuilder builder, SubscriptionOptions? options = null)
    {
        builder.Services.TryAddSingleton(new InMemoryTopics(options ?? new SubscriptionOptions()));
        builder.Services.TryAddSingleton<ITopicEventSender>(sp => sp.GetRequiredService<InMemoryTopics>());
        builder.Services.TryAddSingleton<ITopicEventReceiver>(sp => sp.GetRequiredService<InMemoryTopics>());
        return builder;
    }
}

/// <summary>Executors straight from a builder or a provider, for tests.</summary>
public static class RequestExecutorServiceProviderExtensions
{
    public static ValueTask<IRequestExecutor> GetRequestExecutorAsync(
        this IServiceProvider services, string? schemaName = default, CancellationToken cancellationToken = default) =>
        services.GetRequiredService<IRequestExecutorResolver>().GetRequestExecutorAsync(schemaName, cancellationToken);

    public static ValueTask<IRequestExecutor> BuildRequestExecutorAsync(
        this IRequestExecutorBuilder builder, string? schemaName = default, CancellationToken cancellationToken = default) =>
        builder.Services.BuildServiceProvider()
            .GetRequestExecutorAsync(schemaName ?? builder.Name, cancellationToken);

    public static async ValueTask<ISchema> BuildSchemaAsync(
        this IRequestExecutorBuilder builder, string? schemaName = default, CancellationToken cancellationToken = default) =>
        (await builder.BuildRequestExecutorAsync(schemaName, cancellationToken).ConfigureAwait(false)).Schema;

    public static async Task<IExecutionResult> ExecuteRequestAsync(
        this IRequestExecutorBuilder builder,
        string query,
        string? schemaName = default,
        CancellationToken cancellationToken = default)
    {
        var executor = await builder.BuildRequestExecutorAsync(schemaName, cancellationToken).ConfigureAwait(false);
        return await executor.ExecuteAsync(query, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<IExecutionResult> ExecuteRequestAsync(
        this IServiceProvider services,
        IOperationRequest request,
        string? schemaName = default,
        CancellationToken cancellationToken = default)
    {
        var executor = await services.GetRequestExecutorAsync(schemaName, cancellationToken).ConfigureAwait(false);
        return await executor.ExecuteAsync(request, cancellationToken).ConfigureAwait(false);
    }
}
