using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>A state that is read before its grain is activated.</summary>
internal interface IActivationState
{
    Task Load(CancellationToken cancellationToken);
}

internal static class PersistentState
{
    /// <summary>What makes the argument for a parameter marked with <see cref="PersistentStateAttribute"/>.</summary>
    public static Func<Activation, object> Factory(ParameterInfo parameter, PersistentStateAttribute facet)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new OrleansConfigurationException(
                $"{parameter.Member.DeclaringType}: parameter {parameter.Name} has [PersistentState] and must be an " +
                $"IPersistentState<T>, but is {type}.");
        var make = typeof(PersistentState).GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type.GenericTypeArguments).CreateDelegate<Func<Activation, PersistentStateAttribute, object>>();
        return activation => make(activation, facet);
    }

    private static PersistentState<T> Create<T>(Activation activation, PersistentStateAttribute facet)
    {
        var name = facet.StorageName ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        var storage = activation.ActivationServices.GetKeyedService<IGrainStorage>(name)
            ?? throw new OrleansConfigurationException(
                $"{activation.GrainClass.Type} asks for grain storage '{name}', and none of that name is registered.");
        var state = new PersistentState<T>(facet.StateName, activation.GrainId, storage);
        activation.Add(state);
        return state;
    }
}

internal sealed class PersistentState<T>(string name, GrainId grain, IGrainStorage storage)
    : IPersistentState<T>, IActivationState
{
    private readonly GrainState held = new();

    public T State
    {
        get => held.State!;
        set => held.State = value;
    }

    public string? Etag => held.ETag;

    public bool RecordExists => held.RecordExists;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task ReadStateAsync(CancellationToken cancellationToken) =>
        Run(() => storage.ReadStateAsync(name, grain, held), cancellationToken);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task WriteStateAsync(CancellationToken cancellationToken) =>
        Run(() => storage.WriteStateAsync(name, grain, held), cancellationToken);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public Task ClearStateAsync(CancellationToken cancellationToken) =>
        Run(() => storage.ClearStateAsync(name, grain, held), cancellationToken);

    Task IActivationState.Load(CancellationToken cancellationToken) => ReadStateAsync(cancellationToken);

    private static Task Run(Func<Task> operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return operation();
    }

    private sealed class GrainState : IGrainState<T>
    {
        public T? State { get; set; } = EmptyState.Create<T>();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}

/// <summary>What a grain sees where nothing is stored: a new T where T can be made, else its default.</summary>
internal static class EmptyState
{
    public static T? Create<T>() =>
        typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is null
            ? default
            : Activator.CreateInstance<T>();
}
