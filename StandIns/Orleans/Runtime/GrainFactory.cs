using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>Makes references whose calls go through this process's dispatcher.</summary>
internal sealed class GrainFactory(GrainClasses classes, IServiceProvider services) : IClusterClient
{
    private readonly Lazy<CallDispatcher> dispatcher = new(services.GetRequiredService<CallDispatcher>);

    public CallDispatcher Dispatcher => dispatcher.Value;

    public IServiceProvider ServiceProvider => services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)GetGrain(typeof(TGrainInterface), primaryKey, grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) =>
        GetGrain(grainInterfaceType, grainPrimaryKey, null);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable =>
        (TGrainInterface)CreateReference(typeof(TGrainInterface), grainId);

    public object CreateReference(Type interfaceType, GrainId id)
    {
        if (!interfaceType.IsInterface || !typeof(IAddressable).IsAssignableFrom(interfaceType))
            throw new ArgumentException($"{interfaceType} is not a grain interface.", nameof(interfaceType));
        return GrainReferenceProxy.Create(this, interfaceType, id);
    }

    private IGrain GetGrain(Type interfaceType, string key, string? prefix)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return (IGrain)CreateReference(interfaceType, GrainId.Create(classes.TypeFor(interfaceType, prefix), key));
    }
}
