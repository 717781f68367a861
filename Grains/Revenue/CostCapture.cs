using System.Collections.Immutable;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>One element of what a unit of work costs: labour, overhead.</summary>
public sealed record CostElement(string Name, decimal UnitCost);

/// <summary>Cost of work against a plan: what the plan covers is work in progress, what goes beyond it is variance.</summary>
/// <param name="Planned">Units in the plan times the unit cost.</param>
/// <param name="WorkInProgress">The part of the actual cost within the plan.</param>
/// <param name="Variance">The part beyond it.</param>
public sealed record CapturedCost(string Element, Money Actual, Money Planned, Money WorkInProgress, Money Variance)
{
    /// <param name="planned">Units; 0 without a plan, and all is variance.</param>
    public static ImmutableArray<CapturedCost> Of(
        decimal units, decimal planned, ImmutableArray<CostElement> elements, string currency, Rounding rounding) =>
    [
        .. elements.Select(element =>
        {
            var (actual, plan) = (Cost(units), Cost(planned));
            var within = Money.Min(actual, plan);
            return new CapturedCost(element.Name, actual, plan, within, actual - within);

            Money Cost(decimal quantity) => Money.Round(quantity * element.UnitCost, currency, rounding);
        }),
    ];

    /// <summary>While the work goes on, all that it costs is in progress.</summary>
    public static ImmutableArray<LedgerLine> Post(ImmutableArray<CapturedCost> costs) =>
    [
        .. costs.SelectMany(cost => (LedgerLine[])
        [
            new(RevenueAccounts.WorkInProgress, cost.Actual), new(RevenueAccounts.CostApplied, -cost.Actual),
        ]),
    ];

    /// <summary>When it is closed, what went beyond the plan leaves.</summary>
    public static ImmutableArray<LedgerLine> Close(ImmutableArray<CapturedCost> costs) =>
    [
        .. costs.SelectMany(cost => (LedgerLine[])
        [
            new(RevenueAccounts.CostVariance, cost.Variance), new(RevenueAccounts.WorkInProgress, -cost.Variance),
        ]),
    ];
}
