using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.Runtime;

/// <summary>All grain classes that this process can reach.</summary>
internal sealed class GrainClasses
{
    private readonly Dictionary<GrainType, GrainClass> byType = [];
    private readonly ConcurrentDictionary<Type, GrainType> byInterface = new();

    public GrainClasses(IEnumerable<Assembly> assemblies)
    {
        foreach (var type in assemblies.SelectMany(assembly => assembly.GetTypes()).Where(IsGrainClass))
        {
            var found = new GrainClass(type);
            if (!byType.TryAdd(found.GrainType, found))
                throw new OrleansConfigurationException(
                    $"{type} and {byType[found.GrainType].Type} both have the grain type '{found.GrainType}'; " +
                    "give one of them a [GrainType].");
        }
    }

    public IEnumerable<GrainClass> All => byType.Values;

    public GrainClass Get(GrainId id, Type @interface) => byType.TryGetValue(id.Type, out var known)
        ? known
        : throw new ArgumentException(
            $"Could not find an implementation for grain type '{id.Type}' (interface {@interface}).");

    public bool IsKnown(GrainType type) => byType.ContainsKey(type);

    public bool IsStatelessWorker(GrainType type) => byType.TryGetValue(type, out var known) && known.MaxLocalWorkers > 0;

    public GrainType TypeFor(Type @interface, string? classNamePrefix = null) => classNamePrefix is null
        ? byInterface.GetOrAdd(@interface, Resolve)
        : Single(@interface, [.. Implementations(@interface)
            .Where(found => found.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal))]);

    private static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } &&
        typeof(IGrain).IsAssignableFrom(type) &&
        !typeof(GrainReferenceProxy).IsAssignableFrom(type);

    private GrainType Resolve(Type @interface)
    {
        var byConvention = GrainInterfaces.TypeOfInterface(@interface);
        return byType.TryGetValue(byConvention, out var found) && @interface.IsAssignableFrom(found.Type)
            ? byConvention
            : Single(@interface, [.. Implementations(@interface)]);
    }

    private IEnumerable<GrainClass> Implementations(Type @interface) =>
        byType.Values.Where(found => @interface.IsAssignableFrom(found.Type));

    // A client has no grain classes: there the convention decides, and the silo knows better if it must.
    private static GrainType Single(Type @interface, GrainClass[] found) => found switch
    {
        [] => GrainInterfaces.TypeOfInterface(@interface),
        [var one] => one.GrainType,
        _ => throw new ArgumentException(
            $"Unable to identify a single appropriate grain type for interface {@interface}. Candidates: " +
            string.Join(", ", found.Select(candidate => candidate.GrainType))),
    };
}
