using System.Collections.Immutable;
using Q2C.Grains.Journal;
using Q2C.Grains.Tests;
using Q2C.Silo.Connectors;
using Q2C.Silo.Effects;
using Q2C.Silo.Journal;
using Q2C.Silo.Streams;

namespace Q2C.Chaos.Simulation;

/// <summary>
/// The tables in memory, each statement whole or not at all, by the contracts of the stores. What it holds survives every
/// process; how to reach it is <see cref="DatabaseClient"/>'s affair.
/// </summary>
internal sealed class Database
{
    private readonly World _world;
    private readonly Dictionary<string, LeaseRow> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EffectRecord> _effects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<EffectRecord>> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Connection, string Key), InboxRow> _inboxKeys = [];
    private readonly Dictionary<(string Connection, string Feed), string> _watermarks = [];
    private readonly Dictionary<(string Grain, string Key), DueRecord> _due = [];
    private readonly Dictionary<(string Source, string Target), Progress> _progress = [];
    private readonly Dictionary<(string Source, string Target), LagRecord> _lag = [];
    private long _cursor;
    private long _cursorEpoch;

    public Database(World world)
    {
        _world = world;
        Journal.Appended = Follow;
    }

    public MemoryJournal Journal { get; } = new();

    public IReadOnlyDictionary<string, EffectRecord> Effects => _effects;

    public List<InboxRow> Inbox { get; } = [];

    public IEnumerable<InboxRow> WaitingDeliveries => Inbox.Where(row => row.Status is InboxStatus.Received or InboxStatus.Parked);

    /// <summary>Null when nothing is left to do before the time, or what is.</summary>
    public string? Unsettled(DateTimeOffset now)
    {
        if (_cursor < Journal.Head) return $"dispatch is at {_cursor} of {Journal.Head}";
        if (_open.Values.SelectMany(open => open).FirstOrDefault() is { } effect) return $"effect {effect.Id} is {effect.Status}";
        if (WaitingDeliveries.FirstOrDefault() is { } waiting) return $"delivery {waiting.Connection}/{waiting.Key} is {waiting.Status}: {waiting.Error}";
        if (_due.Values.FirstOrDefault(due => due.NextAt <= now) is { } due) return $"due command {due.Row.Grain}/{due.Row.Key} waits";
        return _progress.FirstOrDefault(pair => pair.Value.Sent > pair.Value.Received) is { Value: not null } behind
            ? $"{behind.Key.Target} has {behind.Value.Received} of {behind.Value.Sent} from {behind.Key.Source}"
            : null;
    }

    public void EnsureHeld(Lease lease)
    {
        if (_leases.GetValueOrDefault(lease.Name) is not { } row || row.Owner != lease.Owner || row.Epoch != lease.Epoch
            || row.ExpiresAt <= _world.UtcNow) throw new LeaseLostException(lease.Name, lease.Epoch);
    }

    // Leases ---------------------------------------------------------------------------------------------------------

    public long? Take(string name, string owner, TimeSpan duration)
    {
        if (!_leases.TryGetValue(name, out var row)) _leases[name] = row = new() { ExpiresAt = DateTimeOffset.MinValue };
        if (row.ExpiresAt > _world.UtcNow) return null;
        (row.Owner, row.ExpiresAt) = (owner, _world.UtcNow + duration);
        return ++row.Epoch;
    }

    public bool Renew(Lease lease)
    {
        if (_leases.GetValueOrDefault(lease.Name) is not { } row || row.Owner != lease.Owner || row.Epoch != lease.Epoch) return false;
        row.ExpiresAt = _world.UtcNow + lease.Duration;
        return true;
    }

    public bool Release(Lease lease)
    {
        if (_leases.GetValueOrDefault(lease.Name) is { } row && row.Owner == lease.Owner && row.Epoch == lease.Epoch)
            row.ExpiresAt = DateTimeOffset.MinValue;
        return true;
    }

    // Effects --------------------------------------------------------------------------------------------------------

    public IReadOnlyList<EffectRow> Claim(
        Lease lease, string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now, TimeSpan within)
    {
        EnsureHeld(lease);
        var busy = new HashSet<string>(StringComparer.Ordinal);
        var claimed = new List<EffectRow>();
        foreach (var effect in Open(connection))
        {
            var isFirst = busy.Add(effect.Subject);
            if (!isFirst || claimed.Count == limit || effect.Status != EffectStatus.Pending || effect.NextAt > now
                || effect.ReportAt is not null || mine.Contains(effect.Id)) continue;
            effect.Status = EffectStatus.Sending;
            effect.Attempt++;
            effect.Deadline = _world.UtcNow + within;
            claimed.Add(effect.Row(_world.UtcNow));
        }

        return claimed;
    }

    public int TakeOver(Lease lease, string connection, IReadOnlyCollection<string> mine, DateTimeOffset now)
    {
        EnsureHeld(lease);
        var abandoned = Open(connection).Where(effect => effect.Status == EffectStatus.Sending && !mine.Contains(effect.Id)).ToList();
        foreach (var effect in abandoned) (effect.Status, effect.Attempt, effect.NextAt) = (EffectStatus.Waiting, 0, now);
        return abandoned.Count;
    }

    public IReadOnlyList<EffectRow> DueLookUps(string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now) =>
    [
        .. Open(connection).DistinctBy(effect => effect.Subject)
            .Where(effect => effect.Status == EffectStatus.Waiting && effect.NextAt <= now && effect.ReportAt is null && !mine.Contains(effect.Id))
            .OrderBy(effect => effect.NextAt).Take(limit).Select(effect => effect.Row(_world.UtcNow)),
    ];

    public IReadOnlyList<EffectRow> DueReports(string connection, IReadOnlyCollection<string> mine, int limit, DateTimeOffset now) =>
    [
        .. Open(connection).Where(effect => effect.ReportAt <= now && !mine.Contains(effect.Id))
            .OrderBy(effect => effect.ReportAt).Take(limit).Select(effect => effect.Row(_world.UtcNow)),
    ];

    public EffectRow? Record(Lease lease, EffectRow before, EffectChange change, DateTimeOffset now)
    {
        EnsureHeld(lease);
        if (_effects[before.Id] is not { } effect || effect.Status != before.Status || effect.Attempt != before.Attempt) return null;
        (effect.Status, effect.NextAt, effect.Attempt, effect.Generation) = (change.Status, change.NextAt, change.Attempt, change.Generation);
        effect.ExternalId = change.ExternalId ?? effect.ExternalId;
        if (change.Tell is { } tell) (effect.Outcome, effect.Report, effect.ReportAt) = (tell, effect.Report + 1, now);
        return effect.Row(_world.UtcNow);
    }

    public int Reported(Lease lease, EffectRow told, DateTimeOffset now)
    {
        EnsureHeld(lease);
        if (_effects[told.Id] is not { ReportAt: not null } effect || effect.Report != told.Report) return 0;
        effect.ReportAt = null;
        if (effect.Status is EffectStatus.Accepted or EffectStatus.Refused)
        {
            effect.SettledAt = now;
            _open[effect.Connection].Remove(effect);
        }

        return 1;
    }

    public int ReportLater(Lease lease, EffectRow told, DateTimeOffset at)
    {
        EnsureHeld(lease);
        if (_effects[told.Id] is not { ReportAt: not null } effect || effect.Report != told.Report) return 0;
        effect.ReportAt = at;
        return 1;
    }

    public IReadOnlyList<string> UnknownConnections(IEnumerable<string> known) =>
        [.. _open.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key).Except(known)];

    // Dispatch -------------------------------------------------------------------------------------------------------

    public (long From, List<PumpedRow> Rows) Next(int limit)
    {
        var rows = new List<PumpedRow>();
        for (var seq = _cursor + 1; seq <= Journal.Head && rows.Count < limit; seq++)
        {
            var (row, body) = Journal.At(seq);
            rows.Add(new(row, body));
        }

        return (_cursor, rows);
    }

    public int PutEffects(Lease lease, IReadOnlyList<EffectRows.AskedEffect> effects, DateTimeOffset now)
    {
        EnsureHeld(lease);
        foreach (var (row, request) in effects)
        {
            if (_effects.ContainsKey(request.Id)) continue;
            var effect = new EffectRecord(
                request.Id, request.Connection, request.Subject, WireFormat.Write(request.Operation), row.Grain, row.Correlation, now);
            _effects.Add(effect.Id, effect);
            Open(effect.Connection).Add(effect);
        }

        return effects.Count;
    }

    public bool Move(Lease lease, long from, long to, IReadOnlyCollection<ParkedDelivery> parked, DateTimeOffset fetchAt)
    {
        EnsureHeld(lease);
        if (_cursor != from || _cursorEpoch > lease.Epoch) throw new LeaseLostException(lease.Name, lease.Epoch);
        foreach (var delivery in parked.OrderBy(delivery => delivery.Source, StringComparer.Ordinal).ThenBy(delivery => delivery.Target, StringComparer.Ordinal))
            Park(delivery.Source, delivery.Target, delivery.Version, fetchAt, raise: true);
        (_cursor, _cursorEpoch) = (to, lease.Epoch);
        return true;
    }

    // Streams --------------------------------------------------------------------------------------------------------

    public bool ParkOverdue(Lease lease, DateTimeOffset before, DateTimeOffset now, int limit)
    {
        EnsureHeld(lease);
        foreach (var (pair, progress) in _progress.Where(pair => pair.Value.Sent > pair.Value.Received && pair.Value.SentAt < before).Take(limit).ToList())
            Park(pair.Source, pair.Target, progress.Sent, now, raise: false);
        return true;
    }

    public IReadOnlyList<Lag> DueLags(DateTimeOffset now, int limit) =>
        [.. _lag.Where(pair => pair.Value.NextAt <= now).OrderBy(pair => pair.Value.NextAt).Take(limit)
            .Select(pair => new Lag(pair.Key.Source, pair.Key.Target, pair.Value.Version, pair.Value.Attempts))];

    public bool Caught(Lease lease, Lag lag)
    {
        EnsureHeld(lease);
        if (_lag.TryGetValue((lag.Source, lag.Target), out var row) && row.Version <= lag.Version) _lag.Remove((lag.Source, lag.Target));
        return true;
    }

    public bool LagFailed(Lease lease, Lag lag, DateTimeOffset nextAt)
    {
        EnsureHeld(lease);
        if (_lag.TryGetValue((lag.Source, lag.Target), out var row)) (row.Attempts, row.NextAt) = (row.Attempts + 1, nextAt);
        return true;
    }

    // Due commands ---------------------------------------------------------------------------------------------------

    public IReadOnlyList<DueRow> DueCommands(DateTimeOffset now, int limit) =>
        [.. _due.Values.Where(due => due.NextAt <= now).OrderBy(due => due.NextAt).Take(limit)
            .Select(due => due.Row with { Attempts = due.Attempts })];

    public bool DueDone(Lease lease, DueRow row)
    {
        EnsureHeld(lease);
        if (_due.TryGetValue((row.Grain, row.Key), out var due) && due.Row.At == row.At) _due.Remove((row.Grain, row.Key));
        return true;
    }

    public bool DueFailed(Lease lease, DueRow row, DateTimeOffset nextAt)
    {
        EnsureHeld(lease);
        if (_due.TryGetValue((row.Grain, row.Key), out var due)) (due.Attempts, due.NextAt) = (due.Attempts + 1, nextAt);
        return true;
    }

    // Inbox ----------------------------------------------------------------------------------------------------------

    /// <summary>What the gateway does with an authentic delivery. True if it is new.</summary>
    public bool Deliver(string connection, string feed, string key, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (_inboxKeys.ContainsKey((connection, key))) return false;
        var row = new InboxRow(Inbox.Count + 1, connection, feed, key, body, now) { NextAt = now };
        _inboxKeys.Add((connection, key), row);
        Inbox.Add(row);
        return true;
    }

    public bool Has(string connection, string key) => _inboxKeys.ContainsKey((connection, key));

    public IReadOnlyList<InboxItem> DueDeliveries(string connection, DateTimeOffset now, int limit) =>
    [
        .. Inbox.Where(row => row.Connection == connection && row.Status == InboxStatus.Received && row.NextAt <= now).Take(limit)
            .Select(row => new InboxItem(
                new(row.Id, connection, row.Feed, row.Retries > 0 ? $"{row.Key}/retry-{row.Retries}" : row.Key, row.Body, row.ReceivedAt), row.Attempts)),
    ];

    public bool Done(Lease lease, IReadOnlyCollection<(long Id, ImmutableArray<Receipt> Receipts)> done)
    {
        EnsureHeld(lease);
        foreach (var (id, receipts) in done)
        {
            if (Received(id) is not { } row) continue;
            (row.Status, row.Error, row.Receipts) = (InboxStatus.Done, null, receipts);
        }

        return true;
    }

    public bool ParkDelivery(Lease lease, long id, ImmutableArray<ParseProblem> problems)
    {
        EnsureHeld(lease);
        if (Received(id) is { } row) (row.Status, row.Error) = (InboxStatus.Parked, string.Join(", ", problems.Select(problem => problem.Problem.Code)));
        return true;
    }

    public bool Again(Lease lease, long id)
    {
        EnsureHeld(lease);
        if (Received(id) is { } row) row.Retries++;
        return true;
    }

    public bool Later(Lease lease, long id, DateTimeOffset at, Problem why)
    {
        EnsureHeld(lease);
        if (Received(id) is { } row) (row.Attempts, row.NextAt, row.Error) = (row.Attempts + 1, at, why.Code);
        return true;
    }

    public string? Watermark(string connection, string feed) => _watermarks.GetValueOrDefault((connection, feed));

    public bool AddPage(Lease lease, string connection, string feed, PollResult.Page page, DateTimeOffset now)
    {
        EnsureHeld(lease);
        foreach (var delivery in page.Deliveries) Deliver(connection, feed, delivery.Key, delivery.Body, now);
        if (page.Watermark is { } watermark) _watermarks[(connection, feed)] = watermark;
        return true;
    }

    private InboxRow? Received(long id) => Inbox[(int)id - 1] is { Status: InboxStatus.Received } row ? row : null;

    private List<EffectRecord> Open(string connection)
    {
        if (!_open.TryGetValue(connection, out var open)) _open[connection] = open = [];
        return open;
    }

    private void Park(string source, string target, long version, DateTimeOffset nextAt, bool raise)
    {
        if (!_lag.TryGetValue((source, target), out var row)) _lag[(source, target)] = new() { Version = version, NextAt = nextAt };
        else if (raise) row.Version = Math.Max(row.Version, version);
    }

    /// <summary>What is written in the transaction of a row, and the read model of the streams.</summary>
    private void Follow(RecordedRow row, JournalEntry entry, RowBody body)
    {
        foreach (var due in entry.Due.OrEmpty())
            _due[(row.Grain, due.Key)] = new()
            {
                Row = new(row.Grain, due.Key, due.At, WireFormat.Write(due.Command), row.Correlation, $"{row.Grain}@{row.Version}", 0),
                NextAt = due.At,
            };
        foreach (var delivery in DeliveryReader.All(row, body))
        {
            var progress = Of(row.Grain, delivery.Target);
            (progress.Sent, progress.SentAt) = (row.Version, row.RecordTime);
        }

        if (body.Source is { } source)
        {
            var progress = Of(source.Grain, row.Grain);
            progress.Received = Math.Max(progress.Received, source.Version);
        }

        Progress Of(string from, string to)
        {
            if (!_progress.TryGetValue((from, to), out var progress)) _progress[(from, to)] = progress = new();
            return progress;
        }
    }

    private sealed class LeaseRow
    {
        public string Owner { get; set; } = "";
        public long Epoch { get; set; }
        public DateTimeOffset ExpiresAt { get; set; }
    }

    private sealed class DueRecord
    {
        public required DueRow Row { get; init; }
        public required DateTimeOffset NextAt { get; set; }
        public int Attempts { get; set; }
    }

    private sealed class Progress
    {
        public long Sent { get; set; }
        public long Received { get; set; }
        public DateTimeOffset SentAt { get; set; }
    }

    private sealed class LagRecord
    {
        public long Version { get; set; }
        public DateTimeOffset NextAt { get; set; }
        public int Attempts { get; set; }
    }
}

internal sealed class EffectRecord(
    string id, string connection, string subject, ReadOnlyMemory<byte> operation, string grain, string correlation, DateTimeOffset nextAt)
{
    public string Id => id;
    public string Connection => connection;
    public string Subject => subject;
    public ReadOnlyMemory<byte> Operation => operation;
    public string Grain => grain;
    public EffectStatus Status { get; set; } = EffectStatus.Pending;
    public int Attempt { get; set; }
    public int Generation { get; set; } = 1;
    public DateTimeOffset? Deadline { get; set; }
    public DateTimeOffset NextAt { get; set; } = nextAt;
    public EffectOutcome? Outcome { get; set; }
    public string? ExternalId { get; set; }
    public int Report { get; set; }
    public DateTimeOffset? ReportAt { get; set; }
    public DateTimeOffset? SettledAt { get; set; }

    public EffectRow Row(DateTimeOffset now) => new(
        id, connection, subject, operation, grain, correlation, Status, Attempt, Generation, Deadline - now, Outcome, Report);
}

internal enum InboxStatus { Received, Done, Parked }

internal sealed class InboxRow(long id, string connection, string feed, string key, ReadOnlyMemory<byte> body, DateTimeOffset receivedAt)
{
    public long Id => id;
    public string Connection => connection;
    public string Feed => feed;
    public string Key => key;
    public ReadOnlyMemory<byte> Body => body;
    public DateTimeOffset ReceivedAt => receivedAt;
    public InboxStatus Status { get; set; }
    public int Attempts { get; set; }
    public int Retries { get; set; }
    public DateTimeOffset NextAt { get; set; }
    public string? Error { get; set; }
    public ImmutableArray<Receipt> Receipts { get; set; } = [];
}
