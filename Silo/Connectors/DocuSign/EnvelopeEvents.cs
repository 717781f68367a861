using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Q2C.Quotes;

namespace Q2C.Silo.Connectors.DocuSign;

/// <summary>
/// Something happened to an envelope, as JSON or as the older XML. Events repeat, and hold no more than they were set up for:
/// once an envelope has come to its end it is read, and decides the quote that it is about.
/// </summary>
internal sealed class EnvelopeEvents(string connection, DocuSignApi api, QuoteField quotes) : IInboundMap
{
    public const string Completed = "completed";
    public const string Declined = "declined";
    public const string Voided = "voided";

    private const int MaxReason = 1_000;
    private static readonly XNamespace Legacy = "http://www.docusign.net/API/3.0";
    private static readonly XmlReaderSettings Safe = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
    private static readonly InboundResult Nothing = new InboundResult.Commands([]);

    public async Task<InboundResult> Map(InboxDelivery delivery, CancellationToken cancel)
    {
        var (happened, wrong) = IsXml(delivery.Body) ? ReadXml(delivery.Body) : ReadJson(delivery.Body);
        if (happened is null) return wrong!;
        if (happened.Status is not (Completed or Declined or Voided)) return Nothing;
        if (happened.EnvelopeId is not { Length: > 0 } id)
            return Park(new(
                "MEMBER_MISSING", "envelopeId", "The event names no envelope.",
                "Compare the Connect configuration's event model with the one in the connector's README; correct and retry the delivery."));
        var reply = await api.Envelope(id, delivery.Key, cancel);
        return reply switch
        {
            VendorReply.Answered { Status: 200, Json: { } envelope } => Decide(id, envelope, delivery),
            VendorReply.Answered { Status: 404 } or VendorReply.Answered { Status: 400 } when api.Limited(reply) is null => Park(new(
                "ENVELOPE_UNKNOWN", "envelopeId", $"DocuSign does not know the envelope {id} that its event names.",
                "Check that Connect and this connection belong to the same account.")),
            _ when api.Limited(reply) is { } wait => new InboundResult.Waits("THROTTLED", "DocuSign's limit of requests is reached.", wait),
            _ => Waits(reply),
        };
    }

    private InboundResult Decide(string id, JsonElement envelope, InboxDelivery delivery)
    {
        if (quotes.QuoteOf(envelope) is not { } quote) return Nothing;
        if (!Ids.Is(quote, Ids.Quote))
            return Park(new(
                "QUOTE_ID_INVALID", quotes.Name, $"'{quote}' is not the id of a quote.",
                $"Correct the custom field {quotes.Name} of the envelope in DocuSign, or the option quotesOf of this connection; then retry."));
        var status = DocuSignApi.Text(envelope, "status")?.ToLowerInvariant();
        var at = Instant(envelope, $"{status}DateTime") ?? delivery.ReceivedAt;
        return status switch
        {
            Completed => Command(quote, new ApproveQuote($"Signed in DocuSign by {Signers(envelope, Completed)} (envelope {id})."), at, delivery),
            Declined => Command(quote, new DeclineQuote(Cut(
                $"{Signers(envelope, Declined)} declined to sign (envelope {id}): {Reason(envelope, "declinedReason")}")), at, delivery),
            Voided => Command(quote, new DeclineQuote(Cut(
                $"The envelope {id} was voided: {DocuSignApi.Text(envelope, "voidedReason") ?? "no reason given"}")), at, delivery),
            _ => new InboundResult.Waits("ENVELOPE_NOT_FINAL", $"The envelope is {status ?? "without a status"} when it is read."),
        };
    }

    private InboundResult.Commands Command(string quote, Command command, DateTimeOffset at, InboxDelivery delivery) => new([new(
        quote, new(delivery.Key, command, Actor.Connection(connection), delivery.Correlation, delivery.Causation, at))]);

    private static (Happened? Event, InboundResult? Wrong) ReadJson(ReadOnlyMemory<byte> body)
    {
        if (!JsonBody.TryRead(body, "event", out var root, out var broken, "Correct the body and retry, or republish the event in DocuSign."))
            return (null, new InboundResult.Parked([broken]));
        if (root.ValueKind != JsonValueKind.Object || DocuSignApi.Text(root, "event") is not { } name)
            return (null, Park(new(
                "MEMBER_MISSING", "event", "The body is no event of Connect.",
                "Set the Connect configuration to the event message model SIM; then correct and retry the delivery.")));
        var id = root.TryGetProperty("data", out var data) ? DocuSignApi.Text(data, "envelopeId") : null;
        return (new(id, name.StartsWith("envelope-", StringComparison.Ordinal) ? name["envelope-".Length..] : ""), null);
    }

    private static (Happened? Event, InboundResult? Wrong) ReadXml(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body.ToArray()), Safe);
            var status = XDocument.Load(reader).Root?.Element(Legacy + "EnvelopeStatus");
            return status is null
                ? (null, Park(new(
                    "MEMBER_MISSING", "EnvelopeStatus", "The body is no event of Connect.", "Correct the body and retry, or skip it with a reason.")))
                : (new(status.Element(Legacy + "EnvelopeID")?.Value, status.Element(Legacy + "Status")?.Value.ToLowerInvariant() ?? ""), null);
        }
        catch (XmlException wrong)
        {
            return (null, Park(
                new("BODY_NOT_XML", "", $"The event is not XML: {wrong.Message}", "Correct the body and retry, or republish the event in DocuSign."),
                wrong.LineNumber > 0 ? wrong.LineNumber : null, wrong.LinePosition > 0 ? wrong.LinePosition : null));
        }
    }

    private static bool IsXml(ReadOnlyMemory<byte> body)
    {
        foreach (var one in body.Span)
            if (one is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF)) return one == (byte)'<';
        return false;
    }

    private static string Signers(JsonElement envelope, string status)
    {
        var names = Recipients(envelope).Where(one => string.Equals(DocuSignApi.Text(one, "status"), status, StringComparison.OrdinalIgnoreCase))
            .Select(one => DocuSignApi.Text(one, "name")).OfType<string>().ToArray();
        return names.Length == 0 ? "the customer" : string.Join(", ", names);
    }

    private static string Reason(JsonElement envelope, string name) =>
        Recipients(envelope).Select(one => DocuSignApi.Text(one, name)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text)) ?? "no reason given";

    private static JsonElement[] Recipients(JsonElement envelope) =>
        envelope.TryGetProperty("recipients", out var recipients) && recipients.ValueKind == JsonValueKind.Object
        && recipients.TryGetProperty("signers", out var signers) && signers.ValueKind == JsonValueKind.Array
            ? [.. signers.EnumerateArray()]
            : [];

    private static DateTimeOffset? Instant(JsonElement envelope, string name) =>
        DateTimeOffset.TryParse(
            DocuSignApi.Text(envelope, name), System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : null;

    private static string Cut(string text) => text.Length <= MaxReason ? text : text[..MaxReason];

    private static InboundResult.Waits Waits(VendorReply reply)
    {
        var why = reply.ToLookUpUnavailable();
        return new(why.Code, why.Message, why.RetryAfter);
    }

    private static InboundResult.Parked Park(Problem problem, long? line = null, long? column = null) => new([new(problem, line, column)]);

    private sealed record Happened(string? EnvelopeId, string Status);
}
