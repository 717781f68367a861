using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Metadata;

namespace Orleans.Runtime;

/// <summary>The names that follow from interfaces and classes by Orleans' conventions.</summary>
internal static class GrainInterfaces
{
    private const string Suffix = "grain";

    private static readonly ConcurrentDictionary<Type, string> Names = new();

    /// <summary>The name of a type where it is written down: its alias, else its full name.</summary>
    public static string NameOf(Type type) => Names.GetOrAdd(type, static found =>
        found.GetCustomAttributes<AliasAttribute>(inherit: false).FirstOrDefault()?.Alias ?? found.FullName!);

    public static GrainType TypeOfClass(Type grainClass) =>
        GrainType.Create(grainClass.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? Conventional(grainClass.Name));

    public static GrainType TypeOfInterface(Type @interface)
    {
        if (@interface.GetCustomAttribute<DefaultGrainTypeAttribute>() is { } named) return GrainType.Create(named.Name);
        var name = @interface.Name;
        return GrainType.Create(Conventional(name is ['I', >= 'A' and <= 'Z', ..] ? name[1..] : name));
    }

    private static string Conventional(string name)
    {
#pragma warning disable CA1308 // Orleans writes grain types in lower case.
        var lower = name.ToLowerInvariant();
#pragma warning restore CA1308
        return lower.EndsWith(Suffix, StringComparison.Ordinal) && lower.Length > Suffix.Length
            ? lower[..^Suffix.Length]
            : lower;
    }
}
