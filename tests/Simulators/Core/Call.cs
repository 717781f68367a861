using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Q2C.Simulators.Core;

/// <summary>One request, read to its last byte before anything is decided about it.</summary>
public sealed record Call(
    string Operation,
    string Method,
    string Path,
    IReadOnlyDictionary<string, StringValues> Query,
    IHeaderDictionary Headers,
    IReadOnlyDictionary<string, string> Route,
    string Body,
    string Origin,
    DateTimeOffset Now)
{
    public string this[string routeValue] => Route[routeValue];

    public string? Header(string name) =>
        Headers.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value) ? value.ToString() : null;

    public string? QueryText(string name) =>
        Query.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value) ? value.ToString() : null;

    /// <summary>The token after "Bearer ", or null.</summary>
    public string? BearerToken =>
        Header("Authorization") is { } text && text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? text["Bearer ".Length..].Trim()
            : null;

    /// <summary>User and password of a Basic header, or null when there is none or it is malformed.</summary>
    public (string User, string Password)? BasicCredentials
    {
        get
        {
            if (Header("Authorization") is not { } text
                || !text.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
            var bytes = new byte[text.Length];
            if (!Convert.TryFromBase64String(text["Basic ".Length..].Trim(), bytes, out var length)) return null;
            var pair = Encoding.UTF8.GetString(bytes, 0, length);
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : (pair[..colon], pair[(colon + 1)..]);
        }
    }

    public bool TryJson(out JsonObject json)
    {
        try
        {
            json = JsonNode.Parse(Body) as JsonObject ?? [];
            return json.Count > 0 || Body.Trim() is "{}";
        }
        catch (JsonException)
        {
            json = [];
            return false;
        }
    }

    public IReadOnlyDictionary<string, StringValues> Form() => QueryHelpers.ParseQuery(Body);

    public static async Task<Call> ReadAsync(HttpContext http, string operation, TimeProvider clock)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        return new Call(
            operation,
            http.Request.Method,
            http.Request.Path.Value ?? "/",
            http.Request.Query.ToDictionary(),
            http.Request.Headers,
            http.Request.RouteValues.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? ""),
            body,
            UriHelper.BuildAbsolute(http.Request.Scheme, http.Request.Host).TrimEnd('/'),
            clock.GetUtcNow());
    }
}

/// <summary>One response. A null body is sent as no body at all.</summary>
public sealed record Answer(int Status, string? Body = null, string ContentType = "application/json; charset=utf-8")
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public static Answer Json(int status, JsonNode body) => new(status, body.ToJsonString(Notation.Wire));

    public static Answer Text(int status, string body, string contentType) => new(status, body, contentType);

    public Answer With(string header, string value) =>
        this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };
}

/// <summary>Ends a request with the vendor's own error. What the request had changed is undone.</summary>
public sealed class RefusalException(Answer answer) : Exception($"answered {answer.Status}")
{
    public Answer Answer { get; } = answer;
}
