using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Takes a record of work in: as an item, in place of an item, against an invoiced item, or to a person.</summary>
internal static class WorkIntake
{
    public static void Report(ProjectTurn turn, WorkRecord record, string? connection)
    {
        var state = turn.State;
        if (state.VersionOf(record.SourceId) is { } seen)
        {
            if (record.SourceVersion < seen) turn.Add(new WorkStale(record.SourceId, record.SourceVersion, seen, turn.Now));
            if (record.SourceVersion <= seen) return;
        }

        if (state.Contract is null)
            turn.Add(new WorkHeld(record, connection, "The project is not open yet.", turn.Now));
        else if (state.RunOf(record.SourceId) is { } run)
            turn.Add(new WorkHeld(record, connection, $"Its item is reserved by {run}.", turn.Now));
        else
            Apply(turn, record, connection, Resolutions.Succeeded);
    }

    /// <summary>Applies every record that has nothing left to wait for, in the order of the work.</summary>
    public static void ApplyHeld(ProjectTurn turn)
    {
        var ready = turn.State.Held.Values
            .Where(held => turn.State.RunOf(held.Record.SourceId) is null)
            .OrderBy(held => new WorkKey(held.Record.Date, held.Record.SourceId, held.Record.SourceVersion));
        foreach (var held in ready) Apply(turn, held.Record, held.Connection, Resolutions.Succeeded);
    }

    /// <summary>Tries all refused records again and takes in those that nothing speaks against any more.</summary>
    public static void RetryRefused(ProjectTurn turn)
    {
        foreach (var (_, refused) in turn.State.Refused.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            if (Judge(turn.State, refused.Record).IsRefused is false)
                Apply(turn, refused.Record, refused.Item?.Connection, Resolutions.Succeeded);
    }

    /// <summary>The record's price, or all that speaks against taking it in.</summary>
    public static Priced Judge(ProjectState state, WorkRecord record)
    {
        var priced = record is WorkRecord.ProgressReported report ? Reported(state, report) : Pricing.Price(state.Book, record);
        var isNew = !state.Unbilled.ContainsKey(record.SourceId) && state.Past.Find(record.SourceId) is not { Invoiced: not [] };
        var taken = record is WorkRecord.MilestoneReached reached
            && state.Milestones.TryGetValue(reached.MilestoneId, out var by) && by != record.SourceId
                ? WorkProblems.MilestoneTaken(reached.MilestoneId, by)
                : null;
        var beyond = priced.IsRefused ? null : CapShift.Refusal(state, record, priced.Price);
        if (!(state.Closed && isNew) && taken is null && beyond is null) return priced;
        List<Problem> problems = [.. priced.Problems];
        if (state.Closed && isNew) problems.Add(WorkProblems.Closed());
        if (taken is not null) problems.Add(taken);
        if (beyond is not null) problems.Add(beyond);
        return new(problems);
    }

    /// <param name="resolution">What becomes of the exception of this record, or of its older version, if it is taken in.</param>
    public static void Apply(ProjectTurn turn, WorkRecord record, string? connection, string resolution)
    {
        if (record is WorkRecord.Retracted retracted)
        {
            Resolve(turn, record.SourceId, Resolutions.Withdrawn, retracted.Reason);
            Retract(turn, retracted);
            return;
        }

        var priced = Judge(turn.State, record);
        if (priced.IsRefused)
        {
            Resolve(turn, record.SourceId, Resolutions.Withdrawn, $"Version {record.SourceVersion} took its place.");
            Refuse(turn, record, connection, priced.Problems);
            After(turn, $"{record.SourceId} waits for a correction", null);
            return;
        }

        Resolve(turn, record.SourceId, resolution, null);
        if (record is WorkRecord.ProgressReported report) ProgressBook.Report(turn, report);
        else Accept(turn, record, priced.Price);
    }

    /// <summary>The record becomes work for a person; an open item of an older version no longer stands for it.</summary>
    public static void Refuse(ProjectTurn turn, WorkRecord record, string? connection, ImmutableArray<Problem> problems)
    {
        var open = turn.State.Unbilled.GetValueOrDefault(record.SourceId)?.Item;
        if (open is not null)
            turn.Add(new ItemWithdrawn(open.Id, record.SourceId, record.SourceVersion, problems[0].Message, turn.Now));
        turn.Add(new WorkRefused(record, problems, turn.Now));
        turn.Add(new ExceptionRaised(WorkItemFor(record, connection, problems, open?.Value), turn.Now));
    }

    /// <summary>The reversal of a part that is on an invoice, or on one for each payer.</summary>
    public static IEnumerable<ItemReversed> Reversals(ProjectTurn turn, SettledItem settled, long version, string why)
    {
        var item = settled.Item;
        var whole = new ItemReversed(item.Id, new(
            ItemIds.Reversal(item.Id), item.SourceId, version, ItemKind.Adjustment, item.LineId, item.Date,
            $"Reversal of {item.Id} on invoice {settled.Invoice}", null, null, -item.Quantity, item.Rate,
            -item.Value, -item.Amount, Disposition.Billable,
            $"Takes back {item.Amount} of invoice {settled.Invoice}: {why}.", $"Invoice {settled.Invoice}, item {item.Id}")
        {
            Cost = item.Cost is { } cost ? -cost : null,
            Discounts = settled.Discounts,
            BilledHours = item.Kind == ItemKind.Time ? -(item.BilledHours ?? Wording.HoursOf(item)) : null,
        }, turn.Now);
        return SharedBills.Reversals(whole, settled.Shares);
    }

    private static Priced Reported(ProjectState state, WorkRecord.ProgressReported report) =>
        ProgressBook.Check(state, report) is { Count: > 0 } problems ? new(problems) : new(default(Price));

    private static void Accept(ProjectTurn turn, WorkRecord record, Price price)
    {
        var before = turn.State;
        var replaced = before.Unbilled.GetValueOrDefault(record.SourceId)?.Item;
        Reverse(turn, record.SourceId, record.SourceVersion, "it was corrected afterwards");
        var item = CapShift.ItemOf(turn.State, record, price);
        turn.Add(replaced is null
            ? new ItemAdded(item, record, turn.Now)
            : new ItemReplaced(replaced.Id, item, record, turn.Now));
        After(turn, $"{item.Id} came in", item.LineId, replaced?.LineId);
    }

    /// <summary>Takes back every part of the source that is on an invoice, and what a cap left of it.</summary>
    private static void Reverse(ProjectTurn turn, string source, long version, string why)
    {
        if (turn.State.Past.Find(source) is not { } past) return;
        if (turn.State.RestOf(past) is { } rest) turn.Add(new ItemWithdrawn(rest.Item.Id, source, version, why, turn.Now));
        foreach (var reversal in past.Invoiced.SelectMany(part => Reversals(turn, part, version, why))) turn.Add(reversal);
    }

    private static void Retract(ProjectTurn turn, WorkRecord.Retracted record)
    {
        var (state, source) = (turn.State, record.SourceId);
        var isBilled = state.Past.Find(source) is { } past && (past.Invoiced is not [] || state.RestOf(past) is not null);
        var reports = state.Progress.Where(line => line.Value.Reports.ContainsKey(source)).Select(line => line.Key).ToArray();
        if (state.Unbilled.TryGetValue(source, out var open))
            turn.Add(new ItemWithdrawn(open.Item.Id, source, record.SourceVersion, record.Reason, turn.Now));
        if (isBilled)
            Reverse(turn, source, record.SourceVersion, $"it was taken back afterwards: {record.Reason}");
        else if (open is null)
            turn.Add(new WorkRetracted(source, record.SourceVersion, record.Reason, turn.Now));
        After(turn, $"{source} was taken back", [open?.Item.LineId, .. reports]);
    }

    private static void After(ProjectTurn turn, string cause, params ReadOnlySpan<string?> lines)
    {
        CapShift.After(turn, cause);
        foreach (var line in lines)
            if (line is not null && turn.State.Progress.ContainsKey(line)) ProgressBook.Follow(turn, line);
    }

    private static void Resolve(ProjectTurn turn, string source, string resolution, string? reason)
    {
        if (turn.State.Refused.GetValueOrDefault(source)?.Item is { } item)
            turn.Add(new ExceptionResolved(item.Id, resolution, reason, turn.Context.Actor.Id, turn.Now));
    }

    private static WorkItem WorkItemFor(
        WorkRecord record, string? connection, ImmutableArray<Problem> problems, Money? held) => new(
        ItemIds.Of(record),
        problems[0].Code is WorkProblems.ProjectClosed or WorkProblems.OutsideContractDates or WorkProblems.CapExceeded
            ? ExceptionCategory.Business : ExceptionCategory.Data,
        problems[0].Code, "Work to billable item", string.Join(' ', problems.Select(problem => problem.Message)),
        string.Join(' ', problems.Select(problem => problem.Remedy).Distinct()), Roles.Delivery, connection, held);
}
