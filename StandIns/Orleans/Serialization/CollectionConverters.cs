using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Serialization;

/// <summary>Immutable arrays, of which the default one is null.</summary>
internal sealed class ImmutableArrayConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ImmutableArray<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(ImmutableArrayConverter<>).MakeGenericType(typeToConvert.GenericTypeArguments))!;
}

internal sealed class ImmutableArrayConverter<T> : JsonConverter<ImmutableArray<T>>
{
    public override bool HandleNull => true;

    public override ImmutableArray<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T[]>(ref reader, options) is { } items
            ? System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(items)
            : default;

    public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(
            writer, System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(value), options);
}

/// <summary>Dictionaries whose keys are no strings, as a list of pairs.</summary>
internal sealed class KeyedCollectionConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => KeyAndValue(typeToConvert) is [var key, _] && key != typeof(string);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(
            typeof(KeyedCollectionConverter<,,>).MakeGenericType([typeToConvert, .. KeyAndValue(typeToConvert)]))!;

    private static Type[] KeyAndValue(Type type) => type.GetInterfaces().Append(type)
        .FirstOrDefault(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        ?.GenericTypeArguments ?? (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>)
            ? type.GenericTypeArguments
            : []);
}

internal sealed class KeyedCollectionConverter<TDictionary, TKey, TValue> : JsonConverter<TDictionary>
    where TKey : notnull
{
    private static readonly Func<IEnumerable<KeyValuePair<TKey, TValue>>, object> Make = Maker();

    public override TDictionary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var pairs = JsonSerializer.Deserialize<List<(TKey, TValue)>>(ref reader, options)!;
        return (TDictionary)Make(pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)));
    }

    public override void Write(Utf8JsonWriter writer, TDictionary value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(
            writer,
            ((IEnumerable<KeyValuePair<TKey, TValue>>)value!).Select(pair => (pair.Key, pair.Value)).ToList(),
            options);

    private static Func<IEnumerable<KeyValuePair<TKey, TValue>>, object> Maker()
    {
        var type = typeof(TDictionary);
        if (type == typeof(ImmutableDictionary<TKey, TValue>) || type == typeof(IImmutableDictionary<TKey, TValue>))
            return ImmutableDictionary.CreateRange;
        if (type == typeof(ImmutableSortedDictionary<TKey, TValue>)) return ImmutableSortedDictionary.CreateRange;
        if (type == typeof(SortedDictionary<TKey, TValue>))
            return pairs => new SortedDictionary<TKey, TValue>(pairs.ToDictionary());
        return type.IsAssignableFrom(typeof(Dictionary<TKey, TValue>))
            ? pairs => pairs.ToDictionary()
            : throw new CodecNotFoundException($"{type} cannot cross a grain boundary.");
    }
}

/// <summary>Value tuples and key-value pairs, as a list of their parts.</summary>
internal sealed class TupleConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType &&
        (typeToConvert.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal) ||
            typeToConvert.GetGenericTypeDefinition() == typeof(KeyValuePair<,>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(TupleConverter<>).MakeGenericType(typeToConvert))!;
}

internal sealed class TupleConverter<T> : JsonConverter<T>
{
    private static readonly FieldInfo[] Fields =
        typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static readonly ConstructorInvoker Constructor = ConstructorInvoker.Create(
        typeof(T).GetConstructor([.. Fields.Select(field => field.FieldType)])!);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var parts = new object?[Fields.Length];
        for (var index = 0; index < parts.Length; index++)
        {
            reader.Read();
            parts[index] = JsonSerializer.Deserialize(ref reader, Fields[index].FieldType, options);
        }

        reader.Read();
        return (T)Constructor.Invoke(parts.AsSpan());
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var field in Fields) JsonSerializer.Serialize(writer, field.GetValue(value), field.FieldType, options);
        writer.WriteEndArray();
    }
}
