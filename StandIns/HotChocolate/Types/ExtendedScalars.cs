using System.Globalization;
using System.Text.Json;
using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>A point in time with offset; written with milliseconds, UTC as Z.</summary>
public class DateTimeType() : ScalarType<DateTimeOffset>("DateTime",
    "The `DateTime` scalar represents an ISO-8601 compliant date time type.",
    new Uri("https://www.graphql-scalars.com/date-time"))
{
    private const string Utc = "yyyy-MM-ddTHH:mm:ss.fffZ";
    private const string Local = "yyyy-MM-ddTHH:mm:ss.fffzzz";

    private protected override bool Read(ValueNode literal, bool fromVariable, out DateTimeOffset value)
    {
        value = default;
        return literal is StringValueNode { Value: var text } && HasTimeAndOffset(text)
            && DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out value);
    }

    private protected override bool TryConvert(object result, out DateTimeOffset value)
    {
        value = result is DateTime time ? new DateTimeOffset(time.ToUniversalTime(), TimeSpan.Zero) : default;
        return result is DateTime;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, DateTimeOffset value)
    {
        Span<char> text = stackalloc char[32];
        value.TryFormat(
            text, out var length, value.Offset == TimeSpan.Zero ? Utc : Local, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    private static bool HasTimeAndOffset(string text) =>
        text.Length > 10 && text[10] is 'T' or 't'
        && (text[^1] is 'Z' or 'z' || text.AsSpan(11).IndexOfAny('+', '-') > 0);
}

/// <summary>A calendar date, yyyy-MM-dd.</summary>
public abstract class CalendarDateType : ScalarType<DateOnly>
{
    private const string Format = "yyyy-MM-dd";

    private protected CalendarDateType(string name, string description, Uri? specifiedBy)
        : base(name, description, specifiedBy)
    {
    }

    private protected override bool Read(ValueNode literal, bool fromVariable, out DateOnly value)
    {
        value = default;
        return literal is StringValueNode { Value: var text }
            && DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out value);
    }

    private protected override bool TryConvert(object result, out DateOnly value)
    {
        value = result switch
        {
            DateTime time => DateOnly.FromDateTime(time),
            DateTimeOffset instant => DateOnly.FromDateTime(instant.DateTime),
            _ => default,
        };
        return result is DateTime or DateTimeOffset;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, DateOnly value)
    {
        Span<char> text = stackalloc char[10];
        value.TryFormat(text, out var length, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <inheritdoc />
public class DateType() : CalendarDateType("Date", "The `Date` scalar represents an ISO-8601 compliant date type.", null);

/// <inheritdoc />
public class LocalDateType() : CalendarDateType(
    "LocalDate", "The `LocalDate` scalar type represents a ISO date string, represented as UTF-8 character sequences YYYY-MM-DD. The scalar follows the specification defined in RFC3339",
    new Uri("https://www.graphql-scalars.com/local-date"));

/// <summary>A GUID with hyphens.</summary>
public class UuidType() : ScalarType<Guid>("UUID", null)
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out Guid value)
    {
        value = default;
        return literal is StringValueNode { Value: var text } && Guid.TryParse(text, out value);
    }

    private protected override bool TryConvert(object result, out Guid value)
    {
        value = default;
        return result is string text && Guid.TryParse(text, out value);
    }

    private protected override void WriteValue(Utf8JsonWriter writer, Guid value) => writer.WriteStringValue(value);
}

/// <summary>An absolute or relative address.</summary>
public class UrlType() : ScalarType<Uri>("URL", null)
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out Uri? value)
    {
        value = null;
        return literal is StringValueNode { Value: var text } && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out value);
    }

    private protected override bool TryConvert(object result, out Uri? value)
    {
        value = null;
        return result is string text && Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out value);
    }

    private protected override void WriteValue(Utf8JsonWriter writer, Uri value) =>
        writer.WriteStringValue(value.IsAbsoluteUri ? value.AbsoluteUri : value.ToString());
}

/// <summary>Any JSON value; a resolver may return a JsonElement or whatever serializes to JSON.</summary>
public class JsonType() : ScalarType<JsonElement>("JSON", null)
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out JsonElement value)
    {
        value = LiteralJson.ToElement(literal);
        return true;
    }

    private protected override bool TryConvert(object result, out JsonElement value)
    {
        value = JsonSerializer.SerializeToElement(result, JsonSerializerOptions.Web);
        return true;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, JsonElement value) => value.WriteTo(writer);
}

/// <summary>Any value; inputs arrive as dictionaries, lists and primitives.</summary>
public class AnyType() : ScalarType<object>("Any", null)
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out object? value)
    {
        value = LiteralJson.ToObject(literal);
        return true;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, object value) =>
        JsonSerializer.Serialize(writer, value, JsonSerializerOptions.Web);
}

/// <summary>Literals as JSON.</summary>
internal static class LiteralJson
{
    public static JsonElement ToElement(ValueNode literal)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            Write(writer, literal);
        }

        using var document = JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length));
        return document.RootElement.Clone();
    }

    public static object? ToObject(ValueNode literal) => literal switch
    {
        IntValueNode i when long.TryParse(i.Value, CultureInfo.InvariantCulture, out var number) => number,
        IntValueNode or FloatValueNode => decimal.TryParse(
            Numbers.Text(literal), NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            ? exact
            : double.Parse(Numbers.Text(literal)!, CultureInfo.InvariantCulture),
        StringValueNode s => s.Value,
        BooleanValueNode b => b.Value,
        EnumValueNode e => e.Value,
        ListValueNode list => list.Values.Select(ToObject).ToList(),
        ObjectValueNode o => o.Fields.ToDictionary(f => f.Name.Value, f => ToObject(f.Value)),
        _ => null,
    };

    private static void Write(Utf8JsonWriter writer, ValueNode literal)
    {
        switch (literal)
        {
            case IntValueNode or FloatValueNode:
                writer.WriteRawValue(Numbers.Text(literal)!);
                break;
            case StringValueNode s:
                writer.WriteStringValue(s.Value);
                break;
            case EnumValueNode e:
                writer.WriteStringValue(e.Value);
                break;
            case BooleanValueNode b:
                writer.WriteBooleanValue(b.Value);
                break;
            case ListValueNode list:
                writer.WriteStartArray();
                foreach (var item in list.Values)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ObjectValueNode o:
                writer.WriteStartObject();
                foreach (var field in o.Fields)
                {
                    writer.WritePropertyName(field.Name.Value);
                    Write(writer, field.Value);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
