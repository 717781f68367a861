using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Mutations;

public sealed record HoldConnectionInput(string IdempotencyKey, string Connection, string Reason);

public sealed record ReleaseConnectionInput(string IdempotencyKey, string Connection, string Reason);

public sealed record HoldConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

public sealed record ReleaseConnectionPayload(ConnectionNode? Connection, IReadOnlyList<object> Errors);

/// <summary>A connection that is held sends nothing; what is asked of it is kept. Recorded with actor and reason.</summary>
public sealed class ConnectionMutations(GatewayDatabase database, ReadModels readModels, TimeProvider clock)
{
    private const int MaxReason = 2_000;

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

    private async Task<(Sent Sent, ConnectionNode? Connection)> Act(
        ClaimsPrincipal user, string name, string action, string key, string reason, CancellationToken cancel)
    {
        if (CommandSender.Refusal(user, [Roles.Operator, Roles.Administrator], key) is { } refusal) return (refusal, null);
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > MaxReason)
            return (Sent.Refused(new RefusedError(
                "REASON_REQUIRED", "input.reason", $"A reason of 1 to {MaxReason} characters is recorded with every operator action.",
                "Say why.")), null);
        if (await ConnectionLists.Find(readModels, name, cancel) is null)
            return (Sent.Refused(MutationErrors.NotFound("input.connection", name, "a connection")), null);
        var outcome = await Execute(user.ToActor().Id, name, action, key, reason, cancel);
        return outcome == "reused"
            ? (Sent.Refused(MutationErrors.ReusedKey(key)), null)
            : (new(null, []), await ConnectionLists.Find(readModels, name, cancel));
    }

    private async Task<string> Execute(
        string actor, string name, string action, string key, string reason, CancellationToken cancel)
    {
        await using var command = database.Source.CreateCommand("select q2c.act_on_connection($1, $2, $3, $4, $5, $6, $7)");
        var fingerprint = SHA256.HashData(Encoding.UTF8.GetBytes($"{action}\n{reason}"));
        foreach (var value in (object[])[name, action, actor, $"{actor}:{key}", fingerprint, reason, clock.GetUtcNow()])
            command.Parameters.Add(new() { Value = value });
        return (string)(await command.ExecuteScalarAsync(cancel))!;
    }
}
