namespace Q2C.Silo.Journal;

/// <summary>
/// Where the journal is and how far it may go. Every member but the connection string has a working default.
/// </summary>
public sealed record JournalOptions
{
    public const int MaxShards = 64;

    public required string ConnectionString { get; init; }

    /// <summary>The region whose engagements this database holds; recorded in it, and checked at every start.</summary>
    public string Region { get; init; } = "eu";

    /// <summary>Fixed when the database is first used: the shard of a grain follows from it.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>The role that the web process may be given; roles are shared by all databases of a server.</summary>
    public string GatewayRole { get; init; } = "q2c_gateway";

    public int MaxBatchRows { get; init; } = 2_000;

    public int MaxBatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Rows of one run; a run always goes in whole.</summary>
    public int MaxRunRows { get; init; } = 1_000;

    public int MaxBodyBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Runs that wait per shard before callers have to wait for room.</summary>
    public int MaxQueuedRuns { get; init; } = 4_096;

    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How often somebody without a lease tries to get it.</summary>
    public TimeSpan LeaseRetry { get; init; } = TimeSpan.FromSeconds(1);

    public int PumpBatchRows { get; init; } = 2_000;

    /// <summary>
    /// A pump that is not behind starts its batches at least this far apart: the first row after a quiet time is taken
    /// at once, a steady stream in batches.
    /// </summary>
    public TimeSpan PumpGap { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a pump sleeps when no notification wakes it.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a failed pump, sweep or connection waits before it tries again.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one target may take for its deliveries before they are left to the sweep.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Targets that are delivered to at the same time, per shard.</summary>
    public int MaxConcurrentTargets { get; init; } = 32;

    /// <summary>A delivery not taken for this long is fetched by its target itself.</summary>
    public TimeSpan StreamLagLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromMinutes(5);

    public int SweepBatch { get; init; } = 200;

    public int DueBatch { get; init; } = 100;

    public TimeSpan DueInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>PEM file with the EC key that signs chain heads; without one, nothing is signed.</summary>
    public string? ChainKeyFile { get; init; }

    public TimeSpan ChainSigningInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The options themselves, or an exception that names every value out of range.</summary>
    public JournalOptions Checked()
    {
        string[] wrong =
        [
            .. Wrong(nameof(Shards), Shards, 1, MaxShards),
            .. Wrong(nameof(MaxBatchRows), MaxBatchRows, 1, 100_000),
            .. Wrong(nameof(MaxBatchBytes), MaxBatchBytes, 1024, 256 * 1024 * 1024),
            .. Wrong(nameof(MaxRunRows), MaxRunRows, 1, 100_000),
            .. Wrong(nameof(MaxBodyBytes), MaxBodyBytes, 1024, 64 * 1024 * 1024),
            .. Wrong(nameof(MaxQueuedRuns), MaxQueuedRuns, 1, 1_000_000),
            .. Wrong(nameof(PumpBatchRows), PumpBatchRows, 1, 10_000),
        ];
        return wrong.Length == 0
            ? this
            : throw new ArgumentException($"The journal cannot start: {string.Join(' ', wrong)}");
    }

    /// <summary>For work on several grains at the same time.</summary>
    internal ParallelOptions SideBySide(CancellationToken cancel) =>
        new() { MaxDegreeOfParallelism = MaxConcurrentTargets, CancellationToken = cancel, TaskScheduler = TaskScheduler.Current };

    private static IEnumerable<string> Wrong(string name, int value, int min, int max) =>
        value < min || value > max ? [$"{name} is {value}; it must be {min} to {max}."] : [];
}
