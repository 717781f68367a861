using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

public sealed record HoldConnectionInput(string IdempotencyKey, string Connection, string Reason);

public sealed record ReleaseConnectionInput(string IdempotencyKey, string Connection, string Reason);

/// <param name="Since">What was sent since then is compared; null for the last 35 days.</param>
public sealed record ReconcileConnectionInput(string IdempotencyKey, string Connection, DateTimeOffset? Since, string Reason);

public sealed record RepairDifferenceInput(string IdempotencyKey, string Connection, string DifferenceId, string Reason);

public sealed record ReconcileConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record RepairDifferencePayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record HoldConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record ReleaseConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record AcceptPayloadFieldInput(string IdempotencyKey, string Connection, string RecordKind, string Field, string Reason);

public sealed record AcceptPayloadFieldPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

/// <summary>A connection that is held sends nothing; what is asked of it is kept. Recorded with actor and reason.</summary>
public sealed class ConnectionMutations(GatewayDatabase database, ReadModels readModels, TimeProvider clock)
{
    private static readonly TimeSpan UsualReach = TimeSpan.FromDays(35);

    public async Task<HoldConnectionPayload> HoldConnection(HoldConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, connection) = await Act(user, input.Connection, "hold", input.IdempotencyKey, input.Reason, cancel);
        return new(connection, sent.Errors);
    }

    public async Task<ReleaseConnectionPayload> ReleaseConnection(
        ReleaseConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, connection) = await Act(user, input.Connection, "release", input.IdempotencyKey, input.Reason, cancel);
        return new(connection, sent.Errors);
    }

    public async Task<ReconcileConnectionPayload> ReconcileConnection(
        ReconcileConnectionInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var since = input.Since ?? clock.GetUtcNow() - UsualReach;
        var (sent, connection) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"reconcile\n{input.Since:O}\n{input.Reason}",
            (actor, key, fingerprint) => Execute(
                "select q2c.ask_reconciliation($1, $2, $3, $4, $5, $6, $7)", cancel,
                input.Connection, since.ToUniversalTime(), actor, key, fingerprint, input.Reason, clock.GetUtcNow()),
            cancel);
        return new(connection, sent.Errors);
    }

    public async Task<RepairDifferencePayload> RepairDifference(RepairDifferenceInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, connection) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"repair\n{input.DifferenceId}\n{input.Reason}",
            async (actor, key, fingerprint) => long.TryParse(input.DifferenceId, CultureInfo.InvariantCulture, out var id)
                ? await Execute(
                    "select q2c.repair_difference($1, $2, $3, $4, $5, $6)", cancel, id, actor, key, fingerprint, input.Reason, clock.GetUtcNow())
                : "gone",
            cancel);
        return new(connection, sent.Errors);
    }

    public async Task<AcceptPayloadFieldPayload> AcceptPayloadField(
        AcceptPayloadFieldInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (sent, connection) = await Act(
            user, input.Connection, input.IdempotencyKey, input.Reason, $"accept-field\n{input.RecordKind}\n{input.Field}\n{input.Reason}",
            (actor, key, fingerprint) => Execute(
                "select q2c.accept_payload_field($1, $2, $3, $4, $5, $6, $7, $8)", cancel,
                input.Connection, input.RecordKind, input.Field, actor, key, fingerprint, input.Reason, clock.GetUtcNow()),
            cancel);
        return new(connection, sent.Errors);
    }

    private Task<(Sent Sent, ConnectionNode? Connection)> Act(
        ClaimsPrincipal user, string name, string action, string key, string reason, CancellationToken cancel,
        [CallerMemberName] string mutation = "") => Act(
            user, name, key, reason, $"{action}\n{reason}",
            (actor, ownKey, fingerprint) => Execute(
                "select q2c.act_on_connection($1, $2, $3, $4, $5, $6, $7)", cancel,
                name, action, actor, ownKey, fingerprint, reason, clock.GetUtcNow()),
            cancel, mutation);

    /// <param name="content">What makes a repetition of the key the same request.</param>
    private async Task<(Sent Sent, ConnectionNode? Connection)> Act(
        ClaimsPrincipal user, string name, string key, string reason, string content,
        Func<string, string, byte[], Task<string>> act, CancellationToken cancel, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.Operator, Roles.Administrator], key, mutation, name) is { } refusal) return (refusal, null);
        if (MutationErrors.WithoutReason(reason) is { } error) return (Sent.Refused(error), null);
        if (await ConnectionLists.Find(readModels, name, cancel) is null)
            return (Sent.Refused(MutationErrors.NotFound("input.connection", name, "a connection")), null);
        var actor = user.ToActor().Id;
        return await act(actor, $"{actor}:{key}", SHA256.HashData(Encoding.UTF8.GetBytes(content))) switch
        {
            "reused" => (Sent.Refused(MutationErrors.ReusedKey(key)), null),
            "running" => (Sent.Refused(new RefusedError(
                "RECONCILIATION_RUNNING", "input.connection", "A comparison of this connection is under way.",
                "Wait for its end, and ask again if it is not enough.")), null),
            "gone" => (Sent.Refused(new RefusedError(
                "DIFFERENCE_NOT_REPAIRABLE", "input.differenceId", "There is nothing that could be sent again for this difference.",
                "Read the differences again. What is unknown or there twice is put right in the other system.")), null),
            "not_found" => (Sent.Refused(new RefusedError(
                "NOTHING_TO_ACCEPT", "input.field", "There is no such field that is new or missing.",
                "Read the fields again: somebody else may have accepted it, or it is there again.")), null),
            _ => (new(null, []), await ConnectionLists.Find(readModels, name, cancel)),
        };
    }

    private async Task<string> Execute(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.Source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }
}
