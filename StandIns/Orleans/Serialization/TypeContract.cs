using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Serialization;

/// <summary>One member that is carried: its key in serialized form and how it is read and written.</summary>
internal sealed record ContractMember(string Key, Type Type, Func<object, object?> Get, Action<object, object?> Set);

/// <summary>
/// What is carried of a type with <see cref="GenerateSerializerAttribute"/>: at each level of inheritance the members
/// with an <see cref="IdAttribute"/>, and the parameters of a record's primary constructor.
/// </summary>
internal sealed class TypeContract
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, TypeContract> Known = new();

    private readonly Dictionary<string, ContractMember> byKey;
    private readonly Func<object> create;

    private TypeContract(Type type)
    {
        Type = type;
        Members = [.. Levels(type).SelectMany((level, depth) => MembersOf(level, depth))];
        byKey = Members.ToDictionary(member => member.Key);
        create = Creator(type);
    }

    public Type Type { get; }

    public ContractMember[] Members { get; }

    public static TypeContract Of(Type type) => Known.GetOrAdd(type, static found => new(found));

    public static bool IsDefinedFor(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    public object Create() => create();

    /// <summary>Null for a member that a newer version of the type has and this one has not.</summary>
    public ContractMember? Find(string key) => byKey.GetValueOrDefault(key);

    private static Type[] Levels(Type type)
    {
        var levels = new Stack<Type>();
        for (var level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            if (level == type || IsDefinedFor(level)) levels.Push(level);
        }

        return [.. levels];
    }

    private static IEnumerable<ContractMember> MembersOf(Type level, int depth)
    {
        var taken = new HashSet<string>();
        foreach (var member in level.GetMembers(Declared).Where(one => one is FieldInfo or PropertyInfo))
        {
            if (member.GetCustomAttribute<IdAttribute>() is not { } id || !taken.Add(member.Name)) continue;
            yield return Member(level, member, $"{depth}.{id.Id}");
        }

        var parameters = RecordShape.PrimaryParameters(level);
        for (var index = 0; index < parameters.Length; index++)
        {
            var property = level.GetProperty(parameters[index].Name!, Declared);
            if (property is not null && taken.Add(property.Name)) yield return Member(level, property, $"{depth}.p{index}");
        }
    }

    private static ContractMember Member(Type level, MemberInfo member, string key)
    {
        if (member is FieldInfo field) return new(key, field.FieldType, field.GetValue, FieldSetter(field));
        var property = (PropertyInfo)member;
        if (level.GetField($"<{property.Name}>k__BackingField", Declared) is { } backing)
            return new(key, property.PropertyType, backing.GetValue, FieldSetter(backing));
        if (property.GetMethod is null || property.SetMethod is null)
            throw new InvalidOperationException(
                $"{level}.{property.Name} has an [Id] but neither a field of its own nor getter and setter.");
        return new(key, property.PropertyType, property.GetValue, property.SetValue);
    }

    // Reflection refuses read-only fields of structs and records in compiled expressions; emitted code may set them.
    private static Action<object, object?> FieldSetter(FieldInfo field)
    {
        var owner = field.DeclaringType!;
        var method = new DynamicMethod("set", null, [typeof(object), typeof(object)], owner.Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(owner.IsValueType ? OpCodes.Unbox : OpCodes.Castclass, owner);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Unbox_Any, field.FieldType);
        il.Emit(OpCodes.Stfld, field);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<object, object?>>();
    }

    private static Func<object> Creator(Type type)
    {
        if (type.IsAbstract || type.IsInterface) return () => throw new InvalidOperationException($"{type} is abstract.");
        var constructor = type.IsValueType ? null : type.GetConstructor(Declared, Type.EmptyTypes);
        return constructor is null
            ? () => RuntimeHelpers.GetUninitializedObject(type)
            : ConstructorInvoker.Create(constructor).Invoke;
    }
}

/// <summary>Tells records and their primary constructors by what the compiler leaves of them.</summary>
internal static class RecordShape
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    public static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$", Declared) is not null ||
        (type.IsValueType && type.GetMethod("PrintMembers", Declared) is not null);

    /// <summary>The parameters of the primary constructor; none where the type is no record or has no such.</summary>
    public static ParameterInfo[] PrimaryParameters(Type type)
    {
        if (!IsRecord(type)) return [];
        return type.GetConstructors(Declared).Select(constructor => constructor.GetParameters())
            .Where(parameters => parameters is not [] && !IsCopy(type, parameters) && AreProperties(type, parameters))
            .MaxBy(parameters => parameters.Length) ?? [];
    }

    private static bool IsCopy(Type type, ParameterInfo[] parameters) =>
        parameters is [var only] && only.ParameterType == type && !type.IsValueType;

    private static bool AreProperties(Type type, ParameterInfo[] parameters) =>
        parameters.All(parameter => type.GetProperty(
            parameter.Name!, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.PropertyType
            == parameter.ParameterType);
}
