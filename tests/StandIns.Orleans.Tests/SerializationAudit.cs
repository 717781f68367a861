using System.Reflection;
using AliasAttribute = Orleans.AliasAttribute;
using GenerateSerializerAttribute = Orleans.GenerateSerializerAttribute;
using IdAttribute = Orleans.IdAttribute;
using IAddressable = Orleans.Runtime.IAddressable;
using IGrain = Orleans.IGrain;

namespace Q2C.StandIns.Orleans.Tests;

/// <summary>
/// Walks every type that crosses a grain boundary, from the grain interfaces of an assembly through parameters, results
/// and members to all derived types in the given assemblies, and lists what Orleans would refuse or could not read later.
/// Needs nothing but Orleans' attributes, so any test project can link this file.
/// </summary>
public static class SerializationAudit
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <param name="interfaces">Where the grain interfaces are.</param>
    /// <param name="derived">Where types derived from those in the signatures are; the same assembly if none is given.</param>
    /// <returns>One sentence per finding, sorted; empty when all is well.</returns>
    public static IReadOnlyList<string> Run(Assembly interfaces, params Assembly[] derived) =>
        new Walk([interfaces, .. derived]).Findings([.. interfaces.GetTypes().Where(IsGrainInterface)]);

    /// <summary>The same for types that are not in a signature, such as the items of streams.</summary>
    public static IReadOnlyList<string> RunFor(IEnumerable<Type> types, params Assembly[] derived) =>
        new Walk(derived).FindingsFor(types);

    private static bool IsGrainInterface(Type type) =>
        type.IsInterface && type != typeof(IGrain) && typeof(IAddressable).IsAssignableFrom(type);

    private sealed class Walk(Assembly[] assemblies)
    {
        private readonly SortedSet<string> findings = new(StringComparer.Ordinal);
        private readonly HashSet<Type> seen = [];
        private readonly Dictionary<string, Type> aliases = [];
        private readonly Type[] candidates = [.. assemblies.Distinct().SelectMany(assembly => assembly.GetTypes())];

        public IReadOnlyList<string> Findings(Type[] interfaces)
        {
            foreach (var type in interfaces) VisitInterface(type);
            return [.. findings];
        }

        public IReadOnlyList<string> FindingsFor(IEnumerable<Type> types)
        {
            foreach (var type in types) Visit(type, "given");
            return [.. findings];
        }

        private void VisitInterface(Type type)
        {
            if (!type.IsDefined(typeof(AliasAttribute), inherit: false)) findings.Add($"{Name(type)}: the interface has no [Alias].");
            foreach (var method in type.GetMethods())
            {
                var where = $"{Name(type)}.{method.Name}";
                if (!method.IsDefined(typeof(AliasAttribute))) findings.Add($"{where}: the method has no [Alias].");
                foreach (var parameter in method.GetParameters()) Visit(parameter.ParameterType, where);
                Visit(method.ReturnType, where);
            }
        }

        private void Visit(Type type, string where)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            if (type.IsGenericParameter || !seen.Add(type)) return;
            if (type.HasElementType) Visit(type.GetElementType()!, where);
            foreach (var argument in type.GenericTypeArguments) Visit(argument, where);
            if (type.HasElementType || IsOfThePlatform(type) || IsGrainInterface(type)) return;
            foreach (var heir in candidates.Where(candidate => candidate != type && type.IsAssignableFrom(candidate)))
                Visit(heir, $"{where} as {Name(type)}");
            if (!type.IsInterface) Check(type, where);
        }

        private void Check(Type type, string where)
        {
            CheckAlias(type);
            if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            {
                findings.Add($"{Name(type)} ({where}): no [GenerateSerializer].");
                return;
            }

            if (type.IsEnum) return;
            if (type.BaseType is { } parent && !IsOfThePlatform(parent)) Visit(parent, $"base of {Name(type)}");
            CheckMembers(type);
        }

        private void CheckAlias(Type type)
        {
            if (type.GetCustomAttributes<AliasAttribute>(inherit: false).FirstOrDefault()?.Alias is not { } alias)
                findings.Add($"{Name(type)}: no [Alias].");
            else if (!aliases.TryAdd(alias, Definition(type)) && aliases[alias] != Definition(type))
                findings.Add($"{Name(type)}: shares the alias '{alias}' with {Name(aliases[alias])}.");
        }

        private void CheckMembers(Type type)
        {
            var ids = new HashSet<uint>();
            var primary = PrimaryParameters(type);
            foreach (var property in type.GetProperties(Declared).Where(property => HasStorage(type, property)))
            {
                if (property.GetCustomAttribute<IdAttribute>() is { } id) CheckId(type, property.Name, id, ids);
                else if (!primary.Contains(property.Name)) findings.Add($"{Name(type)}.{property.Name}: no [Id].");
                Visit(property.PropertyType, $"{Name(type)}.{property.Name}");
            }

            foreach (var field in type.GetFields(Declared).Where(field => !field.Name.Contains('<', StringComparison.Ordinal)))
            {
                if (field.GetCustomAttribute<IdAttribute>() is { } id) CheckId(type, field.Name, id, ids);
                else if (!field.IsDefined(typeof(NonSerializedAttribute))) findings.Add($"{Name(type)}.{field.Name}: no [Id].");
                Visit(field.FieldType, $"{Name(type)}.{field.Name}");
            }
        }

        private void CheckId(Type type, string member, IdAttribute id, HashSet<uint> ids)
        {
            if (!ids.Add(id.Id)) findings.Add($"{Name(type)}.{member}: [Id({id.Id})] is taken.");
        }

        private static bool HasStorage(Type type, PropertyInfo property) =>
            type.GetField($"<{property.Name}>k__BackingField", Declared) is not null;

        private static HashSet<string> PrimaryParameters(Type type)
        {
            var isRecord = type.GetMethod("<Clone>$", Declared) is not null ||
                (type.IsValueType && type.GetMethod("PrintMembers", Declared) is not null);
            if (!isRecord) return [];
            return [.. type.GetConstructors(Declared).Select(constructor => constructor.GetParameters())
                .Where(parameters => parameters.All(parameter => type.GetProperty(parameter.Name!) is not null))
                .MaxBy(parameters => parameters.Length)?.Select(parameter => parameter.Name!) ?? []];
        }

        private static bool IsOfThePlatform(Type type) =>
            type.Assembly == typeof(IGrain).Assembly ||
            type.Namespace is "System" or "Orleans" ||
            type.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true ||
            type.Namespace?.StartsWith("Orleans.", StringComparison.Ordinal) == true;

        private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

        private static string Name(Type type) => type.FullName is { } name && !type.IsGenericType ? name : type.ToString();
    }
}
