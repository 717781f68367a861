using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Says when work comes near a cap; again only after it has fallen below in between.</summary>
internal static class CapWarnings
{
    /// <summary>Percent of a cap at which people are warned, unless its terms say otherwise.</summary>
    public static readonly ImmutableArray<int> Thresholds = [80, 100];

    private const decimal Percent = 100;

    /// <param name="pools">What the turn touched; null asks all.</param>
    public static IEnumerable<CapWarned> Between(ProjectState before, ProjectState now, IEnumerable<PoolKey>? pools, DateTimeOffset at)
    {
        if (now.Contract is null) yield break;
        var layers = now.Book.Newest.Caps.All.Where(layer => layer.Limit is not null).ToDictionary(layer => layer.Key);
        if (layers.Count == 0) yield break;
        foreach (var key in (pools ?? now.Caps.Pools.Keys).Where(key => layers.ContainsKey(key.Layer)).OrderBy(key => now.Book.Newest.Caps.All.IndexOf(layers[key.Layer])).ThenBy(key => key.Period))
        {
            var layer = layers[key.Layer];
            foreach (var threshold in layer.Limit!.WarnAtPercent ?? Thresholds)
                if (Reached(now, layer, key, threshold) && !Reached(before, before.Book.IsEmpty ? null : Same(before, layer), key, threshold))
                    yield return Warning(now, layer, key, threshold, at);
        }
    }

    private static CapLayer? Same(ProjectState before, CapLayer layer) =>
        before.Book.Newest.Caps.All.FirstOrDefault(each => each.Key == layer.Key);

    /// <summary>What the limit would have to be for all work to be billed, against what it is.</summary>
    private static bool Reached(ProjectState state, CapLayer? layer, PoolKey key, int threshold) =>
        layer is not null && Used(state, key) is var used && used > 0 && used * Percent >= (decimal)state.Caps.Ceiling(layer) * threshold;

    private static long Used(ProjectState state, PoolKey key) => state.Caps.Pools.GetValueOrDefault(key, CapPool.Empty).Used;

    private static CapWarned Warning(ProjectState now, CapLayer layer, PoolKey key, int threshold, DateTimeOffset at)
    {
        var (ceiling, used) = (now.Caps.Ceiling(layer), Used(now, key));
        Money Amount(long units) => new(layer.InHours ? 0 : units, now.Currency);
        decimal? Hours(long units) => layer.InHours ? units / CapPlan.HourUnits : null;
        return new(
            layer.Lines is [var only] ? only : "", threshold, Amount(ceiling), Amount(used), at,
            layer.Lines is [_] ? null : layer.Subject, Hours(ceiling), Hours(used), layer.Bucket == CapBucket.Life ? null : key.Period);
    }
}
