using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Salesforce.PubSub;

/// <summary>Values in Avro's binary form as JSON. Throws <see cref="FormatException"/> for bytes that are none of the type.</summary>
internal ref struct AvroReader
{
    private const int MaxDepth = 64;

    private ReadOnlySpan<byte> _left;

    private AvroReader(ReadOnlySpan<byte> bytes) => _left = bytes;

    public static JsonObject Read(AvroType.Record type, ReadOnlySpan<byte> bytes)
    {
        var reader = new AvroReader(bytes);
        var value = reader.Group(type, 0);
        return reader._left.IsEmpty ? value : throw new FormatException($"{reader._left.Length} bytes are left after the value.");
    }

    private JsonNode? Value(AvroType type, int depth)
    {
        if (depth > MaxDepth) throw new FormatException("The value is nested too deeply.");
        switch (type)
        {
            case AvroType.Primitive primitive: return Single(primitive.Name);
            case AvroType.Record record: return Group(record, depth + 1);
            case AvroType.Union union: return Value(union.Cases[Index(union.Cases.Length)], depth + 1);
            case AvroType.Enumeration symbols: return JsonValue.Create(symbols.Symbols[Index(symbols.Symbols.Length)]);
            case AvroType.Fixed size: return JsonValue.Create(Convert.ToBase64String(Take(size.Size)));
            case AvroType.List list:
                var items = new JsonArray();
                for (var count = Block(); count > 0; count = Block())
                    for (; count > 0; count--) items.Add(Value(list.Items, depth + 1));
                return items;
            case AvroType.Map map:
                var members = new JsonObject();
                for (var count = Block(); count > 0; count = Block())
                    for (; count > 0; count--) members[Text()] = Value(map.Values, depth + 1);
                return members;
            default: throw new FormatException($"{type.GetType().Name} is no type of Avro.");
        }
    }

    private JsonObject Group(AvroType.Record type, int depth)
    {
        var value = new JsonObject();
        foreach (var (name, field) in type.Fields) value[name] = Value(field, depth);
        return value;
    }

    private JsonValue? Single(string primitive) => primitive switch
    {
        "null" => null,
        "boolean" => JsonValue.Create(Take(1)[0] == 1),
        "int" or "long" => JsonValue.Create(Number()),
        "float" => JsonValue.Create(BinaryPrimitives.ReadSingleLittleEndian(Take(4))),
        "double" => JsonValue.Create(BinaryPrimitives.ReadDoubleLittleEndian(Take(8))),
        "bytes" => JsonValue.Create(Convert.ToBase64String(Take(Length()))),
        _ => JsonValue.Create(Text()),
    };

    private string Text() => Encoding.UTF8.GetString(Take(Length()));

    /// <summary>The number of elements that follow; a negative one is followed by their length, which nobody needs here.</summary>
    private long Block()
    {
        var count = Number();
        if (count < 0)
        {
            count = count > int.MinValue ? -count : long.MaxValue;
            Number();
        }

        return count <= _left.Length ? count : throw new FormatException("A list is longer than the value.");
    }

    private int Length() => Number() is >= 0 and var length && length <= _left.Length ? (int)length : throw Cut();

    private int Index(int count) => Number() is >= 0 and var index && index < count
        ? (int)index
        : throw new FormatException("The value names a case that the schema does not have.");

    /// <summary>Seven bits a byte, low ones first, the sign in the lowest bit.</summary>
    private long Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7f) << shift;
            if ((next & 0x80) == 0) return (long)(value >> 1) ^ -(long)(value & 1);
        }

        throw new FormatException("A number has too many bytes.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _left.Length) throw Cut();
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }

    private static FormatException Cut() => new("The value is cut off.");
}
