using GreenDonut;
using HotChocolate.AspNetCore;
using HotChocolate.Configuration;
using HotChocolate.Execution;
using HotChocolate.Execution.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds GraphQL servers to the services.</summary>
public static class HotChocolateAspNetCoreServiceCollectionExtensions
{
    private const int MaxAllowedRequestSize = 20 * 1000 * 1000;

    /// <summary>
    /// By default introspection is off outside of development and costs are limited;
    /// <paramref name="disableDefaultSecurity"/> lifts both.
    /// </summary>
    public static IRequestExecutorBuilder AddGraphQLServer(
        this IServiceCollection services,
        string? schemaName = null,
        int maxAllowedRequestSize = MaxAllowedRequestSize,
        bool disableDefaultSecurity = false)
    {
        var builder = AddCore(services, schemaName ?? RequestExecutorResolver.DefaultName);
        builder.Setup.MaxRequestSize = maxAllowedRequestSize;
        if (disableDefaultSecurity)
        {
            builder.Setup.Cost.EnforceCostLimits = false;
        }
        else
        {
            builder.Setup.Validation.DisableIntrospection =
                (sp, _) => sp.GetService<IHostEnvironment>()?.IsDevelopment() == false;
        }

        return builder;
    }

    /// <summary>The interceptor sees every HTTP request; it is made once, with the application's services.</summary>
    public static IRequestExecutorBuilder AddHttpRequestInterceptor<T>(this IRequestExecutorBuilder builder)
        where T : class, IHttpRequestInterceptor =>
        builder.AddHttpRequestInterceptor(sp => ActivatorUtilities.GetServiceOrCreateInstance<T>(sp));

    public static IRequestExecutorBuilder AddHttpRequestInterceptor<T>(
        this IRequestExecutorBuilder builder, Func<IServiceProvider, T> factory)
        where T : class, IHttpRequestInterceptor
    {
        RequestExecutorBuilder.SetupOf(builder).HttpInterceptor = factory;
        return builder;
    }

    public static IRequestExecutorBuilder AddHttpRequestInterceptor(
        this IRequestExecutorBuilder builder, HttpRequestInterceptorDelegate interceptor) =>
        builder.AddHttpRequestInterceptor(_ => new DelegateHttpRequestInterceptor(interceptor));

    public static IRequestExecutorBuilder AddSocketSessionInterceptor<T>(this IRequestExecutorBuilder builder)
        where T : class, ISocketSessionInterceptor =>
        builder.AddSocketSessionInterceptor(sp => ActivatorUtilities.GetServiceOrCreateInstance<T>(sp));

    public static IRequestExecutorBuilder AddSocketSessionInterceptor<T>(
        this IRequestExecutorBuilder builder, Func<IServiceProvider, T> factory)
        where T : class, ISocketSessionInterceptor
    {
        RequestExecutorBuilder.SetupOf(builder).SocketInterceptor = factory;
        return builder;
    }

    private static RequestExecutorBuilder AddCore(IServiceCollection services, string name)
    {
        services.TryAddSingleton<RequestExecutorResolver>();
        services.TryAddSingleton<IRequestExecutorResolver>(sp => sp.GetRequiredService<RequestExecutorResolver>());
        services.TryAddScoped<BatchScheduler>();
        services.TryAddScoped<IBatchScheduler>(sp => sp.GetRequiredService<BatchScheduler>());
        services.TryAddTransient<DataLoaderOptions>();
        var registration = services.Select(s => s.ServiceType == typeof(SchemaRegistration) ? s.ImplementationInstance : null)
            .OfType<SchemaRegistration>().FirstOrDefault(r => r.Name == name);
        if (registration is null)
        {
            registration = new SchemaRegistration(name, new SchemaSetup());
            services.AddSingleton(registration);
        }

        return new RequestExecutorBuilder(services, registration);
    }
}
