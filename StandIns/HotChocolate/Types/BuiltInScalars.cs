using System.Globalization;
using System.Text.Json;
using HotChocolate.Language;

namespace HotChocolate.Types;

/// <summary>Scalars by the names under which SDL refers to them.</summary>
internal static class Scalars
{
    private static readonly Dictionary<string, Func<ScalarType>> s_byName = new(StringComparer.Ordinal)
    {
        ["Int"] = () => new IntType(),
        ["Float"] = () => new FloatType(),
        ["String"] = () => new StringType(),
        ["Boolean"] = () => new BooleanType(),
        ["ID"] = () => new IdType(),
        ["Long"] = () => new LongType(),
        ["Decimal"] = () => new DecimalType(),
        ["DateTime"] = () => new DateTimeType(),
        ["Date"] = () => new DateType(),
        ["LocalDate"] = () => new LocalDateType(),
        ["UUID"] = () => new UuidType(),
        ["URL"] = () => new UrlType(),
        ["JSON"] = () => new JsonType(),
        ["Any"] = () => new AnyType(),
    };

    public static IReadOnlyList<string> Specified { get; } = ["Int", "Float", "String", "Boolean", "ID"];

    public static ScalarType? Find(string name) => s_byName.TryGetValue(name, out var make) ? make() : null;
}

public class IntType() : ScalarType<int>("Int",
    "The `Int` scalar type represents non-fractional signed whole numeric values. Int can represent values between -(2^31) and 2^31 - 1.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out int value) =>
        Numbers.TryInteger(literal, fromVariable, out value);

    private protected override bool TryConvert(object result, out int value)
    {
        value = 0;
        return Numbers.TryDecimal(result, out var number) && number == decimal.Truncate(number)
            && number is >= int.MinValue and <= int.MaxValue && (value = (int)number) == number;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, int value) => writer.WriteNumberValue(value);
}

public class LongType() : ScalarType<long>("Long",
    "The `Long` scalar type represents non-fractional signed whole 64-bit numeric values.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out long value) =>
        Numbers.TryInteger(literal, fromVariable, out value);

    private protected override bool TryConvert(object result, out long value)
    {
        value = 0;
        return Numbers.TryDecimal(result, out var number) && number == decimal.Truncate(number)
            && number is >= long.MinValue and <= long.MaxValue && (value = (long)number) == number;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, long value) => writer.WriteNumberValue(value);
}

public class FloatType() : ScalarType<double>("Float",
    "The `Float` scalar type represents signed double-precision fractional values as specified by IEEE 754.")
{
    internal override bool TryCoerceResult(object result, out object? value) =>
        base.TryCoerceResult(result, out value) && double.IsFinite((double)value!);

    private protected override bool Read(ValueNode literal, bool fromVariable, out double value)
    {
        value = 0;
        var text = Numbers.Text(literal);
        return text is not null
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    private protected override bool TryConvert(object result, out double value)
    {
        value = result is float single ? single : 0;
        if (result is float)
        {
            return true;
        }

        var converted = Numbers.TryDecimal(result, out var number);
        value = (double)number;
        return converted;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, double value) => writer.WriteNumberValue(value);
}

public class DecimalType() : ScalarType<decimal>("Decimal",
    "The `Decimal` scalar type represents a decimal floating-point number.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out decimal value)
    {
        value = 0;
        return Numbers.Text(literal) is { } text
            && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private protected override bool TryConvert(object result, out decimal value) => Numbers.TryDecimal(result, out value);

    private protected override void WriteValue(Utf8JsonWriter writer, decimal value) => writer.WriteNumberValue(value);
}

public class StringType() : ScalarType<string>("String",
    "The `String` scalar type represents textual data, represented as UTF-8 character sequences. The String type is most often used by GraphQL to represent free-form human-readable text.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out string? value)
    {
        value = (literal as StringValueNode)?.Value;
        return value is not null;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);
}

public class BooleanType() : ScalarType<bool>("Boolean",
    "The `Boolean` scalar type represents `true` or `false`.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out bool value)
    {
        value = literal is BooleanValueNode { Value: true };
        return literal is BooleanValueNode;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, bool value) => writer.WriteBooleanValue(value);
}

public class IdType() : ScalarType<string>("ID",
    "The `ID` scalar type represents a unique identifier, often used to refetch an object or as key for a cache. The ID type appears in a JSON response as a String; however, it is not intended to be human-readable. When expected as an input type, any string (such as `\"4\"`) or integer (such as `4`) input value will be accepted as an ID.")
{
    private protected override bool Read(ValueNode literal, bool fromVariable, out string? value)
    {
        value = literal switch
        {
            StringValueNode s => s.Value,
            IntValueNode i => i.Value,
            _ => null,
        };
        return value is not null;
    }

    private protected override bool TryConvert(object result, out string? value)
    {
        value = result is int or long or short or Guid ? Convert.ToString(result, CultureInfo.InvariantCulture) : null;
        return value is not null;
    }

    private protected override void WriteValue(Utf8JsonWriter writer, string value) => writer.WriteStringValue(value);
}

/// <summary>Number parsing shared by the numeric scalars.</summary>
internal static class Numbers
{
    public static string? Text(ValueNode literal) => literal switch
    {
        IntValueNode i => i.Value,
        FloatValueNode f => f.Value,
        _ => null,
    };

    /// <summary>JSON has one kind of number, so from a variable 1.0 is the integer 1.</summary>
    public static bool TryInteger<T>(ValueNode literal, bool fromVariable, out T value)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        value = default;
        if (literal is IntValueNode integer)
        {
            return T.TryParse(integer.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        }

        if (!fromVariable || literal is not FloatValueNode number
            || !decimal.TryParse(number.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
            || exact != decimal.Truncate(exact))
        {
            return false;
        }

        return T.TryParse(exact.ToString("F0", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture, out value);
    }

    public static bool TryDecimal(object result, out decimal value)
    {
        value = 0;
        try
        {
            switch (result)
            {
                case double d when double.IsFinite(d):
                    value = (decimal)d;
                    return true;
                case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                    value = Convert.ToDecimal(result, CultureInfo.InvariantCulture);
                    return true;
                default:
                    return false;
            }
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
