using System.Text.RegularExpressions;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>Business Central's errors in plain words, with the way out.</summary>
internal static partial class BusinessCentralErrors
{
    public static string? CodeOf(VendorReply reply) => (reply as VendorReply.Answered)?.Text("error", "code");

    public static SendResult Read(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { IsSuccess: false } answer || CodeOf(reply) is not { } code) return reply.ToSendResult();
        var message = Trail().Replace(answer.Text("error", "message") ?? $"Business Central answered {answer.Status}.", "");
        return (answer.Status, code) switch
        {
            (401, _) or (_, "Authentication_InvalidCredentials") => new SendResult.Unavailable(
                ProblemCodes.CredentialsRefused, "Business Central refused this connection's client. Check tenant, client id and secret."),
            (403, _) => new SendResult.Refused(
                "ERP_PERMISSION_MISSING", message,
                "Give the connection's application the permission set that Business Central names, then retry.", ErrorClass.Permanent),
            (429, _) => new SendResult.Unavailable("THROTTLED", "Business Central asks for fewer requests.", answer.RetryAfter),

            // Somebody wrote the record between our reading and our writing, or made it: what is there now is read first.
            (409 or 412, _) or (_, "Request_EntityChanged" or "Internal_EntityWithSameKeyExists") => new SendResult.Unavailable(
                "ERP_RECORD_CHANGED", "The record changed in Business Central meanwhile; it is read and written again."),
            (_, "Internal_TenantUnavailable") => new SendResult.Unavailable("ERP_UNAVAILABLE", message, answer.RetryAfter),
            (_, "Internal_CompanyNotFound") => new SendResult.Refused(
                "ERP_COMPANY_UNKNOWN", message, "Correct companyId of this connection, then retry.", ErrorClass.Permanent),
            (>= 400 and < 500 and not 408, _) => Refusal(code, message),
            _ => reply.ToSendResult(code, message),
        };
    }

    private static SendResult.Refused Refusal(string code, string message) => code switch
    {
        _ when Period().IsMatch(message) => Business("ERP_PERIOD_CLOSED", message,
            "Allow posting on that day in Business Central (General Ledger Setup), or choose a date in an open period, then retry."),
        _ when ManualNumbers().IsMatch(message) => Business("ERP_NUMBERS_NOT_MANUAL", message,
            "Allow manual numbers in the number series of customers and projects in Business Central, then retry."),
        "Internal_InvalidTableRelation" or "Internal_RecordNotFound" or "Internal_DataNotFoundFilter" => Unknown(message),
        _ when Reference().IsMatch(message) => Unknown(message),
        "Application_FieldValidationException" or "BadRequest_RequiredParamNotProvided" => Business("ERP_VALUE_MISSING", message,
            "Fill in the value at its source, in the mapping document or in Business Central's set-up, then retry."),
        "Application_StringExceededLength" => Business("ERP_VALUE_TOO_LONG", message,
            "Shorten the value at its source or in the mapping document, then retry."),
        "BadRequest_InvalidProperty" => new("ERP_FIELD_UNKNOWN", message,
            "Correct the field's name in the mapping document, then retry.", ErrorClass.Permanent),
        _ when Property().IsMatch(message) => new("ERP_FIELD_UNKNOWN", message,
            "Correct the field's name in the mapping document, then retry.", ErrorClass.Permanent),
        _ => Business("ERP_REFUSED", message, "Correct what Business Central names, here or there, then retry."),
    };

    private static SendResult.Refused Unknown(string message) => Business("ERP_REFERENCE_UNKNOWN", message,
        "Create it in Business Central, or correct the value map of this connection, then retry.");

    private static SendResult.Refused Business(string code, string message, string remedy) =>
        new(code, message, remedy, ErrorClass.Business);

    [GeneratedRegex(@"\s*CorrelationId:\s*\S+$")]
    private static partial Regex Trail();

    [GeneratedRegex("range of allowed posting dates", RegexOptions.IgnoreCase)]
    private static partial Regex Period();

    [GeneratedRegex("may not enter numbers manually", RegexOptions.IgnoreCase)]
    private static partial Regex ManualNumbers();

    [GeneratedRegex(@"does not match to an?\b|cannot be found|does not exist\.", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();

    [GeneratedRegex(@"property '[^']+' does not exist", RegexOptions.IgnoreCase)]
    private static partial Regex Property();
}
