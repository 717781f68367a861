using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Kantata;

/// <summary>Kantata's errors: a list of type oauth, system, validation or syntax, with a field where there is one.</summary>
internal static class KantataErrors
{
    public static Answer Error(int status, string type, string message, string? field = null) => Errors(status, type, (message, field));

    public static Answer Errors(int status, string type, params IEnumerable<(string Message, string? Field)> errors) =>
        Answer.Json(status, new JsonObject
        {
            ["errors"] = errors.Select(each =>
            {
                var error = new JsonObject { ["type"] = type, ["message"] = each.Message };
                if (each.Field is { } field) error["field"] = field;
                return (JsonNode?)error;
            }).ToJsonArray(),
        });

    public static RefusalException Invalid(string message, string? field = null) => new(Error(422, "validation", message, field));

    public static RefusalException Bad(string message) => new(Error(400, "syntax", message));

    public static RefusalException Missing() => new(Error(404, "system", "The requested resource was not found."));
}
