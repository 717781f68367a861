using System.Diagnostics.Metrics;

namespace Q2C.Silo.Journal;

/// <summary>What the journal and its leases tell of themselves.</summary>
internal static class JournalMetrics
{
    private static readonly Meter Meter = new(Tracing.Journal.Name);

    private static readonly Histogram<int> BatchRows = Meter.CreateHistogram<int>(
        "q2c.journal.batch.rows", "{row}", "Rows that went to the database in one transaction, by shard.");

    private static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>(
        "q2c.journal.batch.duration", "s", "Time of one such transaction, by shard.");

    private static readonly Counter<long> LeaseChanges = Meter.CreateCounter<long>(
        "q2c.lease.changes", "{change}", "Leases that this process took or lost, by lease and change.");

    public static void Committed(int shard, int rows, TimeSpan time)
    {
        var tag = new KeyValuePair<string, object?>("shard", shard);
        BatchRows.Record(rows, tag);
        BatchDuration.Record(time.TotalSeconds, tag);
    }

    public static void LeaseTaken(string name) => Changed(name, "taken");

    public static void LeaseLost(string name) => Changed(name, "lost");

    private static void Changed(string name, string change) => LeaseChanges.Add(1, new("lease", name), new("change", change));
}
