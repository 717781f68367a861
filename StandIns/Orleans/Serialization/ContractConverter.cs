using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Serialization;

/// <summary>Takes every type that is not plain data: one with a contract, one that stands for others, one to refuse.</summary>
internal sealed class ContractConverterFactory(TypeNames names) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        TypeContract.IsDefinedFor(typeToConvert) && !typeToConvert.IsEnum
            ? !typeToConvert.IsDefined(typeof(JsonConverterAttribute), inherit: false)
            : !PlainData.Contains(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
    {
        if (!TypeContract.IsDefinedFor(typeToConvert) && !typeToConvert.IsAbstract && typeToConvert != typeof(object))
            throw new CodecNotFoundException(
                $"{typeToConvert} has no [GenerateSerializer] and so cannot cross a grain boundary.");
        return (JsonConverter)Activator.CreateInstance(typeof(ContractConverter<>).MakeGenericType(typeToConvert), names)!;
    }
}

/// <summary>What System.Text.Json handles by itself.</summary>
internal static class PlainData
{
    public static bool Contains(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is not null || type.IsEnum || type.IsPrimitive) return true;
        if (type == typeof(object)) return false;
        if (type == typeof(string) || typeof(IEnumerable).IsAssignableFrom(type)) return true;
        return type.IsDefined(typeof(JsonConverterAttribute), inherit: false) ||
            (type.Assembly == typeof(object).Assembly && type.IsValueType) ||
            type == typeof(JsonElement) || type == typeof(Uri) || type == typeof(Version) || type == typeof(IDictionary);
    }
}

/// <summary>
/// An object of the members of its type by their ids. Where the value is of another type than declared, its type's
/// name comes first; a value that is no object stands under "value".
/// </summary>
internal sealed class ContractConverter<T>(TypeNames names) : JsonConverter<T>
{
    private const string TypeKey = "$type";
    private const string ValueKey = "value";

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var type = value!.GetType();
        writer.WriteStartObject();
        if (type != typeof(T)) writer.WriteString(TypeKey, TypeNames.NameOf(type));
        if (TypeContract.IsDefinedFor(type) && !type.IsEnum)
        {
            foreach (var member in TypeContract.Of(type).Members)
            {
                writer.WritePropertyName(member.Key);
                JsonSerializer.Serialize(writer, member.Get(value), member.Type, options);
            }
        }
        else if (type != typeof(object))
        {
            writer.WritePropertyName(ValueKey);
            JsonSerializer.Serialize(writer, value, type, options);
        }

        writer.WriteEndObject();
    }

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException($"An object is needed for {typeof(T)}.");
        reader.Read();
        var type = ReadType(ref reader);
        if (!typeof(T).IsAssignableFrom(type))
            throw new JsonException($"{type} was sent where {typeof(T)} is expected.");
        return (T?)(TypeContract.IsDefinedFor(type) && !type.IsEnum
            ? ReadMembers(ref reader, TypeContract.Of(type), options)
            : ReadValue(ref reader, type, options));
    }

    private Type ReadType(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals(TypeKey)) return typeof(T);
        reader.Read();
        var type = names.TypeOf(reader.GetString()!);
        reader.Read();
        return type;
    }

    private static object ReadMembers(ref Utf8JsonReader reader, TypeContract contract, JsonSerializerOptions options)
    {
        var value = contract.Create();
        while (reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = contract.Find(reader.GetString()!);
            reader.Read();
            if (member is null) reader.Skip();
            else member.Set(value, JsonSerializer.Deserialize(ref reader, member.Type, options));
            reader.Read();
        }

        return value;
    }

    private static object? ReadValue(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.EndObject) return new object();
        if (!reader.ValueTextEquals(ValueKey)) throw new JsonException($"A value is needed for {type}.");
        reader.Read();
        var value = JsonSerializer.Deserialize(ref reader, type, options);
        reader.Read();
        return value;
    }
}
