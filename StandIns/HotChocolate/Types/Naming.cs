using System.Reflection;
using System.Text;

namespace HotChocolate.Types;

/// <summary>How CLR names become GraphQL names.</summary>
internal static class Naming
{
    private const string Get = "Get";
    private const string Async = "Async";

    public static string Type(Type type) => type.GetCustomAttribute<GraphQLNameAttribute>()?.Name ?? Plain(type);

    public static string Member(MemberInfo member) =>
        member.GetCustomAttribute<GraphQLNameAttribute>()?.Name
        ?? FieldName(member is MethodInfo method ? Method(method) : member.Name);

    public static string Parameter(ParameterInfo parameter) =>
        parameter.GetCustomAttribute<GraphQLNameAttribute>()?.Name ?? FieldName(parameter.Name!);

    public static string EnumValue(Enum value)
    {
        var member = value.GetType().GetField(value.ToString());
        return member?.GetCustomAttribute<GraphQLNameAttribute>()?.Name ?? UpperSnake(value.ToString());
    }

    /// <summary>Leading capitals become small, but for the one that starts the next word: IPAddress, ipAddress.</summary>
    public static string FieldName(string name)
    {
        var letters = name.ToCharArray();
        var i = 0;
        while (i < letters.Length && char.IsUpper(letters[i]))
        {
            letters[i] = char.ToLowerInvariant(letters[i]);
            i++;
        }

        if (i > 1 && i < letters.Length && char.IsLetter(letters[i]))
        {
            letters[i - 1] = char.ToUpperInvariant(letters[i - 1]);
        }

        return new string(letters);
    }

    public static string UpperSnake(string name)
    {
        if (name.All(c => !char.IsLower(c)))
        {
            return name;
        }

        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0 && char.IsUpper(name[i]) && name[i - 1] != '_'
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            text.Append(startsWord ? "_" : "").Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }

    private static string Plain(Type type) =>
        type.IsGenericType ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;

    private static string Method(MethodInfo method)
    {
        var name = method.Name;
        if (name.Length > Get.Length && name.StartsWith(Get, StringComparison.Ordinal))
        {
            name = name[Get.Length..];
        }

        return ClrTypes.IsAsync(method.ReturnType) && name.Length > Async.Length
            && name.EndsWith(Async, StringComparison.Ordinal)
                ? name[..^Async.Length]
                : name;
    }
}
