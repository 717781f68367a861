using System.Collections.Immutable;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

public sealed record NotFoundError(string Code, string Path, string Message, string Remedy);

public sealed record ForbiddenError(string Code, string Path, string Message, string Remedy, ImmutableArray<Role> RequiredRoles);

public sealed record IdempotencyKeyError(string Code, string Path, string Message, string Remedy);

public sealed record RefusedError(string Code, string Path, string Message, string Remedy);

internal static class MutationErrors
{
    private const int MaxReason = 2_000;

    /// <summary>The schema's type for a problem, by its code.</summary>
    public static object Of(Problem problem) => problem.Code switch
    {
        ProblemCodes.NotFound => new NotFoundError(problem.Code, problem.Path, problem.Message, problem.Remedy),
        ProblemCodes.Forbidden => new ForbiddenError(problem.Code, problem.Path, problem.Message, problem.Remedy, []),
        ProblemCodes.IdempotencyKeyInvalid or ProblemCodes.IdempotencyKeyReused =>
            new IdempotencyKeyError(problem.Code, problem.Path, problem.Message, problem.Remedy),
        _ => new RefusedError(problem.Code, problem.Path, problem.Message, problem.Remedy),
    };

    public static NotFoundError NotFound(string path, string id, string kind) => new(
        ProblemCodes.NotFound, path, $"'{id}' is not the id of {kind}.", "Take the id from a list of this API.");

    /// <summary>Null for a reason that can be recorded.</summary>
    public static RefusedError? WithoutReason(string reason) => string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReason || reason.Contains('\0')
        ? new("REASON_REQUIRED", "input.reason", $"A reason of 1 to {MaxReason} characters is recorded with every operator action.", "Say why.")
        : null;

    /// <summary>The same for what does not exist and for what the caller may not see.</summary>
    public static NotFoundError Unseen(string id) => new(
        ProblemCodes.NotFound, "", $"There is no object '{id}'.", "Take the id from a list of this API.");

    public static ForbiddenError MissingRole(string[] roles) => new(
        ProblemCodes.Forbidden, "", $"This needs the role {string.Join(" or ", roles.Select(role => role.ToUpperInvariant()))}.",
        "Ask somebody who has it, or an administrator to give it to you.",
        [.. roles.Select(RoleNames.Parse).OfType<Role>()]);

    public static ForbiddenError MissingScope(string scope) => new(
        ProblemCodes.Forbidden, "", $"This needs the scope {scope}, which your key or token does not have.",
        "Use a key or token that has it, or ask an administrator for one.", []);

    public static IdempotencyKeyError WrongKey(int length) => new(
        ProblemCodes.IdempotencyKeyInvalid, "input.idempotencyKey",
        $"An idempotency key has 1 to {CommandSender.MaxKeyLength} characters; this one has {length}.",
        "Send a key that is unique to this request, and the same one when you repeat it.");

    public static IdempotencyKeyError ReusedKey(string key) => new(
        ProblemCodes.IdempotencyKeyReused, "input.idempotencyKey", $"The key '{key}' was used for another request.",
        "Send a new key with a new request; repeat a request with exactly the same input.");
}
