using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.DocuSign;

/// <summary>What people do with envelopes, and the events that Connect sends of it.</summary>
public sealed partial class DocuSignSimulator
{
    private const string Events = "_event";
    private static readonly XNamespace Legacy = "http://www.docusign.net/API/3.0";

    /// <summary>Somebody sends a document for signing; returns the envelope's id.</summary>
    public string SendEnvelope(string subject, string signer, IReadOnlyDictionary<string, string> customFields) => Change(() =>
    {
        var id = $"{Guid.NewGuid()}";
        var envelope = new JsonObject
        {
            ["envelopeId"] = id,
            ["emailSubject"] = subject,
            ["createdDateTime"] = Stamp(),
            ["customFields"] = new JsonObject
            {
                ["textCustomFields"] = customFields.Select(field => (JsonNode?)new JsonObject
                {
                    ["name"] = field.Key, ["value"] = field.Value, ["show"] = "false", ["required"] = "false",
                }).ToJsonArray(),
            },
            ["recipients"] = new JsonObject
            {
                ["signers"] = new JsonArray(new JsonObject { ["name"] = signer, ["recipientId"] = "1", ["status"] = "sent" }),
            },
        };
        Turn(envelope, "sent");
        return id;
    });

    /// <summary>The signer signs: one event of the recipient, then one of the envelope.</summary>
    public void Sign(string envelope) => End(envelope, "completed", (found, signer) =>
    {
        signer["status"] = "completed";
        Emit(found, "recipient-completed", "1");
    });

    public void Decline(string envelope, string reason) => End(envelope, "declined", (_, signer) =>
    {
        signer["status"] = "declined";
        signer["declinedReason"] = reason;
    });

    /// <summary>The sender takes the envelope back.</summary>
    public void Void(string envelope, string reason) => End(envelope, "voided", (found, _) => found["voidedReason"] = reason);

    public void HoldEvents() => _outbox.Hold();

    public Task ReleaseEventsAsync(DeliveryOrder order = DeliveryOrder.Oldest) => _outbox.ReleaseAsync(order);

    public Task SendEventsAsync() => _outbox.SendDueAsync();

    /// <summary>Sends every event again.</summary>
    public Task<bool> RepublishAsync(int times = 1, DeliveryOrder order = DeliveryOrder.Oldest)
    {
        List<string> all;
        lock (Store.Gate) all = [.. Store.Entries(Events).Select(each => each.Key)];
        return _outbox.RepeatAsync(all, times, order);
    }

    /// <summary>The bodies of the events so far, as they are sent.</summary>
    public IReadOnlyList<string> EventBodies
    {
        get
        {
            lock (Store.Gate) return [.. Store.All(Events).Select(each => each["body"].Text()!)];
        }
    }

    private void MapControl()
    {
        Control("POST", "/keys", json =>
        {
            AddKey(json["pem"].Text() ?? throw new FormatException("pem is missing"));
            return new JsonObject();
        });
        Control("POST", "/send", json => new JsonObject
        {
            ["envelopeId"] = SendEnvelope(
                json["subject"].Text() ?? "Please sign", json["signer"].Text() ?? "Wiebke Petersen",
                (json["customFields"] as JsonObject ?? []).ToDictionary(field => field.Key, field => field.Value.Text() ?? "")),
        });
        Control("POST", "/sign", json => Acted(json, Sign));
        Control("POST", "/decline", json => Acted(json, id => Decline(id, json["reason"].Text() ?? "Too expensive")));
        Control("POST", "/void", json => Acted(json, id => Void(id, json["reason"].Text() ?? "Wrong document")));
        Control("POST", "/hold", _ =>
        {
            HoldEvents();
            return new JsonObject { ["held"] = true };
        });
        Control("POST", "/release", json =>
        {
            ReleaseEventsAsync(json.Order()).GetAwaiter().GetResult();
            return new JsonObject { ["pending"] = _outbox.Pending.Count };
        });
        Control("POST", "/redeliver", json => new JsonObject { ["taken"] = RepublishAsync(json.Times(), json.Order()).GetAwaiter().GetResult() });
        Control("GET", "/pending", _ => _outbox.Pending.ToJson());
    }

    private static JsonObject Acted(JsonObject json, Action<string> act)
    {
        act(json["envelopeId"].Text() ?? throw new FormatException("envelopeId is missing"));
        return [];
    }

    private void End(string id, string status, Action<JsonObject, JsonObject> change) => Change(() =>
    {
        var envelope = Store.Find(Envelopes, id)?.Copy() ?? throw new ArgumentException($"there is no envelope {id}");
        if (envelope["status"].Text() is "completed" or "declined" or "voided")
            throw new ArgumentException($"the envelope is {envelope["status"].Text()} already");
        change(envelope, envelope["recipients"]!["signers"]![0]!.AsObject());
        Turn(envelope, status);
    });

    private void Turn(JsonObject envelope, string status)
    {
        envelope["status"] = status;
        envelope["statusChangedDateTime"] = Stamp();
        envelope[$"{status}DateTime"] = Stamp();
        Store.Put(Envelopes, envelope["envelopeId"].Text()!, envelope);
        Emit(envelope, $"envelope-{status}", null);
    }

    /// <summary>Ids only, as without includeData.</summary>
    private void Emit(JsonObject envelope, string name, string? recipient)
    {
        // The older form has no events of recipients.
        if (_options.LegacyXml && recipient is not null) return;
        var id = $"{Store.Next(Events)}";
        Store.Put(Events, id, new JsonObject { ["body"] = _options.LegacyXml ? Xml(envelope) : Json(envelope, name, recipient) });
        if (_options.Webhooks is not null) _outbox.Enqueue(id);
    }

    private string Json(JsonObject envelope, string name, string? recipient)
    {
        var data = new JsonObject { ["accountId"] = _options.AccountId, ["userId"] = _options.UserId, ["envelopeId"] = envelope["envelopeId"].Text() };
        if (recipient is not null) data["recipientId"] = recipient;
        return new JsonObject
        {
            ["event"] = name,
            ["apiVersion"] = "v2.1",
            ["uri"] = $"/restapi/v2.1/accounts/{_options.AccountId}/envelopes/{envelope["envelopeId"].Text()}",
            ["retryCount"] = 0,
            ["configurationId"] = _options.ConfigurationId,
            ["generatedDateTime"] = Stamp(),
            ["data"] = data,
        }.ToJsonString(Notation.Wire);
    }

    private string Xml(JsonObject envelope)
    {
        var status = envelope["status"].Text()!;
        return new XDocument(
            new XDeclaration("1.0", "utf-8", null),
            new XElement(Legacy + "DocuSignEnvelopeInformation", new XElement(Legacy + "EnvelopeStatus",
                new XElement(Legacy + "TimeGenerated", Stamp()),
                new XElement(Legacy + "EnvelopeID", envelope["envelopeId"].Text()),
                new XElement(Legacy + "Subject", envelope["emailSubject"].Text()),
                new XElement(Legacy + "Status", char.ToUpperInvariant(status[0]) + status[1..])))).ToXml();
    }

    private async Task<bool> SendAsync(IReadOnlyList<string> ids)
    {
        if (_options.Webhooks is not { } hub) return false;
        byte[] body;
        lock (Store.Gate) body = Encoding.UTF8.GetBytes(Store.Find(Events, ids[0])!["body"].Text()!);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, _options.WebhookPath)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(_options.LegacyXml ? "text/xml" : "application/json");
        request.Headers.TryAddWithoutValidation("X-Authorization-Digest", "HMACSHA256");
        request.Headers.TryAddWithoutValidation("X-DocuSign-AccountId", _options.AccountId);
        for (var i = 0; i < _options.HmacKeys.Count; i++)
            request.Headers.TryAddWithoutValidation(
                $"X-DocuSign-Signature-{i + 1}", Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_options.HmacKeys[i]), body)));
        try
        {
            using var response = await _http.SendAsync(request);
            return response.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private string Stamp() => Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'");
}
