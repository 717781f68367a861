using System.Text.Json;
using System.Text.Json.Serialization;

namespace Q2C.Gateway.Reading;

/// <summary>How JSON of the read models arrives: columns are snake_case members, enums are written in camelCase.</summary>
internal static class Rows
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;

    /// <param name="json">UTF-8.</param>
    public static T Read<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, Options)!;

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>As an enum value is stored.</summary>
    public static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
