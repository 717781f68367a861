using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What each event makes of a project's periods, usage and retainers.</summary>
internal static class PeriodicEvolution
{
    /// <param name="before">The project before the event.</param>
    /// <param name="after">The project after it, but for its periods.</param>
    public static ProjectState After(ProjectState before, ProjectState after, Event @event) => @event switch
    {
        PeriodCharged e => Charged(after, e),
        PeriodWithdrawn e => after.Without(e.ItemId) with { Periodic = after.Periods with { Open = after.Periods.Open.Remove(e.ItemId) } },
        TermsChanged e when after.Periodic is { } periods => after with { Periodic = periods.Recheck(e.Terms.EffectiveFrom) },
        ItemsReserved { CutOff: { } cutOff } => after with { Periodic = Billed(after.Periods, cutOff) },
        ItemsReleased e when after.Periodic is { } periods => after with { Periodic = e.ItemIds.Aggregate(periods, Released) },
        ItemsInvoiced e when after.Periodic is not null => e.ItemIds.Aggregate(after, (now, id) => Invoiced(before, now, id)),
        TopUpCharged e => after.With(e.Item.Id, new(e.Item, null, null)),
        RetainerToppedUp e => ToppedUp(after, e.TopUp),
        RetainerExpired e => Expired(after, e),
        RetainerPoolOpened => after with { Periodic = after.Periods with { Pooled = true } },
        RetainerPaid e => after with { Periodic = Drawn(after.Periods, e.Draws) with { Paid = after.Periods.Paid.SetItem(e.InvoiceId, e.Draws) } },
        RetainerReturned e => after with { Periodic = Returned(after.Periods, e) },
        RetainerDrawn e => Covered(after, e),
        UsageBilled e => e.ItemIds.Aggregate(after, Settled),
        ItemAdded e => UsageIntake.Counted(after, e.Item),
        ItemReplaced e => UsageIntake.Counted(GivenBack(after, e.Item.SourceId), e.Item),
        ItemRepriced e => UsageIntake.Counted(GivenBack(after, e.Item.SourceId), e.Item),
        ItemWithdrawn e => UsageIntake.Uncounted(GivenBack(after, e.SourceId), e.SourceId),
        ItemReversed e => GivenBack(after, e.Reversal.SourceId),
        WorkRetracted e => UsageIntake.Uncounted(after, e.SourceId),
        _ => after,
    };

    private static ProjectState Charged(ProjectState state, PeriodCharged e)
    {
        var periods = state.Periods;
        var line = periods.Line(e.Piece.LineId);
        return state.With(e.Item.Id, new(e.Item, null, null)) with
        {
            Periodic = periods with
            {
                Open = periods.Open.SetItem(e.Item.Id, e.Piece),
                Lines = periods.Lines.SetItem(e.Piece.LineId, line with { Sequence = line.Sequence + 1 }),
            },
        };
    }

    private static PeriodicState Billed(PeriodicState periods, DateOnly cutOff) => periods with
    {
        Checked = cutOff > periods.Checked ? cutOff : periods.Checked,
        CutOff = cutOff > (periods.CutOff ?? DateOnly.MinValue) ? cutOff : periods.CutOff,
    };

    private static PeriodicState Released(PeriodicState periods, string itemId) =>
        periods.Open.TryGetValue(itemId, out var piece) ? periods.Recheck(piece.From) : periods;

    private static ProjectState Invoiced(ProjectState before, ProjectState state, string itemId)
    {
        var periods = state.Periods;
        if (!periods.Open.TryGetValue(itemId, out var piece)) return state;
        var amount = before.Unbilled[itemId].Item.Amount.Minor;
        return state with
        {
            Periodic = periods with
            {
                Open = periods.Open.Remove(itemId),
                Lines = periods.Lines.SetItem(piece.LineId, PeriodLedger.With(periods.Line(piece.LineId), piece, amount)),
            },
        };
    }

    private static ProjectState Settled(ProjectState state, string itemId)
    {
        var key = state.KeyOf(itemId);
        var item = state.Unbilled[key].Item;
        return state.Without(key).Remember(item.SourceId, item.SourceVersion);
    }

    private static ProjectState ToppedUp(ProjectState state, TopUp topUp)
    {
        var periods = state.Periods;
        return state with
        {
            Periodic = periods with
            {
                TopUps = periods.TopUps.SetItem(topUp.Id, topUp),
                Granted = topUp.Origin == TopUpOrigin.Terms ? periods.Granted.SetItem(topUp.LineId, topUp.From) : periods.Granted,
            },
        };
    }

    private static ProjectState Expired(ProjectState state, RetainerExpired e)
    {
        var topUp = state.Periods.TopUps[e.TopUpId];
        return state with
        {
            Periodic = state.Periods with
            {
                TopUps = state.Periods.TopUps.SetItem(
                    e.TopUpId, topUp with { Expired = topUp.Expired + e.Quantity, ExpiredValue = topUp.ExpiredValue + e.Value.Minor }),
            },
        };
    }

    private static ProjectState Covered(ProjectState state, RetainerDrawn e)
    {
        var source = e.Item.SourceId;
        var next = GivenBack(state, source).With(source, state.Unbilled[source] with { Item = e.Item });
        return next with
        {
            Periodic = Drawn(next.Periods, e.Draws) with { Draws = next.Periods.Draws.SetItem(source, e.Draws) },
        };
    }

    private static PeriodicState Drawn(PeriodicState periods, ImmutableArray<RetainerDraw> draws) =>
        periods with { TopUps = draws.Aggregate(periods.TopUps, (topUps, draw) => topUps.SetItem(draw.TopUpId, Retainers.With(topUps[draw.TopUpId], draw))) };

    private static PeriodicState Returned(PeriodicState periods, RetainerReturned e)
    {
        var back = e.Draws.ToDictionary(draw => draw.TopUpId);
        return periods with
        {
            TopUps = e.Draws.Aggregate(periods.TopUps, (topUps, draw) => topUps.SetItem(draw.TopUpId, Retainers.Without(topUps[draw.TopUpId], draw))),
            Paid = periods.Paid.SetItem(e.InvoiceId,
            [
                .. periods.Paid[e.InvoiceId].Select(draw => back.TryGetValue(draw.TopUpId, out var part)
                    ? draw with { Quantity = draw.Quantity - part.Quantity, Value = draw.Value - part.Value }
                    : draw).Where(draw => draw.Quantity > 0),
            ]),
        };
    }

    /// <summary>The item is not what was drawn for any more: what it drew is there again, for the next run to draw.</summary>
    public static ProjectState GivenBack(ProjectState state, string source)
    {
        if (state.Periodic is not { } periods || !periods.Draws.TryGetValue(source, out var draws)) return state;
        return state with
        {
            Periodic = periods with
            {
                Draws = periods.Draws.Remove(source),
                TopUps = draws.Aggregate(
                    periods.TopUps, (topUps, draw) => topUps.SetItem(draw.TopUpId, Retainers.Without(topUps[draw.TopUpId], draw))),
            },
        };
    }
}
