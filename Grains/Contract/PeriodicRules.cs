using System.Collections.Immutable;
using Q2C.Contracts;

namespace Q2C.Grains.Contracts;

/// <summary>The codes about lines that are billed by the period, by usage or from retainers. Listed in <c>docs/errors.md</c>.</summary>
public static class PeriodicProblems
{
    public const string PriceInvalid = "PRICE_INVALID";
    public const string PeriodInvalid = "PERIOD_INVALID";
    public const string AnchorInvalid = "ANCHOR_INVALID";
    public const string OptionUnknown = "OPTION_UNKNOWN";
    public const string QuantityInvalid = "QUANTITY_INVALID";
    public const string PhaseInvalid = "PHASE_INVALID";
    public const string TiersInvalid = "TIERS_INVALID";
    public const string ThresholdsInvalid = "THRESHOLDS_INVALID";
    public const string MinimumInvalid = "MINIMUM_INVALID";
    public const string ScopeInvalid = "SCOPE_INVALID";
    public const string ExpiryInvalid = "EXPIRY_INVALID";
    public const string LineNotPeriodic = "LINE_NOT_PERIODIC";
}

/// <summary>What is wrong with such a line in itself, and among the lines of its contract.</summary>
internal static class PeriodicRules
{
    private const int MaxInterval = 1_000;
    private const int LongestMonth = 31;
    private const int MaxMonths = 12;
    private const int MaxWeekday = 7;

    public static IEnumerable<Problem> Check(BillingModel model, string path, string currency) => model switch
    {
        BillingModel.Recurring recurring => CheckRecurring(recurring, path),
        BillingModel.Usage usage => CheckUsage(usage, path, currency),
        BillingModel.Commitment commitment =>
            [.. CheckPeriod(commitment.Period, $"{path}.period"), .. Minimum(commitment.Minimum, $"{path}.minimum", currency)],
        BillingModel.Retainer retainer => CheckRetainer(retainer, path, currency),
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, "Unknown billing model."),
    };

    /// <summary>Whether what the changed lines name is there, among all lines of the contract.</summary>
    public static IEnumerable<Problem> CheckScopes(ImmutableArray<ContractLine> changed, ImmutableArray<ContractLine> all)
    {
        for (var i = 0; i < changed.Length; i++)
        {
            var path = $"lines[{i}].billing";
            var others = all.Where(line => line.Id != changed[i].Id).ToArray();
            var problems = changed[i].Billing switch
            {
                BillingModel.Retainer model => Covers(model, others, $"{path}.covers"),
                BillingModel.Commitment model => Covers(model, others, $"{path}.lines"),
                _ => [],
            };
            foreach (var problem in problems) yield return problem;
        }
    }

    private static IEnumerable<Problem> CheckRecurring(BillingModel.Recurring model, string path)
    {
        foreach (var problem in Price(model.Price, $"{path}.price")) yield return problem;
        foreach (var problem in CheckPeriod(model.Period, $"{path}.period")) yield return problem;
        if (model.Quantity <= 0 || model.Quantity > ContractRules.MaxRate)
            yield return new(PeriodicProblems.QuantityInvalid, $"{path}.quantity", $"The quantity is {model.Quantity}.",
                "Give a quantity above zero, or end the line.");
        if (!IsKnown(model.OnQuantityChange)) yield return Unknown($"{path}.onQuantityChange", model.OnQuantityChange);
        if (!IsKnown(model.OnEnd)) yield return Unknown($"{path}.onEnd", model.OnEnd);
        var phases = model.Phases ?? [];
        for (var i = 0; i < phases.Length; i++)
        {
            if (phases[i].Length < 1 || phases[i].Length > MaxInterval || !Enum.IsDefined(phases[i].Unit))
                yield return new(PeriodicProblems.PhaseInvalid, $"{path}.phases[{i}].length",
                    $"The phase lasts {phases[i].Length} {phases[i].Unit}.", $"Give 1 to {MaxInterval} days, weeks, months, quarters or years.");
            foreach (var problem in Price(phases[i].Price, $"{path}.phases[{i}].price")) yield return problem;
        }
    }

    private static IEnumerable<Problem> CheckUsage(BillingModel.Usage model, string path, string currency)
    {
        if (string.IsNullOrWhiteSpace(model.Unit))
            yield return new(ContractProblems.TextMissing, $"{path}.unit", $"{path}.unit is missing.", "Fill it in.");
        foreach (var problem in CheckPeriod(model.Period, $"{path}.period")) yield return problem;
        foreach (var problem in CheckTiers(model, $"{path}.tiers")) yield return problem;
        if (model.Minimum is { } minimum)
            foreach (var problem in Minimum(minimum, $"{path}.minimum", currency)) yield return problem;
        var thresholds = model.BillEarlyAt ?? [];
        for (var i = 0; i < thresholds.Length; i++)
            if (thresholds[i].Currency != currency || thresholds[i].Minor <= (i == 0 ? 0 : thresholds[i - 1].Minor))
                yield return new(PeriodicProblems.ThresholdsInvalid, $"{path}.billEarlyAt[{i}]",
                    $"The amount is {Shown(thresholds[i])}.", $"Give amounts in {currency}, each above the one before it and above zero.");
    }

    private static IEnumerable<Problem> CheckTiers(BillingModel.Usage model, string path)
    {
        if (!Enum.IsDefined(model.Rule)) yield return Unknown($"{path[..^"tiers".Length]}rule", model.Rule);
        if (model.Tiers.IsDefaultOrEmpty || model.Tiers.Length > ContractRules.MaxPartsPerLine)
        {
            yield return new(PeriodicProblems.TiersInvalid, path,
                $"There are {(model.Tiers.IsDefault ? 0 : model.Tiers.Length)} tiers.",
                $"Give 1 to {ContractRules.MaxPartsPerLine} tiers; a single price is one tier without an end.");
            yield break;
        }

        for (var i = 0; i < model.Tiers.Length; i++)
        {
            var (tier, at) = (model.Tiers[i], $"{path}[{i}]");
            foreach (var problem in Price(tier.UnitPrice, $"{at}.unitPrice")) yield return problem;
            if (tier.Flat is { } flat)
                foreach (var problem in Price(flat, $"{at}.flat")) yield return problem;
            if (tier.Package <= 0)
                yield return new(PeriodicProblems.QuantityInvalid, $"{at}.package", $"The package has {tier.Package} units.", "Give a size above zero.");
            var (isLast, from) = (i == model.Tiers.Length - 1, i == 0 ? 0 : model.Tiers[i - 1].UpTo ?? decimal.MaxValue);
            if (tier.UpTo is { } end ? isLast || end <= from : !isLast)
                yield return new(PeriodicProblems.TiersInvalid, $"{at}.upTo",
                    (tier.UpTo, isLast) switch
                    {
                        (null, _) => "The tier has no end, and others follow it.",
                        (var last, true) => $"The last tier ends at {last}: nothing has a price beyond it.",
                        var (upTo, _) => $"The tier ends at {upTo}, the one before it at {from}.",
                    },
                    "Let each tier end above the one before it, and only the last have no end.");
        }
    }

    private static IEnumerable<Problem> CheckRetainer(BillingModel.Retainer model, string path, string currency)
    {
        foreach (var problem in Price(model.Price, $"{path}.price")) yield return problem;
        if (!Enum.IsDefined(model.Unit)) yield return Unknown($"{path}.unit", model.Unit);
        if (model.Quantity <= 0 || model.Quantity > ContractRules.MaxRate)
            yield return new(PeriodicProblems.QuantityInvalid, $"{path}.quantity", $"The quantity is {model.Quantity}.",
                "Give what is bought, above zero.");
        if (model.Unit == RetainerUnit.Money && !IsPayable(model.Quantity, currency))
            yield return new(PeriodicProblems.QuantityInvalid, $"{path}.quantity", $"{model.Quantity} is no amount in {currency}.",
                $"Give at most {Currencies.Digits(currency)} decimals.");
        if (model.Renews is { } renews)
            foreach (var problem in CheckPeriod(renews, $"{path}.renews")) yield return problem;
        if (model.Expiry is { } expiry && (expiry.After < 1 || expiry.After > MaxInterval || !Enum.IsDefined(expiry.Unit)))
            yield return new(PeriodicProblems.ExpiryInvalid, $"{path}.expiry.after",
                $"It expires {expiry.After} {expiry.Unit} after it begins, before it could be used.",
                $"Give 1 to {MaxInterval}, or leave the expiry out.");
        if (model.OverageRate is { } overage)
            foreach (var problem in Price(overage, $"{path}.overageRate")) yield return problem;
        if (model is { Unit: RetainerUnit.Hours, Pooled: true })
            yield return new(PeriodicProblems.ScopeInvalid, $"{path}.pooled", "Prepaid hours are drawn by the work of their own contract.",
                "Prepay money where it is for several contracts.");
        if (model is { Unit: RetainerUnit.Money, OverageRate: not null })
            yield return new(PeriodicProblems.ScopeInvalid, $"{path}.overageRate", "A retainer in money has no hours beyond it.",
                "Leave the rate out: what it does not pay is owed like any invoice.");
    }

    /// <summary>No more digits than the currency has; a currency that does not exist is another problem.</summary>
    internal static bool IsPayable(decimal amount, string currency) =>
        !Currencies.IsKnown(currency) || decimal.Round(amount, Currencies.Digits(currency)) == amount;

    private static IEnumerable<Problem> CheckPeriod(BillingPeriod? period, string path)
    {
        if (period is null)
        {
            yield return new(ContractProblems.TextMissing, path, $"{path} is missing.", "Fill it in.");
            yield break;
        }

        if (!Enum.IsDefined(period.Unit)) yield return Unknown($"{path}.unit", period.Unit);
        if (period.Interval is < 1 or > MaxInterval)
            yield return new(PeriodicProblems.PeriodInvalid, $"{path}.interval", $"The interval is {period.Interval}.", $"Give 1 to {MaxInterval}.");
        var most = period.Unit switch { PeriodUnit.Day => 0, PeriodUnit.Week => MaxWeekday, _ => LongestMonth };
        if (period.AnchorDay is { } day && (day < 1 || day > most))
            yield return new(PeriodicProblems.AnchorInvalid, $"{path}.anchorDay", $"The anchor is day {day}.",
                most == 0 ? "Leave it out: periods of days begin with the line." : $"Give 1 to {most}; the last day of a month stands in for one that it does not have.");
        if (period.AnchorMonth is { } month && (month is < 1 or > MaxMonths || period.Unit <= PeriodUnit.Week))
            yield return new(PeriodicProblems.AnchorInvalid, $"{path}.anchorMonth", $"The anchor is month {month}.",
                "Give 1 to 12 for periods of months or longer; leave it out for days and weeks.");
        if (period.DaysPerMonth is < 1 or > LongestMonth)
            yield return new(PeriodicProblems.PeriodInvalid, $"{path}.daysPerMonth", $"A month has {period.DaysPerMonth} days.", "Give 1 to 31; 30 is usual.");
        if (!IsKnown(period.Timing)) yield return Unknown($"{path}.timing", period.Timing);
        if (!IsKnown(period.Proration)) yield return Unknown($"{path}.proration", period.Proration);
        if (!IsKnown(period.InvoiceDay)) yield return Unknown($"{path}.invoiceDay", period.InvoiceDay);
    }

    private static IEnumerable<Problem> Covers(BillingModel.Retainer model, ContractLine[] others, string path)
    {
        var covers = model.Covers.IsDefault ? [] : model.Covers;
        for (var i = 0; i < covers.Length; i++)
            if (model.Pooled != true && !others.Any(line => line.Id == covers[i] || line.Service == covers[i]))
                yield return new(PeriodicProblems.ScopeInvalid, $"{path}[{i}]", $"No other line is '{covers[i]}', or sells it.",
                    "Name a line or a service of the contract.");
        if (covers.IsEmpty && model.Unit == RetainerUnit.Money)
            yield return new(PeriodicProblems.ScopeInvalid, path, "The retainer covers nothing: no invoice would be paid from it.",
                "Name lines or services of the contract.");
    }

    private static IEnumerable<Problem> Covers(BillingModel.Commitment model, ContractLine[] others, string path)
    {
        if (model.Lines.IsDefaultOrEmpty)
            yield return new(PeriodicProblems.ScopeInvalid, path, "The commitment is over no line.", "Name at least one line.");
        var lines = model.Lines.IsDefault ? [] : model.Lines;
        for (var i = 0; i < lines.Length; i++)
            if (others.FirstOrDefault(line => line.Id == lines[i])?.Billing is not (BillingModel.Recurring or BillingModel.Usage))
                yield return new(PeriodicProblems.ScopeInvalid, $"{path}[{i}]", $"'{lines[i]}' is no recurring or usage line of the contract.",
                    "Name lines that are billed by the period or by usage.");
    }

    private static IEnumerable<Problem> Price(decimal price, string path)
    {
        if (price is < 0 or > ContractRules.MaxRate || decimal.Round(price, ContractRules.RateDecimals) != price)
            yield return new(PeriodicProblems.PriceInvalid, path, $"The price is {price}.",
                $"Give 0 to {ContractRules.MaxRate:#,##0}, with at most {ContractRules.RateDecimals} decimals.");
    }

    private static IEnumerable<Problem> Minimum(Money minimum, string path, string currency)
    {
        if (minimum.Currency != currency || minimum.Minor is <= 0 or > ContractRules.MaxAmount)
            yield return new(PeriodicProblems.MinimumInvalid, path, $"The minimum is {Shown(minimum)}.", $"Give an amount in {currency} above zero.");
    }

    private static bool IsKnown<T>(T? option) where T : struct, Enum => option is not { } given || Enum.IsDefined(given);

    private static Problem Unknown<T>(string path, T option) => new(
        PeriodicProblems.OptionUnknown, path, $"'{option}' is no option here.", "Use one of the documented options, or leave it out.");

    // An amount in a currency that does not exist cannot be formatted.
    private static string Shown(Money money) =>
        Currencies.IsKnown(money.Currency) ? money.ToString() : $"{money.Minor} minor units of '{money.Currency}'";
}
