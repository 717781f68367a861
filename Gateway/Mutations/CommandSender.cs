using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

/// <summary>What came of a mutation's command: a freshness token, or the reasons against it.</summary>
internal sealed record Sent(string? Freshness, IReadOnlyList<object> Errors)
{
    public bool IsRefused => Errors.Count > 0;

    public static Sent Refused(params IReadOnlyList<object> errors) => new(null, errors);
}

/// <summary>A mutation as a command: the caller's role, the key, one grain that the caller sees.</summary>
public sealed class CommandSender(IClusterClient cluster, Objects objects)
{
    public const int MaxKeyLength = 128;

    /// <summary>What speaks against the request before any grain is asked.</summary>
    /// <param name="mutation">For the audit of what was denied, as <paramref name="subject"/> is.</param>
    internal static Sent? Refusal(
        ClaimsPrincipal user, string[] roles, string key, [CallerMemberName] string mutation = "", string? subject = null)
    {
        if (!roles.Any(user.ToActor().Has)) return Denied(user, MutationErrors.MissingRole(roles), key, mutation, subject);
        if (!user.HasScope(Scopes.For(roles)))
            return Denied(user, MutationErrors.MissingScope(Scopes.For(roles)), key, mutation, subject);
        return key.Length is 0 or > MaxKeyLength || key.Contains('\0') ? Sent.Refused(MutationErrors.WrongKey(key.Length)) : null;
    }

    internal static Sent Denied(ClaimsPrincipal user, ForbiddenError error, string key, string mutation, string? subject)
    {
        Denials.Note(user, mutation, subject, KeyOf(user, key), error.Message);
        return Sent.Refused(error);
    }

    /// <summary>The command's key: a caller's keys are its own.</summary>
    internal static string KeyOf(ClaimsPrincipal user, string key) => $"{user.ToActor().Id}:{key}";

    internal async Task<Sent> Send(ClaimsPrincipal user, string grain, string key, Command command) =>
        await objects.Reaches(grain, command)
            ? await SendFound(user, grain, key, command)
            : Sent.Refused(MutationErrors.Unseen(grain));

    /// <summary>For a grain that belongs to something which was found among what the caller sees.</summary>
    internal async Task<Sent> SendFound(ClaimsPrincipal user, string grain, string key, Command command)
    {
        var actor = user.ToActor();
        var scoped = KeyOf(user, key);
        var correlation = $"api/{scoped}";
        using var span = Tracing.Gateway.Start($"send {command.GetType().Name}", correlation);
        var receipt = await cluster.Aggregate(grain).Execute(new(scoped, command, actor, correlation, Principal: actor.Id));
        return receipt.IsRefused
            ? Sent.Refused([.. receipt.Problems.Select(MutationErrors.Of)])
            : new(receipt.Token, []);
    }
}
