using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record HoldConnectionInput(string IdempotencyKey, string Connection, string Reason);

public sealed record ReleaseConnectionInput(string IdempotencyKey, string Connection, string Reason);

public sealed record CheckConnectionInput(string IdempotencyKey, string Connection, string Reason);

/// <param name="Since">What was sent since then is compared; null for the last 35 days.</param>
public sealed record ReconcileConnectionInput(string IdempotencyKey, string Connection, DateTimeOffset? Since, string Reason);

public sealed record RepairDifferenceInput(string IdempotencyKey, string Connection, string DifferenceId, string Reason);

public sealed record ReconcileConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record RepairDifferencePayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record HoldConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record ReleaseConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record AcceptPayloadFieldInput(string IdempotencyKey, string Connection, string RecordKind, string Field, string Reason);

public sealed record AcceptPayloadFieldPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record CheckConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

/// <summary>A connection that is held sends nothing; what is asked of it is kept. Recorded with actor and reason.</summary>
public sealed class ConnectionMutations(OperatorActions actions, ReadModels readModels, TimeProvider clock)
{
    private const string Unknown = "unknown";
    private static readonly TimeSpan UsualReach = TimeSpan.FromDays(35);

    public async Task<HoldConnectionPayload> HoldConnection(HoldConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (connection, errors) = await Act(user, input.Connection, "hold", input.IdempotencyKey, input.Reason, cancel);
        return new(connection, errors);
    }

    public async Task<ReleaseConnectionPayload> ReleaseConnection(
        ReleaseConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (connection, errors) = await Act(user, input.Connection, "release", input.IdempotencyKey, input.Reason, cancel);
        return new(connection, errors);
    }

    public async Task<CheckConnectionPayload> CheckConnection(CheckConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (connection, errors) = await Act(user, input.Connection, "check", input.IdempotencyKey, input.Reason, cancel);
        return new(connection, errors);
    }

    public async Task<ReconcileConnectionPayload> ReconcileConnection(
        ReconcileConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var since = input.Since ?? clock.GetUtcNow() - UsualReach;
        var (connection, errors) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"reconcile\n{input.Since:O}",
            request => actions.Execute(
                "select q2c.ask_reconciliation($1, $2, $3, $4, $5, $6, $7)", cancel,
                input.Connection, since.ToUniversalTime(), request.Actor, request.Key, request.Fingerprint, input.Reason, clock.GetUtcNow()),
            cancel);
        return new(connection, errors);
    }

    public async Task<RepairDifferencePayload> RepairDifference(RepairDifferenceInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (connection, errors) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"repair\n{input.DifferenceId}",
            async request => long.TryParse(input.DifferenceId, CultureInfo.InvariantCulture, out var id)
                ? await actions.Execute(
                    "select q2c.repair_difference($1, $2, $3, $4, $5, $6)", cancel,
                    id, request.Actor, request.Key, request.Fingerprint, input.Reason, clock.GetUtcNow())
                : "gone",
            cancel);
        return new(connection, errors);
    }

    public async Task<AcceptPayloadFieldPayload> AcceptPayloadField(
        AcceptPayloadFieldInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (connection, errors) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"accept-field\n{input.RecordKind}\n{input.Field}",
            request => actions.Execute(
                "select q2c.accept_payload_field($1, $2, $3, $4, $5, $6, $7, $8)", cancel,
                input.Connection, input.RecordKind, input.Field, request.Actor, request.Key, request.Fingerprint, input.Reason,
                clock.GetUtcNow()),
            cancel);
        return new(connection, errors);
    }

    private Task<(ConnectionNode? Connection, IReadOnlyList<object> Errors)> Act(
        ClaimsPrincipal user, string name, string action, string key, string reason, CancellationToken cancel,
        [CallerMemberName] string mutation = "") => Act(
            user, name, key, reason, action,
            request => actions.Execute(
                "select q2c.act_on_connection($1, $2, $3, $4, $5, $6, $7)", cancel,
                name, action, request.Actor, request.Key, request.Fingerprint, reason, clock.GetUtcNow()),
            cancel, mutation);

    private async Task<(ConnectionNode? Connection, IReadOnlyList<object> Errors)> Act(
        ClaimsPrincipal user, string name, string key, string reason, string content, Func<OperatorRequest, Task<string>> act,
        CancellationToken cancel, [CallerMemberName] string mutation = "")
    {
        var sent = await OperatorActions.Act(
            user, [Roles.Operator, Roles.Administrator], key, reason, content,
            async request => await ConnectionLists.Find(readModels, name, cancel) is null ? Unknown : await act(request),
            answer => Refusal(answer, name), mutation, name);
        return (sent.IsRefused ? null : await ConnectionLists.Find(readModels, name, cancel), sent.Errors);
    }

    private static object Refusal(string answer, string name) => answer switch
    {
        Unknown => MutationErrors.NotFound("input.connection", name, "a connection"),
        "running" => new RefusedError(
            "RECONCILIATION_RUNNING", "input.connection", "A comparison of this connection is under way.",
            "Wait for its end, and ask again if it is not enough."),
        "not_found" => new RefusedError(
            "NOTHING_TO_ACCEPT", "input.field", "There is no such field that is new or missing.",
            "Read the fields again: somebody else may have accepted it, or it is there again."),
        _ => new RefusedError(
            "DIFFERENCE_NOT_REPAIRABLE", "input.differenceId", "There is nothing that could be sent again for this difference.",
            "Read the differences again. What is unknown or there twice is put right in the other system."),
    };
}
