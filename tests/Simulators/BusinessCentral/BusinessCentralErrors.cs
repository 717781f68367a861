using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.BusinessCentral;

/// <summary>Business Central's error bodies: a code, and a message that ends with the correlation id.</summary>
internal static class BusinessCentralErrors
{
    public static Answer Error(int status, string code, string message) => Answer.Json(status, new JsonObject
    {
        ["error"] = new JsonObject { ["code"] = code, ["message"] = $"{message}  CorrelationId:  {Guid.NewGuid()}." },
    });

    public static RefusalException Refused(string code, string message, int status = 400) => new(Error(status, code, message));

    public static RefusalException Dialog(string message) => Refused("Application_DialogException", message);

    public static RefusalException NotFound(string path) =>
        Refused("BadRequest_NotFound", $"Resource not found for the segment '{path}'.", 404);

    public static RefusalException NoSuchProperty(string name, string type) => Refused(
        "BadRequest",
        $"The property '{name}' does not exist on type 'Microsoft.NAV.{type}'. Make sure to only use property names that are defined by the type.");
}
