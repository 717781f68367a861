using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// Names of types in serialized form, both ways: the alias, else the full name. Only types that may cross a grain
/// boundary have one, so a sender cannot name any other.
/// </summary>
internal sealed class TypeNames
{
    private static readonly Type[] WellKnown =
    [
        typeof(object), typeof(bool), typeof(char), typeof(byte), typeof(sbyte), typeof(short), typeof(ushort), typeof(int),
        typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(float), typeof(double), typeof(decimal), typeof(string),
        typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(Uri),
        typeof(Version), typeof(JsonElement), typeof(GrainId), typeof(ReadOnlyMemory<byte>),
        typeof(Nullable<>), typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Queue<>), typeof(Dictionary<,>),
        typeof(SortedDictionary<,>), typeof(KeyValuePair<,>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
        typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableDictionary<,>),
        typeof(ImmutableSortedDictionary<,>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>),
    ];

    private readonly Dictionary<string, Type> types = [];

    public TypeNames(IEnumerable<Assembly> assemblies)
    {
        foreach (var type in WellKnown) types.Add(SimpleName(type), type);
        foreach (var type in assemblies.SelectMany(assembly => assembly.GetTypes()).Where(TypeContract.IsDefinedFor))
        {
            var name = SimpleName(type);
            if (!types.TryAdd(name, type) && types[name] != type)
                throw new OrleansConfigurationException($"{type} and {types[name]} both have the alias '{name}'.");
            types.TryAdd(type.FullName!, type);
        }
    }

    public static string NameOf(Type type)
    {
        if (type.IsSZArray) return NameOf(type.GetElementType()!) + "[]";
        return type.IsGenericType
            ? $"{SimpleName(type.GetGenericTypeDefinition())}<{string.Join(',', type.GenericTypeArguments.Select(NameOf))}>"
            : SimpleName(type);
    }

    /// <exception cref="CodecNotFoundException">No type of that name may cross a grain boundary here.</exception>
    public Type TypeOf(string name)
    {
        var rest = name.AsSpan();
        var type = Parse(ref rest, name);
        return rest.IsEmpty ? type : throw Unknown(name, name);
    }

    private static string SimpleName(Type type) => GrainInterfaces.NameOf(type);

    private Type Parse(ref ReadOnlySpan<char> rest, string whole)
    {
        var end = rest.IndexOfAny("<>,[");
        var simple = (end < 0 ? rest : rest[..end]).ToString();
        rest = end < 0 ? [] : rest[end..];
        if (!types.TryGetValue(simple, out var type)) throw Unknown(simple, whole);
        if (rest is ['<', ..])
        {
            var arguments = new List<Type>();
            do
            {
                rest = rest[1..];
                arguments.Add(Parse(ref rest, whole));
            }
            while (rest is [',', ..]);
            if (rest is not ['>', ..] || type.GetGenericArguments().Length != arguments.Count) throw Unknown(whole, whole);
            rest = rest[1..];
            type = type.MakeGenericType([.. arguments]);
        }

        while (rest.StartsWith("[]"))
        {
            rest = rest[2..];
            type = type.MakeArrayType();
        }

        return type;
    }

    private static CodecNotFoundException Unknown(string simple, string whole) => new(
        $"'{simple}'{(simple == whole ? "" : $" in '{whole}'")} is no alias or name of a type with [GenerateSerializer] here.");
}
