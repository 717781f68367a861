using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.Stripe;

/// <summary>Stripe's error bodies.</summary>
internal static class StripeErrors
{
    public static Answer Error(int status, string type, string? code, string message, string? param = null)
    {
        var error = new JsonObject { ["message"] = message, ["type"] = type };
        if (code is not null)
        {
            error["code"] = code;
            error["doc_url"] = $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}";
        }
        if (param is not null) error["param"] = param;
        return Answer.Json(status, new JsonObject { ["error"] = error });
    }

    public static RefusalException Invalid(string? code, string message, string? param = null) =>
        new(Error(400, "invalid_request_error", code, message, param));

    public static RefusalException Unknown(string param) =>
        Invalid("parameter_unknown", $"Received unknown parameter: {param}", param);

    public static RefusalException Missing(string param) =>
        Invalid("parameter_missing", $"Missing required param: {param}.", param);

    public static RefusalException NoSuch(string what, string id, string param = "id", int status = 404) =>
        new(Error(status, "invalid_request_error", "resource_missing", $"No such {what}: '{id}'", param));
}
