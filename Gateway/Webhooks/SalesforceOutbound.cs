using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Q2C.Gateway.Webhooks;

/// <summary>
/// Salesforce's Outbound Messages: SOAP with 1 to 100 notifications, unsigned; authentic is what names our organisation.
/// Each notification becomes an entry of its own, a <c>notifications</c> element with that one only and without the
/// session id.
/// </summary>
internal sealed class SalesforceOutbound(string organizationId) : IDeliveryFormat
{
    public const int MaxNotifications = 100;
    private const int ShortIdLength = 15;

    private static readonly XNamespace Outbound = "http://soap.sforce.com/2005/09/outbound";

    private readonly byte[] _organization = Encoding.ASCII.GetBytes(Short(organizationId));

    public Reception Read(WebhookRequest request)
    {
        try
        {
            using var reader = XmlFormat.Open(request.Body);
            var message = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Descendants(Outbound + "notifications").FirstOrDefault();
            if (message is null || !IsOurs(message.Element(Outbound + "OrganizationId")?.Value))
                return new Reception.Refused(Refusals.WrongOrganization);
            return new Reception.Accepted(Entries(request.Body, message));
        }
        catch (XmlException broken)
        {
            // The organisation stands before what can be broken in it: a body that is ours as far as it goes is kept.
            return IsOurs(OrganizationOf(request.Body))
                ? new Reception.Accepted([Whole(request.Body, XmlFormat.Broken(broken))])
                : new Reception.Refused(Refusals.WrongOrganization);
        }
    }

    private static ImmutableArray<InboxEntry> Entries(ReadOnlyMemory<byte> body, XElement message)
    {
        var notifications = message.Elements(Outbound + "Notification").ToList();
        if (notifications.Count is 0 or > MaxNotifications) return [Whole(body, WrongCount(notifications.Count))];
        message.Elements(Outbound + "SessionId").Remove();
        foreach (var notification in notifications) notification.Remove();
        return [.. notifications.Select(notification => Entry(message, notification)).DistinctBy(entry => entry.DedupeKey)];
    }

    private static InboxEntry Entry(XElement message, XElement notification)
    {
        var single = new XElement(message);
        single.Add(notification);
        var body = Encoding.UTF8.GetBytes(single.ToString(SaveOptions.DisableFormatting));
        return notification.Element(Outbound + "Id")?.Value.Trim() is { Length: > 0 and <= 200 } id
            ? new(id, body)
            : Whole(body, WithoutId());
    }

    private static InboxEntry Whole(ReadOnlyMemory<byte> body, ParseError error) =>
        new(XmlFormat.Own(body), body, error);

    private static string? OrganizationOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var reader = XmlFormat.Open(body);
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "OrganizationId"
                    && reader.NamespaceURI == Outbound.NamespaceName) return reader.ReadElementContentAsString();
            }
        }
        catch (XmlException)
        {
            return null;
        }

        return null;
    }

    private bool IsOurs(string? organization) => organization is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Short(organization.Trim())), _organization);

    /// <summary>The last 3 of 18 characters only say which letters of the first 15 are capitals.</summary>
    private static string Short(string id) => id.Length == 18 ? id[..ShortIdLength] : id;

    private static ParseError WrongCount(int count) => new(
        new(
            "NOTIFICATION_COUNT", "notifications", $"The message has {count} notifications; 1 to {MaxNotifications} are possible.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);

    private static ParseError WithoutId() => new(
        new(
            "DELIVERY_WITHOUT_ID", "Notification.Id", "The notification has no Id, which names the delivery.",
            "Correct the body and retry, or skip it with a reason."),
        Line: null, Column: null);
}
