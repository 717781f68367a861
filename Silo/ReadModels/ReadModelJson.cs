using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace Q2C.Silo.ReadModels;

/// <summary>How rows travel to and from PostgreSQL: snake_case members are columns, enums are written in camelCase.</summary>
internal static class ReadModelJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string ColumnName(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    public static NpgsqlParameter Parameter<T>(IReadOnlyList<T> rows) =>
        new() { Value = JsonSerializer.Serialize(rows, Options), NpgsqlDbType = NpgsqlDbType.Jsonb };

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}
