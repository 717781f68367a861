using Q2C.Grains.Journal;

namespace Q2C.Grains.Shell;

internal static class Receipts
{
    public static Receipt From(RecordedRow row) => new(
        row.Grain, row.Version, row.Outcome, RowBody.Read(row.Body).Problems,
        FreshnessToken.For(row.Region, row.Shard, row.Seq));

    public static Receipt KeyReused(string grain, string key) => new(
        grain, 0, Outcome.Refused,
        [new(ProblemCodes.IdempotencyKeyReused, "idempotencyKey",
            $"The key '{key}' was used before for another request.",
            "Use a new key for a new request; repeat a request only with exactly the same content.")],
        "");
}

/// <summary>
/// The newest receipts of a grain, so that a quick repeat is answered from memory. Only a shortcut: the journal's index
/// decides every repeat that is not here.
/// </summary>
internal sealed class RecentReceipts
{
    private const int Capacity = 64;

    private readonly Dictionary<string, (ReadOnlyMemory<byte> Fingerprint, Receipt Receipt)> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldest = new();

    public bool TryGet(string key, out (ReadOnlyMemory<byte> Fingerprint, Receipt Receipt) known) =>
        _byKey.TryGetValue(key, out known);

    public void Add(string key, ReadOnlyMemory<byte> fingerprint, Receipt receipt)
    {
        if (!_byKey.TryAdd(key, (fingerprint, receipt))) return;
        _oldest.Enqueue(key);
        if (_oldest.Count > Capacity) _byKey.Remove(_oldest.Dequeue());
    }
}

/// <summary>
/// When to keep a snapshot: once the rows since the last one outweigh it, so that the cost per command stays flat
/// however large the state is.
/// </summary>
internal sealed class SnapshotPolicy
{
    private const int MinRows = 100;
    private const long MinBytes = 64 * 1024;

    private long _tailRows;
    private long _tailBytes;
    private long _snapshotBytes;

    public void Loaded(GrainHistory history)
    {
        _snapshotBytes = history.Snapshot?.State.Length ?? 0;
        _tailRows = history.Rows.Length;
        _tailBytes = history.Rows.Sum(row => (long)row.Body.Length);
    }

    public bool IsDue<TState>(RunDraft<TState> draft)
    {
        _tailRows += draft.Count;
        _tailBytes += draft.Bytes;
        return _tailRows >= MinRows && _tailBytes >= Math.Max(MinBytes, _snapshotBytes);
    }

    public void Taken(Snapshot snapshot) => (_snapshotBytes, _tailRows, _tailBytes) = (snapshot.State.Length, 0, 0);
}
