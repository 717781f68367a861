using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

public sealed partial class SalesforceSimulator
{
    private const int NotificationsPerMessage = 100;
    private const string Notifications = "_notifications";
    private static readonly XNamespace Envelope = "http://schemas.xmlsoap.org/soap/envelope/";
    private static readonly XNamespace Outbound = "http://soap.sforce.com/2005/09/outbound";
    private static readonly XNamespace Rows = "urn:sobject.enterprise.soap.sforce.com";
    private static readonly XNamespace Instance = "http://www.w3.org/2001/XMLSchema-instance";

    private static readonly string[] SentFields =
    [
        "Id", "AccountId", "Amount", "CloseDate", "CreatedDate", "CurrencyIsoCode", "IsClosed", "IsDeleted", "IsWon",
        "LastModifiedDate", "Name", "SBQQ__PrimaryQuote__c", "StageName", "SystemModstamp",
    ];

    /// <summary>Notifications that no receiver has acknowledged yet.</summary>
    public IReadOnlyList<OutboxItem> PendingNotifications => _outbox.Pending;

    /// <summary>Wins an opportunity and queues one notification. Returns the notification's id.</summary>
    public string CloseWon(string opportunityId) => Change(() =>
    {
        var type = Schema.Objects["Opportunity"];
        var existing = _records.Find(type, opportunityId) ?? throw new KeyNotFoundException($"no opportunity {opportunityId}");
        _records.Update(type, existing, new JsonObject
        {
            ["StageName"] = "Closed Won",
            ["Probability"] = 100,
            ["CloseDate"] = DateOnly.FromDateTime(Now.UtcDateTime).ToString("yyyy-MM-dd"),
        });
        return Queue(existing["Id"].Text()!);
    });

    /// <summary>Queues a notification about an opportunity without changing it. Returns the notification's id.</summary>
    public string Notify(string opportunityId) => Change(() => Queue(SalesforceId.To18(opportunityId)));

    /// <summary>Holds all messages back until <see cref="ReleaseMessagesAsync"/>.</summary>
    public void HoldMessages() => _outbox.Hold();

    public Task ReleaseMessagesAsync(DeliveryOrder order = DeliveryOrder.Oldest) => _outbox.ReleaseAsync(order);

    /// <summary>Sends what is due instead of waiting for the next tick.</summary>
    public Task SendMessagesAsync() => _outbox.SendDueAsync();

    /// <summary>Sends notifications again under their old ids; no ids means all. True when all were acknowledged.</summary>
    public Task<bool> RedeliverAsync(IReadOnlyList<string>? ids = null, int times = 1, DeliveryOrder order = DeliveryOrder.Oldest)
    {
        lock (Store.Gate) ids ??= [.. Store.Entries(Notifications).Select(pair => pair.Key)];
        return _outbox.RepeatAsync(ids, times, order);
    }

    private string Queue(string opportunityId)
    {
        var id = SalesforceId.Of("04l", Store.Next("notification"));
        Store.Put(Notifications, id, new JsonObject { ["record"] = opportunityId });
        _outbox.Enqueue(id);
        return id;
    }

    private async Task<bool> SendAsync(IReadOnlyList<string> ids)
    {
        if (_options.Webhooks is not { } hub) return false;
        string message;
        lock (Store.Gate) message = Message(ids);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, _options.WebhookPath));
        request.Content = new StringContent(message, Encoding.UTF8, "text/xml");
        request.Headers.Add("SOAPAction", "\"\"");
        try
        {
            using var response = await _http.SendAsync(request);
            return response.StatusCode is HttpStatusCode.OK && IsAck(await response.Content.ReadAsStringAsync());
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The record's data is read when the message leaves, so a retry carries the latest state.</summary>
    private string Message(IReadOnlyList<string> ids) => new XDocument(
        new XDeclaration("1.0", "UTF-8", null),
        new XElement(Envelope + "Envelope",
            new XAttribute(XNamespace.Xmlns + "soapenv", Envelope.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "xsd", "http://www.w3.org/2001/XMLSchema"),
            new XAttribute(XNamespace.Xmlns + "xsi", Instance.NamespaceName),
            new XElement(Envelope + "Body",
                new XElement(Outbound + "notifications",
                    new XElement(Outbound + "OrganizationId", _options.OrganizationId),
                    new XElement(Outbound + "ActionId", SalesforceId.Of("04k", 1)),
                    new XElement(Outbound + "SessionId", new XAttribute(Instance + "nil", "true")),
                    new XElement(Outbound + "EnterpriseUrl", $"{BaseAddress}services/Soap/c/62.0/{_options.OrganizationId[..15]}"),
                    new XElement(Outbound + "PartnerUrl", $"{BaseAddress}services/Soap/u/62.0/{_options.OrganizationId[..15]}"),
                    ids.Select(Notification))))).ToXml();

    private XElement Notification(string id)
    {
        var recordId = Store.Find(Notifications, id)!["record"].Text()!;
        var record = Store.Find("Opportunity", recordId);
        var fields = SentFields
            .Select(name => (Name: name, Value: record?[name].Text()))
            .Where(field => field.Value is not null)
            .Select(field => new XElement(Rows + field.Name, field.Value!.Replace("+0000", "Z", StringComparison.Ordinal)));
        return new XElement(Outbound + "Notification",
            new XElement(Outbound + "Id", id),
            new XElement(Outbound + "sObject",
                new XAttribute(XNamespace.Xmlns + "sf", Rows.NamespaceName),
                new XAttribute(Instance + "type", "sf:Opportunity"),
                fields));
    }

    private static bool IsAck(string body)
    {
        try
        {
            var response = XDocument.Parse(body).Root?.Element(Envelope + "Body")?.Element(Outbound + "notificationsResponse");
            return response?.Element(Outbound + "Ack")?.Value.Trim() is "true";
        }
        catch (XmlException)
        {
            return false;
        }
    }

    private void MapControl()
    {
        Control("POST", "/close-won", json => new JsonObject
        {
            ["notification"] = CloseWon(json["opportunityId"].Text() ?? throw new FormatException("opportunityId is missing")),
        });
        Control("POST", "/change", json =>
        {
            var (type, fields) = (json["object"].Text() ?? "", json["fields"] as JsonObject ?? []);
            if (!Schema.Objects.ContainsKey(type)) throw new FormatException($"object '{type}' is unknown");
            var record = json["id"].Text() is { } id ? Update(type, id, fields) : Insert(type, fields);
            if (json["notify"].Flag() is true) Notify(record["Id"].Text()!);
            return record;
        });
        Control("POST", "/hold", _ =>
        {
            HoldMessages();
            return new JsonObject { ["held"] = true };
        });
        Control("POST", "/release", json =>
        {
            ReleaseMessagesAsync(json.Order()).GetAwaiter().GetResult();
            return new JsonObject { ["pending"] = PendingNotifications.Count };
        });
        Control("POST", "/redeliver", json => new JsonObject
        {
            ["acknowledged"] = RedeliverAsync(json.Ids(), json.Times(), json.Order()).GetAwaiter().GetResult(),
        });
        Control("GET", "/pending", _ => PendingNotifications.ToJson());
        Control("POST", "/delete", json =>
        {
            Delete(Named(json, "object"), Named(json, "id"));
            return new JsonObject();
        });
        Control("POST", "/changes/gap", json =>
        {
            EmitGap(Named(json, "object"), Named(json, "id"));
            return new JsonObject();
        });
        Control("POST", "/changes/overflow", json =>
        {
            EmitOverflow(Named(json, "object"));
            return new JsonObject();
        });
        Control("POST", "/expire-sessions", _ =>
        {
            ExpireSessions();
            return new JsonObject();
        });
    }

    private static string Named(JsonObject json, string name) => json[name].Text() ?? throw new FormatException($"{name} is missing");
}
