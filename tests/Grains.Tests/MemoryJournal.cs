using System.Collections.Immutable;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Tests;

/// <summary>
/// The journal's contract in memory, for tests that need no database: one shard, gone with the process.
/// </summary>
public sealed class MemoryJournal : IJournal
{
    public const string Region = "eu";

    private readonly Lock _gate = new();
    private readonly List<RecordedRow> _rows = [];
    private readonly Dictionary<string, Snapshot> _snapshots = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Principal, string Key), TakenKey> _principalKeys = [];

    /// <summary>Every row, in the order of commit.</summary>
    public ImmutableArray<RecordedRow> Rows
    {
        get
        {
            lock (_gate) return [.. _rows];
        }
    }

    /// <summary>Called with each run before it is appended; an exception from it reaches the caller.</summary>
    public Func<JournalRun, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called after the rows are in; an exception from it is an answer that was lost.</summary>
    public Func<JournalRun, Task> AfterAppend { get; set; } = _ => Task.CompletedTask;

    public ValueTask<GrainHistory> Load(string grain, int deciderVersion, CancellationToken cancel)
    {
        lock (_gate)
        {
            var snapshot = _snapshots.GetValueOrDefault(grain) is { } kept && kept.DeciderVersion == deciderVersion ? kept : null;
            return new(new GrainHistory(snapshot, [.. Of(grain).Where(row => row.Version > (snapshot?.Version ?? 0))]));
        }
    }

    public async ValueTask<AppendResult> Append(JournalRun run, CancellationToken cancel)
    {
        await BeforeAppend(run);
        var result = TryAppend(run);
        await AfterAppend(run);
        return result;
    }

    public ValueTask<ImmutableDictionary<string, RecordedRow>> Find(
        string grain, ImmutableArray<string> keys, CancellationToken cancel)
    {
        lock (_gate)
            return new(Of(grain).Where(row => keys.Contains(row.Key)).ToImmutableDictionary(row => row.Key));
    }

    public ValueTask<long> CurrentVersion(string grain, CancellationToken cancel)
    {
        lock (_gate) return new(Of(grain).Count());
    }

    public ValueTask<ImmutableArray<Delivery>> Deliveries(
        string source, string target, long after, long upTo, int limit, CancellationToken cancel)
    {
        lock (_gate)
            return new([.. Of(source)
                .Where(row => row.Version > after && row.Version <= upTo)
                .Select(row => ToDelivery(row, target))
                .Where(delivery => !delivery.Events.IsEmpty)
                .Take(limit)]);
    }

    public ValueTask SaveSnapshot(string grain, Snapshot snapshot, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_snapshots.GetValueOrDefault(grain) is not { } kept
                || (snapshot.DeciderVersion, snapshot.Version).CompareTo((kept.DeciderVersion, kept.Version)) > 0)
                _snapshots[grain] = snapshot;
        }

        return ValueTask.CompletedTask;
    }

    private AppendResult TryAppend(JournalRun run)
    {
        lock (_gate)
        {
            var history = Of(run.Grain).ToArray();
            var keys = history.Select(row => row.Key).ToHashSet(StringComparer.Ordinal);
            if (history.Length != run.ExpectedVersion || run.Entries.Any(entry => keys.Contains(entry.Key)))
                return new AppendResult.Conflict();

            var mine = run.Entries.Where(entry => entry.Principal is not null).ToDictionary(
                entry => (entry.Principal!, entry.Key),
                entry => new TakenKey(entry.Principal!, entry.Key, entry.Fingerprint, run.Grain));
            ImmutableArray<TakenKey> taken =
                [.. mine.Keys.Where(_principalKeys.ContainsKey).Select(key => _principalKeys[key])];
            if (!taken.IsEmpty) return new AppendResult.KeysTaken(taken);

            foreach (var (key, value) in mine) _principalKeys.Add(key, value);
            var first = _rows.Count + 1;
            foreach (var entry in run.Entries) _rows.Add(ToRow(run.Grain, entry, _rows.Count + 1));
            return new AppendResult.Appended(Region, 0, first);
        }
    }

    private IEnumerable<RecordedRow> Of(string grain) => _rows.Where(row => row.Grain == grain);

    private static RecordedRow ToRow(string grain, JournalEntry entry, long seq) => new(
        grain, entry.Version, entry.Key, entry.Fingerprint, entry.Outcome, entry.Body, entry.Correlation,
        entry.Causation,
        entry.Actor, entry.RecordTime, Region, 0, seq);

    private static Delivery ToDelivery(RecordedRow row, string target)
    {
        var body = RowBody.Read(row.Body);
        return new(
            new(row.Grain, row.Version, body.PreviousByTarget.GetValueOrDefault(target)), target, row.Correlation,
            row.RecordTime,
            [.. body.Events.Where(@event => @event is IDelivered delivered && delivered.To.Contains(target))]);
    }
}
