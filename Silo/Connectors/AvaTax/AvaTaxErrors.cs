using System.Text.Json;

namespace Q2C.Silo.Connectors.AvaTax;

/// <summary>AvaTax's errors in plain words, with the way out.</summary>
internal static class AvaTaxErrors
{
    /// <summary>The error's name as AvaTax gives it, or null if the reply holds none.</summary>
    public static string? CodeOf(VendorReply reply) => (reply as VendorReply.Answered)?.Text("error", "code");

    public static SendResult Read(VendorReply reply)
    {
        if (reply is not VendorReply.Answered answer || CodeOf(reply) is not { } code) return reply.ToSendResult();
        var message = Describe(answer);
        return code switch
        {
            "AuthenticationException" or "AuthenticationIncomplete" or "AuthorizationException" => new SendResult.Unavailable(
                ProblemCodes.CredentialsRefused, "AvaTax refused account and license key of this connection."),
            "RateLimitExceededError" or "RateLimitExceeded" =>
                new SendResult.Unavailable("THROTTLED", "AvaTax asks for fewer requests.", answer.RetryAfter),
            "ServiceTimeout" or "TimeoutRequested" or "RequestAlreadyInProgress" or "ServerConfiguration" or "UnhandledException" =>
                new SendResult.Unknown(message),
            // A success that carries an error says neither; the look-up decides.
            _ when answer.IsSuccess || answer.Status >= 500 => new SendResult.Unknown(message),
            "CannotModifyLockedTransaction" => Business("TAX_DOCUMENT_LOCKED", message,
                "The tax period of this document is filed. Correct it with a credit note instead."),
            "InvalidCountry" or "InvalidAddress" or "AddressIncomplete" or "InvalidPostalCode" or "CannotDetermineLocation"
                or "InvalidState" or "TaxAddressError" or "AddressRangeError" => Business("TAX_ADDRESS_INVALID", message,
                "Correct the bill-to address of the customer, then retry."),
            "InvalidTaxCode" or "TaxCodeError" => Business("TAX_CODE_UNKNOWN", message,
                "Correct the tax category of the service in the legal entity's policy, then retry."),
            "EntityNotFoundError" or "CompanyNotFound" => new SendResult.Refused("TAX_COMPANY_UNKNOWN", message,
                "Correct the company code of this connection, then retry.", ErrorClass.Permanent),
            "ValueRequiredError" or "StringLengthError" => Business("TAX_VALUE_MISSING", message,
                "Fill in the value at its source or in the mapping document, then retry."),
            _ => reply.ToSendResult($"AVATAX_{code}", message),
        };
    }

    private static SendResult.Refused Business(string code, string message, string remedy) =>
        new(code, message, remedy, ErrorClass.Business);

    private static string Describe(VendorReply.Answered answer)
    {
        var message = answer.Text("error", "message") ?? $"AvaTax answered {answer.Status}.";
        if (answer.Json is not { } json || json.GetProperty("error") is not { ValueKind: JsonValueKind.Object } error
            || !error.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array) return message;
        var more = details.EnumerateArray()
            .Select(detail => detail.ValueKind == JsonValueKind.Object && detail.TryGetProperty("description", out var text)
                ? text.ToString() : null)
            .Where(text => !string.IsNullOrEmpty(text) && text != message);
        return string.Join(' ', [message, .. more]);
    }
}
