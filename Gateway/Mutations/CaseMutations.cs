using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.ExceptionCases;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record AssignExceptionInput(string IdempotencyKey, string Id, string? Assignee, string Reason);

public sealed record NoteExceptionInput(string IdempotencyKey, string Id, string Text);

public sealed record TagExceptionInput(
    string IdempotencyKey, string Id, IReadOnlyList<string> Add, IReadOnlyList<string> Remove, string Reason);

public sealed record SnoozeExceptionInput(string IdempotencyKey, string Id, DateTimeOffset? Until, string Reason);

public sealed record ExceptionCasePayload(
    ExceptionNode? Exception, ExceptionGroup? Group, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>What people do about an exception or a group besides settling it; the id is of either.</summary>
public sealed class CaseMutations(CommandSender commands, ReadModels readModels, ExceptionGroups groups)
{
    private static readonly string[] Workers =
        [Roles.Operator, Roles.Finance, Roles.Sales, Roles.Delivery, Roles.Administrator];

    public Task<ExceptionCasePayload> AssignException(AssignExceptionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Send(user, input.Id, input.IdempotencyKey, subject => new AssignCase(subject, input.Assignee, input.Reason), cancel);

    public Task<ExceptionCasePayload> NoteException(NoteExceptionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Send(user, input.Id, input.IdempotencyKey, subject => new NoteCase(subject, input.Text), cancel);

    public Task<ExceptionCasePayload> TagException(TagExceptionInput input, ClaimsPrincipal user, CancellationToken cancel) => Send(
        user, input.Id, input.IdempotencyKey,
        subject => new TagCase(subject, [.. input.Add], [.. input.Remove], input.Reason), cancel);

    public Task<ExceptionCasePayload> SnoozeException(SnoozeExceptionInput input, ClaimsPrincipal user, CancellationToken cancel) => Send(
        user, input.Id, input.IdempotencyKey,
        subject => new SnoozeCase(subject, input.Until?.ToUniversalTime(), input.Reason), cancel);

    private async Task<ExceptionCasePayload> Send(
        ClaimsPrincipal user, string id, string key, Func<CaseSubject, Command> command, CancellationToken cancel,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, Workers, key, mutation, id) is { } refusal) return new(null, null, null, refusal.Errors);
        var isGroup = Ids.Is(id, Ids.ExceptionCase);
        var found = isGroup ? await OfGroup(id, cancel) : await OfException(id, cancel);
        if (found is not ({ } grain, { } subject))
            return new(null, null, null, [MutationErrors.NotFound("input.id", id, "an exception or a group")]);
        var sent = await commands.SendFound(user, grain, key, command(subject));
        if (sent.IsRefused) return new(null, null, null, sent.Errors);
        await readModels.Reach(sent.Freshness, cancel);
        return new(
            isGroup ? null : (await readModels.Find<ExceptionRow>("exception", id, cancel))?.Node,
            isGroup ? (await groups.Find([id], cancel)).SingleOrDefault() : null, sent.Freshness, []);
    }

    private async Task<(string Grain, CaseSubject Subject)?> OfGroup(string id, CancellationToken cancel) =>
        (await groups.Find([id], cancel)).SingleOrDefault() is { } group
            ? (id, new(null, new(group.Code, group.Step, group.Connection, group.VendorError)))
            : null;

    private async Task<(string Grain, CaseSubject Subject)?> OfException(string id, CancellationToken cancel) =>
        await readModels.Find<ExceptionRow>("exception", id, cancel) is { } row ? (row.CaseId, new(id, null, row.ContractId)) : null;
}
