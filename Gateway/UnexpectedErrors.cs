namespace Q2C.Gateway;

/// <summary>What a caller only learns as "unexpected" is told whole in the log.</summary>
internal sealed class UnexpectedErrors(ILogger<UnexpectedErrors> log) : IErrorFilter
{
    public IError OnError(IError error)
    {
        if (error.Exception is { } exception) log.LogError(exception, "{Path} failed", error.Path);
        return error;
    }
}
