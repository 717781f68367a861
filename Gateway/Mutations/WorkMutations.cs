using System.Security.Claims;
using Q2C.Connections;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Projects;

namespace Q2C.Gateway.Mutations;

public sealed record ReportWorkInput(string IdempotencyKey, string ProjectId, IReadOnlyList<WorkRecordInput> Records);

public sealed record ReportWorkPayload(ProjectNode? Project, int Accepted, string? Freshness, IReadOnlyList<object> Errors);

public sealed class WorkMutations(IClusterClient cluster, CommandSender commands)
{
    public async Task<ReportWorkPayload> ReportWork(ReportWorkInput input, ClaimsPrincipal user)
    {
        if (CommandSender.Refusal(user, [Roles.Delivery, Roles.Machine], input.IdempotencyKey) is { } refusal)
            return new(null, 0, null, refusal.Errors);
        if (!Ids.Is(input.ProjectId, Ids.Project))
            return Refused(MutationErrors.NotFound("input.projectId", input.ProjectId, "a project"));
        var reader = new InputReader();
        var records = reader.Records(input.Records);
        if (reader.Errors.Count > 0) return new(null, 0, null, reader.Errors);
        if (await cluster.GetGrain<IProjectGrain>(input.ProjectId).Read() is not { } view)
            return Refused(MutationErrors.NotFound("input.projectId", input.ProjectId, "a project"));

        var connection = $"api:{user.ToActor().Id}";
        var feed = Ids.Derive(Ids.RegionOf(input.ProjectId), Ids.WorkFeed, connection, input.ProjectId);
        var sent = await commands.Send(
            user, feed, input.IdempotencyKey, new ReportWork(connection, input.ProjectId, input.ProjectId, records));
        return sent.IsRefused
            ? new(null, 0, null, sent.Errors)
            : new(ProjectNode.Of(view), records.Length, sent.Freshness, []);
    }

    private static ReportWorkPayload Refused(object error) => new(null, 0, null, [error]);
}
