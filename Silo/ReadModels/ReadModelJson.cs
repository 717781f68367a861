using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Q2C.Grains.Journal;

namespace Q2C.Silo.ReadModels;

/// <summary>How rows travel to and from PostgreSQL: snake_case members are columns, enums are written in camelCase.</summary>
internal static class ReadModelJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new StorableText() },
    };

    private static readonly ConcurrentDictionary<Enum, string> Names = new();

    public static string ColumnName(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    public static NpgsqlParameter Parameter<T>(IReadOnlyList<T> rows) =>
        new() { Value = JsonSerializer.Serialize(rows, Options), NpgsqlDbType = NpgsqlDbType.Jsonb };

    public static string Write(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);

    /// <summary>Of an enum's member, as it is stored.</summary>
    public static string Name(Enum value) => Names.GetOrAdd(value, static one => JsonNamingPolicy.CamelCase.ConvertName(one.ToString()));

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}
