using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Transport;

/// <summary>Grain interfaces and their methods by the names that stand in a call.</summary>
internal sealed class GrainMethods
{
    private readonly Dictionary<string, Type> interfaces = [];
    private readonly ConcurrentDictionary<Type, Dictionary<string, MethodInfo>> methods = new();

    public GrainMethods(IEnumerable<Assembly> assemblies)
    {
        var found = assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsInterface: true, ContainsGenericParameters: false } &&
                typeof(IAddressable).IsAssignableFrom(type));
        foreach (var type in found)
        {
            var name = GrainInterfaces.NameOf(type);
            if (!interfaces.TryAdd(name, type))
                throw new OrleansConfigurationException($"{type} and {interfaces[name]} both have the alias '{name}'.");
        }
    }

    public Type FindInterface(string name) => interfaces.TryGetValue(name, out var found)
        ? found
        : throw new ArgumentException($"There is no grain interface '{name}' here.");

    public GrainMethod Find(string interfaceName, string methodName)
    {
        var found = methods.GetOrAdd(FindInterface(interfaceName), static type => type.GetMethods()
            .Where(method => method.IsAbstract)
            .ToDictionary(method => GrainMethod.Of(method).WireName));
        return found.TryGetValue(methodName, out var method)
            ? GrainMethod.Of(method)
            : throw new ArgumentException($"The grain interface '{interfaceName}' has no method '{methodName}' here.");
    }
}
