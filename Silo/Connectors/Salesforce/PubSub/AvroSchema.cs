using System.Collections.Immutable;
using System.Text.Json;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>A type of an Avro schema. <see cref="AvroReader"/> reads values of it.</summary>
internal abstract record AvroType
{
    public sealed record Primitive(string Name) : AvroType;

    public sealed record Enumeration(ImmutableArray<string> Symbols) : AvroType;

    public sealed record List(AvroType Items) : AvroType;

    public sealed record Map(AvroType Values) : AvroType;

    public sealed record Fixed(int Size) : AvroType;

    public sealed record Union(ImmutableArray<AvroType> Cases) : AvroType
    {
        /// <summary>The one record among the cases, where an optional group is meant.</summary>
        public Record? Group => Cases.OfType<Record>().SingleOrDefault();
    }

    public sealed record Record(string Name) : AvroType
    {
        public ImmutableArray<(string Name, AvroType Type)> Fields { get; set; } = [];
    }
}

/// <summary>Schemas in their JSON form: all kinds of types, named ones by name after their definition, logical types as what they are made of.</summary>
internal static class AvroSchema
{
    private static readonly ImmutableHashSet<string> Primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

    /// <summary>Throws <see cref="FormatException"/> for a text that is no schema of a record.</summary>
    public static AvroType.Record Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement, new(StringComparer.Ordinal)) as AvroType.Record ?? throw new FormatException("The schema is none of a record.");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The schema cannot be read: {error.Message}", error);
        }
    }

    private static AvroType Read(JsonElement json, Dictionary<string, AvroType> named) => json.ValueKind switch
    {
        JsonValueKind.String => Named(json.GetString()!, named),
        JsonValueKind.Array => new AvroType.Union([.. json.EnumerateArray().Select(each => Read(each, named))]),
        _ => Defined(json, named),
    };

    private static AvroType Named(string name, Dictionary<string, AvroType> named) =>
        Primitives.Contains(name) ? new AvroType.Primitive(name)
        : named.TryGetValue(name, out var known) || named.TryGetValue(Last(name), out known) ? known
        : throw new FormatException($"The schema names the type '{name}' and does not define it.");

    private static AvroType Defined(JsonElement json, Dictionary<string, AvroType> named)
    {
        var type = json.GetProperty("type");
        if (type.ValueKind != JsonValueKind.String) return Read(type, named);
        switch (type.GetString())
        {
            case "record":
                var record = new AvroType.Record(json.GetProperty("name").GetString()!);
                named[Last(record.Name)] = record;
                record.Fields = [.. json.GetProperty("fields").EnumerateArray()
                    .Select(field => (field.GetProperty("name").GetString()!, Read(field.GetProperty("type"), named)))];
                return record;
            case "enum":
                return Define(new AvroType.Enumeration([.. json.GetProperty("symbols").EnumerateArray().Select(symbol => symbol.GetString()!)]));
            case "fixed":
                return Define(new AvroType.Fixed(json.GetProperty("size").GetInt32()));
            case "array":
                return new AvroType.List(Read(json.GetProperty("items"), named));
            case "map":
                return new AvroType.Map(Read(json.GetProperty("values"), named));
            default:
                return Read(type, named);
        }

        AvroType Define(AvroType defined) => named[Last(json.GetProperty("name").GetString()!)] = defined;
    }

    private static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
