using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>What was used of a line from one day until another.</summary>
internal delegate decimal UsageIn(string lineId, DateOnly from, DateOnly until);

/// <summary>What a period of a line should be billed with, as far as it is due.</summary>
/// <param name="Parts">Its days, span by span, with the amount of each in minor units.</param>
/// <param name="Due">The day of the charge.</param>
/// <param name="Thresholds">Not due yet: billed early only beyond these; null for what is due.</param>
internal sealed record PeriodCharge(
    PeriodKey Key, DateOnly PeriodUntil, ContractLine Line, ImmutableArray<(DaySpan Days, long Amount)> Parts, DateOnly Due,
    decimal Quantity, string Reckoning, ImmutableArray<Money>? Thresholds = null)
{
    public PeriodAmount Sum => new(
        PeriodUntil, DaySpans.Union(Parts.Select(part => part.Days), []), Parts.Sum(part => part.Amount));
}

/// <summary>Says of the periods of a contract's lines what they cost. Pure: terms and usage in, charges out.</summary>
internal sealed class PeriodCharges(ImmutableArray<Terms> history, Rounding rounding, UsageIn usage)
{
    private readonly Dictionary<string, ImmutableArray<TariffSpan>> _tariffs = [];

    private string Currency => history[^1].Currency;

    public ImmutableArray<TariffSpan> Tariffs(string lineId) => _tariffs.TryGetValue(lineId, out var known)
        ? known
        : _tariffs[lineId] = LineTimeline.Tariffs(LineTimeline.Of(history, lineId));

    /// <summary>The charges of all periods that end after one day and are due on or before another, by period.</summary>
    /// <param name="until">Fees up to this day as well, though they are not due yet; null is the cut-off.</param>
    public IEnumerable<PeriodCharge> Due(string lineId, DateOnly after, DateOnly cutOff, DateOnly? until = null) =>
        from span in Tariffs(lineId)
        from charge in Due(span, after, cutOff, until ?? cutOff)
        group charge by charge.Key into period
        select period.Count() == 1
            ? period.First()
            : period.First() with { Parts = [.. period.SelectMany(charge => charge.Parts)] };

    /// <summary>The next day on which something of the line falls due; null if nothing will.</summary>
    /// <param name="billedThrough">The last day that is billed; null is none.</param>
    public DateOnly? NextDue(string lineId, DateOnly? billedThrough) => Upcoming(lineId, billedThrough).Select(piece => (DateOnly?)piece.Due).FirstOrDefault();

    /// <summary>What comes next of a line, piece by piece, from the day after what is billed.</summary>
    public IEnumerable<(DaySpan Days, DateOnly Due)> Upcoming(string lineId, DateOnly? billedThrough)
    {
        var from = billedThrough?.AddDays(1) ?? DateOnly.MinValue;
        foreach (var span in Tariffs(lineId))
            foreach (var piece in Pieces(span, from, DateOnly.MaxValue))
                if (piece.Days.Until > from)
                    yield return (piece.Days with { From = piece.Days.From > from ? piece.Days.From : from }, piece.Due);
    }

    private static IEnumerable<Piece> Pieces(TariffSpan span, DateOnly after, DateOnly cutOff)
    {
        var calendar = span.Calendar;
        var start = after > span.From ? after : span.From;
        var inAdvance = span.Tariff.Period.Timing != BillingTiming.InArrears;
        if (start >= span.Until) start = span.Until.AddDays(-1);
        for (var from = calendar.StartOf(start); from < span.Until; from = calendar.Next(from))
        {
            var until = calendar.Next(from);
            if (until <= after) continue;
            DaySpan days = new(from > span.From ? from : span.From, until < span.Until ? until : span.Until);
            var over = span.Ends && days.Until < until ? days.Until : until;
            if (span.Tariff.Period.InvoiceDay == ArrearsDay.LastDay) over = over.AddDays(-1);
            if ((inAdvance ? days.From : over) > cutOff) yield break;
            yield return new(from, until, days, inAdvance ? days.From : over, over);
        }
    }

    private IEnumerable<PeriodCharge> Due(TariffSpan span, DateOnly after, DateOnly cutOff, DateOnly until) => span.Versions[0].Line.Billing switch
    {
        BillingModel.Usage => Used(span, after, cutOff),
        BillingModel.Commitment => Missing(span, after, cutOff),
        _ when span.Tariff.Price == 0 => Free(span, after, cutOff),
        _ => Fees(span, after, cutOff, until),
    };

    private IEnumerable<PeriodCharge> Fees(TariffSpan span, DateOnly after, DateOnly cutOff, DateOnly until) =>
        from piece in Pieces(span, after, until)
        let quantity = Quantity(span, piece, cutOff)
        let share = DayCount.Of(span.Tariff.Period, piece.Days.From, piece.Days.Until, piece.From, piece.Until)
        select Charge(
            span, piece, ChargeKind.Fee, Round(share.Times(span.Tariff.Price * quantity)), piece.Due, quantity,
            PeriodWording.Fee(span, quantity, share, Currency));

    // A free stretch is one charge of nothing, so that it is seen to be covered; without an end it is none.
    private static IEnumerable<PeriodCharge> Free(TariffSpan span, DateOnly after, DateOnly cutOff)
    {
        if (span.Until == DateOnly.MaxValue || span.Until <= after || span.From > cutOff) yield break;
        var days = new DaySpan(span.From, span.Until);
        var tariff = span.Tariff with { Period = new(PeriodUnit.Day, days.Days), Reference = span.From };
        yield return new(
            new(ChargeKind.Fee, tariff, span.From), span.Until, span.LineOn(days), [(days, 0)], span.From, span.Tariff.Quantity,
            $"Free until {span.Until.AddDays(-1):O}");
    }

    private IEnumerable<PeriodCharge> Used(TariffSpan span, DateOnly after, DateOnly cutOff)
    {
        foreach (var piece in Pieces(span with { Tariff = AsUsed(span.Tariff) }, after, cutOff))
        {
            var line = span.LineOn(piece.Days);
            var model = (BillingModel.Usage)line.Billing;
            var inAdvance = model.Period.Timing != BillingTiming.InArrears;
            var quantity = usage(line.Id, piece.Days.From, piece.Days.Until);
            var amount = Round(Tiers.Price(model.Rule, model.Tiers, quantity));
            var isOver = piece.Over <= cutOff;
            if ((isOver || inAdvance || model.BillEarlyAt is not null) && (quantity != 0 || (isOver && model.ShowsZero == true)))
                yield return Charge(
                    span, piece, ChargeKind.Usage, amount, isOver ? piece.Over : Day(cutOff, piece.Days), quantity,
                    PeriodWording.Usage(model, quantity, piece.Days), isOver || inAdvance ? null : model.BillEarlyAt);
            if (isOver && model.Minimum is { } minimum)
                foreach (var missing in Missing(span, piece, minimum, amount, "usage")) yield return missing;
        }
    }

    private IEnumerable<PeriodCharge> Missing(TariffSpan span, DateOnly after, DateOnly cutOff) =>
        from piece in Pieces(span with { Tariff = AsUsed(span.Tariff) }, after, cutOff)
        where piece.Over <= cutOff
        let model = (BillingModel.Commitment)span.LineOn(piece.Days).Billing
        let spent = model.Lines.Sum(line => Spent(line, piece.Days))
        from missing in Missing(span, piece, model.Minimum, spent, "what was billed")
        select missing;

    private long Spent(string lineId, DaySpan days) => Due(lineId, days.From, days.Until)
        .SelectMany(charge => charge.Parts)
        .Where(part => part.Days.From >= days.From && part.Days.From < days.Until)
        .Sum(part => part.Amount);

    private IEnumerable<PeriodCharge> Missing(TariffSpan span, Piece piece, Money minimum, long amount, string what)
    {
        var share = DayCount.Of(span.Tariff.Period, piece.Days.From, piece.Days.Until, piece.From, piece.Until);
        var least = Round(share.Times(minimum.Amount));
        if (least > amount)
            yield return Charge(
                span, piece, ChargeKind.TrueUp, least - amount, piece.Over, 1,
                PeriodWording.Missing(new(least, Currency), new(amount, Currency), share, what));
    }

    /// <summary>Whatever the timing of the line, pieces are looked at from their first day on.</summary>
    private static Tariff AsUsed(Tariff tariff) => tariff with { Period = tariff.Period with { Timing = BillingTiming.InAdvance } };

    private static PeriodCharge Charge(
        TariffSpan span, Piece piece, ChargeKind kind, long amount, DateOnly due, decimal quantity, string reckoning,
        ImmutableArray<Money>? thresholds = null) => new(
        new(kind, span.Tariff, piece.From), piece.Until, span.LineOn(piece.Days), [(piece.Days, amount)], due, quantity, reckoning, thresholds);

    /// <summary>Of a line billed by its highest quantity: the highest that has come up in the period.</summary>
    private static decimal Quantity(TariffSpan span, Piece piece, DateOnly cutOff)
    {
        var highest = 0m;
        for (var i = 0; i < span.Versions.Length; i++)
        {
            var (from, _, quantity) = span.Versions[i];
            var until = i + 1 < span.Versions.Length ? span.Versions[i + 1].From : span.Until;
            if (from < piece.Days.Until && until > piece.Days.From && (i == 0 || from <= cutOff)) highest = Math.Max(highest, quantity);
        }

        return highest;
    }

    private static DateOnly Day(DateOnly day, DaySpan within) =>
        day < within.Until ? day : within.Until.AddDays(-1);

    private long Round(decimal amount) => Money.Round(amount, Currency, rounding).Minor;

    /// <param name="From">Of the whole period.</param>
    /// <param name="Over">The day on which it is billed in arrears.</param>
    private readonly record struct Piece(DateOnly From, DateOnly Until, DaySpan Days, DateOnly Due, DateOnly Over);
}
