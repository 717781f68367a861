using System.Text.Json;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>A worklog, as the mapping document reads it.</summary>
/// <param name="Approved">The firm's rule: whether it is billable work already.</param>
/// <param name="TimeZone">IANA name of the author's zone, in which the day is meant; null for that of <paramref name="Started"/>.</param>
internal sealed record Worklog(
    bool Approved, string Person, string Role, string? Task, decimal Seconds, DateTimeOffset Started, string? TimeZone, bool Billable,
    string? LineId, string? Note)
{
    public DateOnly Day() => DateOnly.FromDateTime(
        TimeZone is { } zone && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
            ? TimeZoneInfo.ConvertTime(Started, found).DateTime
            : Started.DateTime);
}

/// <summary>A comment as plain text: in the API it is a document in Atlassian's format, in webhooks a text.</summary>
internal static class CommentText
{
    public static string? Of(JsonElement worklog)
    {
        if (!worklog.TryGetProperty("comment", out var comment)) return null;
        var text = comment.ValueKind switch
        {
            JsonValueKind.String => comment.GetString()!,
            JsonValueKind.Object => string.Join('\n', Blocks(comment)),
            _ => "",
        };
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }

    private static IEnumerable<string> Blocks(JsonElement node) =>
        Children(node).Select(block => string.Concat(Texts(block))).Where(text => text.Length > 0);

    private static IEnumerable<string> Texts(JsonElement node) => JiraApi.Text(node, "type") switch
    {
        "text" => [JiraApi.Text(node, "text") ?? ""],
        "hardBreak" => ["\n"],
        "mention" or "emoji" => [JiraApi.Text(node, "attrs", "text") ?? ""],
        _ => Children(node).SelectMany(Texts),
    };

    private static JsonElement[] Children(JsonElement node) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
            ? [.. content.EnumerateArray()]
            : [];
}
