using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum ConnectionStatus { Healthy, Delayed, Blocked, Held }

/// <summary>A connected system, how the traffic with it stands, and whether that is well.</summary>
public sealed record ConnectionNode(
    string Name, int OpenEffects, int ParkedEffects, int OpenDeliveries, int ParkedDeliveries, long ForgedDeliveries,
    DateTimeOffset? LastAcceptedAt, DateTimeOffset? LastDeliveredAt, string? HeldReason, string? HeldBy, DateTimeOffset? HeldAt,
    DateTimeOffset? WaitingSince, int FailingEffects, int FailuresInARow, string? LastProblem, DateTimeOffset? LastProblemAt,
    string? Vendor, bool? Healthy, string? HealthDetail, DateTimeOffset? CheckedAt, ConnectionCapabilities? Capabilities,
    Reconciliation? Reconciliation)
{
    public ConnectionStatus Status => this switch
    {
        { HeldAt: not null } => ConnectionStatus.Held,
        { ParkedEffects: > 0 } or { ParkedDeliveries: > 0 } => ConnectionStatus.Blocked,
        { FailingEffects: > 0 } or { Healthy: false } => ConnectionStatus.Delayed,
        _ => ConnectionStatus.Healthy,
    };

    public ConnectionHealth? Health => CheckedAt is { } at ? new(Healthy ?? false, HealthDetail!, at) : null;

    public ConnectionHold? Hold => HeldAt is { } at ? new(HeldReason!, HeldBy!, at) : null;
}

public sealed record ConnectionHold(string Reason, string By, DateTimeOffset At);

public sealed record ConnectionHealth(bool Healthy, string Detail, DateTimeOffset CheckedAt);

/// <summary>What a connection can do, as its connector says.</summary>
public sealed record ConnectionCapabilities(
    IReadOnlyList<OperationCapability> Operations, IReadOnlyList<string> Feeds, bool Receives, bool Lists, int LongestProcessingSeconds);

public sealed record OperationCapability(string Operation, Guarantee Guarantee);

public enum Guarantee { NaturalKey, VendorIdempotency, FindBeforeCreate }

/// <summary>A comparison of what a system holds with what was sent to it.</summary>
public sealed record Reconciliation(
    long Id, string AskedBy, string Reason, DateTimeOffset AskedAt, DateTimeOffset Since, int Checked, string? Problem,
    DateTimeOffset? FinishedAt, IReadOnlyList<DifferenceNode> Differences);

public sealed record DifferenceNode(
    long Id, DifferenceKind Kind, string Subject, string Record, IReadOnlyList<string> ExternalIds, DateTimeOffset FoundAt,
    string? RepairAskedBy, DateTimeOffset? RepairAskedAt);

public enum DifferenceKind { Missing, Unknown, Twice }

internal static class ConnectionLists
{
    /// <summary>Of ids: <c>eu_cn_stripe</c>.</summary>
    public const string Kind = "cn";

    public static string IdOf(string region, string name) => $"{region}_{Kind}_{name}";

    /// <summary>Null for the id of another region.</summary>
    public static string? NameOf(string region, string id) =>
        id.StartsWith(IdOf(region, ""), StringComparison.Ordinal) ? id[IdOf(region, "").Length..] : null;

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

public sealed class ConnectionFields(GatewayOptions options)
{
    public string GetId([Parent] ConnectionNode connection) => ConnectionLists.IdOf(options.Region, connection.Name);
}
