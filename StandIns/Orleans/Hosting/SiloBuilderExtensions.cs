using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Options and services of a silo.</summary>
public static class SiloBuilderExtensions
{
    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions)
        where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }

    public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, IConfiguration configuration)
        where TOptions : class
    {
        builder.Services.Configure<TOptions>(configuration);
        return builder;
    }

    public static ISiloBuilder ConfigureServices(
        this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        configureDelegate(builder.Services);
        return builder;
    }
}

/// <summary>Filters of a silo; they run in the order in which they are added.</summary>
public static class GrainCallFilterSiloBuilderExtensions
{
    public static ISiloBuilder AddIncomingGrainCallFilter(
        this ISiloBuilder builder, IIncomingGrainCallFilter filter)
    {
        builder.Services.AddSingleton(filter);
        return builder;
    }

    public static ISiloBuilder AddIncomingGrainCallFilter<TImplementation>(this ISiloBuilder builder)
        where TImplementation : class, IIncomingGrainCallFilter
    {
        builder.Services.AddSingleton<IIncomingGrainCallFilter, TImplementation>();
        return builder;
    }

    public static ISiloBuilder AddIncomingGrainCallFilter(
        this ISiloBuilder builder, IncomingGrainCallFilterDelegate filter) =>
        builder.AddIncomingGrainCallFilter(new IncomingFilter(filter));

    public static ISiloBuilder AddOutgoingGrainCallFilter(
        this ISiloBuilder builder, IOutgoingGrainCallFilter filter)
    {
        builder.Services.AddSingleton(filter);
        return builder;
    }

    public static ISiloBuilder AddOutgoingGrainCallFilter<TImplementation>(this ISiloBuilder builder)
        where TImplementation : class, IOutgoingGrainCallFilter
    {
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, TImplementation>();
        return builder;
    }

    public static ISiloBuilder AddOutgoingGrainCallFilter(
        this ISiloBuilder builder, OutgoingGrainCallFilterDelegate filter) =>
        builder.AddOutgoingGrainCallFilter(new OutgoingFilter(filter));
}

/// <summary>Where a silo is found.</summary>
public static class CoreHostingExtensions
{
    /// <summary>A silo on the loopback address.</summary>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = EndpointOptions.DEFAULT_SILO_PORT,
        int gatewayPort = EndpointOptions.DEFAULT_GATEWAY_PORT,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev")
    {
        builder.ConfigureEndpoints(IPAddress.Loopback, siloPort, gatewayPort);
        return builder.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (serviceId, clusterId));
    }
}

public static class EndpointOptionsExtensions
{
    public static ISiloBuilder ConfigureEndpoints(
        this ISiloBuilder builder,
        IPAddress advertisedIP,
        int siloPort,
        int gatewayPort,
        bool listenOnAnyHostAddress = false) =>
        builder.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = advertisedIP;
            options.SiloPort = siloPort;
            options.GatewayPort = gatewayPort;
            if (listenOnAnyHostAddress) options.GatewayListeningEndpoint = new(IPAddress.Any, gatewayPort);
        });

    public static ISiloBuilder ConfigureEndpoints(
        this ISiloBuilder builder,
        string? hostname,
        int siloPort,
        int gatewayPort,
        AddressFamily addressFamily = AddressFamily.InterNetwork,
        bool listenOnAnyHostAddress = false)
    {
        var address = Dns.GetHostAddresses(hostname ?? Dns.GetHostName(), addressFamily).FirstOrDefault()
            ?? throw new OrleansConfigurationException($"{hostname} has no address of family {addressFamily}.");
        return builder.ConfigureEndpoints(address, siloPort, gatewayPort, listenOnAnyHostAddress);
    }

    public static ISiloBuilder ConfigureEndpoints(
        this ISiloBuilder builder,
        int siloPort,
        int gatewayPort,
        AddressFamily addressFamily = AddressFamily.InterNetwork,
        bool listenOnAnyHostAddress = false) =>
        builder.ConfigureEndpoints(null, siloPort, gatewayPort, addressFamily, listenOnAnyHostAddress);
}

public static class MemoryGrainStorageSiloBuilderExtensions
{
    /// <summary>State in this process only: another silo, or the next start, does not see it.</summary>
    public static ISiloBuilder AddMemoryGrainStorage(this ISiloBuilder builder, string name)
    {
        builder.Services.AddKeyedSingleton<IGrainStorage>(name, (_, _) => new MemoryGrainStorage());
        return builder;
    }
}

public static class AdoNetGrainStorageSiloBuilderExtensions
{
    /// <summary>State in a database on which Orleans' persistence script for that database was run.</summary>
    public static ISiloBuilder AddAdoNetGrainStorage(
        this ISiloBuilder builder, string name, Action<AdoNetGrainStorageOptions> configureOptions)
    {
        builder.Services.Configure(name, configureOptions);
        builder.Services.AddKeyedSingleton<IGrainStorage>(name, (services, _) => new AdoNetGrainStorage(
            name,
            services.GetRequiredService<IOptionsMonitor<AdoNetGrainStorageOptions>>().Get(name),
            services.GetRequiredService<IOptions<ClusterOptions>>()));
        return builder;
    }
}

public static class SiloBuilderMemoryStreamExtensions
{
    public static ISiloBuilder AddMemoryStreams(this ISiloBuilder builder, string name)
    {
        StreamServices.Add(builder.Services, name);
        return builder;
    }
}

internal static class StreamServices
{
    public static void Add(IServiceCollection services, string name) =>
        services.AddKeyedSingleton<IStreamProvider>(name, (provider, _) => new StreamProvider(
            name, provider.GetRequiredService<StreamRouter>(), provider.GetRequiredService<TimeProvider>()));
}
