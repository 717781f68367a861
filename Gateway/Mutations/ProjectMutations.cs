using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Projects;

namespace Q2C.Gateway.Mutations;

public sealed record TopUpRetainerInput(
    string IdempotencyKey, string ProjectId, string LineId, decimal Quantity, DateOnly From, decimal? Price, int? Priority, DateOnly? LastDay,
    string Reason);

public sealed record TopUpRetainerPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record WriteOffWorkInput(
    string IdempotencyKey, string ProjectId, IReadOnlyList<string> ItemIds, decimal? Percent, string Reason);

public sealed record WriteOffWorkPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveWorkWriteOffInput(string IdempotencyKey, string ProjectId, string WriteOffId, string? Note);

public sealed record ApproveWorkWriteOffPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ReverseWorkWriteOffInput(string IdempotencyKey, string ProjectId, string WriteOffId, string Reason);

public sealed record ReverseWorkWriteOffPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ApproveBeyondCapInput(
    string IdempotencyKey, string ProjectId, string Cap, MoneyInput? Amount, decimal? Hours, string Reason);

public sealed record ApproveBeyondCapPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>What people decide about the work and the prepayments of a project.</summary>
public sealed class ProjectMutations(Objects objects, CommandSender commands)
{
    private static readonly string[] Managers = [Roles.Delivery, Roles.Finance, Roles.Operator];
    private static readonly string[] Deciders = [Roles.Finance];

    public async Task<TopUpRetainerPayload> TopUpRetainer(TopUpRetainerInput input, ClaimsPrincipal user)
    {
        var command = new TopUpRetainer(input.LineId, input.Quantity, input.From, input.Price, input.Priority, input.LastDay, input.Reason);
        var (sent, project) = await Send(user, Managers, input.ProjectId, input.IdempotencyKey, command);
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<WriteOffWorkPayload> WriteOffWork(WriteOffWorkInput input, ClaimsPrincipal user)
    {
        var command = new WriteOffWork([.. input.ItemIds], input.Percent, input.Reason);
        var (sent, project) = await Send(user, Deciders, input.ProjectId, input.IdempotencyKey, command);
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<ApproveWorkWriteOffPayload> ApproveWorkWriteOff(ApproveWorkWriteOffInput input, ClaimsPrincipal user)
    {
        var (sent, project) = await Send(
            user, Deciders, input.ProjectId, input.IdempotencyKey, new ApproveWriteOff(input.WriteOffId, input.Note));
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<ReverseWorkWriteOffPayload> ReverseWorkWriteOff(ReverseWorkWriteOffInput input, ClaimsPrincipal user)
    {
        var (sent, project) = await Send(
            user, Deciders, input.ProjectId, input.IdempotencyKey, new ReverseWriteOff(input.WriteOffId, input.Reason));
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<ApproveBeyondCapPayload> ApproveBeyondCap(ApproveBeyondCapInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        Money? amount = input.Amount is null ? null : reader.Money(input.Amount, "input.amount");
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var command = new ApproveBeyondCap(input.Cap, amount, input.Hours, input.Reason);
        var (sent, project) = await Send(user, Deciders, input.ProjectId, input.IdempotencyKey, command);
        return new(project, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, ProjectNode? Project)> Send(ClaimsPrincipal user, string[] roles, string id, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Project)) return (Sent.Refused(MutationErrors.NotFound("input.projectId", id, "a project")), null);
        var sent = await commands.Send(user, id, key, command);
        if (sent.IsRefused) return (sent, null);
        return (sent, await objects.Project(id) is { } view ? ProjectNode.Of(view) : null);
    }
}
