using System.Text.Json.Nodes;
using Q2C.Simulators.Core;

namespace Q2C.Simulators.AvaTax;

/// <summary>AvaTax's error bodies: a code name, its number and one detail.</summary>
internal static class AvaTaxErrors
{
    public static readonly (string Name, int Number) EntityNotFound = ("EntityNotFoundError", 4);
    public static readonly (string Name, int Number) ValueRequired = ("ValueRequiredError", 5);
    public static readonly (string Name, int Number) AuthenticationFailed = ("AuthenticationException", 30);
    public static readonly (string Name, int Number) BadJson = ("JsonFormatError", 47);
    public static readonly (string Name, int Number) InvalidCountry = ("InvalidCountry", 125);
    public static readonly (string Name, int Number) InvalidEnum = ("InvalidEnumValue", 164);
    public static readonly (string Name, int Number) AlreadyCancelled = ("TransactionAlreadyCancelled", 198);
    public static readonly (string Name, int Number) Locked = ("CannotModifyLockedTransaction", 1100);
    public static readonly (string Name, int Number) AlreadyExists = ("TransactionAlreadyExists", 1303);
    public static readonly (string Name, int Number) IsCommitted = ("TransactionIsCommitted", 1313);

    public static Answer Error(int status, (string Name, int Number) code, string message, string target = "IncorrectData") =>
        Answer.Json(status, new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["code"] = code.Name,
                ["message"] = message,
                ["target"] = target,
                ["details"] = new JsonArray(new JsonObject
                {
                    ["code"] = code.Name,
                    ["number"] = code.Number,
                    ["message"] = message,
                    ["description"] = message,
                    ["faultCode"] = "Client",
                    ["helpLink"] = $"http://developer.avalara.com/avatax/errors/{code.Name}",
                    ["severity"] = "Error",
                }),
            },
        });

    public static RefusalException Refused((string Name, int Number) code, string message) => new(Error(400, code, message));

    public static RefusalException NoSuch(string what) =>
        new(Error(404, EntityNotFound, $"{what} not found.", "HttpRequest"));
}
