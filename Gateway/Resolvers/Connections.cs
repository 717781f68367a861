using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum ConnectionStatus { Healthy, Delayed, Blocked, Held }

/// <summary>A connected system, how the traffic with it stands, and whether that is well.</summary>
public sealed record ConnectionNode(
    string Name, int OpenEffects, int ParkedEffects, int OpenDeliveries, int ParkedDeliveries, long ForgedDeliveries,
    DateTimeOffset? LastAcceptedAt, DateTimeOffset? LastDeliveredAt, string? HeldReason, string? HeldBy, DateTimeOffset? HeldAt,
    DateTimeOffset? WaitingSince, int FailingEffects, int FailuresInARow, string? LastProblem, DateTimeOffset? LastProblemAt)
{
    public ConnectionStatus Status => this switch
    {
        { HeldAt: not null } => ConnectionStatus.Held,
        { ParkedEffects: > 0 } or { ParkedDeliveries: > 0 } => ConnectionStatus.Blocked,
        { FailingEffects: > 0 } => ConnectionStatus.Delayed,
        _ => ConnectionStatus.Healthy,
    };

    public ConnectionHold? Hold => HeldAt is { } at ? new(HeldReason!, HeldBy!, at) : null;
}

public sealed record ConnectionHold(string Reason, string By, DateTimeOffset At);

internal static class ConnectionLists
{
    public static Task<IReadOnlyList<ConnectionNode>> All(ReadModels readModels, CancellationToken cancel) =>
        readModels.Query<ConnectionNode>("select row_to_json(c)::text from q2c_read.connection_health c order by name", cancel);

    public static async Task<ConnectionNode?> Find(ReadModels readModels, string name, CancellationToken cancel) =>
        (await readModels.Query<ConnectionNode>(
            "select row_to_json(c)::text from q2c_read.connection_health c where name = $1", cancel, name)).SingleOrDefault();
}

public sealed class ConnectionQueries(ReadModels readModels)
{
    public Task<IReadOnlyList<ConnectionNode>> GetConnections(CancellationToken cancel) => ConnectionLists.All(readModels, cancel);

    public Task<ConnectionNode?> GetConnection(string name, CancellationToken cancel) => ConnectionLists.Find(readModels, name, cancel);
}
