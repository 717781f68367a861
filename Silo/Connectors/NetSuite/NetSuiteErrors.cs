using System.Text.Json;
using System.Text.RegularExpressions;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>NetSuite's errors in plain words, with the way out.</summary>
internal static partial class NetSuiteErrors
{
    public static SendResult Read(VendorReply reply)
    {
        if (reply is not VendorReply.Answered { IsSuccess: false, Json: { } json } answer) return reply.ToSendResult();
        var (code, detail) = FirstDetail(json);
        return (answer.Status, code) switch
        {
            (401, _) => new SendResult.Unavailable(
                ProblemCodes.CredentialsRefused, "NetSuite refused this connection's login. Check the client id, the certificate and its role."),
            (429, _) or (_, "CONCURRENCY_LIMIT_EXCEEDED") => new SendResult.Unavailable(
                "CONCURRENCY_LIMIT_EXCEEDED", "NetSuite's limit of concurrent requests is reached.", answer.RetryAfter),
            (403, _) or (_, "INSUFFICIENT_PERMISSION") => new SendResult.Refused(
                "ERP_PERMISSION_MISSING", detail ?? "NetSuite does not let this connection do that.",
                "Give the connection's role the permission that NetSuite names, then retry.", ErrorClass.Permanent),
            (>= 400 and < 500 and not 408, _) when detail is not null => ReadDetail(code, detail),
            _ => reply.ToSendResult(code, detail),
        };
    }

    private static SendResult.Refused ReadDetail(string? code, string detail)
    {
        if (Reference().Match(detail) is { Success: true } reference)
            return Business("ERP_REFERENCE_UNKNOWN",
                $"NetSuite does not know the {reference.Groups["field"].Value} '{reference.Groups["value"].Value}'.",
                "Create or reactivate it in NetSuite, or correct the value map of this connection, then retry.");
        if (Period().IsMatch(detail))
            return Business("ERP_PERIOD_CLOSED", detail,
                "Reopen the posting period in NetSuite or choose a date in an open one, then retry.");
        if (Missing().IsMatch(detail))
            return Business("ERP_VALUE_MISSING", detail, "Fill in the value at its source or in the mapping document, then retry.");
        if (Field().IsMatch(detail))
            return new("ERP_FIELD_UNKNOWN", detail,
                "Correct the field's name in the mapping document, or create the custom field in NetSuite, then retry.",
                ErrorClass.Permanent);
        return Business(code ?? "ERP_REFUSED", detail, "Correct what NetSuite names, here or there, then retry.");
    }

    private static SendResult.Refused Business(string code, string message, string remedy) =>
        new(code, message, remedy, ErrorClass.Business);

    private static (string? Code, string? Detail) FirstDetail(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object
            || !json.TryGetProperty("o:errorDetails", out var details)
            || details.ValueKind != JsonValueKind.Array || details.GetArrayLength() == 0) return (null, null);
        return (Text(details[0], "o:errorCode"), Text(details[0], "detail"));
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()
            : null;

    [GeneratedRegex(@"Invalid Field Value (?<value>.*) for the following field: (?<field>\w+)", RegexOptions.IgnoreCase)]
    private static partial Regex Reference();

    [GeneratedRegex(@"\bperiod\b.*\b(closed|locked)\b|\b(closed|locked)\b.*\bperiod\b", RegexOptions.IgnoreCase)]
    private static partial Regex Period();

    [GeneratedRegex("Please enter value", RegexOptions.IgnoreCase)]
    private static partial Regex Missing();

    [GeneratedRegex("Unknown reference or field name", RegexOptions.IgnoreCase)]
    private static partial Regex Field();
}
