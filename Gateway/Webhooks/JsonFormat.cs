using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Q2C.Gateway.Webhooks;

/// <summary>
/// A JSON body as one delivery, or as the deliveries that a member of it lists. Each is named by members of it and by
/// headers, or by its own bytes. Secrets that it repeats are not kept.
/// </summary>
internal sealed class JsonFormat(string entries, IEnumerable<string> id, IEnumerable<string> left) : IDeliveryFormat
{
    private const int MaxKeyLength = 200;
    private const string FromBody = "body:";
    private const string FromHeader = "header:";

    private readonly ImmutableArray<string> _id = [.. id];
    private readonly ImmutableArray<string> _left = [.. left];

    public static JsonDocumentOptions Limits { get; } = new() { MaxDepth = 64 };

    public static bool IsPartOfId(string part) =>
        part.StartsWith(FromBody, StringComparison.Ordinal) || part.StartsWith(FromHeader, StringComparison.Ordinal);

    public Reception Read(WebhookRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(request.Body, Limits);
            if (entries.Length == 0 && _left.IsEmpty) return new Reception.Accepted([Entry(document.RootElement, request.Body, request)]);
            if (Entries(document.RootElement, entries) is not { } items)
                return new Reception.Accepted([new(Own(request.Body), request.Body, NoEntries(entries))]);
            return new Reception.Accepted([.. items.Select(item => Entry(item, Kept(item), request)).DistinctBy(entry => entry.DedupeKey)]);
        }
        catch (JsonException broken)
        {
            return new Reception.Accepted([new(Own(request.Body), request.Body, Broken(broken))]);
        }
    }

    /// <summary>The deliveries of a body; null if it has no such list.</summary>
    public static IEnumerable<JsonElement>? Entries(JsonElement body, string member)
    {
        if (member.Length == 0) return [body];
        return body.ValueKind == JsonValueKind.Object && body.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : null;
    }

    /// <summary>A text or number at a path of members; null if there is none.</summary>
    public static string? Text(JsonElement json, string path)
    {
        foreach (var member in path.Split('.'))
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(member, out json)) return null;
        }

        return json.ValueKind switch
        {
            JsonValueKind.String => json.GetString() is { Length: > 0 } text ? text : null,
            JsonValueKind.Number => json.GetRawText(),
            _ => null,
        };
    }

    private InboxEntry Entry(JsonElement json, ReadOnlyMemory<byte> body, WebhookRequest request)
    {
        var parts = new List<string>();
        foreach (var part in _id)
        {
            var (source, optional) = part.EndsWith('?') ? (part[..^1], true) : (part, false);
            var text = source.StartsWith(FromHeader, StringComparison.Ordinal)
                ? request.Headers[source[FromHeader.Length..]].ToString()
                : Text(json, source[FromBody.Length..]);
            if (!string.IsNullOrEmpty(text)) parts.Add(text);
            else if (!optional) return new(Own(body), body, NoId(source));
        }

        var key = string.Join('/', parts);
        return key.Length switch
        {
            0 => new(Own(body), body),
            > MaxKeyLength => new(Own(Encoding.UTF8.GetBytes(key)), body),
            _ => new(key, body),
        };
    }

    private ReadOnlyMemory<byte> Kept(JsonElement item)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            if (item.ValueKind != JsonValueKind.Object || _left.IsEmpty)
            {
                item.WriteTo(writer);
            }
            else
            {
                writer.WriteStartObject();
                foreach (var member in item.EnumerateObject().Where(member => !_left.Contains(member.Name))) member.WriteTo(writer);
                writer.WriteEndObject();
            }
        }

        return buffer.ToArray();
    }

    private static string Own(ReadOnlyMemory<byte> bytes) => $"sha256/{Convert.ToHexStringLower(SHA256.HashData(bytes.Span))}";

    private static ParseError NoId(string source) => new(
        new(
            "DELIVERY_WITHOUT_ID", source[(source.IndexOf(':') + 1)..],
            source.StartsWith(FromHeader, StringComparison.Ordinal)
                ? $"The request had no header '{source[FromHeader.Length..]}', which names the delivery."
                : $"The body has no text member '{source[FromBody.Length..]}', which names the delivery.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);

    private static ParseError NoEntries(string member) => new(
        new(
            "DELIVERY_WITHOUT_ENTRIES", member, $"The body has no list '{member}' of deliveries.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);

    internal static ParseError Broken(JsonException broken) => new(
        new(
            "MALFORMED_JSON", broken.Path ?? "", $"The body is not JSON: {Sentence(broken)}",
            "Correct the body and retry, or skip it with a reason."),
        broken.LineNumber + 1, broken.BytePositionInLine + 1);

    // The reader appends the position, which has members of its own here.
    private static string Sentence(JsonException broken) => broken.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
}
