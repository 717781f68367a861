using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Sentences about periods, for the customer.</summary>
internal static class PeriodWording
{
    public static string Fee(TariffSpan span, decimal quantity, Share share, string currency)
    {
        var period = span.Tariff.Period;
        var unit = period.Unit.ToString().ToLowerInvariant();
        var price = $"{Number(span.Tariff.Price)} {currency}";
        var times = quantity == 1 ? price : $"{Number(quantity)} × {price}";
        var per = span.Versions[0].Line.Billing is BillingModel.Retainer ? "" : period.Interval == 1 ? $" per {unit}" : $" per {period.Interval} {unit}s";
        return times + per + (share.IsWhole ? "" : $", {share.Days} of {share.Of} days");
    }

    public static string Usage(BillingModel.Usage model, decimal quantity, DaySpan days) =>
        $"{Number(quantity)} {model.Unit} from {days.From:O} to {days.Until.AddDays(-1):O}";

    public static string Missing(Money least, Money amount, Share share, string what) =>
        $"The agreed minimum is {least}" + (share.IsWhole ? "" : $" for {share.Days} of {share.Of} days") + $", {what} is {amount}";

    /// <summary>A whole item for a difference.</summary>
    public static string Difference(string reckoning, Money value, Money billed, Money amount) =>
        billed.IsZero ? $"{reckoning}."
        : $"{reckoning}: {value} in all, of which {billed} was billed before, {(amount.Minor < 0 ? "so that " + -amount + " is given back" : amount + " is left")}.";

    public static string GivenBack(Money billed, DaySpan days) =>
        $"{billed} was billed; {days.From:O} to {days.Until.AddDays(-1):O} is not owed any more.";

    public static string Description(ContractLine line, ChargeKind kind, DaySpan days, bool givesBack)
    {
        var what = (kind, line.Billing, givesBack) switch
        {
            (_, _, true) => $"Credit for {line.Description}",
            (ChargeKind.TrueUp, _, _) => $"{line.Description}: up to the agreed minimum",
            (_, BillingModel.Retainer { Renews: null }, _) => $"{line.Description}: paid in advance",
            _ => line.Description,
        };
        return line.Billing is BillingModel.Retainer { Renews: null } ? what : $"{what}, {days.From:O} to {days.Until.AddDays(-1):O}";
    }

    public static string Number(decimal value) => value.ToString("#,##0.#########", System.Globalization.CultureInfo.InvariantCulture);
}
