using System.Collections.Immutable;
using System.Globalization;
using Q2C.BillingRuns;
using Q2C.Customers;
using Q2C.Invoices;
using Q2C.Policies;

namespace Q2C.Silo.Policies;

/// <summary>The <c>billing</c> section of a legal entity: what goes on one invoice, when it is due, reminders.</summary>
internal static class BillingPolicies
{
    private const decimal Whole = 100;

    public static BillingPolicy? Read(YamlMap? map)
    {
        if (map is null) return null;
        var policy = new BillingPolicy(
            Grouping(map),
            map.OptionalMap("customers")?.Groups().ToImmutableDictionary(one => one.Name, one => Closed(one.Group, Grouping(one.Group)))
                ?? ImmutableDictionary<string, Grouping>.Empty,
            Terms(map), Dunning(map.OptionalMap("dunning")));
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

    private static T Closed<T>(YamlMap map, T value)
    {
        map.Done();
        return value;
    }
}
