using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;

namespace Q2C.Gateway.Webhooks;

/// <summary>An XML body as one delivery, named by elements of it whatever their namespace; or by its own bytes.</summary>
/// <param name="id">Paths of local names below the root: <c>EnvelopeStatus.EnvelopeID</c>.</param>
internal sealed class XmlFormat(IReadOnlyList<string> id) : IDeliveryFormat
{
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 16 * 1024 * 1024,
    };

    /// <summary>Whether a body begins as XML does.</summary>
    public static bool IsXml(ReadOnlyMemory<byte> body) =>
        body.Span.TrimStart("\uFEFF"u8).TrimStart(" \t\r\n"u8) is [(byte)'<', ..];

    public static XmlReader Open(ReadOnlyMemory<byte> body) => XmlReader.Create(new MemoryStream(body.ToArray()), Settings);

    public static string Own(ReadOnlyMemory<byte> body) => $"sha256/{Convert.ToHexStringLower(SHA256.HashData(body.Span))}";

    public static ParseError Broken(XmlException broken) => new(
        new("MALFORMED_XML", "", $"The body is not XML: {broken.Message}", "Correct the body and retry, or skip it with a reason."),
        broken.LineNumber, broken.LinePosition);

    public Reception Read(WebhookRequest request)
    {
        try
        {
            using var reader = Open(request.Body);
            var root = XDocument.Load(reader).Root!;
            var parts = id.Select(path => (Path: path, Text: Text(root, path))).ToList();
            return new Reception.Accepted([
                parts.FirstOrDefault(part => part.Text is null) is { Path: { } missing }
                    ? new(Own(request.Body), request.Body, WithoutId(missing))
                    : new(string.Join('/', parts.Select(part => part.Text)), request.Body),
            ]);
        }
        catch (XmlException broken)
        {
            return new Reception.Accepted([new(Own(request.Body), request.Body, Broken(broken))]);
        }
    }

    private static string? Text(XElement root, string path)
    {
        XElement? at = root;
        foreach (var name in path.Split('.')) at = at?.Elements().FirstOrDefault(element => element.Name.LocalName == name);
        return at?.Value.Trim() is { Length: > 0 and <= 100 } text ? text : null;
    }

    private static ParseError WithoutId(string path) => new(
        new(
            "DELIVERY_WITHOUT_ID", path, $"The body has no element '{path}', which names the delivery.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);
}

/// <summary>A sender that has two forms of the same: the older one in XML.</summary>
internal sealed class JsonOrXmlFormat(JsonFormat json, XmlFormat xml) : IDeliveryFormat
{
    public Reception Read(WebhookRequest request) => XmlFormat.IsXml(request.Body) ? xml.Read(request) : json.Read(request);
}
