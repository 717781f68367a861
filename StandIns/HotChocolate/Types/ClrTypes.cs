using System.Collections;

namespace HotChocolate.Types;

/// <summary>What the engine needs to know about CLR types.</summary>
internal static class ClrTypes
{
    public static bool IsAsync(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || IsGeneric(type, typeof(ValueTask<>))
        || IsGeneric(type, typeof(IAsyncEnumerable<>));

    public static bool IsGeneric(Type type, Type definition) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    /// <summary>What a resolver of this return type finally yields.</summary>
    public static Type Result(Type type) =>
        IsGeneric(type, typeof(Task<>)) || IsGeneric(type, typeof(ValueTask<>)) ? type.GetGenericArguments()[0] : type;

    public static Type WithoutWrapper(Type type) =>
        IsGeneric(type, typeof(Optional<>)) ? WithoutWrapper(type.GetGenericArguments()[0])
        : Nullable.GetUnderlyingType(type) ?? type;

    public static Type? Element(Type type)
    {
        if (type == typeof(string))
        {
            return null;
        }

        return type.IsArray ? type.GetElementType() : type.GetInterfaces().Prepend(type)
            .FirstOrDefault(i => IsGeneric(i, typeof(IEnumerable<>)) || IsGeneric(i, typeof(IAsyncEnumerable<>)))
            ?.GetGenericArguments()[0];
    }

    /// <summary>The CLR type behind the named type of <paramref name="type"/>, or null when shapes differ.</summary>
    public static Type? Unwrap(Type clr, GraphType type) => type switch
    {
        NonNullType n => Unwrap(clr, n.OfType),
        ListType l => Element(WithoutWrapper(clr)) is { } element ? Unwrap(element, l.OfType) : null,
        _ => WithoutWrapper(clr),
    };

    /// <summary>Whether a CLR type says enough to bind a GraphQL type to it.</summary>
    public static bool IsBindable(Type type) => type != typeof(object) && !typeof(IDictionary).IsAssignableFrom(type);
}
