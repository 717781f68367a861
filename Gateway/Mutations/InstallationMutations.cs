using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record RebuildListsInput(string IdempotencyKey, string Reason);

public sealed record RebuildListsPayload(InstallationNode? Installation, IReadOnlyList<object> Errors);

/// <summary>What administrators ask of the installation itself. Recorded with actor and reason.</summary>
public sealed class InstallationMutations(OperatorActions actions, ReadModels readModels, TimeProvider clock)
{
    public async Task<RebuildListsPayload> RebuildLists(RebuildListsInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var sent = await OperatorActions.Act(
            user, [Roles.Administrator], input.IdempotencyKey, input.Reason, "rebuild",
            request => actions.Execute(
                "select q2c.ask_rebuild($1, $2, $3, $4, $5)", cancel,
                request.Actor, request.Key, request.Fingerprint, input.Reason, clock.GetUtcNow()),
            _ => new RefusedError(
                "REBUILD_RUNNING", "input", "The lists are being rebuilt already.", "Wait for its end; the page of the system shows how far it is."));
        return new(sent.IsRefused ? null : await InstallationQueries.Read(readModels, cancel), sent.Errors);
    }
}
