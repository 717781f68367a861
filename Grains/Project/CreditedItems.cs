using System.Collections.Immutable;
using Q2C.CreditMemos;
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
        turn.Add(new ItemsCredited(
            memo.CreditMemoId, memo.InvoiceId, credited.Number,
            [.. items.Select(one => new CreditedItem(one.Item.ItemId, one.Item.SourceId, one.Line.ContractLineId, one.Item.Amount))],
            memo.ReleaseItems ? [.. items.Select(one => Open(turn.State, one.Line, one.Item, credited))] : [], turn.Now));
        CapShift.All(turn, $"Credit memo {credited.Number}");
    }

    public static ProjectState Evolve(ProjectState state, ItemsCredited e)
    {
        foreach (var (itemId, sourceId, lineId, amount) in e.Items)
            state = state with
            {
                Invoiced = state.Invoiced.SetItem(lineId, state.Invoiced.GetValueOrDefault(lineId) - amount.Minor),
                Settled = IsReversal(itemId, state, sourceId) ? state.Settled : state.Settled.Remove(sourceId),
            };
        return e.Released.Aggregate(state, (now, item) => now.With(Key(item), new(item, null, null)));
    }

    /// <summary>An item that was corrected since is not here any more: its reversal goes with another invoice.</summary>
    private static bool IsInvoiced(ProjectState state, InvoicedItem item) =>
        state.Settled.TryGetValue(item.SourceId, out var settled)
            ? ItemIds.Of(item.SourceId, settled.Version) == item.ItemId || item.Amount.Minor < 0
            : item.Amount.Minor < 0;

    private static bool IsReversal(string itemId, ProjectState state, string sourceId) =>
        !state.Settled.TryGetValue(sourceId, out var settled) || ItemIds.Of(sourceId, settled.Version) != itemId;

    private static string Key(BillableItem item) => item.Id == ItemIds.Of(item.SourceId, item.SourceVersion) ? item.SourceId : item.Id;

    // Priced as it was billed: a newer version of the record is priced anew, by the terms that hold then.
    private static BillableItem Open(ProjectState state, CreditMemoLine line, InvoicedItem item, CreditMemoIssued credited)
    {
        var settled = state.Settled.GetValueOrDefault(item.SourceId);
        var isItself = settled is not null && ItemIds.Of(item.SourceId, settled.Version) == item.ItemId;
        var (quantity, rate) = isItself ? (settled!.Quantity, settled.Rate) : (1, item.Amount.Amount);
        return new(
            item.ItemId, item.SourceId, settled?.Version ?? 0, isItself ? settled!.Kind : ItemKind.Adjustment, line.ContractLineId,
            settled?.Date ?? credited.Memo.Date, line.Description, null, null, quantity, rate,
            isItself ? new(settled!.Value, item.Amount.Currency) : item.Amount, item.Amount, Disposition.Billable,
            $"Billed on invoice {credited.Memo.InvoiceNumber} and released by credit memo {credited.Number}.",
            $"Credit memo {credited.Number}");
    }
}
