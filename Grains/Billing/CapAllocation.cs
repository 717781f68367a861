namespace Q2C.Grains.Billing;

/// <summary>
/// What of a line is not invoiced: open work in the order in which it uses up the cap, and what is held apart with a
/// fixed amount (reserved for an invoice, or reversing one), in minor units.
/// </summary>
internal sealed record LineLedger(SumTree? Open, long Held)
{
    public static LineLedger Empty { get; } = new(null, 0);
}

/// <summary>
/// Lays a line's open work into the room that invoices have left under its ceiling: by day, source id and version, each
/// in full until the room ends, one in part, the rest not at all. The result depends on what is open and not on the
/// order in which it came.
/// </summary>
internal static class CapAllocation
{
    /// <summary>A line without a ceiling has room for everything.</summary>
    public const long Unlimited = long.MaxValue;

    /// <summary>What is left for open work; never negative, even if the ceiling was lowered below what is billed.</summary>
    public static long Room(Money? ceiling, long invoiced, LineLedger line) =>
        ceiling is { } limit ? Math.Max(0, limit.Minor - invoiced - line.Held) : Unlimited;

    /// <summary>How much of the value is billed of the work with this key, which may or may not be in the ledger yet.</summary>
    public static long Amount(LineLedger line, WorkKey key, long value, long room) =>
        Math.Clamp(room - SumTree.SumBefore(line.Open, key), 0, value);

    /// <summary>
    /// Every piece of work whose amount can differ after a change, with its amount now: only what lies between the place
    /// where the room ended before and the place where it ends now.
    /// </summary>
    public static IEnumerable<(WorkKey Key, long Amount)> Moved(LineLedger before, long roomBefore, LineLedger now, long room)
    {
        var ended = SumTree.FirstBeyond(before.Open, roomBefore);
        var ends = SumTree.FirstBeyond(now.Open, room);
        if (ended is null && ends is null) yield break;
        var (from, to) = Earlier(ended, ends) ? (ended, ends) : (ends, ended);
        var left = room - SumTree.SumBefore(now.Open, from!.Value);
        foreach (var (key, value) in SumTree.Between(now.Open, from, to))
        {
            yield return (key, Math.Clamp(left, 0, value));
            left -= value;
        }
    }

    private static bool Earlier(WorkKey? one, WorkKey? other) =>
        one is { } first && (other is not { } second || first.CompareTo(second) < 0);
}
