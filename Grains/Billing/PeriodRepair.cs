using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>One difference between what a period should be billed with and what it is.</summary>
/// <param name="Charge">Null for a period that should not be billed at all.</param>
/// <param name="Value">What its days should cost, in minor units; for days given back, less than zero.</param>
/// <param name="Billed">What of that is billed.</param>
internal sealed record PeriodDifference(
    PeriodKey Key, PeriodCharge? Charge, DaySpan Days, long Value, long Billed, long Amount, bool GivesBack)
{
    /// <summary>A part of a period in advance is due when it begins.</summary>
    public DateOnly Due => GivesBack || (Key is { Kind: ChargeKind.Fee, Tariff.Period.Timing: not BillingTiming.InArrears } && Billed == 0)
        ? Days.From
        : Charge!.Due;
}

/// <summary>
/// Takes what is billed from what should be, period by period and tariff by tariff. What is left is credited and billed, and
/// applying it leaves nothing: so a history that is rewritten and billed again costs what the final one costs.
/// </summary>
internal static class PeriodRepair
{
    /// <summary>
    /// What is due of the differences. Days of a period that is billed and will not be owed are given back at once, but for
    /// those that will be billed otherwise: they wait for that.
    /// </summary>
    public static IEnumerable<PeriodDifference> Due(
        IReadOnlyDictionary<PeriodKey, PeriodAmount> billed, IReadOnlyCollection<PeriodCharge> charges, DateOnly cutOff)
    {
        var all = Between(billed, charges).ToArray();
        var later = all.Where(difference => !difference.GivesBack && difference.Due > cutOff).ToArray();
        return all.Except(later).Where(difference => difference.Due <= cutOff || !later.Any(charge => charge.Days.Overlaps(difference.Days)));
    }

    private static IEnumerable<PeriodDifference> Between(
        IReadOnlyDictionary<PeriodKey, PeriodAmount> billed, IReadOnlyCollection<PeriodCharge> charges)
    {
        var wanted = charges.Select(charge => charge.Key).ToHashSet();
        return billed.Where(period => !wanted.Contains(period.Key))
            .OrderBy(period => period.Key.PeriodFrom).ThenBy(period => period.Key.Kind).ThenBy(period => period.Value.PeriodUntil)
            .ThenBy(period => period.Key.Tariff.Price).ThenBy(period => period.Key.Tariff.Quantity)
            .SelectMany(period => GiveBack(period.Key, null, period.Value.Days, period.Value.Amount))
            .Concat(charges.SelectMany(charge => Of(charge, billed.GetValueOrDefault(charge.Key))));
    }

    private static IEnumerable<PeriodDifference> Of(PeriodCharge charge, PeriodAmount? billed)
    {
        if (billed is null)
        {
            if (IsTooEarly(charge, 0)) return [];
            return charge.Parts.Select(part => new PeriodDifference(charge.Key, charge, part.Days, part.Amount, 0, part.Amount, false));
        }

        var wanted = charge.Sum;
        if (IsTooEarly(charge, billed.Amount)) return [];
        var more = DaySpans.Minus(wanted.Days, billed.Days);
        var less = DaySpans.Minus(billed.Days, wanted.Days);
        var difference = wanted.Amount - billed.Amount;

        // Of usage the amount counts, whichever days of the period it came from.
        if ((more.IsEmpty && less.IsEmpty) || charge.Key.Kind != ChargeKind.Fee)
            return difference == 0 ? [] : [new(charge.Key, charge, Whole(wanted.Days), wanted.Amount, billed.Amount, difference, false)];
        if (more.IsEmpty) return GiveBack(charge.Key, charge, less, -difference);
        if (less.IsEmpty) return Spread(more, difference, (days, amount) => new(charge.Key, charge, days, amount, 0, amount, false));
        var returned = billed.Amount * DaySpans.Count(less) / DaySpans.Count(billed.Days);
        return
        [
            .. GiveBack(charge.Key, charge, less, returned),
            .. Spread(more, difference + returned, (days, amount) => new(charge.Key, charge, days, amount, 0, amount, false)),
        ];
    }

    private static bool IsTooEarly(PeriodCharge charge, long billed) =>
        charge.Thresholds is { } thresholds
        && !thresholds.Any(threshold => threshold.Minor > billed && threshold.Minor <= charge.Sum.Amount);

    private static IEnumerable<PeriodDifference> GiveBack(PeriodKey key, PeriodCharge? charge, ImmutableArray<DaySpan> days, long billed) =>
        Spread(days, billed, (span, amount) => new(key, charge, span, -amount, amount, -amount, true));

    private static IEnumerable<PeriodDifference> Spread(
        ImmutableArray<DaySpan> days, long amount, Func<DaySpan, long, PeriodDifference> difference)
    {
        var shares = Allocation.ByWeight(new(amount, ""), [.. days.Select(span => (decimal)span.Days)]);
        return days.Select((span, i) => difference(span, shares[i].Minor));
    }

    private static DaySpan Whole(ImmutableArray<DaySpan> days) => new(days[0].From, days[^1].Until);
}
