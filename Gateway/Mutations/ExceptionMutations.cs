using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record RetryExceptionInput(string IdempotencyKey, string ExceptionId, string Reason);

public sealed record SkipExceptionInput(string IdempotencyKey, string ExceptionId, string Reason);

public sealed record RetryExceptionPayload(object? Subject, string? Freshness, IReadOnlyList<object> Errors);

public sealed record SkipExceptionPayload(object? Subject, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>An exception's id is <c>{object}/{item}</c>; of a delivery, <c>delivery/{number}</c>.</summary>
public sealed class ExceptionMutations(Nodes nodes, CommandSender commands, DeliveryActions deliveries)
{
    private const string Delivery = "delivery";

    public async Task<RetryExceptionPayload> RetryException(
        RetryExceptionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, subject) = await Send(
            user, input.ExceptionId, input.IdempotencyKey, input.Reason, "retry", item => new RetryStep(item, input.Reason), cancel);
        return new(subject, sent.Freshness, sent.Errors);
    }

    public async Task<SkipExceptionPayload> SkipException(SkipExceptionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, subject) = await Send(
            user, input.ExceptionId, input.IdempotencyKey, input.Reason, "skip", item => new SkipStep(item, input.Reason), cancel);
        return new(subject, sent.Freshness, sent.Errors);
    }

    /// <summary>The item's id in its grain; the whole text where no object stands before it.</summary>
    internal static string ItemOf(string exceptionId) => exceptionId[(exceptionId.IndexOf('/') + 1)..];

    private async Task<(Sent Sent, object? Subject)> Send(
        ClaimsPrincipal user, string exceptionId, string key, string reason, string action, Func<string, Command> command,
        CancellationToken cancel, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.Operator], key, mutation, exceptionId) is { } refusal) return (refusal, null);
        var subject = exceptionId[..Math.Max(0, exceptionId.IndexOf('/'))];
        if (subject == Delivery
            && long.TryParse(ItemOf(exceptionId), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return (MutationErrors.WithoutReason(reason) is { } error
                ? Sent.Refused(error)
                : await deliveries.Act(user, number, action, key, reason, cancel), null);
        if (!IsAggregate(subject))
            return (Sent.Refused(MutationErrors.NotFound("input.exceptionId", exceptionId, "an exception")), null);
        var sent = await commands.Send(user, subject, key, command(ItemOf(exceptionId)));
        return (sent, sent.IsRefused ? null : await nodes.Find(subject, cancel));
    }

    private static bool IsAggregate(string id) =>
        new[] { Ids.Customer, Ids.Contract, Ids.Project, Ids.Invoice, Ids.CreditMemo, Ids.BillingRun, Ids.WorkFeed, Ids.Intercompany }.Any(kind => Ids.Is(id, kind));
}
