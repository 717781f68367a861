using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Salesforce;

/// <summary>Salesforce's errors: an array of message, errorCode and, for a record, the fields.</summary>
internal static class SalesforceErrors
{
    public static Answer Error(int status, string code, string message, params string[] fields)
    {
        var error = new JsonObject { ["message"] = message, ["errorCode"] = code };
        if (fields.Length > 0) error["fields"] = fields.Select(field => (JsonNode?)field).ToJsonArray();
        return Answer.Json(status, new JsonArray(error));
    }

    public static RefusalException Bad(string code, string message, params string[] fields) => new(Error(400, code, message, fields));

    public static Answer NoResource() => Error(404, "NOT_FOUND", "The requested resource does not exist");
}
