using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Streams;
using Orleans.Transport;

namespace Orleans.Hosting;

/// <summary>What a silo and a client consist of.</summary>
internal static class SiloServices
{
    public static void AddSilo(IServiceCollection services)
    {
        if (Has<Catalog>(services)) return;
        if (Has<ClientMembers>(services)) throw Both();
        AddCommon(services);
        services.AddSingleton<MessagingOptions>(provider => provider.GetRequiredService<IOptions<SiloMessagingOptions>>().Value);
        services.AddSingleton<Catalog>();
        services.AddSingleton<SiloListener>();
        services.AddSingleton<SiloMembers>();
        services.AddSingleton<IClusterMembers>(provider => provider.GetRequiredService<SiloMembers>());
        services.AddSingleton<ILocalSiloDetails>(provider => provider.GetRequiredService<SiloMembers>());
        services.AddSingleton(new StreamRouting(ThroughSilo: false));
        services.AddHostedService<SiloService>();
    }

    public static void AddClient(IServiceCollection services)
    {
        if (Has<ClientMembers>(services)) return;
        if (Has<Catalog>(services)) throw Both();
        AddCommon(services);
        services.AddSingleton<MessagingOptions>(provider => provider.GetRequiredService<IOptions<ClientMessagingOptions>>().Value);
        services.AddSingleton<ClientMembers>();
        services.AddSingleton<IClusterMembers>(provider => provider.GetRequiredService<ClientMembers>());
        services.AddSingleton(new StreamRouting(ThroughSilo: true));
    }

    private static void AddCommon(IServiceCollection services)
    {
        services.AddOptions();
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new GrainClasses(ApplicationParts.Assemblies));
        services.AddSingleton(_ => new GrainMethods(ApplicationParts.Assemblies));
        services.AddSingleton<WireSerializer>();
        services.AddSingleton<CallFrame>();
        services.AddSingleton<ClusterKey>();
        services.AddSingleton<RemoteCaller>();
        services.AddSingleton<ICallRouter>(Router);
        services.AddSingleton<CallDispatcher>();
        services.AddSingleton<GrainFactory>();
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainFactory>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainFactory>());
        services.AddSingleton<StreamRouter>();
    }

    private static ClusterRouter Router(IServiceProvider services) => new(
        services.GetRequiredService<IClusterMembers>(),
        () => Remote(services),
        services.GetRequiredService<GrainClasses>(),
        services.GetService<Catalog>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<ClusterRouter>>());

    private static RemoteCaller Remote(IServiceProvider services) => services.GetRequiredService<ClusterKey>().IsSet
        ? services.GetRequiredService<RemoteCaller>()
        : throw new OrleansConfigurationException(
            $"Calls between processes need a cluster key: set {nameof(ClusterKeyOptions)}.{nameof(ClusterKeyOptions.Key)}.");

    private static bool Has<T>(IServiceCollection services) => services.Any(service => service.ServiceType == typeof(T));

    private static OrleansConfigurationException Both() => new(
        "A host is either a silo (UseOrleans) or a client (UseOrleansClient); a silo's host already has a client.");
}
