using System.Collections.Immutable;
using System.Text.Json;

namespace Q2C.Grains.Journal;

/// <summary>
/// The content of a journal row: the events with their stored names, the problems of a refusal, where the command came
/// from if a stream brought it, and for each grain addressed the previous row that went to the same grain.
/// </summary>
public sealed record RowBody(
    ImmutableArray<Event> Events, ImmutableArray<Problem> Problems, StreamSource? Source,
    ImmutableDictionary<string, long> PreviousByTarget)
{
    /// <summary>Rises when the layout of the body changes; older bodies stay readable.</summary>
    public const short SchemaVersion = 1;

    public ReadOnlyMemory<byte> Write() => WriteBuffer.Fill(this, static (json, body) => body.WriteTo(json));

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (!Events.IsEmpty)
        {
            json.WriteStartArray("events");
            foreach (var @event in Events) WireFormat.Write(json, @event);
            json.WriteEndArray();
        }

        if (!Problems.IsEmpty)
        {
            json.WritePropertyName("problems");
            JsonSerializer.Serialize(json, Problems, WireFormat.Options);
        }

        if (Source is not null)
        {
            json.WritePropertyName("source");
            JsonSerializer.Serialize(json, Source, WireFormat.Options);
        }

        if (!PreviousByTarget.IsEmpty)
        {
            json.WriteStartObject("previous");
            foreach (var (target, version) in PreviousByTarget.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteNumber(target, version);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// Throws <see cref="UnknownWireNameException"/> for an event that this version does not know, and
    /// <see cref="JsonException"/> for what is no body.
    /// </summary>
    public static RowBody Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return ReadBody(bytes);
        }
        catch (Exception unfit) when (unfit is InvalidOperationException or NotSupportedException or FormatException)
        {
            throw new JsonException($"This is no body of a row of the journal: {unfit.Message}", unfit);
        }
    }

    private static RowBody ReadBody(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var root = document.RootElement;
        return new(
            root.TryGetProperty("events", out var events)
                ? [.. events.EnumerateArray().Select(WireFormat.Read<Event>)]
                : [],
            root.TryGetProperty("problems", out var problems)
                ? problems.Deserialize<ImmutableArray<Problem>>(WireFormat.Options)
                : [],
            root.TryGetProperty("source", out var source) ? source.Deserialize<StreamSource>(WireFormat.Options) : null,
            root.TryGetProperty("previous", out var previous)
                ? previous.EnumerateObject().ToImmutableDictionary(member => member.Name, member => member.Value.GetInt64())
                : ImmutableDictionary<string, long>.Empty);
    }
}
