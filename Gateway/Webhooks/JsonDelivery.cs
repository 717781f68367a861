using System.Security.Cryptography;
using System.Text.Json;

namespace Q2C.Gateway.Webhooks;

/// <summary>One JSON document as one inbox entry, named by one of its members or by its own bytes.</summary>
internal static class JsonDelivery
{
    private const int MaxDepth = 64;
    private const int MaxKeyLength = 200;

    public static InboxEntry Read(ReadOnlyMemory<byte> body, string idField)
    {
        var ownName = $"sha256/{Convert.ToHexStringLower(SHA256.HashData(body.Span))}";
        try
        {
            using var document = JsonDocument.Parse(body, new() { MaxDepth = MaxDepth });
            if (idField.Length == 0) return new(ownName, body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(idField, out var id)
                && id.ValueKind == JsonValueKind.String
                && id.GetString() is { Length: > 0 and <= MaxKeyLength } key
                    ? new(key, body)
                    : new(ownName, body, NoId(idField));
        }
        catch (JsonException broken)
        {
            return new(ownName, body, Broken(broken));
        }
    }

    private static ParseError NoId(string idField) => new(
        new(
            "DELIVERY_WITHOUT_ID", idField, $"The body has no text member '{idField}', which names the delivery.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);

    private static ParseError Broken(JsonException broken) => new(
        new(
            "MALFORMED_JSON", broken.Path ?? "", $"The body is not JSON: {Sentence(broken)}",
            "Correct the body and retry, or skip it with a reason."),
        broken.LineNumber + 1, broken.BytePositionInLine + 1);

    // The reader appends the position, which has members of its own here.
    private static string Sentence(JsonException broken) => broken.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
}
