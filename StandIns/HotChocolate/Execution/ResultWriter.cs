using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using HotChocolate.Types;

namespace HotChocolate.Execution;

/// <summary>Writes results as the specification's response format: errors, data, extensions.</summary>
internal static class ResultWriter
{
    private static readonly JsonEncodedText s_errors = JsonEncodedText.Encode("errors");
    private static readonly JsonEncodedText s_data = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText s_extensions = JsonEncodedText.Encode("extensions");
    private static readonly JsonEncodedText s_message = JsonEncodedText.Encode("message");
    private static readonly JsonEncodedText s_locations = JsonEncodedText.Encode("locations");
    private static readonly JsonEncodedText s_line = JsonEncodedText.Encode("line");
    private static readonly JsonEncodedText s_column = JsonEncodedText.Encode("column");
    private static readonly JsonEncodedText s_path = JsonEncodedText.Encode("path");

    private static readonly JsonWriterOptions s_compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly JsonWriterOptions s_indented = s_compact with { Indented = true, NewLine = "\n" };

    [ThreadStatic]
    private static Utf8JsonWriter? s_cached;

    public static void Write(IBufferWriter<byte> output, IOperationResult result)
    {
        var writer = s_cached ?? new Utf8JsonWriter(output, s_compact);
        s_cached = null;
        writer.Reset(output);
        Write(writer, result);
        writer.Flush();
        s_cached = writer;
    }

    public static string ToJson(IOperationResult result, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, indented ? s_indented : s_compact);
        Write(writer, result);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A writer with the settings of responses.</summary>
    public static Utf8JsonWriter NewWriter(IBufferWriter<byte> output) => new(output, s_compact);

    public static void Write(Utf8JsonWriter writer, IOperationResult result)
    {
        writer.WriteStartObject();
        if (result.Errors is { } errors)
        {
            writer.WritePropertyName(s_errors);
            WriteErrors(writer, errors);
        }

        if (result.IsDataSet)
        {
            writer.WritePropertyName(s_data);
            if (result is OperationResult { Root: var root })
            {
                WriteNode(writer, root);
            }
            else
            {
                WriteAny(writer, result.Data);
            }
        }

        if (result.Extensions is { Count: > 0 } extensions)
        {
            writer.WritePropertyName(s_extensions);
            WriteAny(writer, extensions);
        }

        writer.WriteEndObject();
    }

    public static void WriteErrors(Utf8JsonWriter writer, IReadOnlyList<IError> errors)
    {
        writer.WriteStartArray();
        foreach (var error in errors)
        {
            WriteError(writer, error);
        }

        writer.WriteEndArray();
    }

    public static IReadOnlyDictionary<string, object?>? ToDictionary(ResultNode? root) =>
        root is null ? null : (IReadOnlyDictionary<string, object?>)ToObject(root)!;

    private static void WriteError(Utf8JsonWriter writer, IError error)
    {
        writer.WriteStartObject();
        writer.WriteString(s_message, error.Message);
        if (error.Locations is { Count: > 0 } locations)
        {
            writer.WriteStartArray(s_locations);
            foreach (var location in locations)
            {
                writer.WriteStartObject();
                writer.WriteNumber(s_line, location.Line);
                writer.WriteNumber(s_column, location.Column);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        if (error.Path is { } path)
        {
            writer.WritePropertyName(s_path);
            WriteAny(writer, path.ToList());
        }

        if (error.Extensions is { Count: > 0 } extensions)
        {
            writer.WritePropertyName(s_extensions);
            WriteAny(writer, extensions);
        }

        writer.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter writer, ResultNode? node)
    {
        switch (node)
        {
            case ObjectResult o:
                writer.WriteStartObject();
                var fields = o.Plan.Fields;
                for (var i = 0; i < fields.Length; i++)
                {
                    writer.WritePropertyName(fields[i].Key);
                    WriteValue(writer, fields[i].Definition.Type, o.Values[i]);
                }

                writer.WriteEndObject();
                break;
            case ListResult list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                {
                    WriteValue(writer, list.ItemType, item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, GraphType type, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case ResultNode node:
                WriteNode(writer, node);
                break;
            case Fragment fragment:
                writer.WriteRawValue(fragment.Json, skipInputValidation: true);
                break;
            default:
                ((LeafType)type.Nullable).Write(writer, value);
                break;
        }
    }

    private static void WriteAny(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case IReadOnlyDictionary<string, object?> map:
                writer.WriteStartObject();
                foreach (var (key, item) in map)
                {
                    writer.WritePropertyName(key);
                    WriteAny(writer, item);
                }

                writer.WriteEndObject();
                break;
            case Path path:
                WriteAny(writer, path.ToList());
                break;
            case IEnumerable items and not string:
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    WriteAny(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                JsonSerializer.Serialize(writer, value, JsonSerializerOptions.Web);
                break;
        }
    }

    private static object? ToObject(ResultNode node) => node switch
    {
        ObjectResult o => new OrderedDictionary<string, object?>(o.Plan.Fields.Select((f, i) =>
            KeyValuePair.Create(f.ResponseName, ToObject(f.Definition.Type, o.Values[i])))),
        ListResult list => list.Items.ToArray().Select(i => ToObject(list.ItemType, i)).ToList(),
        _ => null,
    };

    private static object? ToObject(GraphType type, object? value) => value switch
    {
        null => null,
        ResultNode node => ToObject(node),
        EnumValue e => e.Name,
        string or bool or int or long or double or decimal => value,
        _ => Leaf((LeafType)type.Nullable, value),
    };

    private static object? Leaf(LeafType type, object value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, s_compact);
        type.Write(writer, value);
        writer.Flush();
        var json = JsonElement.Parse(buffer.WrittenSpan);
        return json.ValueKind == JsonValueKind.String ? json.GetString() : json;
    }
}
