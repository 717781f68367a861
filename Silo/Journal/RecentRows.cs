using Q2C.Grains.Journal;

namespace Q2C.Silo.Journal;

/// <summary>
/// The rows of a shard that this process committed lately, for its own pumps: what is in memory is not read again. A
/// shortcut and no more: whatever is not here, or was written by another process, is read from the journal.
/// </summary>
internal sealed class RecentRows(int shard, string region)
{
    private const int Slots = 8_192;
    private const int MaxBytes = 16 * 1024 * 1024;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1_000;

    private readonly Lock _gate = new();
    private readonly PumpedRow?[] _slots = new PumpedRow?[Slots];
    private long _oldest = 1;
    private long _next = 1;
    private long _bytes;

    /// <summary>A run that was committed, its first row at this position. Runs come in order.</summary>
    public void Add(JournalRun run, long firstSeq)
    {
        lock (_gate)
        {
            if (firstSeq != _next) Clear(firstSeq);
            foreach (var entry in run.Entries)
            {
                if (entry.Content is not { } content)
                {
                    Clear(_next + 1);
                    continue;
                }

                if (_next - _oldest == Slots) DropOldest();
                _slots[_next % Slots] = new(Recorded(run.Grain, entry, _next), content);
                _bytes += entry.Body.Length;
                _next++;
            }

            while (_bytes > MaxBytes) DropOldest();
        }
    }

    /// <summary>Rows from the one after <paramref name="seq"/> on, without gaps; none if that one is not here.</summary>
    public List<PumpedRow> After(long seq, int limit)
    {
        lock (_gate)
        {
            if (seq + 1 < _oldest || seq + 1 >= _next) return [];
            var rows = new List<PumpedRow>((int)Math.Min(limit, _next - seq - 1));
            for (var at = seq + 1; at < _next && rows.Count < limit; at++) rows.Add(_slots[at % Slots]!);
            return rows;
        }
    }

    /// <summary>Rows of somebody else lie between: what was before them is not worth keeping.</summary>
    private void Clear(long next)
    {
        Array.Clear(_slots);
        (_oldest, _next, _bytes) = (next, next, 0);
    }

    private void DropOldest()
    {
        ref var slot = ref _slots[_oldest++ % Slots];
        _bytes -= slot!.Row.Body.Length;
        slot = null;
    }

    /// <summary>As it would be read: times in the database have microseconds.</summary>
    private RecordedRow Recorded(string grain, JournalEntry entry, long seq)
    {
        var ticks = entry.RecordTime.UtcTicks;
        return new(
            grain, entry.Version, entry.Key, entry.Fingerprint, entry.Outcome, entry.Body, entry.Correlation, entry.Causation,
            entry.Actor, new(ticks - (ticks % TicksPerMicrosecond), TimeSpan.Zero), region, shard, seq);
    }
}
