using System.Collections.Immutable;
using System.Globalization;
using Q2C.BillingRuns;
using Q2C.Customers;
using Q2C.Invoices;
using Q2C.Numbering;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>The <c>billing</c> section of a legal entity: what goes on one invoice, when it is due, reminders.</summary>
internal static class BillingPolicies
{
    private const decimal Whole = 100;
    private const int MaxDigits = 12;
    private const int MaxReviewDays = 60;
    private const int MaxTransferPercent = 200;

    /// <param name="currency">Of the legal entity: thresholds are in it.</param>
    public static BillingPolicy? Read(YamlMap? map, string currency)
    {
        if (map is null) return null;
        var policy = new BillingPolicy(
            Grouping(map),
            map.OptionalMap("customers")?.Groups().ToImmutableDictionary(one => one.Name, one => Closed(one.Group, Grouping(one.Group)))
                ?? ImmutableDictionary<string, Grouping>.Empty,
            Terms(map), Dunning(map.OptionalMap("dunning")), Numbering(map.OptionalMap("numbering")), TaxOutage(map.OptionalMap("tax-outage")),
            map.Has("refund-threshold") ? map.Threshold("refund-threshold", currency) : null,
            map.Has("write-off-threshold") ? map.Threshold("write-off-threshold", currency) : null, ReviewDays(map),
            TransferPrices(map.OptionalMap("transfer-prices")),
            map.Has("negative-bills") ? map.Choice("negative-bills", NegativeBills.CarryForward) : NegativeBills.CarryForward,
            TransferPrices(map.OptionalMap("transfer-cost-plus")));
        foreach (var twice in (policy.TransferPrices?.Keys ?? []).Intersect(policy.TransferCostPlus?.Keys ?? []))
            map.Error("transfer-cost-plus", $"'{twice}' has a price in 'transfer-prices' already.");
        map.Done();
        return policy;
    }

    private static Grouping Grouping(YamlMap map) => new(
        Keys(map), map.Has("lines") ? map.Choice("lines", LineGrouping.RoleAndRate) : LineGrouping.RoleAndRate);

    /// <summary><c>project, purchase-order</c>; <c>customer</c> alone consolidates all that one customer owes.</summary>
    private static ImmutableArray<InvoiceKey> Keys(YamlMap map)
    {
        if (map.OptionalText("invoice-per") is not { } text) return [InvoiceKey.Project];
        var keys = ImmutableArray.CreateBuilder<InvoiceKey>();
        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries).Where(name => name != "customer"))
        {
            if (Enum.TryParse<InvoiceKey>(name.Replace("-", ""), ignoreCase: true, out var key) && !char.IsAsciiDigit(name[0])) keys.Add(key);
            else map.Error("invoice-per", $"'invoice-per' has customer, project, contract, bill-to, purchase-order, contract-line or parent, found '{name}'.");
        }

        return keys.ToImmutable();
    }

    private static PaymentTerms? Terms(YamlMap map)
    {
        var parts = map.Maps("terms").Select(part => Closed(part, new PaymentTerm(part.Has("percent") ? part.Number("percent") : Whole, Due(part))))
            .ToImmutableArray();
        var early = map.OptionalMap("early-payment") is { } found
            ? Closed(found, new EarlyPaymentDiscount(
                found.Number("percent"), found.WholeNumber("days"),
                found.Has("tax") ? found.Choice("tax", EarlyDiscountTax.Reduced) : EarlyDiscountTax.Reduced))
            : null;
        if (parts.IsEmpty)
        {
            if (early is not null) map.Error("early-payment", "'early-payment' needs 'terms' that say when the rest is due.");
            return null;
        }

        if (parts.Sum(part => part.Percent) != Whole || parts.Any(part => part.Percent <= 0))
            map.Error("terms", $"The percents of 'terms' must be above zero and sum to 100, found {parts.Sum(part => part.Percent).ToString(CultureInfo.InvariantCulture)}.");
        return new(parts, early);
    }

    private static DueRule Due(YamlMap part) => part switch
    {
        _ when part.Has("end-of-month-plus") => new DueRule.EndOfMonth(part.WholeNumber("end-of-month-plus")),
        _ when part.Has("day-of-month") => new DueRule.DayOfMonth(
            Math.Clamp(part.WholeNumber("day-of-month"), 1, 31), part.Has("at-least-days") ? part.WholeNumber("at-least-days") : 0),
        _ => new DueRule.Days(part.WholeNumber("days")),
    };

    private static DunningPolicy? Dunning(YamlMap? map) => map is null ? null : Closed(map, new DunningPolicy(
        Amounts(map.OptionalMap("thresholds")), map.WholeNumber("attempts"), map.WholeNumber("days-between"),
        Amounts(map.OptionalMap("fees")), map.Has("yearly-interest") ? map.Number("yearly-interest") : 0));

    private static ImmutableDictionary<string, decimal> Amounts(YamlMap? map) => map is null
        ? ImmutableDictionary<string, decimal>.Empty
        : map.Keys.ToImmutableDictionary(currency => currency, currency =>
        {
            if (!Currencies.IsKnown(currency)) map.Error(currency, $"'{currency}' is not an ISO 4217 currency code.");
            return map.Number(currency);
        });

    private static ImmutableDictionary<string, decimal>? TransferPrices(YamlMap? map) => map?.Keys.ToImmutableDictionary(entity => entity, entity =>
    {
        var percent = map.Number(entity);
        if (percent is <= 0 or > MaxTransferPercent)
            map.Error(entity, $"'{entity}' must be above 0 and at most {MaxTransferPercent} percent, found {percent.ToString(CultureInfo.InvariantCulture)}.");
        return percent;
    });

    private static int ReviewDays(YamlMap map)
    {
        var days = map.Has("review-days") ? map.WholeNumber("review-days") : 0;
        if (days is < 0 or > MaxReviewDays) map.Error("review-days", $"'review-days' must be between 0 and {MaxReviewDays}, found {days}.");
        return days;
    }

    private static NumberingPolicy? Numbering(YamlMap? map) => map is null ? null : Closed(map, new NumberingPolicy(
        Format("invoices", map.OptionalMap("invoices")), Format("credit-memos", map.OptionalMap("credit-memos"))));

    private static NumberFormat? Format(string document, YamlMap? map)
    {
        if (map is null) return null;
        var format = Closed(map, new NumberFormat(
            map.OptionalText("series") ?? document, map.Text("pattern"), map.Has("digits") ? map.WholeNumber("digits") : 1,
            map.Has("restart") ? map.Choice("restart", NumberRestart.Never) : NumberRestart.Never));
        if (!format.Pattern.Contains(NumberFormat.NumberPart, StringComparison.Ordinal))
            map.Error("pattern", $"'pattern' must have {NumberFormat.NumberPart} in it, found '{format.Pattern}'.");
        if (format.Restart == NumberRestart.Yearly && !format.Pattern.Contains(NumberFormat.YearPart, StringComparison.Ordinal))
            map.Error("pattern", $"'pattern' must have {NumberFormat.YearPart} in it, since the numbers begin anew each year; found '{format.Pattern}'.");
        if (format.Digits is < 1 or > MaxDigits) map.Error("digits", $"'digits' must be between 1 and {MaxDigits}, found {format.Digits}.");
        return format;
    }

    private static TaxOutagePolicy? TaxOutage(YamlMap? map)
    {
        if (map is null) return null;
        var rates = map.OptionalMap("percents");
        var percents = rates?.Keys.ToImmutableDictionary(category => category, rates.Number) ?? ImmutableDictionary<string, decimal>.Empty;
        var policy = Closed(map, new TaxOutagePolicy(
            map.Flag("estimate", otherwise: false), TimeSpan.FromMinutes(map.Has("after-minutes") ? map.WholeNumber("after-minutes") : 0), percents));
        if (policy.After < TimeSpan.Zero) map.Error("after-minutes", "'after-minutes' must not be negative.");
        if (policy.Estimate && percents.IsEmpty) map.Error("estimate", "'estimate' needs 'percents', one for each tax category.");
        foreach (var (category, percent) in percents.Where(one => one.Value is < 0 or > Whole))
            rates!.Error(category, $"'{category}' must be between 0 and 100, found {percent.ToString(CultureInfo.InvariantCulture)}.");
        return policy;
    }

    private static T Closed<T>(YamlMap map, T value)
    {
        map.Done();
        return value;
    }
}
