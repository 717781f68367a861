using System.Diagnostics;
using Npgsql;

namespace Q2C.Gateway;

/// <summary>
/// What goes wrong on our side is told whole in the log. The caller learns whether asking again helps, and by what to find it
/// there.
/// </summary>
internal sealed class UnexpectedErrors(ILogger<UnexpectedErrors> log) : IErrorFilter
{
    public IError OnError(IError error)
    {
        if (error.Exception is not { } exception) return error;
        if (exception is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire })
            return error.WithCode("BAD_USER_INPUT").WithMessage("A text of the request has a NUL character. Leave it out.");
        var trace = Activity.Current?.TraceId.ToString();
        log.LogError(exception, "{Path} failed", error.Path);
        var told = IsAway(exception)
            ? error.WithCode("UNAVAILABLE").WithMessage("A part of Q2C is away for the moment. Ask again; a mutation under the same idempotency key.")
            : error.WithCode("UNEXPECTED").WithMessage("This failed for a reason that is ours. It is in the log of the gateway.");
        return trace is null ? told : told.SetExtension("traceId", trace);
    }

    /// <summary>The database, a silo, or the way to either.</summary>
    private static bool IsAway(Exception? exception) =>
        exception is NpgsqlException { IsTransient: true } or TimeoutException or OrleansException or IOException or HttpRequestException
        || (exception?.InnerException is { } inner && IsAway(inner));
}
