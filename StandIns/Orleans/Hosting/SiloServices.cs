using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>What a silo consists of.</summary>
internal static class SiloServices
{
    public static void AddTo(IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(Catalog))) return;
        AddCommon(services);
        services.AddSingleton<Catalog>();
        services.AddSingleton<ICallRouter>(provider => provider.GetRequiredService<Catalog>());
        services.AddSingleton(StreamRouting.Direct.GetType(), StreamRouting.Direct);
        services.AddHostedService<SiloService>();
    }

    /// <summary>What silo and client have in common.</summary>
    public static void AddCommon(IServiceCollection services)
    {
        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => new GrainClasses(ApplicationParts.Assemblies));
        services.TryAddSingleton<CallDispatcher>();
        services.TryAddSingleton<GrainFactory>();
        services.TryAddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainFactory>());
        services.TryAddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainFactory>());
        services.TryAddSingleton<StreamRouter>();
    }
}
