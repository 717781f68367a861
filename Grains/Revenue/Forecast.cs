using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Revenues;
using static Q2C.Grains.Revenues.RevenueState;

namespace Q2C.Grains.Revenues;

/// <summary>
/// What the months after a period are expected to bring: plans and milestones as the terms have them, other work at the
/// pace that it had so far, all of it bounded by prices and caps.
/// </summary>
internal static class Forecast
{
    /// <summary>How far it looks, in months.</summary>
    public const int Horizon = 12;

    public static ImmutableArray<ExpectedMonth> Of(Open state, DateOnly period)
    {
        var zero = Money.Zero(state.Currency);
        var months = Months(period);
        var (billing, revenue, cash) = (Fill(zero), Fill(zero), Fill(zero));
        var charges = new PeriodCharges([state.Terms], state.Rounding, (_, _, _) => 0);
        foreach (var line in state.InOrder)
        {
            if (state.Terms.Line(line.LineId) is not { } terms) continue;
            var fees = Fees(charges, terms, state.Currency, period, months[^1]);
            for (var i = 0; i < Horizon; i++)
            {
                revenue[i] += Revenue(state, line, terms, fees, period, months, i);
                billing[i] += Billing(state, line, terms, fees, period, months, i);
            }
        }

        for (var i = 0; i < Horizon; i++)
        {
            var paid = Array.FindIndex(months, month => month >= months[i].AddDays(state.PaymentDays));
            if (paid >= 0) cash[paid] += billing[i];
        }

        return [.. months.Select((month, i) => new ExpectedMonth(month, billing[i], revenue[i], cash[i]))];
    }

    /// <summary>What will be charged by the period after this day, with the service of each charge.</summary>
    private static ImmutableArray<(DateOnly Due, RevenueSegment Service)> Fees(
        PeriodCharges charges, ContractLine terms, string currency, DateOnly period, DateOnly until) =>
        terms.Billing is BillingModel.Recurring or BillingModel.Retainer
            ?
            [
                .. charges.Due(terms.Id, period, until).Where(charge => charge.Due > period).SelectMany(charge => charge.Parts.Select(part => (
                    charge.Due, new RevenueSegment(terms.Id, new(part.Amount, currency), part.Days.From, part.Days.Until.AddDays(-1))))),
            ]
            : [];

    private static Money Revenue(
        Open state, LineRevenue line, ContractLine terms, ImmutableArray<(DateOnly Due, RevenueSegment Service)> fees, DateOnly period,
        DateOnly[] months, int i) => line.Terms.Treatment switch
        {
            RevenueTreatment.StraightLine how => line.Segments.Concat(line.Price is null ? fees.Select(fee => fee.Service) : []).Aggregate(Money.Zero(state.Currency), (sum, segment) =>
                sum + RecognitionSchedule.Through(segment, months[i], how, state.Rounding)
                - RecognitionSchedule.Through(segment, i == 0 ? period : months[i - 1], how, state.Rounding)),
            RevenueTreatment.PercentComplete when line.Price is { } price => Evenly(price - line.Recognised, line.End, period, months[i], state.Rounding),
            RevenueTreatment.PointInTime when line.Price is { } price => Share(Milestones(line, terms, line.Latest?.Earned, months, i), price, line.Stated!.Value, state.Rounding),
            RevenueTreatment.AsUsed => AtPace(line, line.Deferred, period, months, i, state.Rounding),
            _ => AtPace(line, Room(line, terms), period, months, i, state.Rounding),
        };

    private static Money Billing(
        Open state, LineRevenue line, ContractLine terms, ImmutableArray<(DateOnly Due, RevenueSegment Service)> fees, DateOnly period,
        DateOnly[] months, int i) => terms.Billing switch
    {
        BillingModel.FixedFee => Milestones(line, terms, line.Billed, months, i),
        BillingModel.Recurring or BillingModel.Retainer => fees.Where(fee => fee.Due <= months[i] && (i == 0 || fee.Due > months[i - 1]))
            .Aggregate(Money.Zero(state.Currency), (sum, fee) => sum + fee.Service.Amount),
        _ when line.Terms.Treatment is RevenueTreatment.AsUsed or RevenueTreatment.StraightLine => Money.Zero(state.Currency),
        _ => (i == 0 ? line.Unbilled : Money.Zero(state.Currency)) + AtPace(line, Room(line, terms), period, months, i, state.Rounding),
    };

    /// <summary>The milestones of a month, less those that are done; what is overdue is expected next.</summary>
    private static Money Milestones(LineRevenue line, ContractLine terms, Money? done, DateOnly[] months, int i)
    {
        var zero = Money.Zero(line.Billed.Currency);
        if (terms.Billing is not BillingModel.FixedFee { Milestones: { IsDefaultOrEmpty: false } milestones }) return zero;
        var due = milestones.OrderBy(milestone => milestone.Due ?? terms.End ?? months[^1]).ToArray();
        var left = done ?? zero;
        var sum = zero;
        foreach (var milestone in due)
        {
            var settled = Money.Min(left, milestone.Amount);
            left -= settled;
            var on = milestone.Due ?? terms.End ?? months[^1];
            if ((i == 0 || on > months[i - 1]) && on <= months[i]) sum += milestone.Amount - settled;
        }

        return sum;
    }

    private static Money Share(Money amount, Money price, Money stated, Rounding rounding) => stated.IsZero
        ? Money.Zero(amount.Currency)
        : Money.Round(amount.Amount * price.Amount / stated.Amount, amount.Currency, rounding);

    private static Money Evenly(Money rest, DateOnly? end, DateOnly period, DateOnly month, Rounding rounding) =>
        end is { } last && last > period
            ? RecognitionSchedule.Through(new("", rest, period.AddDays(1), last), month, new(), rounding)
                - RecognitionSchedule.Through(new("", rest, period.AddDays(1), last), month.AddDays(-month.Day), new(), rounding)
            : Money.Zero(rest.Currency);

    /// <summary>The average month so far, until the room is used up or the line ends.</summary>
    private static Money AtPace(LineRevenue line, Money? room, DateOnly period, DateOnly[] months, int i, Rounding rounding)
    {
        var zero = Money.Zero(line.Billed.Currency);
        var elapsed = (period.Year - line.Start.Year) * 12 + period.Month - line.Start.Month + 1;
        if (elapsed < 1 || line.Recognised <= zero || line.End < months[i].AddDays(1 - months[i].Day)) return zero;
        var pace = Money.Round(line.Recognised.Amount / elapsed, zero.Currency, rounding);
        return room is not { } most ? pace : Money.Max(zero, Money.Min(pace, most - new Money(pace.Minor * i, zero.Currency)));
    }

    private static Money? Room(LineRevenue line, ContractLine terms) =>
        terms.Billing is BillingModel.TimeAndMaterials { Cap: { } cap } ? cap.Amount - line.Recognised : null;

    private static DateOnly[] Months(DateOnly period) =>
        [.. Enumerable.Range(1, Horizon).Select(i => RecognitionSchedule.EndOfMonth(RecognitionSchedule.StartOfMonth(period).AddMonths(i)))];

    private static Money[] Fill(Money zero) => [.. Enumerable.Repeat(zero, Horizon)];
}
