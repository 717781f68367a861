using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>
/// Keeps the retainers of a project: what the terms give when it is due, what a billing run's work draws by day, source and
/// version, what expires. Between two runs nothing is drawn, so the order in which work arrives does not matter.
/// </summary>
internal static class RetainerBook
{
    private const string CarriedOver = "/carried-over";

    public static void Settle(ProjectTurn turn, DateOnly cutOff)
    {
        if (!turn.State.Book.Newest.Terms.Lines.Any(line => line.Billing is BillingModel.Retainer)) return;
        Grant(turn, cutOff);
        foreach (var item in Demands(turn.State, cutOff))
        {
            Expire(turn, item.Date);
            Draw(turn, item);
        }

        Expire(turn, cutOff);
    }

    /// <summary>The hours that open work in a retainer's scope would draw, whatever its day.</summary>
    public static decimal Demand(ProjectState state, ContractLine line) => state.Unbilled.Values
        .Where(unbilled => IsDemand(state, unbilled) && Covers(state, line, unbilled.Item))
        .Sum(unbilled => unbilled.Item.Quantity);

    public static bool Covers(ProjectState state, ContractLine line, BillableItem item) =>
        item.LineId == line.Id || (line.Billing is BillingModel.Retainer model
            && (model.Covers.Contains(item.LineId) || (state.Book.Newest.Line(item.LineId) is { } sold && model.Covers.Contains(sold.Service))));

    /// <summary>The day after the last on which a top-up of this day can be drawn; null is no end.</summary>
    public static DateOnly? UntilOf(BillingModel.Retainer model, DateOnly from) =>
        model.Expiry is { } expiry ? BillingCalendar.Add(from, expiry.After, expiry.Unit) : null;

    private static void Grant(ProjectTurn turn, DateOnly cutOff)
    {
        var state = turn.State;
        var charges = new PeriodCharges(state.History, state.Book.Rounding, state.Periods.UsageIn);
        foreach (var line in state.Book.Newest.Terms.Lines)
        {
            if (line.Billing is not BillingModel.Retainer) continue;
            var granted = state.Periods.Granted.TryGetValue(line.Id, out var newest) ? newest : DateOnly.MinValue;
            foreach (var charge in charges.Due(line.Id, granted, cutOff))
                foreach (var (days, amount) in charge.Parts)
                    if (days.From > granted && charge.Line.Billing is BillingModel.Retainer model)
                        turn.Add(new RetainerToppedUp(
                            new($"{line.Id}/{days.From:O}", line.Id, TopUpOrigin.Terms, PriorityOf(model), days.From,
                                UntilOf(model, days.From), model.Quantity, new(amount, state.Currency)), turn.Now));
        }
    }

    private static BillableItem[] Demands(ProjectState state, DateOnly cutOff) =>
    [
        .. state.Unbilled.Values
            .Where(unbilled => IsDemand(state, unbilled) && unbilled.Item.Date <= cutOff)
            .OrderBy(unbilled => unbilled.Key)
            .Select(unbilled => unbilled.Item),
    ];

    // What waits for prepaid hours is tried again as a whole; what is billed beyond them is settled.
    private static bool IsDemand(ProjectState state, UnbilledItem unbilled) =>
        unbilled is { Run: null, Record: not null, Item: { Kind: ItemKind.Time, Quantity: > 0 } item }
        && (item.Disposition == Disposition.Deferred
            ? state.Book.Newest.Line(item.LineId)?.Billing is BillingModel.Retainer
            : item.Disposition == Disposition.Billable && !state.Periods.Draws.ContainsKey(item.SourceId));

    private static void Draw(ProjectTurn turn, BillableItem item)
    {
        var state = turn.State;
        var lines = state.Book.Newest.Terms.Lines
            .Where(line => line.Billing is BillingModel.Retainer { Unit: RetainerUnit.Hours } && Covers(state, line, item))
            .ToDictionary(line => line.Id, line => (BillingModel.Retainer)line.Billing);
        if (lines.Count == 0) return;
        var pool = PeriodicEvolution.GivenBack(state, item.SourceId).Periods.TopUps.Values;
        var draws = Retainers.Draw(pool.Where(topUp => lines.ContainsKey(topUp.LineId)), item.Quantity, item.Date);
        var over = item.Quantity - draws.Sum(draw => draw.Quantity);
        var overage = lines.Values.OrderBy(PriorityOf).Select(model => model.OverageRate).FirstOrDefault(rate => rate is not null);
        if (draws.IsEmpty && (overage is null || overage == item.Rate)) return;
        if (state.Periods.Draws.TryGetValue(item.SourceId, out var drawn) && drawn.SequenceEqual(draws)) return;
        turn.Add(new RetainerDrawn(Drawn(state, item, draws, over, overage ?? item.Rate), draws, turn.Now));
    }

    private static BillableItem Drawn(ProjectState state, BillableItem item, ImmutableArray<RetainerDraw> draws, decimal over, decimal rate)
    {
        var amount = Money.Round(over * rate, state.Currency, state.Book.Rounding);
        return item with
        {
            Amount = amount,
            Rate = rate,
            Value = over == 0 ? item.Value : amount,
            Disposition = over == 0 ? Disposition.Excluded : rate == 0 ? Disposition.Deferred : Disposition.Billable,
            Explanation = RetainerWording.Drawn(item, draws, over, rate, amount),
        };
    }

    private static void Expire(ProjectTurn turn, DateOnly day)
    {
        foreach (var topUp in turn.State.Periods.TopUps.Values
            .Where(topUp => topUp.Until <= day && topUp.Balance > 0)
            .OrderBy(topUp => topUp.Until).ThenBy(topUp => topUp.Id, StringComparer.Ordinal))
        {
            var (quantity, value, until) = (topUp.Balance, Retainers.ValueOf(topUp, topUp.Balance), topUp.Until!.Value);
            var carried = topUp.Origin != TopUpOrigin.CarriedOver && ModelOf(turn.State, topUp) is { Expiry.RollOver: true } model
                ? new TopUp(CarriedId(turn.State, topUp), topUp.LineId, TopUpOrigin.CarriedOver, topUp.Priority, until, UntilOf(model, until), quantity, value)
                : null;
            turn.Add(new RetainerExpired(topUp.Id, topUp.LineId, until.AddDays(-1), quantity, value, carried?.Id, turn.Now));
            if (carried is not null) turn.Add(new RetainerToppedUp(carried, turn.Now));
        }
    }

    // What a correction gives back after the expiry expires on its own, and is carried over on its own.
    private static string CarriedId(ProjectState state, TopUp topUp)
    {
        var id = topUp.Id + CarriedOver;
        for (var again = 2; state.Periods.TopUps.ContainsKey(id); again++) id = $"{topUp.Id}{CarriedOver}/{again}";
        return id;
    }

    private static BillingModel.Retainer? ModelOf(ProjectState state, TopUp topUp) =>
        state.Book.Newest.Line(topUp.LineId)?.Billing as BillingModel.Retainer;

    private static int PriorityOf(BillingModel.Retainer model) => model.Priority ?? BillingModel.Retainer.UsualPriority;
}
