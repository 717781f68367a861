using System.Text.Json;

namespace Q2C.Silo.Connectors;

/// <summary>What came back for one HTTP request.</summary>
public abstract record VendorReply
{
    private VendorReply() { }

    /// <param name="Json">The body, if it is JSON.</param>
    /// <param name="Defect">Why a body that is there is not usable JSON; null if it is, or if there is none.</param>
    public sealed record Answered(
        int Status, JsonElement? Json, string? Defect, TimeSpan? RetryAfter, Uri? Location,
        IReadOnlyDictionary<string, string> Headers) : VendorReply
    {
        public bool IsSuccess => Status is >= 200 and < 300;

        /// <summary>The text at a path of member names, or null.</summary>
        public string? Text(params ReadOnlySpan<string> path)
        {
            if (Json is not { } at) return null;
            foreach (var name in path)
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
            return at.ValueKind switch
            {
                JsonValueKind.String => at.GetString(),
                JsonValueKind.Null or JsonValueKind.Undefined => null,
                _ => at.GetRawText(),
            };
        }
    }

    /// <summary>The request surely did not reach the vendor's application.</summary>
    public sealed record NotSent(string Code, string Message, TimeSpan? RetryAfter = null) : VendorReply;

    /// <summary>The request left, or may have left, and no whole answer came back.</summary>
    public sealed record Lost(string Message) : VendorReply;
}

/// <summary>The readings of a reply that are the same for every vendor; connectors handle what they know first.</summary>
public static class VendorReplies
{
    /// <summary>For a request that may have changed something. Call it for what is not a recognised success.</summary>
    /// <param name="code">The vendor's own error code, if the connector found one.</param>
    /// <param name="message">The vendor's own words, if the connector found any.</param>
    public static SendResult ToSendResult(this VendorReply reply, string? code = null, string? message = null) => reply switch
    {
        VendorReply.NotSent e => new SendResult.Unavailable(e.Code, e.Message, e.RetryAfter),
        VendorReply.Lost e => new SendResult.Unknown(e.Message),
        VendorReply.Answered { IsSuccess: true } e =>
            new SendResult.Unknown($"The system answered {e.Status} with {e.Defect ?? "an unexpected body"}."),
        VendorReply.Answered { Status: 429 } e =>
            new SendResult.Unavailable(code ?? "THROTTLED", message ?? "The system asks for fewer requests.", e.RetryAfter),
        VendorReply.Answered { Status: 401 } e =>
            new SendResult.Unavailable(ProblemCodes.CredentialsRefused, message ?? "The system refused the credentials.", e.RetryAfter),
        // 408 and 5xx come after the request arrived: it may have been applied.
        VendorReply.Answered { Status: 408 or >= 500 } e => new SendResult.Unknown(Describe(e, message)),
        VendorReply.Answered e => new SendResult.Refused(
            code ?? $"HTTP_{e.Status}", Describe(e, message),
            "Compare the request with the system's documentation, correct the data or the mapping, and retry.",
            ErrorClass.Permanent),
        _ => throw new ArgumentOutOfRangeException(nameof(reply)),
    };

    /// <summary>For a request that only reads, after found and not found have been handled.</summary>
    public static LookUpResult.Unavailable ToLookUpUnavailable(this VendorReply reply) => reply switch
    {
        VendorReply.NotSent e => new(e.Code, e.Message, e.RetryAfter),
        VendorReply.Lost e => new("NO_ANSWER", e.Message),
        VendorReply.Answered { Status: 429 } e => new("THROTTLED", "The system asks for fewer requests.", e.RetryAfter),
        VendorReply.Answered e => new("LOOK_UP_FAILED", Describe(e, null), e.RetryAfter),
        _ => throw new ArgumentOutOfRangeException(nameof(reply)),
    };

    private static string Describe(VendorReply.Answered reply, string? message) =>
        message ?? $"The system answered {reply.Status}{(reply.Defect is { } defect ? $" with {defect}" : "")}.";
}
