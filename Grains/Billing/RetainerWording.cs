using System.Collections.Immutable;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Sentences about what was paid before, for the customer.</summary>
internal static class RetainerWording
{
    public static string Drawn(BillableItem item, ImmutableArray<RetainerDraw> draws, decimal over, decimal rate, Money amount)
    {
        var hours = PeriodWording.Number(item.Quantity);
        var covered = $"{PeriodWording.Number(item.Quantity - over)} h are drawn from the prepaid {string.Join(" and ", draws.Select(draw => draw.TopUpId))}";
        var left = rate == 0
            ? $"{PeriodWording.Number(over)} h wait for more"
            : $"{PeriodWording.Number(over)} h at {PeriodWording.Number(rate)} {amount.Currency} are {amount}";
        if (draws.IsEmpty) return $"{hours} h of {item.Role}: nothing prepaid is left, so {left}.";
        return over == 0 ? $"{hours} h of {item.Role}: {covered}." : $"{hours} h of {item.Role}: {covered}; {left}.";
    }
}
