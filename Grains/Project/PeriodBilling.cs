using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Charges what of a contract's periods is due, and what differs from what was billed before. It looks at the periods that
/// end after the day up to which all is known to be billed, and at no other.
/// </summary>
internal static class PeriodBilling
{
    /// <summary>Something of the contract is, or was, billed by the period.</summary>
    public static bool HasPeriods(ProjectState state) =>
        state.Periodic is not null || state.Book.Newest.Terms.Lines.Any(line => IsPeriodic(line.Billing));

    /// <summary>Makes the open charges those that are due at the cut-off; what is reserved or invoiced stands.</summary>
    public static void BringUpToDate(ProjectTurn turn, DateOnly cutOff)
    {
        var due = Due(turn.State, cutOff);
        var kept = due.Select(charge => charge.Item.Id).ToHashSet();
        foreach (var (id, piece) in OpenCharges(turn.State).Where(open => !kept.Contains(open.Id)))
            turn.Add(new PeriodWithdrawn(id, piece.LineId, turn.Now));
        foreach (var (item, piece) in due)
            if (!turn.State.Unbilled.ContainsKey(item.Id)) turn.Add(new PeriodCharged(item, piece, turn.Now));
    }

    /// <summary>The charges that are open, or would be, at the cut-off, by line and period.</summary>
    public static ImmutableArray<(BillableItem Item, PeriodPiece Piece)> Due(ProjectState state, DateOnly cutOff)
    {
        if (state.Contract is not { } contract) return [];
        var charges = new PeriodCharges(state.History, contract.Routing.Rounding, state.Periods.UsageIn);
        var open = OpenCharges(state).ToLookup(charge => charge.Piece);
        return
        [
            .. state.Book.Newest.Terms.Lines
                .Where(line => IsPeriodic(line.Billing) || state.Periods.Lines.ContainsKey(line.Id))
                .SelectMany(line => Due(state, line, charges, cutOff, open)),
        ];
    }

    private static IEnumerable<(BillableItem Item, PeriodPiece Piece)> Due(
        ProjectState state, ContractLine line, PeriodCharges charges, DateOnly cutOff, ILookup<PeriodPiece, (string Id, PeriodPiece Piece)> open)
    {
        var periods = state.Periods;
        var ledger = periods.Open
            .Where(charge => charge.Value.LineId == line.Id && state.Unbilled[charge.Key].Run is not null)
            .OrderBy(charge => charge.Key, StringComparer.Ordinal)
            .Aggregate(periods.Line(line.Id), (now, charge) => PeriodLedger.With(now, charge.Value, state.Unbilled[charge.Key].Item.Amount.Minor));
        var billed = PeriodLedger.After(ledger, periods.Checked);
        var asOf = Later(cutOff, periods.CutOff ?? cutOff);
        var until = billed.Values.Aggregate(asOf, (day, period) => Later(day, period.PeriodUntil.AddDays(-1)));
        var wanted = charges.Due(line.Id, periods.Checked, asOf, until).ToArray();
        var sequence = ledger.Sequence;
        foreach (var difference in PeriodRepair.Due(billed, wanted, cutOff))
        {
            var piece = new PeriodPiece(
                line.Id, difference.Key.Kind, difference.Key.PeriodFrom, difference.Key.Tariff, difference.Days.From, difference.Days.Until,
                difference.GivesBack);
            var item = PeriodItems.Of(state.Book.Newest.Terms, line, difference, cutOff);
            var same = open[piece].Select(charge => state.Unbilled[charge.Id].Item).FirstOrDefault(known => IsSame(known, item));
            yield return (same ?? PeriodItems.Numbered(item, piece, ++sequence), piece);
        }
    }

    private static bool IsPeriodic(BillingModel billing) =>
        billing is BillingModel.Recurring or BillingModel.Usage or BillingModel.Commitment or BillingModel.Retainer;

    private static IEnumerable<(string Id, PeriodPiece Piece)> OpenCharges(ProjectState state) => state.Periods.Open
        .Where(charge => state.Unbilled[charge.Key].Run is null)
        .OrderBy(charge => charge.Key, StringComparer.Ordinal)
        .Select(charge => (charge.Key, charge.Value));

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static bool IsSame(BillableItem known, BillableItem item) =>
        known with { Id = "", SourceId = "", SourceVersion = 0, Date = item.Date, Rule = item.Rule } == item;
}
