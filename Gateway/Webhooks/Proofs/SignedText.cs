using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Q2C.Gateway.Webhooks.Proofs;

/// <summary>What a signature is over: text, and in it parts of the request, with the body byte for byte.</summary>
internal sealed partial class SignedText
{
    private readonly ImmutableArray<string> _parts;

    private SignedText(ImmutableArray<string> parts) => _parts = parts;

    /// <summary>Null for a template with a part that does not exist, or without the body.</summary>
    public static SignedText? Parse(string template)
    {
        ImmutableArray<string> parts = [.. Part().Split(template).Where(part => part.Length > 0)];
        return parts.Contains("{body}") && parts.All(part => part[0] != '{' || Known().IsMatch(part)) ? new(parts) : null;
    }

    public byte[] Of(WebhookRequest request, string timestamp = "", string nonce = "")
    {
        using var text = new MemoryStream(request.Body.Length + 128);
        foreach (var part in _parts)
        {
            if (part == "{body}") text.Write(request.Body.Span);
            else text.Write(Encoding.UTF8.GetBytes(Text(part, request, timestamp, nonce)));
        }

        return text.ToArray();
    }

    private static string Text(string part, WebhookRequest request, string timestamp, string nonce) => part switch
    {
        "{timestamp}" => timestamp,
        "{nonce}" => nonce,
        ['{', ..] => request.Headers[part["{header:".Length..^1]].ToString(),
        _ => part,
    };

    [GeneratedRegex(@"(\{[^}]*\})")]
    private static partial Regex Part();

    [GeneratedRegex(@"^\{(body|timestamp|nonce|header:[A-Za-z0-9-]+)\}$")]
    private static partial Regex Known();
}
