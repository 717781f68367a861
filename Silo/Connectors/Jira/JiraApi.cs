using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Jira;

/// <summary>Jira's REST API 3: paths, its errors, its notation of instants.</summary>
internal sealed class JiraApi(VendorHttp http)
{
    /// <summary>The entity property of a Jira project that names ours: <c>{"projectId": "eu_pr_…"}</c>.</summary>
    public const string LinkProperty = "q2c";

    /// <summary>Jira gives and takes no more worklogs at a time.</summary>
    public const int MaxWorklogs = 1_000;

    private const string Root = "/rest/api/3";

    public Task<VendorReply> Get(string path, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Get($"{Root}/{path}"), correlation, cancel);

    public Task<VendorReply> Put(string path, JsonObject body, string correlation, CancellationToken cancel) =>
        http.Send(() => VendorRequest.Json(HttpMethod.Put, $"{Root}/{path}", body), correlation, cancel);

    public Task<VendorReply> Delete(string path, string correlation, CancellationToken cancel) =>
        http.Send(() => new(HttpMethod.Delete, $"{Root}/{path}"), correlation, cancel);

    /// <summary>Those of the worklogs that are there and that our user may see; null with the reply that was no list.</summary>
    public async Task<(IReadOnlyList<JsonElement>? Worklogs, VendorReply Reply)> Worklogs(
        IEnumerable<long> ids, string correlation, CancellationToken cancel)
    {
        var body = new JsonObject { ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]) };
        var reply = await http.Send(
            () => VendorRequest.Json(HttpMethod.Post, $"{Root}/worklog/list", body), correlation, cancel);
        return (List(reply, null), reply);
    }

    /// <summary>The elements of a list answer, under a member or at the root; null if it is none.</summary>
    public static IReadOnlyList<JsonElement>? List(VendorReply reply, string? member)
    {
        if (reply is not VendorReply.Answered { IsSuccess: true, Json: { } json }) return null;
        if (member is not null && (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(member, out json))) return null;
        return json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : null;
    }

    /// <summary>Jira's words: general messages first, then those about fields.</summary>
    public static string? Error(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { Json: { ValueKind: JsonValueKind.Object } json }) return null;
        var general = json.TryGetProperty("errorMessages", out var messages) && messages.ValueKind == JsonValueKind.Array
            ? messages.EnumerateArray().Select(message => message.ToString())
            : [];
        var ofFields = json.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object
            ? errors.EnumerateObject().Select(error => $"{error.Name}: {error.Value}")
            : [];
        var text = string.Join("; ", general.Concat(ofFields));
        return text.Length > 0 ? text : null;
    }

    public static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) ? at : null;

    /// <summary>Text or number as text; null for anything else. Webhooks write ids as either.</summary>
    public static string? Text(JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json)) return null;
        return json.ValueKind is JsonValueKind.String or JsonValueKind.Number ? json.ToString() : null;
    }
}
