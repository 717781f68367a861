using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Mapping;

/// <summary>One value in its format on the vendor's side. Throws <see cref="FormatException"/> for one that does not fit.</summary>
internal static class ValueFormat
{
    private const NumberStyles DecimalStyle =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public static JsonNode Outbound(MapField field, JsonNode value) => field.Format switch
    {
        MapFormat.Money => JsonValue.Create(MoneyIn(value).Amount),
        MapFormat.MinorUnits => JsonValue.Create(MoneyIn(value).Minor),
        MapFormat.Date => JsonValue.Create(
            DateOnly.ParseExact(Text(value), "yyyy-MM-dd", CultureInfo.InvariantCulture).ToString(field.Pattern ?? "yyyy-MM-dd")),
        MapFormat.DateTime => JsonValue.Create(Instant(value, null).ToString(field.Pattern ?? "yyyy-MM-dd'T'HH:mm:sszzz")),
        _ => Simple(field.Format, value),
    };

    public static JsonNode Inbound(MapField field, JsonNode value, Func<string> currency) => field.Format switch
    {
        MapFormat.Money => MoneyOut(Q2C.Money.Of(DecimalIn(value), currency())),
        MapFormat.MinorUnits => MoneyOut(new(IntegerIn(value), Known(currency()))),
        MapFormat.Date => JsonValue.Create(
            DateOnly.ParseExact(Text(value), field.Pattern ?? "yyyy-MM-dd", CultureInfo.InvariantCulture).ToString("yyyy-MM-dd")),
        MapFormat.DateTime => JsonValue.Create(Instant(value, field.Pattern)),
        _ => Simple(field.Format, value),
    };

    private static JsonNode Simple(MapFormat format, JsonNode value) => format switch
    {
        MapFormat.Any => value.DeepClone(),
        MapFormat.Text => JsonValue.Create(Text(value)),
        MapFormat.WholeNumber => JsonValue.Create(IntegerIn(value)),
        MapFormat.Number => JsonValue.Create(DecimalIn(value)),
        MapFormat.Boolean => JsonValue.Create(Text(value) switch
        {
            "true" or "T" or "1" => true,
            "false" or "F" or "0" => false,
            var other => throw new FormatException($"'{other}' is neither true nor false."),
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    private static string Known(string currency) =>
        Currencies.IsKnown(currency) ? currency : throw new FormatException($"'{currency}' is not an ISO 4217 currency.");

    private static Money MoneyIn(JsonNode value) => value is JsonObject money
        && money["minor"]?.GetValue<long>() is { } minor && money["currency"]?.GetValue<string>() is { } currency
            ? new(minor, Known(currency))
            : throw new FormatException("this is not an amount with a currency.");

    private static JsonObject MoneyOut(Money money) => new() { ["minor"] = money.Minor, ["currency"] = money.Currency };

    private static decimal DecimalIn(JsonNode value) =>
        decimal.TryParse(Text(value), DecimalStyle, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{Text(value)}' is not a number.");

    private static long IntegerIn(JsonNode value) =>
        long.TryParse(Text(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"'{Text(value)}' is not a whole number.");

    private static DateTimeOffset Instant(JsonNode value, string? pattern) => (value, pattern) switch
    {
        (_, "unix-seconds") => DateTimeOffset.FromUnixTimeSeconds(IntegerIn(value)),
        (_, { } exact) => DateTimeOffset.ParseExact(Text(value), exact, CultureInfo.InvariantCulture),
        _ => DateTimeOffset.Parse(Text(value), CultureInfo.InvariantCulture),
    };

    private static string Text(JsonNode value) =>
        value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text
        : value.GetValueKind() is JsonValueKind.Object or JsonValueKind.Array
            ? throw new FormatException("a single value is expected here, not a group or list.")
        : value.ToJsonString();
}
