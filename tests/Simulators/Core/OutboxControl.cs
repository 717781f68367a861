using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Q2C.Simulators.Core;

/// <summary>What the control APIs of pushing vendors have in common.</summary>
internal static class OutboxControl
{
    public static DeliveryOrder Order(this JsonObject json) => json["order"].Text() switch
    {
        null => DeliveryOrder.Oldest,
        var text when Enum.TryParse<DeliveryOrder>(text, ignoreCase: true, out var order) => order,
        var text => throw new FormatException($"order '{text}' is unknown; use oldest, newest or shuffled"),
    };

    public static IReadOnlyList<string>? Ids(this JsonObject json) =>
        (json["ids"] as JsonArray)?.Select(id => id.Text() ?? throw new FormatException("ids are texts")).ToList();

    public static int Times(this JsonObject json) => (int)(json["times"].Number() ?? 1);

    public static JsonArray ToJson(this IEnumerable<OutboxItem> items) =>
        items.Select(item => (JsonNode?)new JsonObject { ["id"] = item.Id, ["attempts"] = item.Attempts }).ToJsonArray();

    public static string ToXml(this XDocument document) => document.Declaration + "\n" + document.ToString(SaveOptions.DisableFormatting);
}
