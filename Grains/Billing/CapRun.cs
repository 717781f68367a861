namespace Q2C.Grains.Billing;

/// <summary>
/// Lays entries under the limits one after another, in their order: what a ledger says of each, for all of them at once, and
/// without its trees.
/// </summary>
/// <param name="ledger">What stands already: only the fixed part of its pools counts.</param>
internal sealed class CapRun(CapPlan plan, CapLedger ledger)
{
    private readonly long[] _leftForLife = [.. plan.All.Select(layer => Left(ledger, layer, new(layer.Key, DateOnly.MinValue, null)))];
    private readonly Dictionary<PoolKey, long> _left = [];

    /// <summary>What is billed of the entry, which comes after all that were asked for before.</summary>
    public (long Amount, long Hours, CapLayer? Cut) Next(in CapEntry entry)
    {
        var (amount, hours, cut) = (entry.Value, entry.Hours, (CapLayer?)null);
        foreach (var layer in plan.Of(entry.LineId))
        {
            var units = layer.InHours ? hours : amount;
            if (units <= 0) continue;
            var passed = Take(layer, entry, units);
            if (passed == units) continue;
            cut = layer;
            (amount, hours) = layer.InHours ? (CapLedger.Share(amount, passed, units), passed) : (passed, CapLedger.Share(hours, passed, units));
        }

        return (amount, hours, cut);
    }

    private long Take(CapLayer layer, in CapEntry entry, long units)
    {
        if (layer is { Bucket: CapBucket.Life, PerPerson: false }) return Take(ref _leftForLife[layer.Place], units);
        var key = CapLedger.KeyOf(layer, entry);
        if (!_left.TryGetValue(key, out var left)) left = Left(ledger, layer, key);
        var passed = Take(ref left, units);
        _left[key] = left;
        return passed;
    }

    private static long Take(ref long left, long units)
    {
        var passed = Math.Min(left, units);
        left -= passed;
        return passed;
    }

    private static long Left(CapLedger ledger, CapLayer layer, PoolKey key) =>
        Math.Max(0, ledger.Ceiling(layer) - (ledger.Pools.TryGetValue(key, out var pool) ? pool.Fixed : 0));
}
