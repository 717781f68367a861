using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Q2C.Grains.Journal;

/// <summary>
/// How commands, events, operations and answers are stored: JSON with the type's <c>[Alias]</c> as <c>$type</c>. The
/// names are the storage format; <c>EventSamples</c> in the tests holds one stored example of each.
/// </summary>
public static class WireFormat
{
    private const string TypeMember = "$type";

    private static readonly Type[] Roots =
        [typeof(Event), typeof(Command), typeof(Operation), typeof(Answer), typeof(EffectOutcome)];

    private static readonly FrozenDictionary<string, Type> TypesByName = typeof(Event).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && Roots.Any(root => root.IsAssignableFrom(type)))
        .ToFrozenDictionary(NameIn, StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> NamesByType =
        TypesByName.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>Writes what <see cref="Options"/> hands over: polymorphism of its own, and no document in between.</summary>
    private static readonly JsonSerializerOptions Writing = CreateWriting();

    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Every stored name and its type.</summary>
    public static IReadOnlyDictionary<string, Type> Names => TypesByName;

    public static string NameOf(object value) => NamesByType.TryGetValue(value.GetType(), out var name)
        ? name
        : throw new UnknownWireNameException(value.GetType().Name);

    public static ReadOnlyMemory<byte> Write<TRoot>(TRoot value) where TRoot : notnull =>
        WriteBuffer.Fill(value, static (json, value) => Write(json, value));

    public static void Write<TRoot>(Utf8JsonWriter json, TRoot value) where TRoot : notnull =>
        JsonSerializer.Serialize(json, value, Options);

    public static TRoot Read<TRoot>(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        return Read<TRoot>(document.RootElement);
    }

    public static TRoot Read<TRoot>(JsonElement json) =>
        json.Deserialize<TRoot>(Options) ?? throw new JsonException($"Expected {typeof(TRoot).Name}, found null.");

    /// <summary>SHA-256 of the command as it would be stored.</summary>
    public static ReadOnlyMemory<byte> Fingerprint(Command command) =>
        WriteBuffer.Fill(command, static (json, command) => Write(json, command), SHA256.HashData);

    private static string NameIn(Type type) =>
        type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias
        ?? throw new InvalidOperationException($"{type.Name} is stored and needs an [Alias].");

    private static JsonSerializerOptions CreateOptions()
    {
        var options = CommonOptions();
        options.Converters.Add(new NamedConverterFactory());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static JsonSerializerOptions CreateWriting()
    {
        var options = CommonOptions();
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DropComputed, AddNames } };
        options.MakeReadOnly();
        return options;
    }

    private static JsonSerializerOptions CommonOptions() => new(JsonSerializerDefaults.Web)
    {
        Encoder = WriteBuffer.Encoder,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DropComputed } },
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new StorableText() },
    };

    /// <summary>What follows from other members is not stored: a grain addressed, a total.</summary>
    private static void DropComputed(JsonTypeInfo info)
    {
        for (var i = info.Properties.Count - 1; i >= 0; i--)
            if (info.Properties[i].AttributeProvider is PropertyInfo { CanWrite: false }) info.Properties.RemoveAt(i);
    }

    private static void AddNames(JsonTypeInfo info)
    {
        if (!Roots.Contains(info.Type)) return;
        info.PolymorphismOptions = new() { TypeDiscriminatorPropertyName = TypeMember };
        foreach (var (name, type) in TypesByName)
            if (info.Type.IsAssignableFrom(type)) info.PolymorphismOptions.DerivedTypes.Add(new(type, name));
    }

    /// <summary>Writes <c>$type</c> first and reads by it, for the abstract roots only.</summary>
    private sealed class NamedConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type type) => Roots.Contains(type);

        public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(NamedConverter<>).MakeGenericType(type))!;
    }

    private sealed class NamedConverter<TRoot> : JsonConverter<TRoot> where TRoot : class
    {
        public override TRoot? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var ahead = reader;
            if (!ahead.Read() || ahead.TokenType != JsonTokenType.PropertyName || !ahead.ValueTextEquals(TypeMember)
                || !ahead.Read() || ahead.GetString() is not { } name)
                throw new JsonException($"A stored {typeof(TRoot).Name} starts with its \"{TypeMember}\".");
            return TypesByName.TryGetValue(name, out var actual) && typeof(TRoot).IsAssignableFrom(actual)
                ? (TRoot?)JsonSerializer.Deserialize(ref reader, actual, options)
                : throw new UnknownWireNameException(name);
        }

        public override void Write(Utf8JsonWriter json, TRoot value, JsonSerializerOptions options)
        {
            if (!NamesByType.ContainsKey(value.GetType())) throw new UnknownWireNameException(value.GetType().Name);
            JsonSerializer.Serialize(json, value, Writing);
        }
    }
}

/// <summary>A stored name that this version of Q2C does not know: written by a newer one, or by nobody.</summary>
public sealed class UnknownWireNameException(string name)
    : Exception($"'{name}' is not a stored type that this version knows. Deploy readers before writers.");
