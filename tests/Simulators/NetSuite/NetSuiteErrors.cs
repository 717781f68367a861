using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.NetSuite;

/// <summary>NetSuite's error bodies.</summary>
internal static class NetSuiteErrors
{
    private const string Rfc = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html";

    public static Answer Error(int status, string title, string code, string detail, string? path = null, string section = "")
    {
        var details = new JsonObject { ["detail"] = detail };
        if (path is not null) details["o:errorPath"] = path;
        details["o:errorCode"] = code;
        return Answer.Text(status, new JsonObject
        {
            ["type"] = Rfc + section,
            ["title"] = title,
            ["status"] = status,
            ["o:errorDetails"] = new JsonArray(details),
        }.ToJsonString(Notation.Wire), "application/vnd.oracle.resource+json; type=error; charset=UTF-8");
    }

    public static RefusalException Invalid(string detail, string? path = null) => new(Error(
        400, "Bad Request", "INVALID_CONTENT", "Error while accessing a resource. " + detail, path, "#sec10.4.1"));

    public static RefusalException InvalidReference(string value, string field, string path) =>
        Invalid($"You have entered an Invalid Field Value {value} for the following field: {field}", path);

    public static RefusalException Missing(string field) =>
        Invalid($"Please enter value(s) for: {field}.", field);

    public static RefusalException NoSuchRecord() => new(Error(
        404, "Not Found", "NONEXISTENT_ID",
        "The record instance does not exist. Provide a valid record instance ID.", section: "#sec10.4.5"));

    public static Answer TooManyRequests() => Answer.Json(429, new JsonObject
    {
        ["type"] = Rfc,
        ["title"] = "Bad Request",
        ["status"] = 429,
        ["o:errorCode"] = "USER_ERROR",
        ["o:errorDetails"] = new JsonArray(new JsonObject
        {
            ["detail"] = "Concurrent request limit exceeded. Request blocked.",
            ["o:errorCode"] = "CONCURRENCY_LIMIT_EXCEEDED",
        }),
    });
}
