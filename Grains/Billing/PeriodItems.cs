using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Writes a difference of a period down as an item.</summary>
internal static class PeriodItems
{
    /// <summary>Without its number.</summary>
    public static BillableItem Of(Terms terms, ContractLine line, PeriodDifference difference, DateOnly cutOff)
    {
        var (charge, days) = (difference.Charge, difference.Days);
        var (value, billed, amount) = (In(difference.Value), In(difference.Billed), In(difference.Amount));
        var (quantity, rate) = Priced(difference, amount);
        var sold = charge?.Line ?? line;
        return new(
            "", "", 0, difference.Key.Kind == ChargeKind.Usage ? ItemKind.Usage : ItemKind.Period, line.Id,
            difference.Due < cutOff ? difference.Due : cutOff,
            PeriodWording.Description(sold, difference.Key.Kind, days, difference.GivesBack), null, null, quantity,
            rate, value, amount, Disposition.Billable,
            difference.GivesBack
                ? PeriodWording.GivenBack(billed, days)
                : PeriodWording.Difference(charge!.Reckoning, value, billed, amount),
            $"Contract version {terms.Version}, line {sold.Description}",
            ServiceFrom: days.From, ServiceTo: days.Until.AddDays(-1));

        Money In(long minor) => new(minor, terms.Currency);
    }

    public static BillableItem Numbered(BillableItem item, PeriodPiece piece, long number)
    {
        var source = $"period/{piece.LineId}/{piece.From:O}";
        return item with { Id = ItemIds.Of(source, number), SourceId = source, SourceVersion = number };
    }

    // The price of a unit where it makes the amount; otherwise the amount itself, once.
    private static (decimal Quantity, decimal Rate) Priced(PeriodDifference difference, Money amount)
    {
        if (difference.GivesBack || difference.Billed != 0 || difference.Charge!.Quantity == 0)
            return (Math.Sign(amount.Minor), Math.Abs(amount.Amount));
        var quantity = difference.Charge.Quantity;
        return (quantity, difference.Key.Kind == ChargeKind.Fee
            ? difference.Key.Tariff.Price
            : Rounding.HalfUp.Round(amount.Amount / quantity, DayCount.RatioDecimals));
    }
}
