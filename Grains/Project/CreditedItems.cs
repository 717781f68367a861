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
        SharedBills.Credited(turn, credited, [.. items.Where(one => one.Item.Shares is not null)]);
        items = items.RemoveAll(one => one.Item.Shares is not null);
        if (items.IsEmpty) return;
        var cause = $"Credit memo {credited.Number}";
        if (memo.ReleaseItems)
            foreach (var rest in items.Select(one => RestOf(turn.State, one.Item)).OfType<UnbilledItem>().Where(rest => rest.Run is null))
                turn.Add(new ItemWithdrawn(rest.Item.Id, rest.Item.SourceId, rest.Item.SourceVersion, $"{cause} opens the whole again.", turn.Now));
        ImmutableArray<BillableItem> released = memo.ReleaseItems
            ? [.. items.Where(one => PieceOf(turn.State, one.Item) is null).Select(one => Open(turn.State, one.Line, one.Item, credited))]
            : [];
        turn.Add(new ItemsCredited(
            memo.CreditMemoId, memo.InvoiceId, credited.Number,
            [.. items.Select(one => new CreditedItem(
                one.Item.ItemId, one.Item.SourceId, one.Line.ContractLineId, one.Item.Amount,
                memo.ReleaseItems ? PieceOf(turn.State, one.Item) : null))],
            released, turn.Now));
        foreach (var item in released.Select(item => turn.State.Unbilled[turn.State.KeyOf(item.Id)]).Where(item => !item.IsFixed))
        {
            var next = CapShift.Recharged(turn.State, item);
            if (next.Amount != item.Item.Amount) turn.Add(new ItemRepriced(next, cause, turn.Now));
        }

        CapShift.After(turn, cause);
        ProgressBook.FollowAll(turn);
    }

    public static ProjectState Evolve(ProjectState state, ItemsCredited e)
    {
        var released = e.Released.ToDictionary(item => item.Id);
        return e.Items.Aggregate(state, (now, item) => Credited(now, item, released.GetValueOrDefault(item.ItemId)));
    }

    /// <summary>What it used of caps is free again; released, it stands where it stood before its invoice.</summary>
    private static ProjectState Credited(ProjectState state, CreditedItem credited, BillableItem? released)
    {
        var part = PartOf(state, credited.ItemId, credited.SourceId);
        var next = state with
        {
            Invoiced = state.Invoiced.SetItem(credited.LineId, state.Invoiced.GetValueOrDefault(credited.LineId) - credited.Amount.Minor),
        };
        if (part is not null)
        {
            var past = state.Past.Find(credited.SourceId)!;
            next = next with
            {
                Past = state.Past.With(past with { Invoiced = past.Invoiced.Remove(part), Rest = state.RestOf(past)?.Item.Id }),
                Used = ProjectEvolution.Using(state, part.Item, -1),
                Caps = state.Caps.Change(new UnbilledItem(part.Item, part.Record, "").Entry, null, settled: false, state.EntryOf),
            };
            if (ProgressBook.IsOf(part.Item)) next = ProjectEvolution.Frozen(next, part.Item, -1);
        }

        if (credited.Reopened is { } piece) return Pending(next, piece, credited.Amount.Minor);
        if (released is null) return next;
        var isWhole = part is not null && released.Value == part.Item.Value;
        return next.With(Key(released), new(released, isWhole ? part!.Record : null, null));
    }

    /// <summary>The time is not billed any more: the next run charges it by the terms that hold then.</summary>
    private static ProjectState Pending(ProjectState state, PeriodPiece piece, long billed)
    {
        var line = PeriodLedger.With(state.Periods.Line(piece.LineId), piece with { GivesBack = !piece.GivesBack }, -billed);
        return state with { Periodic = (state.Periods with { Lines = state.Periods.Lines.SetItem(piece.LineId, line) }).Recheck(piece.From) };
    }

    private static PeriodPiece? PieceOf(ProjectState state, InvoicedItem item) => PartOf(state, item.ItemId, item.SourceId)?.Piece;

    /// <summary>An item that was corrected since is not invoiced any more: its reversal goes with another invoice.</summary>
    private static bool IsInvoiced(ProjectState state, InvoicedItem item) =>
        PartOf(state, item.ItemId, item.SourceId) is not null || ItemIds.IsReversal(item.ItemId)
        || (ItemIds.IsShare(item.ItemId) && !ItemIds.IsDownPayment(item.ItemId));

    private static SettledItem? PartOf(ProjectState state, string itemId, string sourceId) =>
        state.Past.Find(sourceId)?.Invoiced.FirstOrDefault(part => part.Item.Id == itemId);

    private static string Key(BillableItem item) =>
        ItemIds.IsReversal(item.Id) || item.Kind == ItemKind.Period || ItemIds.IsRest(item.Id) || ProgressBook.IsOf(item) ? item.Id : item.SourceId;

    /// <summary>What a cap left of the item and is still open.</summary>
    private static UnbilledItem? RestOf(ProjectState state, InvoicedItem item) => state.Unbilled.GetValueOrDefault(ItemIds.Rest(item.ItemId));

    /// <summary>A part whose rest went elsewhere is worth what was billed of it, and stays so.</summary>
    private static Money ValueOf(ProjectState state, SettledItem part) =>
        state.Past.Find(part.Item.SourceId)!.Invoiced[^1] == part && !state.Unbilled.ContainsKey(ItemIds.Rest(part.Item.Id))
            ? part.Item.Value
            : part.Item.Amount + (part.Item.WrittenDown ?? Money.Zero(part.Item.Amount.Currency));

    // As it was billed: what changes its price afterwards prices it anew.
    private static BillableItem Open(ProjectState state, CreditMemoLine line, InvoicedItem item, CreditMemoIssued credited)
    {
        var (explanation, rule) = (
            $"Billed on invoice {credited.Memo.InvoiceNumber} and released by credit memo {credited.Number}.", $"Credit memo {credited.Number}");
        return PartOf(state, item.ItemId, item.SourceId) is { } part
            ? part.Item with { Explanation = explanation, Rule = rule, Value = ValueOf(state, part) }
            : new(
                item.ItemId, item.SourceId, state.VersionOf(item.SourceId) ?? 0, ItemKind.Adjustment, line.ContractLineId, credited.Memo.Date,
                line.Description, null, null, 1, item.Amount.Amount, item.Amount, item.Amount, Disposition.Billable, explanation, rule);
    }
}
