using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Items that several payers are billed for, each on an invoice of its own. An item is invoiced with the first of these
/// invoices, and set aside until all are rejected. The share of an invoice that does not come about, or is credited to be
/// billed anew, is open for its payer alone; a correction takes back from each payer what it was billed.
/// </summary>
internal static class SharedBills
{
    /// <summary>Whoever pays or paid for a line, by the newest terms that name them; null if only the customer does.</summary>
    public static ImmutableArray<Payer>? Payers(ProjectState state) =>
        state.History.Reverse().SelectMany(terms => terms.Conditions?.Payers ?? []).DistinctBy(payer => payer.CustomerId).ToImmutableArray()
            is { IsEmpty: false } payers ? payers : null;

    /// <summary>Those of this project, in the form in which the event has them.</summary>
    public static ImmutableArray<SharedItem>? Own(string project, string first, ImmutableArray<SharedItem>? shared, IEnumerable<string> itemIds)
    {
        var ids = shared is null ? [] : itemIds.ToHashSet();
        return (shared ?? []).Where(item => (item.ProjectId ?? first) == project && ids.Contains(item.ItemId)).ToImmutableArray()
            is { IsEmpty: false } own ? own : null;
    }

    /// <summary>The first invoice of shared items is issued: what rejected ones would have billed of them is open for their payers.</summary>
    /// <param name="before">The project before the items were invoiced.</param>
    public static void Invoiced(ProjectTurn turn, ProjectState before, ImmutableArray<SharedItem>? shared)
    {
        foreach (var rejected in (shared ?? [])
            .SelectMany(item => before.RejectedOf(item.ItemId), (item, invoice) => (Item: item, Share: item.Shares.Single(share => share.InvoiceId == invoice)))
            .GroupBy(one => one.Share.InvoiceId))
            Keep(turn, rejected.Key, rejected);
    }

    /// <summary>What of the items of a rejected invoice is to be released: all but those that other payers' invoices hold.</summary>
    public static ImmutableArray<string>? Rejected(ProjectTurn turn, InvoiceRejected e)
    {
        if (Own(turn.Context.Grain, e.ProjectId, e.Shared, e.ItemIds ?? []) is not { } shared) return e.ItemIds;
        var state = turn.State;
        var (waiting, billed) = (
            shared.Where(item => IsSetAside(state, item.ItemId, e.RunId)).ToArray(), shared.Where(item => !IsSetAside(state, item.ItemId, e.RunId)).ToArray());
        var undecided = waiting
            .Where(item => item.Shares.Any(share => share.InvoiceId != e.InvoiceId && !state.RejectedOf(item.ItemId).Contains(share.InvoiceId)))
            .Select(item => item.ItemId).ToImmutableArray();
        if (!undecided.IsEmpty) turn.Add(new SharesRejected(e.InvoiceId, undecided, turn.Now));
        Keep(turn, e.InvoiceId, billed.Select(item => (item, item.Shares.Single(share => share.InvoiceId == e.InvoiceId))));
        return [.. e.ItemIds!.Value.Except(undecided).Except(billed.Select(item => item.ItemId))];
    }

    /// <summary>Shares that a credit memo took back whole: open again for their payer, or credited for good.</summary>
    public static void Credited(ProjectTurn turn, CreditMemoIssued credited, ImmutableArray<(CreditMemoLine Line, InvoicedItem Item)> shares)
    {
        if (shares.IsEmpty) return;
        var memo = credited.Memo;
        turn.Add(new SharesCredited(
            memo.CreditMemoId, memo.InvoiceId, credited.Number, memo.CustomerId,
            [.. shares.Select(one => new CreditedItem(one.Item.ItemId, one.Item.SourceId, one.Line.ContractLineId, one.Item.Amount))],
            memo.ReleaseItems
                ? [.. shares.Select(one => Item(
                    turn, one.Item.ItemId, one.Item.SourceId, one.Line.ContractLineId, new(memo.InvoiceId, memo.CustomerId, one.Item.Amount),
                    $"Billed on invoice {memo.InvoiceNumber} and released by credit memo {credited.Number}."))]
                : [], turn.Now));
    }

    /// <summary>The reversal of an invoiced part, for each payer what it was billed.</summary>
    public static IEnumerable<ItemReversed> Reversals(ItemReversed whole, ImmutableArray<ItemShare>? shares)
    {
        var billed = (shares ?? []).Where(share => !share.Amount.IsZero).ToArray();
        if (billed is []) return [whole];
        var parts = Allocation.ByWeight(
            new(CapPlan.Units(whole.Reversal.BilledHours ?? 0), whole.Reversal.Amount.Currency), [.. billed.Select(share => Math.Abs(share.Amount.Amount))]);
        return billed.Select((share, i) => whole with
        {
            Reversal = whole.Reversal with
            {
                Id = i == 0 ? whole.Reversal.Id : ItemIds.Reversal(whole.InvoicedItemId, share.CustomerId),
                Payer = share.CustomerId,
                Quantity = -1,
                Rate = share.Amount.Amount,
                Value = -share.Amount,
                Amount = -share.Amount,
                Cost = PartOf(whole.Reversal.Cost, share.Amount, whole.Reversal.Amount),
                BilledHours = whole.Reversal.BilledHours is null ? null : parts[i].Minor / CapPlan.HourUnits,
            },
        });
    }

    public static ProjectState Evolve(ProjectState state, SharesRejected e) => state with
    {
        RejectedShares = e.ItemIds.Aggregate(
            state.RejectedShares ?? ImmutableDictionary<string, ImmutableArray<string>>.Empty,
            (now, id) => now.SetItem(id, now.GetValueOrDefault(id, []).Add(e.InvoiceId))),
    };

    public static ProjectState Evolve(ProjectState state, SharesKept e) =>
        e.Shares.Aggregate(state, (now, share) =>
        {
            var next = now.With(share.Id, new(share, null, null));
            return share.Kind == ItemKind.DownPayment ? next : Billed(next, share.LineId, -share.Amount.Minor);
        });

    /// <summary>What is credited for good is not taken back again when the work behind it is corrected.</summary>
    public static ProjectState Evolve(ProjectState state, SharesCredited e)
    {
        var released = e.Released.ToDictionary(item => item.Id);
        return e.Items.Aggregate(state, (now, item) =>
        {
            var next = Billed(now, item.LineId, -item.Amount.Minor);
            return released.TryGetValue(IdOf(item.ItemId, e.Payer), out var open)
                ? next.With(open.Id, new(open, null, null))
                : Kept(next, ItemIds.Whole(item.ItemId), e.Payer, item.Amount);
        });
    }

    public static ProjectState Billed(ProjectState state, string lineId, long minor) => state with
    {
        Invoiced = state.Invoiced.SetItem(lineId, state.Invoiced.GetValueOrDefault(lineId) + minor),
    };

    private static ProjectState Kept(ProjectState state, string itemId, string payer, Money amount)
    {
        if (state.Past.Find(ItemIds.SourceOf(itemId)) is not { } past || past.Invoiced.FirstOrDefault(part => part.Item.Id == itemId) is not { } part)
            return state;
        var kept = part with
        {
            Shares = [.. (part.Shares ?? []).Select(share => share.CustomerId == payer ? share with { Amount = share.Amount - amount } : share)],
        };
        return state with { Past = state.Past.With(past with { Invoiced = past.Invoiced.Replace(part, kept) }) };
    }

    private static void Keep(ProjectTurn turn, string invoiceId, IEnumerable<(SharedItem Item, ItemShare Share)> rejected)
    {
        ImmutableArray<BillableItem> shares =
        [
            .. rejected.Where(one => !one.Share.Amount.IsZero).Select(one => Item(
                turn, one.Item.ItemId, one.Item.SourceId, one.Item.LineId, one.Share,
                "The invoice of one of several payers was rejected; the others are billed.")),
        ];
        if (!shares.IsEmpty) turn.Add(new SharesKept(invoiceId, shares, turn.Now));
    }

    private static BillableItem Item(ProjectTurn turn, string itemId, string sourceId, string lineId, ItemShare share, string why)
    {
        var whole = turn.State.Past.Find(sourceId)?.Invoiced.FirstOrDefault(part => part.Item.Id == itemId)?.Item;
        var id = IdOf(itemId, share.CustomerId);
        return new(
            id, ItemIds.IsReversal(itemId) ? sourceId : id, turn.State.VersionOf(sourceId) ?? 0,
            ItemIds.IsDownPayment(itemId) ? ItemKind.DownPayment : ItemKind.Adjustment, lineId,
            whole?.Date ?? DateOnly.FromDateTime(turn.Now.UtcDateTime), whole?.Description ?? itemId, null, null, 1, share.Amount.Amount,
            share.Amount, share.Amount, Disposition.Billable, why, $"Invoice {share.InvoiceId}, item {itemId}",
            PartOf(whole?.Cost, share.Amount, whole?.Amount), ServiceFrom: whole?.ServiceFrom, ServiceTo: whole?.ServiceTo, Payer: share.CustomerId);
    }

    private static Money? PartOf(Money? cost, Money share, Money? of) => cost is { } whole && of is { IsZero: false } amount
        ? Money.Round(whole.Amount * Math.Abs(share.Amount / amount.Amount), whole.Currency, Rounding.HalfUp)
        : null;

    /// <summary>A reversal is of one payer already.</summary>
    private static string IdOf(string itemId, string customerId) => ItemIds.IsReversal(itemId) ? itemId : ItemIds.Share(itemId, customerId);

    private static bool IsSetAside(ProjectState state, string itemId, string run) =>
        state.Unbilled.GetValueOrDefault(state.KeyOf(itemId)) is { } open && open.Run == run && open.Item.Id == itemId;
}
