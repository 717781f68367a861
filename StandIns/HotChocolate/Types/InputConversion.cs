using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace HotChocolate.Types;

/// <summary>Converts coerced values to the CLR types of parameters and properties.</summary>
internal static class InputConversion
{
    private static readonly ConcurrentDictionary<Type, Func<IEnumerable<object?>, object>> s_lists = new();
    private static readonly ConcurrentDictionary<Type, Func<object?, object>> s_optionals = new();

    public static T To<T>(object? value) => value is T typed ? typed : (T)To(value, typeof(T))!;

    public static object? To(object? value, Type type)
    {
        if (ClrTypes.IsGeneric(type, typeof(Optional<>)))
        {
            return s_optionals.GetOrAdd(type, OptionalOf)(value);
        }

        if (value is null)
        {
            return type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null;
        }

        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            IEnumerable list and not string when ClrTypes.Element(type) is not null =>
                s_lists.GetOrAdd(type, ListOf)(list.Cast<object?>()),
            string name when type.IsEnum => Enum.Parse(type, name.Replace("_", ""), ignoreCase: true),
            string id when type == typeof(Guid) => Guid.Parse(id),
            DateTimeOffset instant when type == typeof(DateTime) => instant.UtcDateTime,
            IConvertible when typeof(IConvertible).IsAssignableFrom(type) =>
                Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
            _ => throw new InvalidCastException($"A value of {value.GetType()} cannot be converted to {type}."),
        };
    }

    private static Func<object?, object> OptionalOf(Type type) => Bind<Func<object?, object>>(
        nameof(MakeOptional), type.GetGenericArguments()[0]);

    private static object MakeOptional<T>(object? value) => new Optional<T>(To<T>(value));

    private static Func<IEnumerable<object?>, object> ListOf(Type type)
    {
        var element = ClrTypes.Element(type)!;
        var make = type.IsArray ? nameof(MakeArray)
            : ClrTypes.IsGeneric(type, typeof(ImmutableArray<>)) ? nameof(MakeImmutableArray)
            : typeof(ISet<>).MakeGenericType(element) is var set && type.IsAssignableTo(set)
                || ClrTypes.IsGeneric(type, typeof(IReadOnlySet<>)) ? nameof(MakeSet)
            : type.IsAssignableFrom(typeof(ImmutableList<>).MakeGenericType(element))
                && type.Namespace == typeof(ImmutableList).Namespace ? nameof(MakeImmutableList)
            : nameof(MakeList);
        return Bind<Func<IEnumerable<object?>, object>>(make, element);
    }

    private static object MakeList<T>(IEnumerable<object?> items) => items.Select(To<T>).ToList();

    private static object MakeArray<T>(IEnumerable<object?> items) => items.Select(To<T>).ToArray();

    private static object MakeSet<T>(IEnumerable<object?> items) => items.Select(To<T>).ToHashSet();

    private static object MakeImmutableArray<T>(IEnumerable<object?> items) => items.Select(To<T>).ToImmutableArray();

    private static object MakeImmutableList<T>(IEnumerable<object?> items) => items.Select(To<T>).ToImmutableList();

    private static TDelegate Bind<TDelegate>(string method, Type argument) where TDelegate : Delegate =>
        typeof(InputConversion).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(argument).CreateDelegate<TDelegate>();
}

/// <summary>Makes CLR objects from input fields: constructor parameters first, then settable properties.</summary>
internal sealed class InputObjectFactory
{
    private readonly ConstructorInfo _constructor;
    private readonly IReadOnlyList<(string Field, Type Type)> _parameters;
    private readonly IReadOnlyList<(string Field, PropertyInfo Property)> _properties;

    /// <param name="type">The CLR type.</param>
    /// <param name="members">The property of each input field that has one.</param>
    public InputObjectFactory(Type type, IReadOnlyDictionary<string, PropertyInfo> members)
    {
        var fields = members.ToDictionary(m => m.Value.Name, m => m.Key, StringComparer.OrdinalIgnoreCase);
        _constructor = type.GetConstructors()
            .Where(c => c.GetParameters().All(p => fields.ContainsKey(p.Name!)))
            .OrderByDescending(c => c.GetParameters().Length)
            .FirstOrDefault()
            ?? throw new SchemaException(
                [$"`{type}` has no public constructor whose parameters are all fields of its input type."]);
        _parameters = [.. _constructor.GetParameters().Select(p => (fields[p.Name!], p.ParameterType))];
        _properties = [.. members
            .Where(m => m.Value.SetMethod is not null && _parameters.All(p => p.Field != m.Key))
            .Select(m => (m.Key, m.Value))];
    }

    public object Create(IReadOnlyDictionary<string, object?> values)
    {
        var arguments = new object?[_parameters.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            var (field, type) = _parameters[i];
            arguments[i] = values.TryGetValue(field, out var value)
                ? InputConversion.To(value, type)
                : type.IsValueType ? Activator.CreateInstance(type) : null;
        }

        var instance = _constructor.Invoke(arguments);
        foreach (var (field, property) in _properties)
        {
            if (values.TryGetValue(field, out var value))
            {
                property.SetValue(instance, InputConversion.To(value, property.PropertyType));
            }
        }

        return instance;
    }
}
