using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Storage;

namespace Orleans.Runtime;

/// <summary>What the runtime knows of a grain class.</summary>
internal sealed class GrainClass
{
    private readonly ConstructorInvoker constructor;
    private readonly Func<Activation, object?>[] arguments;

    public GrainClass(Type type)
    {
        Type = type;
        GrainType = GrainInterfaces.TypeOfClass(type);
        Reentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: true);
        MaxLocalWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        ImplicitSubscriptions = [.. type.GetCustomAttributes<ImplicitStreamSubscriptionAttribute>(inherit: true)];
        var chosen = type.GetConstructors().OrderByDescending(ctor => ctor.GetParameters().Length).FirstOrDefault()
            ?? throw new OrleansConfigurationException($"The grain class {type} has no public constructor.");
        constructor = ConstructorInvoker.Create(chosen);
        arguments = [.. chosen.GetParameters().Select(ArgumentFor)];
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool Reentrant { get; }

    /// <summary>How many activations a stateless worker may have; 0 for a grain that is none.</summary>
    public int MaxLocalWorkers { get; }

    public ImplicitStreamSubscriptionAttribute[] ImplicitSubscriptions { get; }

    /// <summary>Makes the grain object; runs on the activation's scheduler.</summary>
    public object CreateInstance(Activation activation) =>
        constructor.Invoke([.. arguments.Select(argument => argument(activation))]);

    public TimeSpan CollectionAge(GrainCollectionOptions options) =>
        options.ClassSpecificCollectionAge.TryGetValue(Type.FullName!, out var age) ? age : options.CollectionAge;

    private static Func<Activation, object?> ArgumentFor(ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } facet)
            return PersistentState.Factory(parameter, facet);
        var type = parameter.ParameterType;
        if (type == typeof(IGrainContext)) return static activation => activation;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        return parameter.HasDefaultValue
            ? activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue
            : activation => activation.ActivationServices.GetRequiredService(type);
    }
}
