using System.Collections.Immutable;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>Recognises every month that is due, one entry each, up to the period that was asked for.</summary>
internal static class PeriodEnd
{
    public static void Recognise(RevenueTurn turn, PositionReported reported)
    {
        var state = turn.State;
        var lines = state.Lines;
        for (var month = FirstMonth(state, reported.PeriodEnd); month < reported.PeriodEnd; month = Next(month))
            lines = Book(turn, lines, OverTime(lines, month, state.Rounding), month);
        var positions = reported.Lines.ToDictionary(position => position.LineId);
        var known = lines.ToImmutableDictionary(
            pair => pair.Key, pair => positions.TryGetValue(pair.Key, out var position) ? pair.Value with { Latest = position } : pair.Value);
        lines = Book(turn, lines, Earned(known, reported.PeriodEnd, state.Rounding, Unforfeited(lines)), reported.PeriodEnd);
        var expired = lines.ToImmutableDictionary(pair => pair.Key, pair => pair.Value with { Latest = known[pair.Key].Latest });
        lines = Breakage(turn, expired, Earned(expired, reported.PeriodEnd, state.Rounding), reported.PeriodEnd);
        lines = Cost(turn, lines, reported.PeriodEnd);
        var ordered = lines.Values.OrderBy(line => line.LineId, StringComparer.Ordinal).ToImmutableArray();
        turn.Add(new RevenueRecognized(reported.PeriodEnd, ordered, Forecast.Of(turn.State.With(ordered), reported.PeriodEnd), turn.Now));
    }

    /// <summary>The first month that is not recognised yet, but never one before the contract begins.</summary>
    private static DateOnly FirstMonth(RevenueState.Open state, DateOnly asked)
    {
        var first = state.Through is { } through ? Next(through) : RecognitionSchedule.EndOfMonth(state.Start);
        return first < asked ? first : asked;
    }

    private static DateOnly Next(DateOnly month) => RecognitionSchedule.EndOfMonth(month.AddDays(1));

    /// <summary>Of months that nobody recognised in time only what follows from the calendar is known.</summary>
    private static ImmutableDictionary<string, LineRevenue> OverTime(
        ImmutableDictionary<string, LineRevenue> lines, DateOnly month, Rounding rounding) => lines.ToImmutableDictionary(
        pair => pair.Key,
        pair => pair.Value.Terms.Treatment is RevenueTreatment.StraightLine
            ? pair.Value with { Recognised = Recognition.Earned(pair.Value, month, rounding) }
            : pair.Value);

    private static ImmutableDictionary<string, LineRevenue> Earned(
        ImmutableDictionary<string, LineRevenue> lines, DateOnly month, Rounding rounding, Func<LineRevenue, LineRevenue>? seen = null) =>
        lines.ToImmutableDictionary(
            pair => pair.Key,
            pair => pair.Value with { Recognised = Recognition.Earned(seen is null ? pair.Value : seen(pair.Value), month, rounding) });

    /// <summary>What expired in this period is booked by itself.</summary>
    private static Func<LineRevenue, LineRevenue> Unforfeited(ImmutableDictionary<string, LineRevenue> before) => line => line.Latest is { } latest
        ? line with { Latest = latest with { Forfeited = before[line.LineId].Latest?.Forfeited } }
        : line;

    private static ImmutableDictionary<string, LineRevenue> Book(
        RevenueTurn turn, ImmutableDictionary<string, LineRevenue> before, ImmutableDictionary<string, LineRevenue> after, DateOnly month)
    {
        foreach (var on in after.Values.GroupBy(OnOf).OrderBy(group => group.Key))
            turn.Post(
                EntryCause.Recognition, on.Key == RecogniseOn.PeriodStart ? RecognitionSchedule.StartOfMonth(month) : month, month,
                $"Revenue of {month:yyyy-MM}", Moved(before, on), on: on.Key);
        return after;
    }

    private static ImmutableDictionary<string, LineRevenue> Breakage(
        RevenueTurn turn, ImmutableDictionary<string, LineRevenue> before, ImmutableDictionary<string, LineRevenue> after, DateOnly month)
    {
        turn.Post(EntryCause.Breakage, month, month, $"Prepayments that expired unused until {month:yyyy-MM-dd}", Moved(before, after.Values));
        return after;
    }

    private static ImmutableDictionary<string, LineRevenue> Cost(
        RevenueTurn turn, ImmutableDictionary<string, LineRevenue> before, DateOnly month)
    {
        var after = before.ToImmutableDictionary(pair => pair.Key, pair => Recognition.Incur(pair.Value, turn.State.Rounding));
        turn.Post(
            EntryCause.Cost, month, month, $"Cost of {month:yyyy-MM}",
            after.Values.OrderBy(line => line.LineId, StringComparer.Ordinal)
                .SelectMany(line => Recognition.CostPostings(before[line.LineId], line)),
            turn.State.CostCurrency);
        return after;
    }

    private static IEnumerable<LedgerLine> Moved(ImmutableDictionary<string, LineRevenue> before, IEnumerable<LineRevenue> after) =>
        after.OrderBy(line => line.LineId, StringComparer.Ordinal).SelectMany(line => Recognition.Postings(before[line.LineId], line));

    private static RecogniseOn OnOf(LineRevenue line) =>
        line.Terms.Treatment is RevenueTreatment.StraightLine how ? how.On : RecogniseOn.PeriodEnd;
}
