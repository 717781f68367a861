using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.BillingRuns;

/// <summary>
/// A draft of a run is made anew: its projects set their items aside again, with what came since, and the same grouping
/// makes the draft of them. What would belong to another invoice goes back to its project, for the next run.
/// </summary>
internal static class DraftRefreshing
{
    public static ImmutableArray<Event> Ask(BillingRunState.Started state, RefreshAsked e, DateTimeOffset now) => Obstacle(state, e) is { } why
        ? [new DraftRefreshed(e.InvoiceId, null, why, now)]
        : [.. e.Parts.Select(part => new ReservationRefreshAsked(state.RunId, e.InvoiceId, part.ProjectId, state.Run.CutOff, part.ItemIds, now))];

    public static ImmutableArray<Event> Take(BillingRunState.Started state, string invoiceId, ItemsReserved answer, DecisionContext context)
    {
        if (!state.Refreshes.TryGetValue(invoiceId, out var refresh) || !refresh.Unanswered.Contains(answer.ProjectId)) return [];
        var received = new RefreshReceived(invoiceId, answer.ProjectId, answer, context.Now);
        return refresh.Unanswered.Length > 1 ? [received] : [received, .. Finish(state, invoiceId, refresh.Answers.Add(answer), context)];
    }

    public static DraftRefresh Asked(BillingRunState.Started state, ReservationRefreshAsked e)
    {
        var known = state.Refreshes.GetValueOrDefault(e.InvoiceId) ?? new([], []);
        return known with { Unanswered = known.Unanswered.Add(e.ProjectId) };
    }

    public static DraftRefresh Received(BillingRunState.Started state, RefreshReceived e)
    {
        var known = state.Refreshes[e.InvoiceId];
        return new(known.Unanswered.Remove(e.ProjectId), known.Answers.Add(e.Items));
    }

    private static IEnumerable<Event> Finish(
        BillingRunState.Started state, string invoiceId, ImmutableArray<ItemsReserved> answers, DecisionContext context)
    {
        var bills = Drafting.Bills(
                context.Region, state.RunId, state.InvoiceDate, state.By, answers.Where(one => Drafting.UntaxedService(one) is null),
                customer => BillingRun.GroupingOf(state, customer))
            .ToImmutableArray();

        // What several payers share by now comes to nothing here: the next run makes their drafts.
        var own = bills.FirstOrDefault(bill => bill.Drafts is [var draft] && draft.InvoiceId == invoiceId && bill.Sorted(state.Negative).Waiting.IsEmpty);
        return
        [
            .. bills.Where(bill => bill != own).SelectMany(bill => BillingRun.Return(state, bill.Whole, context)),
            .. answers.Where(one => Drafting.UntaxedService(one) is not null).Select(one => new ReservationReturned(
                state.RunId, one.ProjectId, Drafting.Untaxed(state.RunId, one, Drafting.UntaxedService(one)!).Message, context.Now,
                [.. one.Items.Select(item => item.Id)])),
            new DraftRefreshed(invoiceId, own?.Drafts[0], null, context.Now),
        ];
    }

    /// <summary>
    /// Discounts and down payments are of a project's drafts together: with another one under way, what is left of them is not
    /// known.
    /// </summary>
    private static string? Obstacle(BillingRunState.Started state, RefreshAsked e)
    {
        var projects = e.Parts.Select(part => part.ProjectId).ToHashSet();
        var other = state.Drafts.Where(draft => draft.Key != e.InvoiceId && draft.Value is null)
            .Select(draft => draft.Key).Order(StringComparer.Ordinal).FirstOrDefault(id => state.ProjectsOf[id].Any(projects.Contains));
        return other is null ? null : $"Draft {other} of the same run bills the same project; issue or reject it first.";
    }
}
