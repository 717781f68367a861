using System.Reflection;
using System.Runtime.Loader;

namespace Orleans.Runtime;

/// <summary>The assemblies that use Orleans: those loaded and those that they reference.</summary>
internal static class ApplicationParts
{
    private static readonly Lazy<IReadOnlyList<Assembly>> Found = new(Find);

    public static IReadOnlyList<Assembly> Assemblies => Found.Value;

    private static List<Assembly> Find()
    {
        var orleans = typeof(ApplicationParts).Assembly;
        var parts = new List<Assembly>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Queue<Assembly>(AssemblyLoadContext.Default.Assemblies.Where(one => !one.IsDynamic));
        while (open.TryDequeue(out var assembly))
        {
            if (IsFramework(assembly.GetName()) || !seen.Add(assembly.FullName!)) continue;
            var references = assembly.GetReferencedAssemblies();
            if (assembly == orleans || references.Any(name => name.Name == orleans.GetName().Name)) parts.Add(assembly);
            foreach (var name in references.Where(name => !IsFramework(name)))
            {
                if (TryLoad(name) is { } loaded) open.Enqueue(loaded);
            }
        }

        return parts;
    }

    private static bool IsFramework(AssemblyName name) =>
        name.Name is null or "mscorlib" or "netstandard" ||
        name.Name.StartsWith("System.", StringComparison.Ordinal) ||
        name.Name.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Assembly? TryLoad(AssemblyName name)
    {
        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
