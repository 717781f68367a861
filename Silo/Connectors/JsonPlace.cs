using System.Text;
using System.Text.Json;

namespace Q2C.Silo.Connectors;

/// <summary>Where in a text a path of members leads: <c>data.lines[2].price</c>.</summary>
internal static class JsonPlace
{
    /// <summary>
    /// Line and column, in bytes, from 1. Of a member that is missing, the place of the object that should have it; null if
    /// not even the first member is there, or the text is no JSON.
    /// </summary>
    public static (long Line, long Column)? Of(string json, string path)
    {
        if (path.Length == 0) return null;
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes);
        long? found = null;
        try
        {
            if (!reader.Read()) return null;
            foreach (var step in path.Replace("[", ".[").Split('.', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!(step[0] == '[' ? ToItem(ref reader, step) : ToMember(ref reader, step))) break;
                found = reader.TokenStartIndex;
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return found is { } at ? Position(bytes.AsSpan(0, (int)at)) : null;
    }

    private static bool ToMember(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt) return true;
            reader.Skip();
        }

        return false;
    }

    private static bool ToItem(ref Utf8JsonReader reader, string step)
    {
        if (reader.TokenType != JsonTokenType.StartArray || !int.TryParse(step.AsSpan(1, step.Length - 2), out var left)) return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (left-- == 0) return true;
            reader.Skip();
        }

        return false;
    }

    private static (long Line, long Column) Position(ReadOnlySpan<byte> before)
    {
        var lastLine = before.LastIndexOf((byte)'\n');
        return (before.Count((byte)'\n') + 1, before.Length - lastLine);
    }
}
