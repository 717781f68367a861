using System.Text.Json;

namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>Which quote an envelope is about: a custom field of it has the quote's id.</summary>
/// <param name="Name">Of the envelope's custom field, text or list.</param>
/// <param name="QuotesOf">The connection whose own quote ids stand there; null for ids of ours.</param>
internal sealed record QuoteField(string Name, string? QuotesOf, string Region)
{
    private static readonly string[] Kinds = ["textCustomFields", "listCustomFields"];

    /// <summary>Null for an envelope that is about something else.</summary>
    public string? QuoteOf(JsonElement envelope)
    {
        if (!envelope.TryGetProperty("customFields", out var fields) || fields.ValueKind != JsonValueKind.Object) return null;
        var value = Kinds.Where(kind => fields.TryGetProperty(kind, out var list) && list.ValueKind == JsonValueKind.Array)
            .SelectMany(kind => fields.GetProperty(kind).EnumerateArray())
            .Where(field => string.Equals(DocuSignApi.Text(field, "name"), Name, StringComparison.OrdinalIgnoreCase))
            .Select(field => DocuSignApi.Text(field, "value")?.Trim()).FirstOrDefault();
        return string.IsNullOrEmpty(value) ? null
            : QuotesOf is { } connection ? Ids.Derive(Region, Ids.Quote, connection, value)
            : value;
    }
}
