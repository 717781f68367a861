using System.Collections.Immutable;
using Q2C.Grains.Journal;

namespace Q2C.Grains.Tests;

/// <summary>
/// The journal's contract in memory, for what needs no database: one shard, gone with the process.
/// </summary>
public sealed class MemoryJournal : IJournal
{
    public const string Region = "eu";

    private readonly Lock _gate = new();
    private readonly List<RecordedRow> _rows = [];
    private readonly List<RowBody> _bodies = [];
    private readonly Dictionary<string, GrainRows> _grains = new(StringComparer.Ordinal);
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

    /// <summary>Rows so far: the position of the last one.</summary>
    public long Head => _rows.Count;

    /// <summary>Called with each run before it is appended; an exception from it reaches the caller.</summary>
    public Func<JournalRun, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called after the rows are in; an exception from it is an answer that was lost.</summary>
    public Func<JournalRun, Task> AfterAppend { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called with each row as it goes in, for what is written in the same transaction.</summary>
    public Action<RecordedRow, JournalEntry, RowBody> Appended { get; set; } = (_, _, _) => { };

    /// <summary>The row at a position, the first being 1, with its content.</summary>
    public (RecordedRow Row, RowBody Body) At(long seq) => (_rows[(int)seq - 1], _bodies[(int)seq - 1]);

    public IEnumerable<string> Grains => _grains.Keys;

    public ValueTask<GrainHistory> Load(string grain, int deciderVersion, CancellationToken cancel)
    {
        lock (_gate)
        {
            var snapshot = _snapshots.GetValueOrDefault(grain) is { } kept && kept.DeciderVersion == deciderVersion ? kept : null;
            return new(new GrainHistory(snapshot, [.. Of(grain).Rows.Skip((int)(snapshot?.Version ?? 0))]));
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
        {
            var of = Of(grain);
            return new(keys.Distinct().Where(of.ByKey.ContainsKey).ToImmutableDictionary(key => key, key => of.ByKey[key]));
        }
    }

    public ValueTask<long> CurrentVersion(string grain, CancellationToken cancel)
    {
        lock (_gate) return new(Of(grain).Rows.Count);
    }

    public ValueTask<ImmutableArray<Delivery>> Deliveries(
        string source, string target, long after, long upTo, int limit, CancellationToken cancel)
    {
        lock (_gate)
            return new([.. Of(source).Rows
                .Skip((int)after)
                .TakeWhile(row => row.Version <= upTo)
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
            var of = Of(run.Grain);
            if (of.Rows.Count != run.ExpectedVersion || run.Entries.Any(entry => of.ByKey.ContainsKey(entry.Key)))
                return new AppendResult.Conflict();

            var mine = run.Entries.Where(entry => entry.Principal is not null).ToDictionary(
                entry => (entry.Principal!, entry.Key),
                entry => new TakenKey(entry.Principal!, entry.Key, entry.Fingerprint, run.Grain));
            ImmutableArray<TakenKey> taken =
                [.. mine.Keys.Where(_principalKeys.ContainsKey).Select(key => _principalKeys[key])];
            if (!taken.IsEmpty) return new AppendResult.KeysTaken(taken);

            foreach (var (key, value) in mine) _principalKeys.Add(key, value);
            var first = _rows.Count + 1;
            foreach (var entry in run.Entries) Add(of, ToRow(run.Grain, entry, _rows.Count + 1), entry);
            _grains[run.Grain] = of;
            return new AppendResult.Appended(Region, 0, first);
        }
    }

    private void Add(GrainRows of, RecordedRow row, JournalEntry entry)
    {
        var body = entry.Content ?? RowBody.Read(entry.Body);
        _rows.Add(row);
        _bodies.Add(body);
        of.Rows.Add(row);
        of.ByKey.Add(row.Key, row);
        Appended(row, entry, body);
    }

    private GrainRows Of(string grain) => _grains.GetValueOrDefault(grain) ?? new([], new(StringComparer.Ordinal));

    private static RecordedRow ToRow(string grain, JournalEntry entry, long seq) => new(
        grain, entry.Version, entry.Key, entry.Fingerprint, entry.Outcome, entry.Body, entry.Correlation,
        entry.Causation,
        entry.Actor, entry.RecordTime, Region, 0, seq);

    private Delivery ToDelivery(RecordedRow row, string target)
    {
        var body = _bodies[(int)row.Seq - 1];
        return new(
            new(row.Grain, row.Version, body.PreviousByTarget.GetValueOrDefault(target)), target, row.Correlation,
            row.RecordTime,
            [.. body.Events.Where(@event => @event is IDelivered delivered && delivered.To.Contains(target))]);
    }

    private sealed record GrainRows(List<RecordedRow> Rows, Dictionary<string, RecordedRow> ByKey);
}
