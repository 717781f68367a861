using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Policies;
using Q2C.Projects;
using Q2C.Revenues;

namespace Q2C.Grains.Projects;

/// <summary>What was done of each line up to a day, for the revenue of the contract.</summary>
internal static class Positions
{
    private const string CarriedOver = "/carried-over";

    /// <summary>None of a project that is not open yet.</summary>
    public static ImmutableArray<LinePosition> Of(ProjectState state, DateOnly on, PolicySet policies)
    {
        if (state.Contract is null) return [];
        var costCurrency = WorkCost.CurrencyOf(state, policies);
        var lines = state.Book.Newest.Terms.Lines;
        var byLine = lines.ToDictionary(line => line.Id, line => new Tally(state.Invoiced.GetValueOrDefault(line.Id)));
        foreach (var settled in state.Past.All().SelectMany(past => past.Invoiced))
            byLine[settled.Item.LineId].Spend(settled.Item, settled.Record);

        // A reversal counts whatever its day: what it takes back is counted as invoiced.
        foreach (var unbilled in state.Unbilled.Values)
            if (unbilled.Item.Kind == ItemKind.Adjustment || unbilled.Item.Date <= on || unbilled.Item.ServiceFrom <= on)
                byLine[unbilled.Item.LineId].Take(unbilled.Item, unbilled.Record);
        return
        [
            .. lines.Select(line => line.Billing is BillingModel.Retainer model
                ? Drawn(state, line.Id, model.Unit, byLine[line.Id].Position(line.Id, state.Currency, costCurrency))
                : byLine[line.Id].Position(line.Id, state.Currency, costCurrency)),
        ];
    }

    /// <summary>
    /// Prepaid hours are earned as they are drawn. Prepaid money pays for work that is earned elsewhere, and what it paid
    /// beyond its cost is less revenue. What is left of either when it expires is forfeited unless it is carried over.
    /// </summary>
    private static LinePosition Drawn(ProjectState state, string line, RetainerUnit unit, LinePosition position)
    {
        var topUps = state.Periodic?.TopUps ?? ImmutableDictionary<string, TopUp>.Empty;
        var own = topUps.Values.Where(topUp => topUp.LineId == line).ToArray();
        var expired = own.Where(topUp => !topUps.ContainsKey(topUp.Id + CarriedOver)).Sum(topUp => topUp.ExpiredValue);
        return position with
        {
            Earned = new Money(own.Sum(topUp => topUp.DrawnValue), state.Currency)
                - (unit == RetainerUnit.Money ? Money.Of(own.Sum(topUp => topUp.Drawn), state.Currency) : Money.Zero(state.Currency)),
            Forfeited = expired == 0 ? null : new Money(expired, state.Currency),
            Periods = null,
        };
    }

    private sealed class Tally(long invoiced)
    {
        private readonly List<RevenueSegment> _periods = [];
        private long _earned = invoiced;
        private decimal _hours;
        private long _cost;

        public void Take(BillableItem item, WorkRecord? record)
        {
            if (item.Disposition is Disposition.Billable or Disposition.Capped) _earned += item.Amount.Minor;
            if (item is { ServiceFrom: { } from, ServiceTo: { } to }) _periods.Add(new(item.Id, item.Amount, from, to));
            Spend(item, record);
        }

        /// <summary>Hours and cost of a record count once: with the item itself, not with the rest that a cap left of it.</summary>
        public void Spend(BillableItem item, WorkRecord? record)
        {
            if (item.Kind == ItemKind.Adjustment || ItemIds.IsRest(item.Id)) return;
            _hours += record is WorkRecord.TimeWorked work ? work.Hours : item.Kind == ItemKind.Time ? item.Quantity : 0;
            _cost += item.Cost?.Minor ?? 0;
        }

        public LinePosition Position(string line, string currency, string costCurrency) => new(
            line, new(_earned, currency), _hours, _cost == 0 ? null : new Money(_cost, costCurrency), null,
            _periods.Count == 0 ? null : [.. _periods.OrderBy(period => period.Id, StringComparer.Ordinal)]);
    }
}
