using Orleans.Runtime;

namespace Orleans;

/// <summary>Makes references to grains. Making one calls nothing and activates nothing.</summary>
public interface IGrainFactory
{
    /// <param name="primaryKey">The key.</param>
    /// <param name="grainClassNamePrefix">Where several classes implement the interface: how the wanted name begins.</param>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;
}

/// <summary>The way into the cluster from outside a grain.</summary>
public interface IClusterClient : IGrainFactory
{
    IServiceProvider ServiceProvider { get; }
}
