using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Keeps the amounts of open items in step with what is left under the limits of their lines.</summary>
internal static class CapShift
{
    /// <summary>The record's item next to everything else that the state holds, but for an older version of it.</summary>
    public static BillableItem ItemOf(ProjectState state, WorkRecord record, in Price price)
    {
        var charge = price.IsCharged
            ? state.Without(record.SourceId).Charge(EntryOf(record, price))
            : new(Money.Zero(price.Value.Currency), 0, null, 0);
        return Wording.Item(record, price, charge);
    }

    public static CapEntry EntryOf(WorkRecord record, in Price price) => new(
        new(record.Date, record.SourceId, record.SourceVersion), price.LineId, (record as WorkRecord.TimeWorked)?.Person,
        price.Value.Minor, record is WorkRecord.TimeWorked ? CapPlan.Units(price.Hours) : 0, false);

    /// <summary>The limit that refuses what does not fit and under which the record does not fit; null if there is none.</summary>
    public static Problem? Refusal(ProjectState state, WorkRecord record, in Price price)
    {
        var plan = state.Book.Newest.Caps;
        if (!plan.Refuses || !price.IsCharged) return null;
        var entry = EntryOf(record, price);
        var old = state.Unbilled.TryGetValue(record.SourceId, out var unbilled) ? unbilled.Entry : null;
        foreach (var layer in plan.Of(entry.LineId))
        {
            var units = layer.InHours ? entry.Hours : entry.Value;
            if (layer.AtCap != AtCap.Refuse || units <= 0) continue;
            var (used, ceiling) = (state.Caps.Pool(layer, entry).Used, state.Caps.Ceiling(layer));
            var own = old is { } was && was.LineId == entry.LineId && layer.PeriodOf(was.Key.Date) == layer.PeriodOf(entry.Key.Date)
                ? layer.InHours ? was.Hours : was.Value
                : 0;
            if (used - own + units > ceiling)
                return WorkProblems.BeyondCap(layer, Shown(used), Shown(Math.Max(0, ceiling - used)), Shown(ceiling));

            string Shown(long amount) => Wording.Units(layer, amount, state.Currency);
        }

        return null;
    }

    /// <summary>Re-prices what the turn moved over the end of a limit since the last time, and nothing else.</summary>
    public static void After(ProjectTurn turn, string cause)
    {
        foreach (var key in turn.TakeMoved())
        {
            var unbilled = turn.State.OpenAt(key);
            var next = Recharged(turn.State, unbilled);
            if (next != unbilled.Item) turn.Add(new ItemRepriced(next, cause, turn.Now));
        }

        turn.TakeMoved();
    }

    /// <summary>
    /// Prices all open items by the present terms, with the present limits; those that have no price any more become work
    /// for a person.
    /// </summary>
    public static void All(ProjectTurn turn, string cause)
    {
        var open = new List<(UnbilledItem Item, Price Price)>();
        foreach (var unbilled in turn.State.Unbilled.Values.Where(unbilled => !unbilled.IsFixed && unbilled.Record is not null).OrderBy(unbilled => unbilled.Key))
        {
            var priced = Pricing.Price(turn.State.Book, unbilled.Record!);
            if (priced.IsRefused) WorkIntake.Refuse(turn, unbilled.Record!, null, priced.Problems);
            else open.Add((unbilled, priced.Price));
        }

        var (state, rules) = (turn.State, turn.State.Book.Newest.Caps);
        var run = new CapRun(rules, state.Caps);
        var rests = state.Unbilled.Values.Where(each => !each.IsFixed && each.Record is null && each.Entry is not null);
        foreach (var (unbilled, price) in open.Concat(rests.Select(rest => (rest, default(Price)))).OrderBy(each => each.Item1.Key))
        {
            var next = unbilled.Record is null
                ? Wording.Charged(unbilled.Item, Of(state, run.Next(unbilled.Entry!.Value), unbilled.Item.LineId))
                : Priced(state, unbilled, price, entry => Of(state, run.Next(entry), entry.LineId)) with { Id = unbilled.Item.Id };
            if (unbilled.Record is null ? next.Amount != unbilled.Item.Amount : next != unbilled.Item) turn.Add(new ItemRepriced(next, cause, turn.Now));
        }

        turn.TakeMoved();
    }

    private static Charge Of(ProjectState state, (long Amount, long Hours, CapLayer? Cut) laid, string lineId) => new(
        new(laid.Amount, state.Currency), state.Book.Newest.Caps.CountsHours(lineId) ? laid.Hours : null, laid.Cut,
        laid.Cut is { } cut ? state.Caps.Ceiling(cut) : 0);

    /// <summary>The open item as it would be written now.</summary>
    public static BillableItem Recharged(ProjectState state, UnbilledItem unbilled) => unbilled.Record is { } record
        ? Priced(state, unbilled, Pricing.Price(state.Book, record).Price, entry => state.Charge(entry)) with { Id = unbilled.Item.Id }
        : Charged(state, unbilled.Item);

    /// <summary>The rest of an item with what is billed of it now.</summary>
    public static BillableItem Charged(ProjectState state, BillableItem rest) =>
        Wording.Charged(rest, state.Charge(new UnbilledItem(rest, null, null).Entry!.Value));

    /// <summary>What the work cost stays what it was.</summary>
    private static BillableItem Priced(ProjectState state, UnbilledItem unbilled, in Price price, Func<CapEntry, Charge> charging) =>
        PricedAnew(state, unbilled, price, charging) with { Cost = unbilled.Item.Cost };

    private static BillableItem PricedAnew(ProjectState state, UnbilledItem unbilled, in Price price, Func<CapEntry, Charge> charging)
    {
        var givenUp = Math.Min(unbilled.GivenUp, price.Value.Minor);
        var entry = EntryOf(unbilled.Record!, price) with { Value = price.Value.Minor - givenUp };
        if (!price.IsCharged) return Wording.Item(unbilled.Record!, price, new(Money.Zero(state.Currency), 0, null, 0));
        var charge = entry.Value == 0 && givenUp > 0 ? new(Money.Zero(state.Currency), 0, null, 0) : charging(entry);
        if (givenUp == 0) return Wording.Item(unbilled.Record!, price, charge);
        var part = new Money(givenUp, state.Currency);
        var reason = state.WriteOffs.Values.FirstOrDefault(each => each.Approved && each.Parts.ContainsKey(unbilled.Item.Id))?.Reason ?? "it was given up.";

        // What was given up is no cap's doing: the item is written as if it were billed, unless a cap cuts the rest.
        var full = charge.Cut is null ? charge with { Amount = price.Value } : charge;
        var item = Wording.Item(unbilled.Record!, price, full) with { Amount = charge.Amount };
        return Wording.GivenUp(item, part, reason);
    }
}
