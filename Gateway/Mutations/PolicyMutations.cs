using System.Collections.Immutable;
using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Policies;

namespace Q2C.Gateway.Mutations;

public sealed record ProposePolicyInput(string IdempotencyKey, string Document, string Text, DateTimeOffset? EffectiveFrom, string Reason);

public sealed record ApprovePolicyInput(string IdempotencyKey, string Document, int Version, string? Note);

public sealed record MovePolicyInput(string IdempotencyKey, string Document, int Version, string Reason);

public sealed record PolicyPayload(
    PolicyNode? Policy, PolicyVersionNode? Version, IReadOnlyList<DocumentProblem> Problems, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>Versions of policy documents. They hold for all legal entities and regions, so they are for callers who see all of them.</summary>
public sealed class PolicyMutations(PolicyDocuments documents, CommandSender commands, ReadModels readModels)
{
    private static readonly string[] Authors = [Roles.Operator, Roles.Finance, Roles.Administrator];
    private static readonly string[] Approvers = [Roles.FinanceApprover, Roles.Administrator];

    public async Task<PolicyPayload> ProposePolicy(ProposePolicyInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Refusal(user, Authors, input.IdempotencyKey) ?? await Checked(input.Document, input.Text)
        ?? await Send(
            user, input.Document, 0, input.IdempotencyKey,
            new ProposePolicy(input.Document, input.Text, input.EffectiveFrom?.ToUniversalTime(), input.Reason), cancel);

    public Task<PolicyPayload> SubmitPolicy(MovePolicyInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Authors, input, new SubmitPolicy(input.Version, input.Reason), cancel);

    /// <summary>What was right when it was drafted need not be now: the text is checked again.</summary>
    public async Task<PolicyPayload> ApprovePolicy(ApprovePolicyInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (Refusal(user, Approvers, input.IdempotencyKey) is { } refusal) return refusal;
        if (await PolicyLists.Text(documents, readModels, input.Document, input.Version, cancel) is { } text
            && await Checked(input.Document, text) is { } wrong) return wrong;
        return await Send(
            user, input.Document, input.Version, input.IdempotencyKey, new ApprovePolicy(input.Version, input.Note), cancel);
    }

    public Task<PolicyPayload> RejectPolicy(MovePolicyInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Approvers, input, new RejectPolicy(input.Version, input.Reason), cancel);

    public Task<PolicyPayload> WithdrawPolicy(MovePolicyInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Authors, input, new WithdrawPolicy(input.Version, input.Reason), cancel);

    public Task<PolicyPayload> RollBackPolicy(MovePolicyInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Move(user, Approvers, input, new RollBackPolicy(input.Version, input.Reason), cancel);

    private async Task<PolicyPayload> Move(
        ClaimsPrincipal user, string[] roles, MovePolicyInput input, Command command, CancellationToken cancel) =>
        Refusal(user, roles, input.IdempotencyKey)
        ?? await Send(user, input.Document, input.Version, input.IdempotencyKey, command, cancel);

    private async Task<PolicyPayload> Send(
        ClaimsPrincipal user, string document, int number, string key, Command command, CancellationToken cancel)
    {
        var sent = await commands.Send(user, documents.IdOf(document), key, command);
        if (sent.IsRefused) return Refused(sent.Errors);
        await readModels.Reach(sent.Freshness, cancel);
        var policy = await PolicyLists.Find(documents, readModels, document, cancel);
        var version = command is ProposePolicy { Text: var text }
            ? await PolicyLists.Drafted(documents, readModels, document, user.ToActor().Id, text, cancel)
            : await PolicyLists.Version(documents, readModels, document, number, cancel);
        return new(policy, version, [], sent.Freshness, []);
    }

    /// <summary>Null if nothing is wrong with the text.</summary>
    private async Task<PolicyPayload?> Checked(string document, string text)
    {
        var problems = await documents.Check(document, text);
        return problems.IsEmpty ? null : Refused(
            [
                new RefusedError(
                    "POLICY_INVALID", "input.text",
                    $"{problems[0].Document}, line {problems[0].Line}, column {problems[0].Column}: {problems[0].Message}"
                    + (problems.Length == 1 ? "" : $" There are {problems.Length - 1} more problems."),
                    "Correct the text; `problems` has all that is wrong with it."),
            ], problems);
    }

    private static PolicyPayload? Refusal(ClaimsPrincipal user, string[] roles, string key) =>
        CommandSender.Refusal(user, roles, key) is { } refusal ? Refused(refusal.Errors)
        : Sight.Of(user).IsEverything ? null
        : Refused([new ForbiddenError(
            ProblemCodes.Forbidden, "", "Policies hold for all legal entities and regions, and you see only some.",
            "Ask somebody who sees all of them.", [])]);

    private static PolicyPayload Refused(IReadOnlyList<object> errors, ImmutableArray<DocumentProblem>? problems = null) =>
        new(null, null, problems ?? [], null, errors);
}
