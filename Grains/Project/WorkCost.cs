using Q2C.Policies;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What work costs the firm: by the cost rates of its legal entity, or by the receipt.</summary>
internal static class WorkCost
{
    /// <summary>The event with the cost on its item. It is settled when the record comes in; another price does not change it.</summary>
    public static Event Stated(ProjectState state, Event @event, DecisionContext context) => @event switch
    {
        ItemAdded e => e with { Item = e.Item with { Cost = e.Item.Cost ?? Of(e.Record, Worker(state, context.Policies, e.Item.LineId)) } },
        ItemReplaced e => e with { Item = e.Item with { Cost = e.Item.Cost ?? Of(e.Record, Worker(state, context.Policies, e.Item.LineId)) } },
        _ => @event,
    };

    /// <summary>Null if no rate covers the work, or the receipt is in another currency.</summary>
    public static Money? Of(WorkRecord record, LegalEntity? entity) => (record, entity) switch
    {
        (WorkRecord.TimeWorked work, { Books.CostRates: { IsDefaultOrEmpty: false } rates }) when RateOf(work, rates) is { } rate =>
            Money.Round(work.Hours * (rate.Hourly + rate.Overhead), entity.Currency, entity.Rounding),
        (WorkRecord.ExpenseIncurred expense, { } of) when expense.Cost.Currency == of.Currency => expense.Cost,
        _ => null,
    };

    /// <summary>The legal entity's; the contract's while there is no policy for the entity.</summary>
    public static string CurrencyOf(ProjectState state, PolicySet policies) => Entity(state, policies)?.Currency ?? state.Currency;

    /// <summary>A rate of the person goes before one of the role, that before one for all; of several the newest that holds.</summary>
    private static CostRate? RateOf(WorkRecord.TimeWorked work, IReadOnlyList<CostRate> rates)
    {
        CostRate? best = null;
        foreach (var rate in rates)
            if ((rate.Person is null || rate.Person == work.Person) && (rate.Role is null || rate.Role == work.Role)
                && !(rate.From > work.Date) && (best is null || Rank(rate).CompareTo(Rank(best)) > 0)) best = rate;
        return best;
    }

    private static (bool, bool, DateOnly) Rank(CostRate rate) => (rate.Person is not null, rate.Role is not null, rate.From ?? default);

    /// <summary>The company whose people do the line's work, if its books are in the same currency.</summary>
    private static LegalEntity? Worker(ProjectState state, PolicySet policies, string lineId)
    {
        var seller = Entity(state, policies);
        return state.Book.Newest.Line(lineId)?.DeliveredBy is { } deliverer
            && policies.LegalEntities.GetValueOrDefault(deliverer) is { } other && other.Currency == seller?.Currency ? other : seller;
    }

    private static LegalEntity? Entity(ProjectState state, PolicySet policies) =>
        state.Contract is { } contract ? policies.LegalEntities.GetValueOrDefault(contract.Routing.LegalEntity) : null;
}
