using System.Collections;
using System.Globalization;
using System.Text.Json;
using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>Brings variable values of any origin into the one form that coercion reads.</summary>
internal static class ValueNodes
{
    public static ValueNode FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json.GetString()!),
        JsonValueKind.Number => Number(json.GetRawText()),
        JsonValueKind.True => new BooleanValueNode(default, true),
        JsonValueKind.False => new BooleanValueNode(default, false),
        JsonValueKind.Array => new ListValueNode(default, [.. json.EnumerateArray().Select(FromJson)]),
        JsonValueKind.Object => new ObjectValueNode(
            default, [.. json.EnumerateObject().Select(p => Field(p.Name, FromJson(p.Value)))]),
        _ => NullValueNode.Instance,
    };

    /// <summary>Reads the value the reader stands on.</summary>
    public static ValueNode Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return Text(reader.GetString()!);
            case JsonTokenType.Number:
                return Number(System.Text.Encoding.UTF8.GetString(
                    reader.HasValueSequence ? System.Buffers.BuffersExtensions.ToArray(reader.ValueSequence) : reader.ValueSpan));
            case JsonTokenType.True or JsonTokenType.False:
                return new BooleanValueNode(default, reader.TokenType == JsonTokenType.True);
            case JsonTokenType.StartArray:
                var items = new List<ValueNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader));
                }

                return new ListValueNode(default, items);
            case JsonTokenType.StartObject:
                var fields = new List<ObjectFieldNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    fields.Add(Field(name, Read(ref reader)));
                }

                return new ObjectValueNode(default, fields);
            default:
                return NullValueNode.Instance;
        }
    }

    public static ValueNode FromObject(object? value) => value switch
    {
        null => NullValueNode.Instance,
        ValueNode node => node,
        JsonElement json => FromJson(json),
        string s => Text(s),
        bool b => new BooleanValueNode(default, b),
        Enum e => Text(Naming.EnumValue(e)),
        float or double or decimal => new FloatValueNode(default, Invariant(value)),
        sbyte or byte or short or ushort or int or uint or long or ulong => new IntValueNode(default, Invariant(value)),
        IReadOnlyDictionary<string, object?> map => Object(map),
        IDictionary map => Object(map.Keys.Cast<object>().Select(k => KeyValuePair.Create(Invariant(k), map[k]))),
        IEnumerable list => new ListValueNode(default, [.. list.Cast<object?>().Select(FromObject)]),
        _ => FromJson(JsonSerializer.SerializeToElement(value, JsonSerializerOptions.Web)),
    };

    private static ObjectValueNode Object(IEnumerable<KeyValuePair<string, object?>> fields) =>
        new(default, [.. fields.Select(f => Field(f.Key, FromObject(f.Value)))]);

    private static string Invariant(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static StringValueNode Text(string value) => new(default, value, false);

    private static ValueNode Number(string text) => text.AsSpan().IndexOfAny(".eE") < 0
        ? new IntValueNode(default, text)
        : new FloatValueNode(default, text);

    private static ObjectFieldNode Field(string name, ValueNode value) => new(default, new NameNode(default, name), value);
}
