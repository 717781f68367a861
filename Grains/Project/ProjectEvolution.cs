using System.Collections.Immutable;
using System.Diagnostics;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Grains.BillingRuns;
using Q2C.Invoices;
using Q2C.Projects;
using Q2C.Revenues;

namespace Q2C.Grains.Projects;

/// <summary>What each event makes of a project.</summary>
internal static class ProjectEvolution
{
    public static ProjectState Evolve(ProjectState state, Event @event)
    {
        var caps = state.Caps.Still();
        var before = ReferenceEquals(caps, state.Caps) ? state : state with { Caps = caps };
        return DownPaymentBook.After(before, PeriodicEvolution.After(before, Core(before, @event), @event), @event);
    }

    private static ProjectState Core(ProjectState state, Event @event) => @event switch
    {
        ProjectOpened e => Opened(state, e.Contract),
        TermsChanged e => Changed(state, e.Terms),
        WorkHeld e => state with { Held = state.Held.SetItem(e.Record.SourceId, new(e.Record, e.Connection)) },
        ItemAdded e => Current(state, e.Item, e.Record),
        ItemReplaced e => Current(state, e.Item, e.Record),
        ItemRepriced e => Repriced(state, e.Item),
        ItemWithdrawn e => Withdrawn(state, e),
        ItemReversed e => Reversed(state, e),
        WorkRetracted e => state.Remember(e.SourceId, e.SourceVersion).Take(e.SourceId, e.SourceVersion),
        WorkRefused e => Refused(state, e.Record),
        ExceptionRaised e => Raised(state, e.Item),
        ExceptionResolved e => Resolved(state, ItemIds.SourceOf(e.ItemId)),
        ItemsReserved e => e.Items.Aggregate(
            state with { Runs = state.Runs.Add(e.RunId) }, (now, item) => Assigned(now, item.Id, e.RunId)),
        ItemsReleased e => e.ItemIds.Aggregate(Decided(state, e.ItemIds), (now, id) => Assigned(now, id, null)),
        ItemsInvoiced e => Invoiced(state, e),
        ItemsCredited e => CreditedItems.Evolve(state, e),
        SharesRejected e => SharedBills.Evolve(state, e),
        SharesKept e => SharedBills.Evolve(state, e),
        SharesCredited e => SharedBills.Evolve(state, e),
        RestKept e => state.With(e.Rest.Id, new(e.Rest, null, null)),
        ProgressTaken e => Progressed(state, e.Report),
        ProgressEarned e => Earned(state, e),
        MinimumEarned e => MinimumBook.Earned(state, e),
        WriteOffProposed e => state with { WriteOffs = state.WriteOffs.SetItem(e.WriteOffId, Of(e.WriteOffId, e.Parts, e.Amount, e.Reason, e.By, false, e.At)) },
        WorkWrittenOff e => GivenUp(
            state with { WriteOffs = state.WriteOffs.SetItem(e.WriteOffId, Of(e.WriteOffId, e.Parts, e.Amount, e.Reason, e.By, true, e.At)) }, e.WriteOffId, 1),
        WriteOffReversed e => GivenUp(state, e.WriteOffId, -1) with { WriteOffs = state.WriteOffs.Remove(e.WriteOffId) },
        CapExtended e => WithLedger(state with { Raised = state.Raised.SetItem(e.Limit, state.Raised.GetValueOrDefault(e.Limit) + e.Units) }),
        EstimateTaken e => state with { Estimates = state.Estimates.SetItem(e.LineId, e.Estimate) },
        ProjectClosed => state with { Closed = true },
        ProjectReopened => state with { Closed = false },
        BillingHeld e => state with { Holds = Holds.After(state.Holds, e) },
        BillingHoldReleased e => state with { Holds = Holds.After(state.Holds, e) },
        DraftNoted e => state with { Drafts = (state.Drafts ?? []).Add(e.InvoiceId) },
        DraftSettled e => state with { Drafts = state.Drafts?.Remove(e.InvoiceId) },
        WorkStale or CapWarned or PositionReported => state,
        DownPaymentAsked or DownPaymentPaid or AdjustmentsInvoiced or AdjustmentsCredited => state,
        PeriodCharged or PeriodWithdrawn or RetainerToppedUp or RetainerDrawn or RetainerExpired or RetainerPoolOpened or RetainerPaid or RetainerReturned or UsageBilled or TopUpCharged => state,
        _ => throw new UnreachableException($"{@event.GetType().Name} is no event of a project."),
    };

    private static ProjectState Opened(ProjectState state, ContractActivated contract) => WithLedger(state with
    {
        Contract = contract,
        History = [contract.Terms],
        Book = ProjectState.BookOf(contract, [contract.Terms]),
    });

    /// <summary>What was approved beyond a cap holds as long as the cap is what it was.</summary>
    private static ProjectState Changed(ProjectState state, Terms terms)
    {
        var before = state.Book.Newest.Caps.All.ToDictionary(layer => layer.Key, layer => layer.Ceiling);
        var book = state.Book.With(terms);
        var same = book.Newest.Caps.All.Where(layer => before.TryGetValue(layer.Key, out var ceiling) && ceiling == layer.Ceiling);
        return WithLedger(state with
        {
            History = state.History.Add(terms),
            Book = book,
            Raised = state.Raised.RemoveRange(state.Raised.Keys.Except(same.Select(layer => layer.Key))),
        });
    }

    private static ProjectState WithLedger(ProjectState state) => state with
    {
        Caps = ProjectState.LedgerOf(state.Book.Newest.Caps, state.Unbilled, state.Used, state.Raised),
    };

    private static ProjectState Current(ProjectState state, BillableItem item, WorkRecord record)
    {
        var next = Worked(state.With(item.SourceId, new(item, record, null)), state, item.SourceId, item, record)
            .Take(item.SourceId, item.SourceVersion);
        if (record is not WorkRecord.MilestoneReached reached) return next;
        next = FreeMilestone(next, item.SourceId);
        return next with { Milestones = next.Milestones.SetItem(reached.MilestoneId, item.SourceId) };
    }

    private static ProjectState Repriced(ProjectState state, BillableItem item)
    {
        var key = state.KeyOf(item.Id);
        var old = state.Unbilled[key];
        return Worked(state.With(key, old with { Item = item }), state, key, item, old.Record);
    }

    private static ProjectState Withdrawn(ProjectState state, ItemWithdrawn e)
    {
        var key = state.KeyOf(e.ItemId);
        return FreeMilestone(Worked(state.With(key, null), state, key, null, null), e.SourceId)
            .Remember(e.SourceId, e.SourceVersion).Take(e.SourceId, e.SourceVersion);
    }

    /// <summary>The invoiced part is no longer what the source stands for.</summary>
    private static ProjectState Reversed(ProjectState state, ItemReversed e)
    {
        var reversal = e.Reversal;
        var next = FreeMilestone(state, reversal.SourceId).With(reversal.Id, new(reversal, null, null));
        var past = next.Past.Find(reversal.SourceId)!;
        return (next with
        {
            Past = next.Past.With(past with
            {
                Version = Math.Max(past.Version, reversal.SourceVersion),
                Invoiced = past.Invoiced.RemoveAll(part => part.Item.Id == e.InvoicedItemId),
            }),
        }).Take(reversal.SourceId, reversal.SourceVersion);
    }

    private static ProjectState Refused(ProjectState state, WorkRecord record) =>
        state.Take(record.SourceId, record.SourceVersion) with { Refused = state.Refused.SetItem(record.SourceId, new(record, null)) };

    private static ProjectState Raised(ProjectState state, WorkItem item)
    {
        var source = ItemIds.SourceOf(item.Id);
        return state with { Refused = state.Refused.SetItem(source, state.Refused[source] with { Item = item }) };
    }

    private static ProjectState Resolved(ProjectState state, string source) => state.Refused.TryGetValue(source, out var refused)
        ? state.Remember(source, refused.Record.SourceVersion) with { Refused = state.Refused.Remove(source) }
        : state;

    private static ProjectState Assigned(ProjectState state, string itemId, string? run)
    {
        var key = state.KeyOf(itemId);
        var unbilled = state.Unbilled[key];
        var next = state.With(key, unbilled with { Run = run });
        if (MinimumBook.IsOf(unbilled.Item)) return MinimumBook.Assigned(next, unbilled.Item, run is not null);
        return ProgressBook.IsOf(unbilled.Item) ? Frozen(next, unbilled.Item, run is null ? -1 : 1) : next;
    }

    /// <summary>The items are decided: what was rejected of them does not matter any more.</summary>
    private static ProjectState Decided(ProjectState state, ImmutableArray<string> itemIds) =>
        state.RejectedShares is { IsEmpty: false } rejected ? state with { RejectedShares = rejected.RemoveRange(itemIds) } : state;

    private static ProjectState Invoiced(ProjectState state, ItemsInvoiced e)
    {
        var shares = e.Shared?.ToDictionary(item => item.ItemId, item => item.Shares);
        var discounts = (e.Discounts ?? []).GroupBy(discount => discount.LineId).ToDictionary(line => line.Key, line => line.ToImmutableArray());
        return e.ItemIds.Aggregate(Decided(state, e.ItemIds), (now, id) => Invoiced(
            now, id, e.Number, shares?.TryGetValue(id, out var of) == true ? of : null, discounts));
    }

    private static ProjectState Invoiced(
        ProjectState state, string itemId, string number, ImmutableArray<ItemShare>? shares, Dictionary<string, ImmutableArray<LineDiscount>> discounts)
    {
        var key = state.KeyOf(itemId);
        var (item, record, _, _) = state.Unbilled[key];
        var next = state.With(key, null, settled: true);
        if (item.Kind == ItemKind.DownPayment) return next;
        next = SharedBills.Billed(next, item.LineId, item.Amount.Minor);
        if (ItemIds.IsShare(itemId)) return next;
        next = next with { Used = Using(next, item, 1) };
        var piece = state.Periods.Open.GetValueOrDefault(itemId);
        if (record is null && piece is null && item.Kind != ItemKind.Period && !ItemIds.IsRest(item.Id) && !ProgressBook.IsOf(item)) return next;
        var past = next.Past.Find(item.SourceId) ?? new(item.SourceId, item.SourceVersion, []);
        return next with
        {
            Past = next.Past.With(past with
            {
                Version = Math.Max(past.Version, item.SourceVersion),
                Invoiced = past.Invoiced.Add(new(item with { Explanation = "", Rule = "" }, record, number, piece, shares,
                    discounts.TryGetValue(item.LineId, out var off) ? off : null)),
            }),
        };
    }

    public static ImmutableDictionary<string, UsedWork> Using(ProjectState state, BillableItem item, int sign)
    {
        var minor = sign * item.Amount.Minor;
        var hours = sign * CapPlan.Units(item.BilledHours ?? Wording.HoursOf(item));
        var month = new DateOnly(item.Date.Year, item.Date.Month, 1);
        var used = Add(state.Used, $"{item.LineId}/{month:yyyy-MM}", new(item.LineId, null, month, minor, hours));
        var counts = item.Person is not null && hours != 0 && HasPersonLimits(state, item.LineId);
        return counts ? Add(used, $"{item.LineId}/{item.Date:yyyy-MM-dd}/{item.Person}", new(item.LineId, item.Person, item.Date, minor, hours)) : used;
    }

    private static bool HasPersonLimits(ProjectState state, string lineId)
    {
        foreach (var layer in state.Book.Newest.Caps.Of(lineId))
            if (layer.PerPerson) return true;
        return false;
    }

    private static ImmutableDictionary<string, UsedWork> Add(ImmutableDictionary<string, UsedWork> used, string key, UsedWork more) =>
        used.SetItem(key, used.TryGetValue(key, out var known)
            ? known with { Minor = known.Minor + more.Minor, Hours = known.Hours + more.Hours }
            : more);

    /// <summary>Hours that are part of a fee count as progress of its line.</summary>
    private static ProjectState Worked(ProjectState next, ProjectState before, string key, BillableItem? item, WorkRecord? record)
    {
        var old = before.Unbilled.GetValueOrDefault(key);
        next = Worked(next, old?.Item, -ProgressBook.HoursIn(old?.Item, old?.Record));
        return Worked(next, item, ProgressBook.HoursIn(item, record));
    }

    private static ProjectState Worked(ProjectState state, BillableItem? item, decimal hours)
    {
        if (hours == 0 || state.Book.Newest.Line(item!.LineId)?.Billing is not BillingModel.FixedFee { Progress.By: PercentBy.Hours }) return state;
        var line = state.Progress.GetValueOrDefault(item.LineId, LineProgressed.None);
        var month = ProgressBook.KeyOf(ProgressBook.MonthOf(item));
        return state with
        {
            Progress = state.Progress.SetItem(item.LineId, line with { Hours = line.Hours.SetItem(month, line.Hours.GetValueOrDefault(month) + hours) }),
        };
    }

    private static ProjectState Progressed(ProjectState state, WorkRecord.ProgressReported report)
    {
        var next = state.Remember(report.SourceId, report.SourceVersion).Take(report.SourceId, report.SourceVersion);
        var others = next.Progress.ToImmutableDictionary(
            line => line.Key, line => line.Value with { Reports = line.Value.Reports.Remove(report.SourceId) });
        var line = others.GetValueOrDefault(report.LineId, LineProgressed.None);
        return next with
        {
            Progress = others.SetItem(report.LineId, line with { Reports = line.Reports.SetItem(report.SourceId, report) }),
        };
    }

    private static ProjectState Earned(ProjectState state, ProgressEarned e)
    {
        var next = e.ReplacedItemId is { } replaced ? state.With(replaced, null) : state;
        if (e.Item is null) return next;
        var line = next.Progress[e.LineId];
        return next.With(e.Item.Id, new(e.Item, null, null)) with
        {
            Progress = next.Progress.SetItem(e.LineId, line with { Versions = Math.Max(line.Versions, e.Item.SourceVersion) }),
        };
    }

    public static ProjectState Frozen(ProjectState state, BillableItem item, int sign)
    {
        var line = state.Progress.GetValueOrDefault(item.LineId, LineProgressed.None);
        var month = ProgressBook.MonthOf(item);
        return state with
        {
            Progress = state.Progress.SetItem(item.LineId, line with
            {
                Billed = line.Billed + (sign * item.Amount.Minor),
                Frozen = line.Frozen > month ? line.Frozen : month,
            }),
        };
    }

    private static WriteOff Of(
        string id, ImmutableArray<GivenUp> parts, Money amount, string reason, string by, bool approved, DateTimeOffset at) =>
        new(id, parts.ToImmutableDictionary(part => part.ItemId, part => part.Amount.Minor), amount, reason, by, approved, at);

    /// <summary>Gives up the write-off's parts, or takes them back, of the items that are still open.</summary>
    private static ProjectState GivenUp(ProjectState state, string writeOffId, int sign)
    {
        var writeOff = state.WriteOffs[writeOffId];
        return !writeOff.Approved ? state : writeOff.Parts.Aggregate(state, (now, part) =>
            now.Unbilled.TryGetValue(now.KeyOf(part.Key), out var open) && open.Item.Id == part.Key && open.Run is null
                ? now.With(now.KeyOf(part.Key), open with
                {
                    GivenUp = open.GivenUp + (sign * part.Value),
                    Item = open.Item with { Disposition = sign < 0 && open.Item.Disposition == Disposition.WrittenOff ? Disposition.Billable : open.Item.Disposition },
                })
                : now);
    }

    private static ProjectState FreeMilestone(ProjectState state, string sourceId)
    {
        foreach (var (milestone, source) in state.Milestones)
            if (source == sourceId) return state with { Milestones = state.Milestones.Remove(milestone) };
        return state;
    }
}
