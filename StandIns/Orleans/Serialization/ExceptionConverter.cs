using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Serialization;

/// <summary>Exceptions with type, message, stack trace, inner exception and the members of their contract.</summary>
internal sealed class ExceptionConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeof(Exception).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(ExceptionConverter<>).MakeGenericType(typeToConvert))!;
}

internal sealed class ExceptionConverter<T> : JsonConverter<T> where T : Exception
{
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var type = value.GetType();
        writer.WriteStartObject();
        writer.WriteString("type", type.FullName);
        writer.WriteString("message", value.Message);
        writer.WriteString("stack", value.StackTrace);
        if (value.InnerException is { } inner)
        {
            writer.WritePropertyName("inner");
            JsonSerializer.Serialize(writer, inner, options);
        }

        if (TypeContract.IsDefinedFor(type))
        {
            foreach (var member in TypeContract.Of(type).Members)
            {
                writer.WritePropertyName(member.Key);
                JsonSerializer.Serialize(writer, member.Get(value), member.Type, options);
            }
        }

        writer.WriteEndObject();
    }

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var sent = JsonElement.ParseValue(ref reader);
        var name = sent.GetProperty("type").GetString()!;
        var message = sent.GetProperty("message").GetString()!;
        var inner = sent.TryGetProperty("inner", out var held) ? held.Deserialize<Exception>(options) : null;
        var made = ExceptionShape.Make(name, message, inner, sent.GetProperty("stack").GetString());
        if (TypeContract.IsDefinedFor(made.GetType()))
        {
            foreach (var member in TypeContract.Of(made.GetType()).Members)
            {
                if (sent.TryGetProperty(member.Key, out var value)) member.Set(made, value.Deserialize(member.Type, options));
            }
        }

        return made as T ?? throw new JsonException($"{name} was sent where {typeof(T)} is expected.");
    }
}

/// <summary>Makes an exception of a type by name without running its constructors.</summary>
internal static class ExceptionShape
{
    public static Exception Make(string typeName, string message, Exception? inner, string? stack)
    {
        var made = Find(typeName) is { } type ? TryMake(type, message, inner, stack) : null;
        return made ?? new UnavailableExceptionFallbackException($"{typeName}: {message}", inner!) { ExceptionType = typeName };
    }

    private static Type? Find(string name) => AppDomain.CurrentDomain.GetAssemblies()
        .Select(assembly => assembly.GetType(name)).FirstOrDefault(typeof(Exception).IsAssignableFrom);

    private static Exception? TryMake(Type type, string message, Exception? inner, string? stack)
    {
        if (type == typeof(AggregateException)) return inner is null ? new AggregateException(message) : new(message, inner);
        if (type.IsAbstract) return null;
        var made = (Exception)RuntimeHelpers.GetUninitializedObject(type);
        Set(made, "_message", message);
        Set(made, "_innerException", inner);
        Set(made, "_remoteStackTraceString", stack is null ? null : stack + Environment.NewLine);
        try
        {
            return made.Message.Contains(message, StringComparison.Ordinal) ? made : null;
        }
        catch (NullReferenceException)
        {
            // Its message is made of fields that only its constructor fills.
            return null;
        }
    }

    private static void Set(Exception exception, string field, object? value) => typeof(Exception)
        .GetField(field, BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(exception, value);
}
