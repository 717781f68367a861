using System.Globalization;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// The least hours of a person a day or a month: what is missing is an item of its own, at the rate of the last open entry of
/// the time. What of it is reserved or invoiced stands; if more is worked afterwards, what was added is given back.
/// </summary>
internal static class MinimumBook
{
    private const string Prefix = "minimum/";

    public static bool IsOf(BillableItem item) => item.SourceId.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Brings the added hours in step with the work of these times.</summary>
    public static void Follow(ProjectTurn turn, IEnumerable<PoolKey> pools)
    {
        if (turn.State.Contract is null) return;
        var layers = turn.State.Book.Newest.Caps.All.Where(layer => layer.Least > 0).ToDictionary(layer => layer.Key);
        if (layers.Count == 0) return;
        foreach (var key in pools.Where(key => layers.ContainsKey(key.Layer)).OrderBy(key => key.Period).ThenBy(key => key.Person, StringComparer.Ordinal).ToArray())
            if (Due(turn.State, layers[key.Layer], key, turn.Now) is { } earned) turn.Add(earned);
    }

    public static ProjectState Earned(ProjectState state, MinimumEarned e)
    {
        var next = e.ReplacedItemId is { } replaced ? state.Without(replaced) : state;
        if (e.Item is { } item) next = next.With(item.Id, new(item, null, null));
        var known = next.Minimums.GetValueOrDefault(e.SourceId, MinimumAdded.None);
        return next with
        {
            Minimums = next.Minimums.SetItem(e.SourceId, known with { Open = e.Item?.Id, Versions = e.Item?.SourceVersion ?? known.Versions }),
        };
    }

    /// <summary>Set aside for an invoice, or open again.</summary>
    public static ProjectState Assigned(ProjectState state, BillableItem item, bool isReserved)
    {
        var known = state.Minimums[item.SourceId];
        var sign = isReserved ? 1 : -1;
        return state with
        {
            Minimums = state.Minimums.SetItem(item.SourceId, known with
            {
                Hours = known.Hours + (sign * CapPlan.Units(item.Quantity)),
                Minor = known.Minor + (sign * item.Amount.Minor),
                Open = isReserved ? null : item.Id,
            }),
        };
    }

    /// <summary>Null if all is as it should be.</summary>
    private static MinimumEarned? Due(ProjectState state, CapLayer layer, PoolKey key, DateTimeOffset now)
    {
        var source = $"{Prefix}{layer.Lines[0]}/{key.Person}/{key.Period.ToString(layer.Bucket == CapBucket.Day ? "yyyy-MM-dd" : "yyyy-MM", CultureInfo.InvariantCulture)}";
        var known = state.Minimums.GetValueOrDefault(source, MinimumAdded.None);
        var pool = state.Caps.Pools.GetValueOrDefault(key, CapPool.Empty);
        var open = known.Open is { } id ? state.Unbilled[id].Item : null;
        var last = SumTree.Last(pool.Open) is { } at ? state.OpenAt(at) : null;
        if (last is null && pool.Used > 0) return null;
        var hours = (pool.Used > 0 ? Math.Max(0, layer.Least - pool.Used) : 0) - known.Hours;
        var minor = hours < 0 ? -CapLedger.Share(known.Minor, -hours, known.Hours)
            : hours > 0 ? CapLedger.Share(last!.Item.Value.Minor, hours, CapPlan.Units(Wording.HoursOf(last.Item)))
            : 0;
        if (minor == (open?.Amount.Minor ?? 0)) return null;
        return new(source, minor == 0 ? null : Item(state, layer, key, source, known.Versions + 1, hours, minor), open?.Id, now);
    }

    private static BillableItem Item(ProjectState state, CapLayer layer, PoolKey key, string source, long version, long units, long minor)
    {
        var (hours, amount) = (units / CapPlan.HourUnits, new Money(minor, state.Currency));
        var day = layer.Bucket == CapBucket.Day ? key.Period : key.Period.AddMonths(1).AddDays(-1);
        var least = $"{layer.Least / CapPlan.HourUnits:0.##} h {(layer.Bucket == CapBucket.Day ? $"on {day:yyyy-MM-dd}" : $"in {day:MMMM yyyy}")}";
        return new(
            ItemIds.Of(source, version), source, version, ItemKind.Adjustment, layer.Lines[0], day, $"{key.Person}: at least {least}", key.Person, null,
            hours, amount.Amount / hours, amount, amount, Disposition.Billable,
            units > 0
                ? $"At least {least} of {key.Person} are billed: {hours:0.##} h are added to those worked."
                : $"{key.Person} worked more after all: {-hours:0.##} h that were added to make {least} are given back.",
            $"Contract version {state.Book.Newest.Terms.Version}, line {layer.Subject}: at least {least}");
    }
}
