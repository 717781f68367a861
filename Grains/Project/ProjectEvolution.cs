using System.Diagnostics;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What each event makes of a project.</summary>
internal static class ProjectEvolution
{
    public static ProjectState Evolve(ProjectState state, Event @event) =>
        PeriodicEvolution.After(state, Core(state, @event), @event);

    private static ProjectState Core(ProjectState state, Event @event) => @event switch
    {
        ProjectOpened e => Opened(state, e.Contract),
        TermsChanged e => state with { History = state.History.Add(e.Terms), Book = state.Book.With(e.Terms) },
        WorkHeld e => Held(state, e),
        ItemAdded e => Current(state, e.Item, e.Record),
        ItemReplaced e => Current(state, e.Item, e.Record),
        ItemRepriced e => state.With(e.Item.SourceId, state.Unbilled[e.Item.SourceId] with { Item = e.Item }),
        ItemWithdrawn e => FreeMilestone(state.Without(e.SourceId), e.SourceId).Take(e.SourceId, e.SourceVersion),
        ItemReversed e => Reversed(state, e.Reversal),
        WorkRetracted e => state.Take(e.SourceId, e.SourceVersion),
        WorkRefused e => Refused(state, e.Record),
        ExceptionRaised e => Raised(state, e.Item),
        ExceptionResolved e => state with { Refused = state.Refused.Remove(ItemIds.SourceOf(e.ItemId)) },
        ItemsReserved e => e.Items.Aggregate(
            state with { Runs = state.Runs.Add(e.RunId) }, (now, item) => Assigned(now, item.Id, e.RunId)),
        ItemsReleased e => e.ItemIds.Aggregate(state, (now, id) => Assigned(now, id, null)),
        ItemsInvoiced e => e.ItemIds.Aggregate(state, (now, id) => Invoiced(now, id, e.Number)),
        ItemsCredited e => CreditedItems.Evolve(state, e),
        ProjectClosed => state with { Closed = true },
        ProjectReopened => state with { Closed = false },
        WorkStale or CapWarned => state,
        PeriodCharged or PeriodWithdrawn or RetainerToppedUp or RetainerDrawn or RetainerExpired or RetainerPaid => state,
        _ => throw new UnreachableException($"{@event.GetType().Name} is no event of a project."),
    };

    private static ProjectState Opened(ProjectState state, ContractActivated contract) => state with
    {
        Contract = contract,
        History = [contract.Terms],
        Book = PriceBook.Of([contract.Terms], contract.Routing.Rounding),
    };

    private static ProjectState Held(ProjectState state, WorkHeld e) => state with
    {
        Seen = state.Seen.SetItem(e.Record.SourceId, e.Record.SourceVersion),
        Held = state.Held.SetItem(e.Record.SourceId, new(e.Record, e.Connection)),
    };

    private static ProjectState Current(ProjectState state, BillableItem item, WorkRecord record)
    {
        var next = state.With(item.SourceId, new(item, record, null)).Take(item.SourceId, item.SourceVersion);
        if (record is not WorkRecord.MilestoneReached reached) return next;
        next = FreeMilestone(next, item.SourceId);
        return next with { Milestones = next.Milestones.SetItem(reached.MilestoneId, item.SourceId) };
    }

    private static ProjectState Reversed(ProjectState state, BillableItem reversal)
    {
        var next = FreeMilestone(state, reversal.SourceId)
            .With(reversal.Id, new(reversal, null, null))
            .Take(reversal.SourceId, reversal.SourceVersion);
        return next with { Settled = next.Settled.Remove(reversal.SourceId) };
    }

    private static ProjectState Refused(ProjectState state, WorkRecord record)
    {
        var next = state.Take(record.SourceId, record.SourceVersion);
        return next with { Refused = next.Refused.SetItem(record.SourceId, new(record, null)) };
    }

    private static ProjectState Raised(ProjectState state, WorkItem item)
    {
        var source = ItemIds.SourceOf(item.Id);
        return state with { Refused = state.Refused.SetItem(source, state.Refused[source] with { Item = item }) };
    }

    private static ProjectState Assigned(ProjectState state, string itemId, string? run)
    {
        var key = state.KeyOf(itemId);
        return state.With(key, state.Unbilled[key] with { Run = run });
    }

    private static ProjectState Invoiced(ProjectState state, string itemId, string number)
    {
        var key = state.KeyOf(itemId);
        var item = state.Unbilled[key].Item;
        var next = state.Without(key);
        return next with
        {
            Invoiced = next.Invoiced.SetItem(item.LineId, next.Invoiced.GetValueOrDefault(item.LineId) + item.Amount.Minor),
            Settled = key != item.SourceId ? next.Settled : next.Settled.SetItem(key, new(
                item.SourceVersion, item.Kind, item.LineId, item.Date, item.Quantity, item.Rate, item.Value.Minor,
                item.Amount.Minor, number)),
        };
    }

    private static ProjectState FreeMilestone(ProjectState state, string sourceId)
    {
        foreach (var (milestone, source) in state.Milestones)
            if (source == sourceId) return state with { Milestones = state.Milestones.Remove(milestone) };
        return state;
    }
}
