using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>A stretch of a line's life under one version of it.</summary>
/// <param name="Until">The day after the last; the largest date for a line without an end.</param>
internal readonly record struct LineSpan(DateOnly From, DateOnly Until, ContractLine Line);

/// <summary>A stretch of a line's life at one tariff, with the versions and quantities that the line had in it.</summary>
/// <param name="Ends">The line, or its calendar, ends with the stretch.</param>
internal sealed record TariffSpan(
    DateOnly From, DateOnly Until, Tariff Tariff, ImmutableArray<(DateOnly From, ContractLine Line, decimal Quantity)> Versions, bool Ends)
{
    public BillingCalendar Calendar => new(Tariff.Period, Tariff.Reference);

    /// <summary>The line as it was on the last of these days.</summary>
    public ContractLine LineOn(DaySpan days)
    {
        for (var i = Versions.Length - 1; i > 0; i--)
            if (Versions[i].From < days.Until) return Versions[i].Line;
        return Versions[0].Line;
    }
}

/// <summary>
/// What the versions of a contract's terms say about one line, day by day: on each day the newest version that is effective
/// on it, so that a change order effective earlier than one before it takes that one's place.
/// </summary>
internal static class LineTimeline
{
    private static readonly BillingPeriod Once = new(PeriodUnit.Day, Proration: Proration.None);

    public static ImmutableArray<LineSpan> Of(ImmutableArray<Terms> history, string lineId)
    {
        var spans = new Stack<LineSpan>();
        var until = DateOnly.MaxValue;
        for (var i = history.Length - 1; i >= 0; i--)
        {
            var from = history[i].EffectiveFrom;
            if (from >= until) continue;
            if (history[i].Line(lineId) is { } line)
            {
                var first = Later(from, line.Start);
                var last = Earlier(until, line.End is { } end ? end.AddDays(1) : DateOnly.MaxValue);
                if (first < last) spans.Push(new(first, last, line));
            }

            until = from;
        }

        return [.. spans];
    }

    /// <summary>The stretches of a line that is billed by the period; none for any other.</summary>
    public static ImmutableArray<TariffSpan> Tariffs(ImmutableArray<LineSpan> spans)
    {
        var tariffs = ImmutableArray.CreateBuilder<TariffSpan>();
        (BillingPeriod Period, DateOnly Reference, bool IsFree)? running = null;
        foreach (var span in spans)
        {
            foreach (var part in Parts(span))
            {
                if (running is not { } calendar || calendar.Period != part.Period || calendar.IsFree)
                    running = (part.Period, part.From, part.IsFree);
                if (!part.Suspended) Add(tariffs, part, running.Value.Reference, span.Line);
            }
        }

        for (var i = 0; i < tariffs.Count; i++)
            if (i + 1 < tariffs.Count && SameCalendar(tariffs[i], tariffs[i + 1])) tariffs[i] = tariffs[i] with { Ends = false };
        return tariffs.ToImmutable();
    }

    private static bool SameCalendar(TariffSpan one, TariffSpan next) =>
        one.Tariff.Period == next.Tariff.Period && one.Tariff.Reference == next.Tariff.Reference;

    private static void Add(ImmutableArray<TariffSpan>.Builder tariffs, Part part, DateOnly reference, ContractLine line)
    {
        var tariff = new Tariff(part.Price, part.OwnQuantity ? part.Quantity : 0, part.Period, reference);
        var until = part.Skips && part.Until != DateOnly.MaxValue ? Whole(tariff, part.Until) : part.Until;
        if (tariffs.Count > 0 && tariffs[^1] is var last && last.Until == part.From && last.Tariff == tariff && last.Versions[^1].Line.Billing.GetType() == line.Billing.GetType())
            tariffs[^1] = last with { Until = until, Versions = last.Versions.Add((part.From, line, part.Quantity)) };
        else
            tariffs.Add(new(part.From, until, tariff, [(part.From, line, part.Quantity)], Ends: true));
    }

    /// <summary>The end of the period that the day before is in.</summary>
    private static DateOnly Whole(Tariff tariff, DateOnly until)
    {
        var calendar = new BillingCalendar(tariff.Period, tariff.Reference);
        return calendar.Next(calendar.StartOf(until.AddDays(-1)));
    }

    private static IEnumerable<Part> Parts(LineSpan span) => span.Line.Billing switch
    {
        BillingModel.Recurring model => Phases(span, model),
        BillingModel.Retainer model => Purchases(span, model),
        BillingModel.Usage model => [new(span.From, span.Until, 0, 0, model.Period)],
        BillingModel.Commitment model => [new(span.From, span.Until, 0, 0, model.Period)],
        _ => [],
    };

    // Bought once is one day that nothing follows.
    private static IEnumerable<Part> Purchases(LineSpan span, BillingModel.Retainer model)
    {
        var start = span.Line.Start;
        if (model.Renews is { } renews)
            yield return new(span.From, span.Until, model.Price, model.Quantity, renews with { Proration = Proration.None });
        else if (span.From <= start && start < span.Until)
            yield return new(start, start.AddDays(1), model.Price, model.Quantity, Once);
    }

    private static IEnumerable<Part> Phases(LineSpan span, BillingModel.Recurring model)
    {
        var from = span.Line.Start;
        foreach (var phase in model.Phases ?? [])
        {
            var until = BillingCalendar.Add(from, phase.Length, phase.Unit);
            if (Of(from, until, phase.Price) is { } part) yield return part;
            from = until;
        }

        if (Of(from, span.Until, model.Price) is { } rest) yield return rest;

        Part? Of(DateOnly first, DateOnly until, decimal price)
        {
            var (start, end) = (Later(first, span.From), Earlier(until, span.Until));
            var skips = model.OnEnd == EndSettlement.Skip && span.Line.End is { } last && end == last.AddDays(1);
            return start < end
                ? new(start, end, price, model.Quantity, model.Period, model.OnQuantityChange != QuantityChange.Highest, model.Suspended == true, skips, price == 0)
                : null;
        }
    }

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static DateOnly Earlier(DateOnly one, DateOnly other) => one < other ? one : other;

    /// <param name="OwnQuantity">A quantity makes a tariff of its own.</param>
    /// <param name="Skips">Its last period stays whole.</param>
    /// <param name="IsFree">Periods are counted from the first day that costs something.</param>
    private readonly record struct Part(
        DateOnly From, DateOnly Until, decimal Price, decimal Quantity, BillingPeriod Period, bool OwnQuantity = true,
        bool Suspended = false, bool Skips = false, bool IsFree = false);
}
