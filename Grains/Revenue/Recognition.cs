using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.Contracts;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>How much revenue a line has earned, and what changes of terms, bills and credits do to it.</summary>
internal static class Recognition
{
    /// <summary>The usual treatment of a billing model.</summary>
    public static RevenueTerms DefaultFor(BillingModel billing) => new(billing switch
    {
        BillingModel.FixedFee => new RevenueTreatment.PointInTime(),
        BillingModel.Recurring => new RevenueTreatment.StraightLine(),
        BillingModel.Retainer => new RevenueTreatment.AsUsed(),
        _ => new RevenueTreatment.AsInvoiced(),
    });

    public static LineRevenue Open(ContractLine line, Money? price, string currency, string costCurrency)
    {
        var (zero, terms) = (Money.Zero(currency), line.Revenue ?? DefaultFor(line.Billing));
        return new(
            line.Id, terms, line.CostCentre, line.Start, line.End, SellingPrices.Stated(line), price, zero, zero, zero, zero,
            Money.Zero(costCurrency), Money.Zero(costCurrency), new(zero, 0), Planned(line.Id, terms, price, line.Start, line.End));
    }

    /// <summary>All that is earned until the end of the day.</summary>
    public static Money Earned(LineRevenue line, DateOnly on, Rounding rounding) => line.Terms.Treatment switch
    {
        RevenueTreatment.StraightLine how => OverTime(line, on, how, rounding),
        RevenueTreatment.PercentComplete or RevenueTreatment.PointInTime => ByProgress(line, rounding),
        RevenueTreatment.AsInvoiced or RevenueTreatment.AsUsed => Worked(line),
        _ => throw new UnreachableException(line.Terms.Treatment.GetType().Name),
    };

    /// <summary>0 to 1; 0 while nothing is known.</summary>
    public static decimal Progress(LineRevenue line)
    {
        if (line.Latest is not { } latest) return 0;
        var (done, whole) = line.Terms.Treatment switch
        {
            RevenueTreatment.PercentComplete { Measure: ProgressMeasure.CostToCost } how => (latest.Cost?.Amount ?? 0, how.Estimate),
            RevenueTreatment.PercentComplete { Measure: ProgressMeasure.Effort } how => (latest.Hours, how.Estimate),
            _ => ((latest.Earned + line.KeptItems).Amount, line.Stated?.Amount),
        };
        return whole is > 0 ? Math.Clamp(done / whole.Value, 0, 1) : 0;
    }

    /// <summary>An invoice bills the line. What the invoice shows to be earned is recognised with it.</summary>
    /// <param name="id">Of the invoice line.</param>
    public static LineRevenue Bill(LineRevenue line, string id, Money net, DateOnly? from, DateOnly? to, DateOnly date, Rounding rounding)
    {
        var billed = line with { Billed = line.Billed + net };
        switch (line.Terms.Treatment)
        {
            case RevenueTreatment.StraightLine how when line.Price is null:
                var segment = new RevenueSegment(id, net, from ?? date, to ?? from ?? date);
                var periods = billed with { Segments = billed.Segments.Add(segment), Latest = WithoutOpen(line.Latest, segment) };
                var due = how.On == RecogniseOn.PeriodStart || to is null;
                return due ? periods with { Recognised = Later(periods.Recognised, OverTime(periods, date, how, rounding)) } : periods;
            case RevenueTreatment.AsInvoiced:
            case RevenueTreatment.PointInTime when line.Price == line.Stated:
                return billed with
                {
                    Recognised = net.Minor < 0 ? line.Recognised - BeyondDeferred(line, -net) : Later(billed.Recognised, billed.Billed),
                };
            default:
                return billed;
        }
    }

    /// <summary>
    /// A credit memo takes a bill back. Work that is billed again keeps its revenue; what is credited for good is taken
    /// from the deferred part first, and from revenue only beyond that.
    /// </summary>
    /// <param name="billedBy">The invoice line.</param>
    /// <param name="items">The part of the amount that is whole items.</param>
    public static LineRevenue Credit(
        LineRevenue line, string billedBy, Money net, Money items, bool isBilledAgain, DateOnly date, Rounding rounding)
    {
        var cut = line with { Billed = line.Billed - net };
        if (isBilledAgain)
            return cut with { Segments = [.. line.Segments.Where(segment => segment.Id != billedBy || line.Price is not null)] };
        return cut with
        {
            Kept = line.Kept + net,
            KeptItems = line.KeptItems + items,
            Recognised = line.Recognised - BeyondDeferred(line, net),
            Price = line.Price - net,
            Segments = Cut(line, billedBy, net, date, rounding),
        };
    }

    /// <summary>
    /// The line under newer terms. A change for the future leaves what is recognised and spreads the rest over the rest; a
    /// cumulative one counts as if the new price had held from the start.
    /// </summary>
    public static LineRevenue Change(LineRevenue line, ContractLine newer, Money? price, DateOnly from, DateOnly through, Rounding rounding)
    {
        var terms = newer.Revenue ?? DefaultFor(newer.Billing);
        var next = line with
        {
            Terms = terms, CostCentre = newer.CostCentre, Start = newer.Start, End = newer.End,
            Stated = SellingPrices.Stated(newer), Price = price is null ? null : price - line.Kept,
        };
        if (next.Price is null || (next.Price == line.Price && newer.Start == line.Start && newer.End == line.End && terms == line.Terms)) return next;
        if (terms.OnChange == PriceChange.CumulativeCatchUp || line.Recognised.IsZero && line.Latest is null)
            return next with
            {
                Base = new(Money.Zero(line.Billed.Currency), 0),
                Segments = Planned(line.LineId, terms, next.Price, newer.Start, newer.End),
            };
        return terms.Treatment switch
        {
            RevenueTreatment.StraightLine how => next with { Segments = Rest(line, next, how, from, rounding) },
            _ => next with { Base = new(line.Recognised, Progress(next)) },
        };
    }

    /// <summary>The postings that lead from one standing of a line to another, without those of the invoice or credit itself.</summary>
    public static IEnumerable<LedgerLine> Postings(LineRevenue before, LineRevenue after)
    {
        var (deferred, unbilled) = (after.Deferred - before.Deferred, after.Unbilled - before.Unbilled);
        var asset = after.Terms.Treatment is RevenueTreatment.AsInvoiced or RevenueTreatment.AsUsed
            ? RevenueAccounts.UnbilledReceivable
            : RevenueAccounts.ContractAsset;
        return
        [
            new(asset, unbilled, after.LineId, after.CostCentre),
            new(RevenueAccounts.DeferredRevenue, -deferred, after.LineId, after.CostCentre),
            new(RevenueAccounts.Revenue, deferred - unbilled, after.LineId, after.CostCentre),
        ];
    }

    /// <summary>The cost that the project reported since; the part that belongs to recognised revenue is expensed.</summary>
    public static LineRevenue Incur(LineRevenue line, Rounding rounding)
    {
        var cost = line.Latest?.Cost ?? line.Cost;
        var expensed = line.Terms.Treatment is RevenueTreatment.PointInTime && line.Price is { Minor: > 0 } price
            ? Money.Round(cost.Amount * Math.Clamp(line.Recognised.Amount / price.Amount, 0, 1), cost.Currency, rounding)
            : cost;
        return line with { Cost = cost, CostRecognised = expensed };
    }

    public static IEnumerable<LedgerLine> CostPostings(LineRevenue before, LineRevenue after)
    {
        var (incurred, expensed) = (after.Cost - before.Cost, after.CostRecognised - before.CostRecognised);
        return
        [
            new(RevenueAccounts.Cost, expensed, after.LineId, after.CostCentre),
            new(RevenueAccounts.WorkInProgress, incurred - expensed, after.LineId, after.CostCentre),
            new(RevenueAccounts.CostApplied, -incurred, after.LineId, after.CostCentre),
        ];
    }

    private static Money Worked(LineRevenue line)
    {
        var zero = Money.Zero(line.Billed.Currency);
        return line.Latest is { } latest ? latest.Earned + line.KeptItems + (latest.Forfeited ?? zero) - line.Kept : line.Recognised;
    }

    private static Money ByProgress(LineRevenue line, Rounding rounding)
    {
        if (line.Price is not { } price || line.Latest is null) return line.Recognised;
        var (progress, basis) = (Progress(line), line.Base);
        if (progress >= 1) return price;
        if (basis.Progress >= 1) return basis.Recognised;
        var share = (progress - basis.Progress) / (1 - basis.Progress);
        var earned = basis.Recognised.Amount + (price - basis.Recognised).Amount * share;
        return Money.Max(Money.Round(earned, price.Currency, rounding), Money.Zero(price.Currency));
    }

    private static Money OverTime(LineRevenue line, DateOnly on, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        var segments = line.Latest?.Periods is { IsDefaultOrEmpty: false } open ? line.Segments.AddRange(open) : line.Segments;
        return segments.Aggregate(
            Money.Zero(line.Billed.Currency), (sum, segment) => sum + RecognitionSchedule.Through(segment, on, how, rounding));
    }

    private static ImmutableArray<RevenueSegment> Planned(string id, RevenueTerms terms, Money? price, DateOnly start, DateOnly? end) =>
        terms.Treatment is RevenueTreatment.StraightLine && price is { } amount && end is { } last
            ? [new(id, amount, start, last)]
            : [];

    /// <summary>The old plan until the change, as far as it was earned by then, and the rest of the new price after it.</summary>
    private static ImmutableArray<RevenueSegment> Rest(
        LineRevenue line, LineRevenue next, RevenueTreatment.StraightLine how, DateOnly from, Rounding rounding)
    {
        if (next.End is not { } end || next.Price is not { } price) return [];
        var past = Until(line.Segments, from.AddDays(-1), how, rounding);
        var earned = past.Aggregate(Money.Zero(price.Currency), (sum, segment) => sum + segment.Amount);
        var rest = from < next.Start ? next.Start : from;
        return [.. past, new(line.LineId, price - earned, rest, rest > end ? rest : end)];
    }

    private static ImmutableArray<RevenueSegment> Cut(LineRevenue line, string billedBy, Money net, DateOnly date, Rounding rounding)
    {
        if (line.Terms.Treatment is not RevenueTreatment.StraightLine how) return line.Segments;
        var id = line.Price is null ? billedBy : line.LineId;
        return
        [
            .. line.Segments.Where(segment => segment.Id != id),
            .. Less([.. line.Segments.Where(segment => segment.Id == id)], net, date, how, rounding),
        ];
    }

    /// <summary>What is not due yet becomes less first, the last days before the earlier ones; then what is due.</summary>
    private static ImmutableArray<RevenueSegment> Less(
        ImmutableArray<RevenueSegment> segments, Money net, DateOnly date, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        var parts = segments.SelectMany(segment => Parts(segment, date, how, rounding)).ToArray();
        for (var pass = 0; pass < 2; pass++)
            for (var i = parts.Length - 1; i >= 0; i--)
            {
                if (parts[i].IsDue != (pass == 1)) continue;
                var taken = Money.Min(net, parts[i].Segment.Amount);
                net -= taken;
                parts[i].Segment = parts[i].Segment with { Amount = parts[i].Segment.Amount - taken };
            }

        return [.. parts.Select(part => part.Segment)];
    }

    private static IEnumerable<(RevenueSegment Segment, bool IsDue)> Parts(
        RevenueSegment segment, DateOnly date, RevenueTreatment.StraightLine how, Rounding rounding)
    {
        var due = RecognitionSchedule.Of(segment.Amount, segment.From, segment.To, how, rounding)
            .Where(share => share.DueOn(how.On) <= date).ToArray();
        var last = due.Length == 0 ? segment.From.AddDays(-1) : due[^1].To;
        var amount = RecognitionSchedule.Through(segment, date, how, rounding);
        if (due.Length > 0) yield return (segment with { Amount = amount, To = last }, true);
        if (last < segment.To) yield return (segment with { Amount = segment.Amount - amount, From = last.AddDays(1) }, false);
    }

    private static ImmutableArray<RevenueSegment> Until(
        ImmutableArray<RevenueSegment> segments, DateOnly day, RevenueTreatment.StraightLine how, Rounding rounding) =>
    [
        .. segments.Where(segment => segment.From <= day).Select(segment => segment with
        {
            Amount = RecognitionSchedule.Accrued(segment, day, how, rounding), To = segment.To < day ? segment.To : day,
        }),
    ];

    /// <summary>A period that was reported as open is on an invoice now.</summary>
    private static LinePosition? WithoutOpen(LinePosition? latest, RevenueSegment billed) => latest?.Periods is { } open
        ? latest with { Periods = [.. open.Where(period => (period.From, period.To) != (billed.From, billed.To))] }
        : latest;

    /// <summary>What is given back is taken from what is deferred first.</summary>
    private static Money BeyondDeferred(LineRevenue line, Money given) => Money.Max(given - line.Deferred, Money.Zero(given.Currency));

    /// <summary>Revenue that is recognised is not taken back because less is due by a plan.</summary>
    private static Money Later(Money recognised, Money due) => Money.Max(recognised, due);
}
