using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Keeps the amounts of open items in step with what is left under the ceiling of their line.</summary>
internal static class CapShift
{
    /// <summary>What is billed of the record at this price, next to everything else that the state holds.</summary>
    public static Money AmountOf(ProjectState state, WorkRecord record, in Price price)
    {
        if (price.IsExcluded) return Money.Zero(price.Value.Currency);
        var key = new WorkKey(record.Date, record.SourceId, record.SourceVersion);
        var line = price.LineId;
        var amount = CapAllocation.Amount(state.Ledger(line), key, price.Value.Minor, state.Room(line));
        return new(amount, price.Value.Currency);
    }

    /// <summary>Re-prices what a change on these lines moved over the end of their ceiling, and nothing else.</summary>
    public static void After(ProjectTurn turn, ProjectState before, string cause, params ReadOnlySpan<string?> lines)
    {
        for (var i = 0; i < lines.Length; i++)
            if (lines[i] is { } line && !lines[..i].Contains(line)) After(turn, before, cause, line);
    }

    /// <summary>
    /// Prices all open items by the present terms, with the present ceilings; those that have no price any more become
    /// work for a person.
    /// </summary>
    public static void All(ProjectTurn turn, string cause)
    {
        var open = new List<(UnbilledItem Item, Price Price)>();
        foreach (var unbilled in turn.State.Unbilled.Values.Where(unbilled => !unbilled.IsFixed).OrderBy(unbilled => unbilled.Key))
        {
            var priced = Pricing.Price(turn.State.Book, unbilled.Record!);
            if (priced.IsRefused) WorkIntake.Refuse(turn, unbilled.Record!, null, priced.Problems);
            else open.Add((unbilled, priced.Price));
        }

        var state = open.Aggregate(turn.State, (now, next) => Revalued(now, next.Item, next.Price));
        foreach (var ((item, record, _), price) in open)
        {
            var ceiling = state.Book.Ceiling(price.LineId);
            var next = Wording.Item(record!, price, AmountOf(state, record!, price), ceiling);
            if (next != item) turn.Add(new ItemRepriced(next, cause, turn.Now));
        }
    }

    private static ProjectState Revalued(ProjectState state, UnbilledItem unbilled, in Price price) =>
        state.With(unbilled.Item.SourceId, unbilled with
        {
            Item = unbilled.Item with
            {
                LineId = price.LineId,
                Value = price.Value,
                Disposition = price.IsExcluded ? Disposition.Excluded : Disposition.Billable,
            },
        });

    private static void After(ProjectTurn turn, ProjectState before, string cause, string line)
    {
        var now = turn.State;
        var moved = CapAllocation.Moved(before.Ledger(line), before.Room(line), now.Ledger(line), now.Room(line));
        foreach (var (key, amount) in moved)
        {
            var (item, record, _) = now.Unbilled[key.SourceId];
            if (item.Amount.Minor == amount) continue;
            var price = Pricing.Price(now.Book, record!).Price;
            turn.Add(new ItemRepriced(
                Wording.Item(record!, price, new(amount, item.Amount.Currency), now.Book.Ceiling(line)), cause, turn.Now));
        }
    }
}
