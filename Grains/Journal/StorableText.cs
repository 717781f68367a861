using System.Text.Json;
using System.Text.Json.Serialization;

namespace Q2C.Grains.Journal;

/// <summary>
/// PostgreSQL stores every character but NUL, in text and in jsonb alike. What somebody sent with one is stored with the sign
/// for what cannot be shown instead, so that no word of a vendor stops a row on its way into a list.
/// </summary>
public sealed class StorableText : JsonConverter<string>
{
    private const char Nul = '\0';
    private const char Unknown = '\uFFFD';

    public static string Of(string text) => text.Contains(Nul) ? text.Replace(Nul, Unknown) : text;

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(Of(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(Of(value));
}
