using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>The installation itself, as the database knows it at one moment.</summary>
/// <param name="At">By the clock of the database.</param>
/// <param name="Rebuild">The last one; null if nobody asked for one.</param>
public sealed record InstallationNode(
    string Region, DateTimeOffset At, IReadOnlyList<ShardNode> Shards, IReadOnlyList<SiloNode> Silos, RebuildNode? Rebuild);

/// <param name="BehindSince">When the oldest row was written that the lists or the dispatch have not taken; null if there is none.</param>
public sealed record ShardNode(int Number, long Rows, long ListsBehind, long DispatchBehind, DateTimeOffset? BehindSince);

/// <param name="Leases">What this process does for the installation, and no other.</param>
public sealed record SiloNode(string Machine, string Process, IReadOnlyList<string> Leases);

/// <param name="Done">Rows taken since the lists were emptied; null before that.</param>
public sealed record RebuildNode(
    string AskedBy, string Reason, DateTimeOffset AskedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, long? Done, long? Total);

public sealed class InstallationQueries(ReadModels readModels)
{
    /// <summary>Null for a caller who does not see everything.</summary>
    public Task<InstallationNode?> GetInstallation(CancellationToken cancel) => Read(readModels, cancel);

    internal static async Task<InstallationNode?> Read(ReadModels readModels, CancellationToken cancel) =>
        (await readModels.Query<InstallationNode>("select row_to_json(i)::text from q2c_read.installation i", cancel)).SingleOrDefault();
}
