using System.Collections.Immutable;

namespace Q2C.Grains.Billing;

/// <summary>A piece of work as the caps see it: where it belongs, and what of it would be billed without them.</summary>
/// <param name="Value">Minor units.</param>
/// <param name="Hours">Billable, in billionths; 0 for what is no time.</param>
/// <param name="IsFixed">Its amount stands whatever else comes or goes; value and hours are then what is billed.</param>
internal readonly record struct CapEntry(WorkKey Key, string LineId, string? Person, long Value, long Hours, bool IsFixed);

/// <summary>One period of one limit, for one person where it is per person.</summary>
internal readonly record struct PoolKey(string Layer, DateOnly Period, string? Person);

/// <param name="Open">What reaches the limit of the open work, in the order in which it uses it up.</param>
/// <param name="Fixed">Used by invoices, by what is reserved for one, and by reversals; in the units of the limit.</param>
internal sealed record CapPool(SumTree? Open, long Fixed)
{
    public static CapPool Empty { get; } = new(null, 0);

    public long Used => SumTree.SumOf(Open) + Fixed;
}

/// <summary>
/// Lays open work into the room that invoices have left under every limit: by day, source id and version, each in full until
/// the room ends, one in part, the rest not at all; what passes one limit goes on to the next. The result depends on what
/// is open and not on the order in which it came. A change costs O(log n) for each limit, and for what it moves.
/// </summary>
internal sealed class CapLedger
{
    private readonly CapPlan? _plan;
    private readonly ImmutableDictionary<PoolKey, CapPool> _pools;
    private readonly ImmutableDictionary<string, long> _raised;

    private CapLedger(CapPlan? plan, ImmutableDictionary<PoolKey, CapPool> pools, ImmutableDictionary<string, long> raised, CapMoves moves) =>
        (_plan, _pools, _raised, Moves) = (plan, pools, raised, moves);

    public static CapLedger Empty { get; } =
        new(null, ImmutableDictionary<PoolKey, CapPool>.Empty, ImmutableDictionary<string, long>.Empty, CapMoves.None);

    /// <summary>What the changes that led here since <see cref="Still"/> touched.</summary>
    public CapMoves Moves { get; }

    /// <summary>The same, from which changes are followed anew.</summary>
    public CapLedger Still() => ReferenceEquals(Moves, CapMoves.None) ? this : new(_plan, _pools, _raised, CapMoves.None);

    public ImmutableDictionary<PoolKey, CapPool> Pools => _pools;

    /// <param name="used">What invoices have used: line, person where known, day within the period, minor units, billionths of hours.</param>
    /// <param name="raised">Limit → what was approved beyond it, in its units.</param>
    public static CapLedger Build(
        CapPlan plan, IEnumerable<CapEntry> entries, IEnumerable<CapUse> used, ImmutableDictionary<string, long> raised)
    {
        var pools = ImmutableDictionary.CreateBuilder<PoolKey, CapPool>();
        foreach (var use in used)
            foreach (var layer in plan.Of(use.LineId))
                if (layer.PerPerson == use.Person is not null) AddFixed(pools, layer, use);
        var all = entries.ToArray();
        foreach (var entry in all.Where(entry => entry.IsFixed))
            foreach (var layer in plan.Of(entry.LineId))
                AddFixed(pools, layer, new(entry.LineId, entry.Person, entry.Key.Date, entry.Value, entry.Hours));

        var ledger = new CapLedger(plan, pools.ToImmutable(), raised, CapMoves.None);
        var open = all.Where(entry => !entry.IsFixed).OrderBy(entry => entry.Key).ToArray();
        foreach (var layer in plan.All)
        {
            pools = ledger._pools.ToBuilder();
            foreach (var entry in open)
            {
                if (!layer.Lines.Contains(entry.LineId) || !ledger.Reaches(entry, layer, out var units)) continue;
                var key = KeyOf(layer, entry);
                var pool = pools.GetValueOrDefault(key, CapPool.Empty);
                pools[key] = pool with { Open = SumTree.With(pool.Open, entry.Key, units) };
            }

            ledger = new(plan, pools.ToImmutable(), raised, CapMoves.None);
        }

        return ledger;
    }

    /// <summary>What is billed of the entry, in minor units and billionths of hours, and the limit that cut it last.</summary>
    public (long Amount, long Hours, CapLayer? Cut) Billed(in CapEntry entry) => Flow(entry, null);

    public long Ceiling(CapLayer layer) => layer.Ceiling + _raised.GetValueOrDefault(layer.Key);

    public CapPool Pool(CapLayer layer, in CapEntry entry) => _pools.GetValueOrDefault(KeyOf(layer, entry), CapPool.Empty);

    /// <summary>The new entry in place of the old one; either may be missing.</summary>
    /// <param name="settled">The old one goes onto an invoice: what it used stays used.</param>
    /// <param name="find">The entries that the pools hold, by key, after the change.</param>
    public CapLedger Change(CapEntry? old, CapEntry? now, bool settled, Func<WorkKey, CapEntry> find)
    {
        if (_plan is null || old == now) return this;
        var change = new CapChange(this, find);
        if (old is { } was) change.Leave(was, settled);
        if (now is { } comes) change.Enter(comes);
        return change.Finish(Layers(old?.LineId, now?.LineId));
    }

    /// <summary>The limits of both lines, in the plan's order; work of other lines is moved only at those that it shares with them.</summary>
    private IEnumerable<CapLayer> Layers(string? one, string? other)
    {
        var ofOne = one is null ? [] : _plan!.Of(one).ToArray();
        return other is null || other == one
            ? ofOne
            : _plan!.All.Where(layer => ofOne.Contains(layer) || layer.Lines.Contains(other));
    }

    public static PoolKey KeyOf(CapLayer layer, in CapEntry entry) =>
        new(layer.Key, layer.PeriodOf(entry.Key.Date), layer.PerPerson ? entry.Person : null);

    private static void AddFixed(ImmutableDictionary<PoolKey, CapPool>.Builder pools, CapLayer layer, in CapUse use)
    {
        var key = new PoolKey(layer.Key, layer.PeriodOf(use.Day), layer.PerPerson ? use.Person : null);
        var pool = pools.GetValueOrDefault(key, CapPool.Empty);
        pools[key] = pool with { Fixed = pool.Fixed + (layer.InHours ? use.Hours : use.Minor) };
    }

    private long Room(CapLayer layer, CapPool pool) => Math.Max(0, Ceiling(layer) - pool.Fixed);

    private bool Reaches(in CapEntry entry, CapLayer layer, out long units)
    {
        var (amount, hours, _) = Flow(entry, layer);
        units = layer.InHours ? hours : amount;
        return units > 0;
    }

    /// <summary>What of the entry reaches the limit, or, with none, what is left after the last.</summary>
    private (long Amount, long Hours, CapLayer? Cut) Flow(in CapEntry entry, CapLayer? until)
    {
        var (amount, hours, cut) = (entry.Value, entry.Hours, (CapLayer?)null);
        if (entry.IsFixed || _plan is null) return (amount, hours, cut);
        foreach (var layer in _plan.Of(entry.LineId))
        {
            if (ReferenceEquals(layer, until)) break;
            var units = layer.InHours ? hours : amount;
            if (units <= 0) continue;
            var pool = Pool(layer, entry);
            var passed = Math.Clamp(Room(layer, pool) - SumTree.SumBefore(pool.Open, entry.Key), 0, units);
            if (passed == units) continue;
            cut = layer;
            (amount, hours) = layer.InHours ? (Share(amount, passed, units), passed) : (passed, Share(hours, passed, units));
        }

        return (amount, hours, cut);
    }

    public static long Share(long whole, long part, long of) => (long)decimal.Round((decimal)whole * part / of, MidpointRounding.AwayFromZero);

    /// <summary>One change on its way through the limits, in their order: what it moves at one has to be laid anew at the next.</summary>
    private sealed class CapChange(CapLedger before, Func<WorkKey, CapEntry> find)
    {
        private readonly HashSet<WorkKey> _moved = [];
        private readonly HashSet<PoolKey> _touched = [];
        private ImmutableDictionary<PoolKey, CapPool> _pools = before._pools;
        private CapEntry? _left;
        private CapEntry? _entered;
        private bool _settled;

        public void Leave(in CapEntry entry, bool settled) => (_left, _settled) = (entry, settled);

        public void Enter(in CapEntry entry) => _entered = entry;

        public CapLedger Finish(IEnumerable<CapLayer> layers)
        {
            foreach (var layer in layers)
            {
                if (_left is { } left && layer.Lines.Contains(left.LineId)) Take(layer, left);
                if (_entered is { } entered && layer.Lines.Contains(entered.LineId)) Put(layer, entered);
                Relay(layer);
            }

            return Ledger(new([.. _moved], [.. _touched], before.Moves));
        }

        private CapLedger Ledger(CapMoves moves) => new(before._plan, _pools, before._raised, moves);

        private void Take(CapLayer layer, in CapEntry entry)
        {
            if (entry.IsFixed && _settled) return;
            var (key, isFixed, units) = (entry.Key, entry.IsFixed, layer.InHours ? entry.Hours : entry.Value);
            Update(layer, entry, pool => isFixed
                ? pool with { Fixed = pool.Fixed - units }
                : pool with { Open = SumTree.Without(pool.Open, key) });
        }

        private void Put(CapLayer layer, in CapEntry entry)
        {
            var key = entry.Key;
            if (entry.IsFixed)
            {
                var units = layer.InHours ? entry.Hours : entry.Value;
                Update(layer, entry, pool => pool with { Fixed = pool.Fixed + units });
            }
            else if (Ledger(CapMoves.None).Reaches(entry, layer, out var reaching))
            {
                Update(layer, entry, pool => pool with { Open = SumTree.With(pool.Open, key, reaching) });
            }
        }

        /// <summary>Entries that an earlier limit moved reach this one with other values.</summary>
        private void Relay(CapLayer layer)
        {
            foreach (var key in _moved.ToArray())
            {
                if (key == _left?.Key || key == _entered?.Key) continue;
                var entry = find(key);
                if (!layer.Lines.Contains(entry.LineId)) continue;
                var reaches = Ledger(CapMoves.None).Reaches(entry, layer, out var units);
                Update(layer, entry, pool => pool with
                {
                    Open = reaches ? SumTree.With(pool.Open, key, units) : SumTree.Without(pool.Open, key),
                });
            }
        }

        private void Update(CapLayer layer, in CapEntry entry, Func<CapPool, CapPool> change)
        {
            var key = KeyOf(layer, entry);
            var old = _pools.GetValueOrDefault(key, CapPool.Empty);
            var now = change(old);
            if (now == old) return;
            _touched.Add(key);
            _pools = now == CapPool.Empty ? _pools.Remove(key) : _pools.SetItem(key, now);
            _moved.UnionWith(Moved(old, before.Room(layer, old), now, before.Room(layer, now)));
        }
    }

    /// <summary>Only what lies between the place where the room ended before and where it ends now can be billed differently.</summary>
    private static IEnumerable<WorkKey> Moved(CapPool before, long roomBefore, CapPool now, long room)
    {
        var ended = SumTree.FirstBeyond(before.Open, roomBefore);
        var ends = SumTree.FirstBeyond(now.Open, room);
        if (ended is null && ends is null) return [];
        var (from, to) = Earlier(ended, ends) ? (ended, ends) : (ends, ended);
        return SumTree.Between(now.Open, from, to).Select(pair => pair.Key);
    }

    private static bool Earlier(WorkKey? one, WorkKey? other) =>
        one is { } first && (other is not { } second || first.CompareTo(second) < 0);
}

/// <param name="Person">Only for what limits of persons count.</param>
internal readonly record struct CapUse(string LineId, string? Person, DateOnly Day, long Minor, long Hours);

/// <summary>What one change touched: entries that may be billed differently now, and the pools that it went through.</summary>
/// <param name="Earlier">The change before it; one event may bring several.</param>
internal sealed record CapMoves(ImmutableArray<WorkKey> Entries, ImmutableArray<PoolKey> Pools, CapMoves? Earlier)
{
    public static CapMoves None { get; } = new([], [], null);
}
