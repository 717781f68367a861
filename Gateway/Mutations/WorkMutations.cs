using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Connections;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Projects;

namespace Q2C.Gateway.Mutations;

public sealed record ReportWorkInput(string IdempotencyKey, string ProjectId, IReadOnlyList<WorkRecordInput> Records);

public sealed record ReportWorkPayload(ProjectNode? Project, int Accepted, string? Freshness, IReadOnlyList<object> Errors);

public sealed record RecordTimeInput(string IdempotencyKey, string ProjectId, IReadOnlyList<TimeWorkedInput> Entries);

public sealed record RecordTimePayload(
    ProjectNode? Project, IReadOnlyList<WorkResult> Results, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>What came of one entry of a batch.</summary>
public sealed record WorkResult(string SourceId, long SourceVersion, bool Accepted, IReadOnlyList<object> Errors);

public sealed record RecordExpenseInput(string IdempotencyKey, string ProjectId, ExpenseIncurredInput Expense);

public sealed record RecordExpensePayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record CompleteMilestoneInput(string IdempotencyKey, string ProjectId, MilestoneReachedInput Milestone);

public sealed record CompleteMilestonePayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record LinkWorkProjectInput(string IdempotencyKey, string ProjectId, string Connection, string ExternalProject, string Reason);

public sealed record LinkWorkProjectPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed record UnlinkWorkProjectInput(string IdempotencyKey, string ProjectId, string Connection, string ExternalProject, string Reason);

public sealed record UnlinkWorkProjectPayload(ProjectNode? Project, string? Freshness, IReadOnlyList<object> Errors);

public sealed class WorkMutations(Objects objects, CommandSender commands)
{
    public async Task<ReportWorkPayload> ReportWork(ReportWorkInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var records = reader.Records(input.Records);
        var (sent, project) = await Send(user, input.ProjectId, input.IdempotencyKey, records, reader.Errors);
        return new(project, sent.IsRefused ? 0 : records.Length, sent.Freshness, sent.Errors);
    }

    /// <summary>Entries that cannot be are refused one by one; the others are recorded together, in one command.</summary>
    public async Task<RecordTimePayload> RecordTime(RecordTimeInput input, ClaimsPrincipal user)
    {
        var count = new InputReader();
        count.Count(input.Entries.Count, "input.entries");
        var seen = new HashSet<(string, long)>();
        var read = count.Errors.Count > 0
            ? []
            : input.Entries.Select((entry, i) => InputReader.TimeEntry(entry, seen, $"input.entries[{i}]")).ToImmutableArray();
        ImmutableArray<WorkRecord> good = [.. read.Where(entry => entry.Errors.Count == 0).Select(entry => entry.Record)];
        var results = read.Select(entry => new WorkResult(
            entry.Record.SourceId, entry.Record.SourceVersion, entry.Errors.Count == 0, entry.Errors)).ToImmutableArray();
        var (sent, project) = await Send(user, input.ProjectId, input.IdempotencyKey, good, count.Errors);
        return sent.IsRefused ? new(null, [], null, sent.Errors) : new(project, results, sent.Freshness, []);
    }

    public async Task<RecordExpensePayload> RecordExpense(RecordExpenseInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var record = reader.Record(new(Expense: input.Expense), "input");
        var (sent, project) = await Send(user, input.ProjectId, input.IdempotencyKey, [record], reader.Errors);
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<CompleteMilestonePayload> CompleteMilestone(CompleteMilestoneInput input, ClaimsPrincipal user)
    {
        var reader = new InputReader();
        var record = reader.Record(new(Milestone: input.Milestone), "input");
        var (sent, project) = await Send(user, input.ProjectId, input.IdempotencyKey, [record], reader.Errors);
        return new(project, sent.Freshness, sent.Errors);
    }

    /// <summary>A project of work management, such as Jira's, becomes a source of the project's time.</summary>
    public async Task<LinkWorkProjectPayload> LinkWorkProject(LinkWorkProjectInput input, ClaimsPrincipal user)
    {
        var (sent, project) = await SendLink(user, input.IdempotencyKey, input.ProjectId, input.Connection, input.ExternalProject, view =>
            new LinkFeed(input.Connection, input.ExternalProject, view.Id, view.ContractId, view.Name, input.Reason));
        return new(project, sent.Freshness, sent.Errors);
    }

    public async Task<UnlinkWorkProjectPayload> UnlinkWorkProject(UnlinkWorkProjectInput input, ClaimsPrincipal user)
    {
        var (sent, project) = await SendLink(
            user, input.IdempotencyKey, input.ProjectId, input.Connection, input.ExternalProject, view => new UnlinkFeed(view.Id, input.Reason));
        return new(project, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, ProjectNode? Project)> SendLink(
        ClaimsPrincipal user, string key, string project, string connection, string externalProject, Func<ProjectView, Command> command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.Delivery, Roles.Operator], key, mutation, project) is { } refusal) return (refusal, null);
        if (await objects.Project(project) is not { } view)
            return (Sent.Refused(MutationErrors.NotFound("input.projectId", project, "a project")), null);
        var feed = Ids.Derive(Ids.RegionOf(project), Ids.WorkFeed, connection, $"link {externalProject}");
        var sent = await commands.Send(user, feed, key, command(view));
        return (sent, sent.IsRefused ? null : ProjectNode.Of(view));
    }

    /// <summary>The caller's own feed of the project takes the records; the project hears of them from there.</summary>
    private async Task<(Sent Sent, ProjectNode? Project)> Send(
        ClaimsPrincipal user, string project, string key, ImmutableArray<WorkRecord> records, IReadOnlyList<object> errors,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.Delivery, Roles.Machine], key, mutation, project) is { } refusal) return (refusal, null);
        if (await objects.Project(project) is not { } view)
            return (Sent.Refused(MutationErrors.NotFound("input.projectId", project, "a project")), null);
        if (errors.Count > 0) return (Sent.Refused(errors), null);

        var connection = $"api:{user.ToActor().Id}";
        var feed = Ids.Derive(Ids.RegionOf(project), Ids.WorkFeed, connection, project);
        var sent = await commands.Send(user, feed, key, new ReportWork(connection, project, project, records));
        return (sent, sent.IsRefused ? null : ProjectNode.Of(view));
    }
}
