using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;
using Q2C.Revenues;

namespace Q2C.Grains.Projects;

/// <summary>Where a project stands in work and money. Reads the whole history: for people who ask, not for deciding.</summary>
internal static class Economics
{
    /// <summary>Null for a project that is not open.</summary>
    /// <param name="costCurrency">Of the legal entity.</param>
    public static ProjectEconomics? Of(ProjectState state, DateOnly on, string costCurrency)
    {
        if (state.Contract is not { } contract) return null;
        var terms = state.Book.Newest.Terms;
        var items = state.Unbilled.Values.Select(open => (open.Item, open.Record, IsOpen: true))
            .Concat(state.Past.All().SelectMany(past => past.Invoiced).Select(settled => (settled.Item, settled.Record, IsOpen: false)))
            .ToLookup(one => one.Item.LineId);
        return new(
            contract.ProjectId, on, state.Currency, costCurrency,
            [.. terms.Lines.Select(line => Line(state, line, costCurrency, items[line.Id]))],
            [
                .. items.SelectMany(line => line.SelectMany(one => Lost(state, one.Item, one.IsOpen)))
                    .Concat(state.Refused.Values.Select(refused => Refused(refused)))
                    .GroupBy(lost => (lost.LineId, lost.Reason, lost.Rule))
                    .Select(group => Leak(group.Key.LineId, group.Key.Reason, group.Key.Rule, [.. group], on, state.Currency))
                    .OrderBy(leak => leak.Oldest).ThenBy(leak => leak.LineId, StringComparer.Ordinal).ThenBy(leak => leak.Reason)
                    .ThenBy(leak => leak.Rule, StringComparer.Ordinal),
            ]);
    }

    private static LineEconomics Line(
        ProjectState state, ContractLine line, string costCurrency, IEnumerable<(BillableItem Item, WorkRecord? Record, bool IsOpen)> items)
    {
        var (hours, billable, unknown, cost, open, deferred) = (0m, 0m, 0m, 0L, 0L, 0L);
        foreach (var (item, record, isOpen) in items)
        {
            if (isOpen && item.Kind != ItemKind.DownPayment && item.Disposition is Disposition.Billable or Disposition.Capped) open += item.Amount.Minor;
            if (isOpen && item.Disposition == Disposition.Deferred) deferred += item.Value.Minor;
            if (item.Kind is ItemKind.Adjustment or ItemKind.DownPayment || ItemIds.IsRest(item.Id)) continue;
            var worked = record is WorkRecord.TimeWorked work ? work.Hours : item.Kind == ItemKind.Time ? item.Quantity : 0;
            hours += worked;
            if (item.Kind == ItemKind.Time && item.Disposition is Disposition.Billable or Disposition.Capped) billable += Wording.HoursOf(item);
            if (item.Cost is { } known) cost += known.Minor;
            else unknown += worked;
        }

        var planned = Planned(state, line, costCurrency);
        return new(
            line.Id, Price(state, line), planned,
            planned is not null && state.Estimates.TryGetValue(line.Id, out var revised) ? Whole(planned.Hours is not null, revised, costCurrency) : planned,
            hours, billable, new(cost, costCurrency), unknown, In(state.Invoiced.GetValueOrDefault(line.Id)), In(open), In(deferred));

        Money In(long minor) => new(minor, state.Currency);
    }

    private static Money? Price(ProjectState state, ContractLine line) => line.Billing switch
    {
        BillingModel.FixedFee fee => fee.Price,
        BillingModel.Recurring when line.End is { } end => new(
            new PeriodCharges(state.History, state.Book.Rounding, state.Periods.UsageIn)
                .Due(line.Id, DateOnly.MinValue, end.AddDays(1)).Sum(charge => charge.Sum.Amount), state.Currency),
        _ => CapPlan.CapOf(line)?.Amount,
    };

    private static WorkEstimate? Planned(ProjectState state, ContractLine line, string costCurrency) => line switch
    {
        { Revenue.Treatment: RevenueTreatment.PercentComplete { Measure: ProgressMeasure.Effort, Estimate: { } hours } } => new(hours, null),
        { Revenue.Treatment: RevenueTreatment.PercentComplete { Measure: ProgressMeasure.CostToCost, Estimate: { } cost } } => Whole(false, cost, costCurrency),
        { Billing: BillingModel.FixedFee { Progress: { By: PercentBy.Hours, Budget: { } hours } } } => new(hours, null),
        { Billing: BillingModel.FixedFee { Progress: { By: PercentBy.Cost, Budget: { } cost } } } => Whole(false, cost, state.Currency),
        _ when CapPlan.CapOf(line)?.Hours is { } hours => new(hours, null),
        _ => null,
    };

    private static WorkEstimate Whole(bool isHours, decimal estimate, string currency) =>
        isHours ? new(estimate, null) : new(null, Money.Round(estimate, currency, Rounding.HalfUp));

    private static IEnumerable<Loss> Lost(ProjectState state, BillableItem item, bool isOpen)
    {
        var givenUp = state.WriteOffs.Values.FirstOrDefault(writeOff => writeOff.Approved && writeOff.Parts.ContainsKey(item.Id));
        if (item.WrittenDown is { Minor: not 0 } down)
            yield return new(
                item.LineId, givenUp is null ? LeakReason.WrittenDown : LeakReason.WrittenOff, givenUp?.Reason ?? item.Rule, down, item.Date);
        var rest = item.Value - item.Amount - (item.WrittenDown ?? Money.Zero(item.Value.Currency));
        if (isOpen && rest.Minor > 0 && ReasonOf(item.Disposition) is { } reason) yield return new(item.LineId, reason, item.Rule, rest, item.Date);
    }

    private static LeakReason? ReasonOf(Disposition disposition) => disposition switch
    {
        Disposition.Capped => LeakReason.BeyondCap,
        Disposition.Excluded => LeakReason.Excluded,
        _ => null,
    };

    private static Loss Refused(RefusedWork refused) => new(
        refused.Record is WorkRecord.TimeWorked { LineId: { } line } ? line : "", LeakReason.Refused, refused.Item?.Code ?? "", null, refused.Record.Date);

    private static Leak Leak(string line, LeakReason reason, string rule, Loss[] losses, DateOnly on, string currency)
    {
        var oldest = losses.Min(loss => loss.Date);
        return new(
            line, reason, rule, losses.Length,
            losses.All(loss => loss.Value is null) ? null : losses.Aggregate(Money.Zero(currency), (sum, loss) => sum + (loss.Value ?? Money.Zero(currency))),
            oldest, Math.Max(0, on.DayNumber - oldest.DayNumber));
    }

    private readonly record struct Loss(string LineId, LeakReason Reason, string Rule, Money? Value, DateOnly Date);
}
