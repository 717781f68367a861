using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Invoiced work at new terms, where the change order says so: what differs is reversed and billed anew.</summary>
internal static class Repricing
{
    /// <summary>In the order of the work, so that it goes into the caps as it would have done at first.</summary>
    public static void Invoiced(ProjectTurn turn, Terms terms)
    {
        var affected = turn.State.Past.All()
            .Where(past => past.Invoiced is [{ Record: not null }, ..] && past.Invoiced[0].Item.Date >= terms.EffectiveFrom)
            .Where(past => Differs(turn.State, past))
            .OrderBy(past => new WorkKey(past.Invoiced[0].Item.Date, past.SourceId, past.Version))
            .ToImmutableArray();
        foreach (var past in affected)
        {
            var record = past.Invoiced[0].Record!;
            if (turn.State.RestOf(past) is { } rest)
                turn.Add(new ItemWithdrawn(rest.Item.Id, past.SourceId, past.Version, "It is priced anew.", turn.Now));
            foreach (var reversal in past.Invoiced.SelectMany(part =>
                WorkIntake.Reversals(turn, part, past.Version, $"contract version {terms.Version} prices it anew"))) turn.Add(reversal);
            var price = Pricing.Price(turn.State.Book, record).Price;
            var item = CapShift.ItemOf(turn.State, record, price);
            turn.Add(new ItemAdded(item with { Id = ItemIds.Repriced(item.Id, terms.Version) }, record, turn.Now));
            CapShift.After(turn, $"Contract version {terms.Version}");
        }
    }

    /// <summary>Work that has no price any more stays as it is invoiced.</summary>
    private static bool Differs(ProjectState state, PastRecord past)
    {
        var priced = Pricing.Price(state.Book, past.Invoiced[0].Record!);
        return !priced.IsRefused && (priced.Price.LineId != past.Invoiced[0].Item.LineId
            || (priced.Price.IsCharged ? priced.Price.Value : Money.Zero(state.Currency)) != past.Invoiced[0].Item.Value);
    }
}
