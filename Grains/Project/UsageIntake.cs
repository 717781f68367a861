using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Counts what is used, by line and day. A record stays counted when its period is billed: a correction that comes
/// afterwards changes the count, and the next billing run bills the difference.
/// </summary>
internal static class UsageIntake
{
    /// <summary>The item's record takes the place of an older version of it.</summary>
    public static ProjectState Counted(ProjectState state, BillableItem item) =>
        item.Disposition == Disposition.Deferred && state.Book.Newest.Line(item.LineId)?.Billing is BillingModel.Usage
            ? With(Uncounted(state, item.SourceId), item.SourceId, new(item.LineId, item.Date, item.Quantity))
            : Uncounted(state, item.SourceId);

    public static ProjectState Uncounted(ProjectState state, string source) =>
        state.Periodic is { } periods && periods.Counted.TryGetValue(source, out var counted)
            ? state with { Periodic = Add(periods with { Counted = periods.Counted.Remove(source) }, counted, -counted.Quantity) }
            : state;

    /// <summary>The records whose usage an invoice bills are done with.</summary>
    /// <param name="before">The project before its items were invoiced.</param>
    public static void Settle(ProjectTurn turn, ProjectState before, InvoiceIssued invoice, ImmutableArray<string> items)
    {
        foreach (var piece in items
            .Select(id => before.Periods.Open.GetValueOrDefault(id)).OfType<PeriodPiece>().Where(piece => piece.Kind == ChargeKind.Usage))
        {
            var settled = turn.State.Unbilled.Values
                .Where(unbilled => unbilled.Item is { Disposition: Disposition.Deferred } item && item.LineId == piece.LineId
                    && item.Date >= piece.From && item.Date < piece.Until)
                .Select(unbilled => unbilled.Item.Id)
                .Order(StringComparer.Ordinal)
                .ToImmutableArray();
            if (!settled.IsEmpty)
                turn.Add(new UsageBilled(piece.LineId, invoice.RunId, invoice.InvoiceId, invoice.Number, settled, turn.Now));
        }
    }

    private static ProjectState With(ProjectState state, string source, CountedUsage counted) => state with
    {
        Periodic = Add(state.Periods with { Counted = state.Periods.Counted.SetItem(source, counted) }, counted, counted.Quantity),
    };

    private static PeriodicState Add(PeriodicState periods, CountedUsage counted, decimal quantity)
    {
        var days = periods.Usage.GetValueOrDefault(counted.LineId, ImmutableSortedDictionary<DateOnly, decimal>.Empty);
        var sum = days.GetValueOrDefault(counted.Date) + quantity;
        days = sum == 0 ? days.Remove(counted.Date) : days.SetItem(counted.Date, sum);
        return (periods with { Usage = periods.Usage.SetItem(counted.LineId, days) }).Recheck(counted.Date);
    }
}
