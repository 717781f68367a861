using System.Globalization;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Lines that are billed by progress: for each month the price times the percentage at its end, less what was billed and
/// what the months before it will bill. What is reserved or invoiced stands; what comes late for it goes to the last such month.
/// </summary>
internal static class ProgressBook
{
    private const string Prefix = "progress/";
    private const string MonthKey = "yyyy-MM-dd";

    public static void Report(ProjectTurn turn, WorkRecord.ProgressReported report)
    {
        turn.Add(new ProgressTaken(report, turn.Now));
        Follow(turn, report.LineId);
    }

    /// <summary>All that speaks against the report.</summary>
    public static List<Problem> Check(ProjectState state, WorkRecord.ProgressReported report) =>
        TermsOf(state, report.LineId) is { Progress: { } terms }
            ? [.. PercentComplete.Check(terms, report)]
            : [WorkProblems.NoProgressLine(state.Book.Newest, report.LineId)];

    public static bool IsOf(BillableItem item) => item.SourceId.StartsWith(Prefix, StringComparison.Ordinal);

    public static void FollowAll(ProjectTurn turn)
    {
        foreach (var line in turn.State.Book.Newest.Terms.Lines)
            if (line.Billing is BillingModel.FixedFee { Progress: not null } || turn.State.Progress.ContainsKey(line.Id)) Follow(turn, line.Id);
    }

    /// <summary>Brings the open items of the line in step with its progress; nothing for a line that is not billed so.</summary>
    public static void Follow(ProjectTurn turn, string lineId)
    {
        var state = turn.State;
        if (!state.Progress.TryGetValue(lineId, out var line)) return;
        var fee = TermsOf(state, lineId);
        var open = state.Unbilled.Values
            .Where(each => each.Item.LineId == lineId && each.Run is null && IsOf(each.Item) && each.Record is null && !ItemIds.IsReversal(each.Item.Id))
            .ToDictionary(each => MonthOf(each.Item));
        var billed = line.Billed;
        foreach (var (month, percent) in fee is null ? [] : Percents(fee, line))
        {
            open.Remove(month, out var item);
            if (month < line.Frozen) continue;
            var due = Money.Round(fee!.Price.Amount * percent / PercentComplete.Whole, state.Currency, state.Book.Rounding).Minor - billed;
            billed += due;
            if (due != (item?.Item.Value.Minor ?? 0)) turn.Add(Earned(state, lineId, month, percent, due, item?.Item, turn.Now));
        }

        foreach (var (month, item) in open) turn.Add(new ProgressEarned(lineId, month, null, item.Item.Id, turn.Now));
    }

    /// <summary>Hours that count as progress of their line: approved, and included in its fee.</summary>
    public static decimal HoursIn(BillableItem? item, WorkRecord? record) =>
        item is { Disposition: Disposition.Excluded } && record is WorkRecord.TimeWorked { Billable: true } work ? BillableTime.Worked(work) : 0;

    public static string KeyOf(DateOnly month) => month.ToString(MonthKey, CultureInfo.InvariantCulture);

    public static DateOnly MonthOf(BillableItem item) => new(item.Date.Year, item.Date.Month, 1);

    private static BillingModel.FixedFee? TermsOf(ProjectState state, string lineId) =>
        state.Book.Newest.Line(lineId)?.Billing is BillingModel.FixedFee { Progress: not null } fee ? fee : null;

    /// <summary>Each month of which something is known, with the percentage at its end.</summary>
    private static IEnumerable<(DateOnly Month, decimal Percent)> Percents(BillingModel.FixedFee fee, LineProgressed line)
    {
        var terms = fee.Progress!;
        if (terms.By != PercentBy.Hours)
            return line.Reports.Values
                .OrderBy(report => report.Date).ThenBy(report => report.SourceId, StringComparer.Ordinal)
                .GroupBy(report => new DateOnly(report.Date.Year, report.Date.Month, 1))
                .Select(month => (month.Key, PercentComplete.Of(terms, month.Last()) ?? 0));
        var hours = 0m;
        return line.Hours
            .Select(month => (Month: DateOnly.ParseExact(month.Key, MonthKey, CultureInfo.InvariantCulture), Hours: month.Value))
            .OrderBy(month => month.Month)
            .Select(month => (month.Month, PercentComplete.Share(hours += month.Hours, terms.Budget!.Value)))
            .ToArray();
    }

    private static ProgressEarned Earned(
        ProjectState state, string lineId, DateOnly month, decimal percent, long due, BillableItem? replaced, DateTimeOffset now)
    {
        if (due == 0) return new(lineId, month, null, replaced!.Id, now);
        var source = $"{Prefix}{lineId}/{month:yyyy-MM}";
        var version = Math.Max(state.VersionOf(source) ?? 0, state.Progress[lineId].Versions) + 1;
        var (line, value) = (state.Book.Newest.Line(lineId)!, new Money(due, state.Currency));
        var price = ((BillingModel.FixedFee)line.Billing).Price;
        var shown = $"{decimal.Round(percent, 2):0.##} %";
        return new(lineId, month, new(
            ItemIds.Of(source, version), source, version, ItemKind.Milestone, lineId, month.AddMonths(1).AddDays(-1),
            $"{line.Description}: {shown} complete", null, null, 1, value.Amount, value, value, Disposition.Billable,
            due > 0
                ? $"{line.Description} is {shown} complete: of {price}, {value} are billed in addition to what was billed before."
                : $"{line.Description} is {shown} complete, which is less than was billed of {price}: {-value} are given back.",
            $"Contract version {state.Book.Newest.Terms.Version}, line {line.Description}: progress"), replaced?.Id, now);
    }
}
