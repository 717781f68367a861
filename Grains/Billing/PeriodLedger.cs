using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>
/// What is billed of a line. Whole periods in a row at one tariff and amount are one entry, so that what is kept grows with
/// the changes of a line and not with its age.
/// </summary>
/// <param name="Sequence">How many charges the line has had: it numbers the next.</param>
/// <param name="Runs">By their last day.</param>
public sealed record LinePeriods(long Sequence, ImmutableArray<BilledRun> Runs)
{
    public static LinePeriods None { get; } = new(0, []);
}

/// <param name="From">First day of the first whole period.</param>
/// <param name="Until">The day after the last of the last.</param>
/// <param name="Each">What a period costs, in minor units of the contract's currency.</param>
/// <param name="Days">Of one period that is billed in part: the days; null for whole periods.</param>
public sealed record BilledRun(
    ChargeKind Kind, Tariff Tariff, DateOnly From, DateOnly Until, long Each, ImmutableArray<DaySpan>? Days = null);

/// <param name="Until">The day after the last.</param>
public readonly record struct DaySpan(DateOnly From, DateOnly Until)
{
    internal int Days => Until.DayNumber - From.DayNumber;

    internal bool Overlaps(DaySpan other) => From < other.Until && other.From < Until;
}

/// <summary>Which period of a line, at which tariff.</summary>
internal readonly record struct PeriodKey(ChargeKind Kind, Tariff Tariff, DateOnly PeriodFrom)
{
    public static PeriodKey Of(PeriodPiece piece) => new(piece.Kind, piece.Tariff, piece.PeriodFrom);
}

/// <summary>The days of a period that are billed, or should be, and their amount together.</summary>
internal sealed record PeriodAmount(DateOnly PeriodUntil, ImmutableArray<DaySpan> Days, long Amount);

internal static class PeriodLedger
{
    /// <summary>Adds the piece's amount to its period, and its days, or takes them away if it gives them back.</summary>
    public static LinePeriods With(LinePeriods line, PeriodPiece piece, long amount)
    {
        var key = PeriodKey.Of(piece);
        var until = new BillingCalendar(piece.Tariff.Period, piece.Tariff.Reference).Next(piece.PeriodFrom);
        var runs = line.Runs.ToBuilder();
        var before = TakeOut(runs, key, until);
        DaySpan[] days = [new(piece.From, piece.Until)];
        var now = new PeriodAmount(
            until, piece.GivesBack ? DaySpans.Minus(before.Days, days) : DaySpans.Union(before.Days, days), before.Amount + amount);
        if (!now.Days.IsEmpty || now.Amount != 0) PutIn(runs, key, now);
        return line with { Runs = runs.ToImmutable() };
    }

    /// <summary>Every period that is billed and ends after the day.</summary>
    public static Dictionary<PeriodKey, PeriodAmount> After(LinePeriods line, DateOnly day)
    {
        var found = new Dictionary<PeriodKey, PeriodAmount>();
        for (var i = line.Runs.Length - 1; i >= 0 && line.Runs[i].Until > day; i--)
        {
            var run = line.Runs[i];
            if (run.Days is { } days)
            {
                found[new(run.Kind, run.Tariff, run.From)] = new(run.Until, days, run.Each);
                continue;
            }

            var calendar = new BillingCalendar(run.Tariff.Period, run.Tariff.Reference);
            for (var from = day > run.From ? calendar.StartOf(day) : run.From; from < run.Until; from = calendar.Next(from))
            {
                var until = calendar.Next(from);
                if (until > day) found[new(run.Kind, run.Tariff, from)] = new(until, [new(from, until)], run.Each);
            }
        }

        return found;
    }

    private static PeriodAmount TakeOut(ImmutableArray<BilledRun>.Builder runs, PeriodKey key, DateOnly until)
    {
        for (var i = runs.Count - 1; i >= 0 && runs[i].Until >= until; i--)
        {
            var run = runs[i];
            if (run.Kind != key.Kind || run.From > key.PeriodFrom || run.Tariff != key.Tariff) continue;
            runs.RemoveAt(i);
            if (run.Days is { } days) return new(until, days, run.Each);
            if (until < run.Until) Insert(runs, run with { From = until });
            if (run.From < key.PeriodFrom) Insert(runs, run with { Until = key.PeriodFrom });
            return new(until, [new(key.PeriodFrom, until)], run.Each);
        }

        return new(until, [], 0);
    }

    private static void PutIn(ImmutableArray<BilledRun>.Builder runs, PeriodKey key, PeriodAmount amount)
    {
        var run = new BilledRun(key.Kind, key.Tariff, key.PeriodFrom, amount.PeriodUntil, amount.Amount, amount.Days);
        if (amount.Days is [var only] && only == new DaySpan(run.From, run.Until))
        {
            run = run with { Days = null };
            for (var i = runs.Count - 1; i >= 0 && runs[i].Until >= run.From; i--)
            {
                var other = runs[i];
                if (other.Days is not null || other.Kind != run.Kind || other.Each != run.Each || other.Tariff != run.Tariff) continue;
                if (other.Until != run.From && other.From != run.Until) continue;
                run = run with { From = Min(run.From, other.From), Until = Max(run.Until, other.Until) };
                runs.RemoveAt(i);
            }
        }

        Insert(runs, run);
    }

    private static void Insert(ImmutableArray<BilledRun>.Builder runs, BilledRun run)
    {
        var at = runs.Count;
        while (at > 0 && Comes(run, runs[at - 1])) at--;
        runs.Insert(at, run);
    }

    /// <summary>One total order, so that the same entries are the same list whatever came first.</summary>
    private static bool Comes(BilledRun one, BilledRun before) =>
        (one.Until, one.From, one.Kind, one.Tariff.Price, one.Tariff.Quantity)
            .CompareTo((before.Until, before.From, before.Kind, before.Tariff.Price, before.Tariff.Quantity)) < 0;

    private static DateOnly Min(DateOnly one, DateOnly other) => one < other ? one : other;

    private static DateOnly Max(DateOnly one, DateOnly other) => one > other ? one : other;
}

/// <summary>Sets of days as spans in order that do not touch.</summary>
internal static class DaySpans
{
    public static ImmutableArray<DaySpan> Union(IEnumerable<DaySpan> one, IEnumerable<DaySpan> other)
    {
        var merged = ImmutableArray.CreateBuilder<DaySpan>();
        foreach (var span in one.Concat(other).OrderBy(span => span.From).ThenBy(span => span.Until))
        {
            if (merged.Count > 0 && merged[^1].Until >= span.From)
                merged[^1] = new(merged[^1].From, span.Until > merged[^1].Until ? span.Until : merged[^1].Until);
            else
                merged.Add(span);
        }

        return merged.ToImmutable();
    }

    public static ImmutableArray<DaySpan> Minus(IEnumerable<DaySpan> from, IEnumerable<DaySpan> taken)
    {
        var left = from.ToList();
        foreach (var cut in taken)
        {
            left = [.. left.SelectMany(span => new DaySpan[]
            {
                new(span.From, span.Until < cut.From ? span.Until : cut.From),
                new(span.From > cut.Until ? span.From : cut.Until, span.Until),
            }.Where(part => part.From < part.Until).Distinct())];
        }

        return Union(left, []);
    }

    public static bool IsWithin(IEnumerable<DaySpan> inner, IEnumerable<DaySpan> outer) => Minus(inner, outer).IsEmpty;

    public static int Count(ImmutableArray<DaySpan> spans) => spans.Sum(span => span.Days);
}
