using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Items of issued invoices that a credit memo took back whole: open again, or credited for good.</summary>
internal static class CreditedItems
{
    public static void Take(ProjectTurn turn, CreditMemoIssued credited)
    {
        var memo = credited.Memo;
        var items = memo.Lines.Where(line => line.ProjectId == turn.Context.Grain)
            .SelectMany(line => line.Items.Where(item => IsInvoiced(turn.State, item)), (line, item) => (Line: line, Item: item))
            .ToImmutableArray();
        if (items.IsEmpty) return;
        var before = turn.State;
        turn.Add(new ItemsCredited(
            memo.CreditMemoId, memo.InvoiceId, credited.Number,
            [.. items.Select(one => new CreditedItem(one.Item.ItemId, one.Item.SourceId, one.Line.ContractLineId, one.Item.Amount))],
            memo.ReleaseItems ? [.. items.Select(one => Open(turn.State, one.Line, one.Item, credited))] : [], turn.Now));
        CapShift.After(turn, before, $"Credit memo {credited.Number}", [.. items.Select(one => one.Line.ContractLineId).Distinct()]);
    }

    public static ProjectState Evolve(ProjectState state, ItemsCredited e)
    {
        foreach (var (itemId, sourceId, lineId, amount) in e.Items)
            state = state with
            {
                Invoiced = state.Invoiced.SetItem(lineId, state.Invoiced.GetValueOrDefault(lineId) - amount.Minor),
                Settled = IsItself(state, itemId, sourceId) ? state.Settled.Remove(sourceId) : state.Settled,
            };
        return e.Released.Aggregate(state, (now, item) => now.With(Key(item), new(item, null, null)));
    }

    /// <summary>An item that was corrected since is not invoiced any more: its reversal goes with another invoice.</summary>
    private static bool IsInvoiced(ProjectState state, InvoicedItem item) => IsItself(state, item.ItemId, item.SourceId) || IsReversal(item.ItemId);

    private static bool IsItself(ProjectState state, string itemId, string sourceId) =>
        state.Settled.TryGetValue(sourceId, out var settled) && ItemIds.Of(sourceId, settled.Version) == itemId;

    private static bool IsReversal(string itemId) => itemId.EndsWith(ItemIds.ReversalSuffix, StringComparison.Ordinal);

    private static string Key(BillableItem item) => IsReversal(item.Id) ? item.Id : item.SourceId;

    // Priced as it was billed: a newer version of the record is priced anew, by the terms that hold then.
    private static BillableItem Open(ProjectState state, CreditMemoLine line, InvoicedItem item, CreditMemoIssued credited)
    {
        var isItself = IsItself(state, item.ItemId, item.SourceId);
        var settled = state.Settled.GetValueOrDefault(item.SourceId);
        var (quantity, rate) = isItself ? (settled!.Quantity, settled.Rate) : (1, item.Amount.Amount);
        return new(
            item.ItemId, item.SourceId, settled?.Version ?? 0, isItself ? settled!.Kind : ItemKind.Adjustment, line.ContractLineId,
            settled?.Date ?? credited.Memo.Date, line.Description, null, null, quantity, rate,
            isItself ? new(settled!.Value, item.Amount.Currency) : item.Amount, item.Amount, Disposition.Billable,
            $"Billed on invoice {credited.Memo.InvoiceNumber} and released by credit memo {credited.Number}.",
            $"Credit memo {credited.Number}");
    }
}
