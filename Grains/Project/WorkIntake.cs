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
        if (state.Seen.TryGetValue(record.SourceId, out var seen))
        {
            if (record.SourceVersion < seen) turn.Add(new WorkStale(record.SourceId, record.SourceVersion, seen, turn.Now));
            if (record.SourceVersion <= seen) return;
        }

        if (state.Contract is null)
            turn.Add(new WorkHeld(record, connection, "The project is not open yet.", turn.Now));
        else if (state.IsReserved(record.SourceId))
            turn.Add(new WorkHeld(record, connection, $"Its item is reserved by {state.Unbilled[record.SourceId].Run}.", turn.Now));
        else
            Apply(turn, record, connection, Resolutions.Succeeded);
    }

    /// <summary>Applies every record that has nothing left to wait for, in the order of the work.</summary>
    public static void ApplyHeld(ProjectTurn turn)
    {
        var ready = turn.State.Held.Values
            .Where(held => !turn.State.IsReserved(held.Record.SourceId))
            .OrderBy(held => new WorkKey(held.Record.Date, held.Record.SourceId, held.Record.SourceVersion));
        foreach (var held in ready) Apply(turn, held.Record, held.Connection, Resolutions.Succeeded);
    }

    /// <summary>Tries all refused records again and takes in those that nothing speaks against any more.</summary>
    public static void RetryRefused(ProjectTurn turn)
    {
        foreach (var (_, refused) in turn.State.Refused.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            if (!Judge(turn.State, refused.Record).IsRefused)
                Apply(turn, refused.Record, refused.Item?.Connection, Resolutions.Succeeded);
    }

    /// <summary>The record's price, or all that speaks against taking it in.</summary>
    public static Priced Judge(ProjectState state, WorkRecord record)
    {
        var priced = Pricing.Price(state.Book, record);
        var isNew = !state.Unbilled.ContainsKey(record.SourceId) && !state.Settled.ContainsKey(record.SourceId);
        var taken = record is WorkRecord.MilestoneReached reached
            && state.Milestones.TryGetValue(reached.MilestoneId, out var by) && by != record.SourceId
                ? WorkProblems.MilestoneTaken(reached.MilestoneId, by)
                : null;
        if (!(state.Closed && isNew) && taken is null) return priced;
        List<Problem> problems = [.. priced.Problems];
        if (state.Closed && isNew) problems.Add(WorkProblems.Closed());
        if (taken is not null) problems.Add(taken);
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
            var before = turn.State;
            if (Refuse(turn, record, connection, priced.Problems) is { } withdrawn)
                CapShift.After(turn, before, $"{record.SourceId} waits for a correction", withdrawn.LineId);
            return;
        }

        Resolve(turn, record.SourceId, resolution, null);
        Accept(turn, record, priced.Price);
    }

    /// <summary>The record becomes work for a person; an open item of an older version no longer stands for it.</summary>
    public static BillableItem? Refuse(ProjectTurn turn, WorkRecord record, string? connection, ImmutableArray<Problem> problems)
    {
        var open = turn.State.Unbilled.GetValueOrDefault(record.SourceId)?.Item;
        if (open is not null)
            turn.Add(new ItemWithdrawn(open.Id, record.SourceId, record.SourceVersion, problems[0].Message, turn.Now));
        turn.Add(new WorkRefused(record, problems, turn.Now));
        turn.Add(new ExceptionRaised(WorkItemFor(record, connection, problems, open?.Value), turn.Now));
        return open;
    }

    private static void Accept(ProjectTurn turn, WorkRecord record, Price price)
    {
        var before = turn.State;
        var source = record.SourceId;
        var replaced = before.Unbilled.GetValueOrDefault(source)?.Item;
        var settled = before.Settled.GetValueOrDefault(source);
        if (settled is not null) turn.Add(Reversal(turn, settled, source, record.SourceVersion, "it was corrected afterwards"));

        var amount = CapShift.AmountOf(turn.State.Without(source), record, price);
        var item = Wording.Item(record, price, amount, turn.State.Book.Ceiling(price.LineId));
        turn.Add(replaced is null
            ? new ItemAdded(item, record, turn.Now)
            : new ItemReplaced(replaced.Id, item, record, turn.Now));
        CapShift.After(turn, before, $"{item.Id} came in", item.LineId, replaced?.LineId, settled?.LineId);
    }

    private static void Retract(ProjectTurn turn, WorkRecord.Retracted record)
    {
        var before = turn.State;
        var source = record.SourceId;
        var cause = $"{source} was taken back";
        if (before.Unbilled.TryGetValue(source, out var open))
        {
            turn.Add(new ItemWithdrawn(open.Item.Id, source, record.SourceVersion, record.Reason, turn.Now));
            CapShift.After(turn, before, cause, open.Item.LineId);
        }
        else if (before.Settled.TryGetValue(source, out var settled))
        {
            turn.Add(Reversal(turn, settled, source, record.SourceVersion, $"it was taken back afterwards: {record.Reason}"));
            CapShift.After(turn, before, cause, settled.LineId);
        }
        else
        {
            turn.Add(new WorkRetracted(source, record.SourceVersion, record.Reason, turn.Now));
        }
    }

    private static ItemReversed Reversal(ProjectTurn turn, SettledItem settled, string source, long version, string why)
    {
        var id = ItemIds.Of(source, settled.Version);
        var currency = turn.State.Currency;
        var amount = new Money(settled.Amount, currency);
        return new(id, new(
            ItemIds.Reversal(id), source, version, ItemKind.Adjustment, settled.LineId, settled.Date,
            $"Reversal of {id} on invoice {settled.Invoice}", null, null, -settled.Quantity, settled.Rate,
            new(-settled.Value, currency), -amount, Disposition.Billable,
            $"Takes back {amount} of invoice {settled.Invoice}: {why}.", $"Invoice {settled.Invoice}, item {id}"), turn.Now);
    }

    private static void Resolve(ProjectTurn turn, string source, string resolution, string? reason)
    {
        if (turn.State.Refused.GetValueOrDefault(source)?.Item is { } item)
            turn.Add(new ExceptionResolved(item.Id, resolution, reason, turn.Context.Actor.Id, turn.Now));
    }

    private static WorkItem WorkItemFor(
        WorkRecord record, string? connection, ImmutableArray<Problem> problems, Money? held) => new(
        ItemIds.Of(record),
        problems[0].Code is WorkProblems.ProjectClosed or WorkProblems.OutsideContractDates ? ExceptionCategory.Business : ExceptionCategory.Data,
        problems[0].Code, "Work to billable item", string.Join(' ', problems.Select(problem => problem.Message)),
        string.Join(' ', problems.Select(problem => problem.Remedy).Distinct()), Roles.Delivery, connection, held);
}
