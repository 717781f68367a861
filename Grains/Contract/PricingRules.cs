using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using static Q2C.Grains.Contracts.ContractRules;

namespace Q2C.Grains.Contracts;

/// <summary>What is wrong with rate cards, time rules, caps, expense rules and progress billing, each in itself.</summary>
internal static class PricingRules
{
    private const int MinutesPerDay = 24 * 60;
    private const decimal Whole = 100;
    private const decimal MaxPercent = 1_000;

    public static IEnumerable<Problem> CheckCard(RateCard? card, ContractLine line, string path) => card is null
        ? []
        :
        [
            .. Each(card.Rules, $"{path}.rules", CheckRule),
            .. Overlaps(line, card, $"{path}.rules"),
            .. Holes(line, card, $"{path}.rules"),
            .. card.Precedence is { } order && order.Distinct().Count() != order.Length
                ? [new(ContractProblems.PrecedenceAmbiguous, $"{path}.precedence", $"The precedence names a dimension twice: {string.Join(", ", order)}.",
                    "Name each dimension once, the strongest first.")]
                : Array.Empty<Problem>(),
            .. Each(card.Blend ?? [], $"{path}.blend", (role, at) => [.. Rate(role.Hourly, $"{at}.hourly"), .. Positive(role.Share, $"{at}.share")]),
            .. card.Factors is { Length: > RateTable.MaxFactors } many ? [TooMany($"{path}.factors", many.Length, RateTable.MaxFactors)] : Array.Empty<Problem>(),
            .. Each(card.Factors ?? [], $"{path}.factors", CheckFactor),
            .. card.HoursPerDay is { } hours ? Positive(hours, $"{path}.hoursPerDay") : [],
        ];

    public static IEnumerable<Problem> CheckTime(TimeRules? rules, string path) => rules is null
        ? []
        :
        [
            .. Step(rules.Begin, $"{path}.begin"), .. Step(rules.End, $"{path}.end"), .. Step(rules.Duration, $"{path}.duration"),
            .. rules.HoursPercent is { } percent ? Percent(percent, $"{path}.hoursPercent", MaxPercent) : [],
            .. Limit(rules.PerEntry, $"{path}.perEntry"), .. Limit(rules.PerDay, $"{path}.perDay"), .. Limit(rules.PerMonth, $"{path}.perMonth"),
        ];

    public static IEnumerable<Problem> CheckCap(NotToExceed? cap, string path, string currency)
    {
        if (cap is null) yield break;
        if (cap is { Amount: null, Hours: null })
            yield return new(ContractProblems.CapEmpty, path, "The cap has neither an amount nor hours.", "Give one of them, or leave the cap out.");
        if (cap.Amount is { } amount)
        {
            if (amount.Currency != currency) yield return Mismatch(amount, path, currency);
            else if (amount.Minor < 0) yield return BelowZero(path, Shown(amount));
            else if (amount.Minor > MaxAmount) yield return TooLarge(path);
        }

        if (cap.Hours < 0) yield return BelowZero($"{path}.hours", $"{cap.Hours} h");
        if (cap.Hours > MaxHours) yield return TooLarge($"{path}.hours");
        if (cap.Hours is { } hours && HasTooManyDecimals(hours)) yield return Decimals(hours, $"{path}.hours");
        foreach (var problem in Each(cap.WarnAtPercent ?? [], $"{path}.warnAtPercent", (percent, at) => Percent(percent, at, MaxPercent))) yield return problem;
    }

    public static IEnumerable<Problem> CheckShared(ImmutableArray<SharedCap>? caps, ImmutableArray<ContractLine> lines, string currency) =>
    [
        .. Each(caps ?? [], "caps", (cap, path) =>
        [
            .. Text(cap.Name, $"{path}.name", MaxTextLength),
            .. CheckCap(cap.Limit, $"{path}.limit", currency),
            .. cap.Limit is null ? [Missing($"{path}.limit")] : Array.Empty<Problem>(),
            .. cap.Phase is { } phase && !lines.IsDefault && lines.All(line => line.Phase != phase)
                ? [new(ContractProblems.PhaseUnknown, $"{path}.phase", $"No line belongs to the phase '{phase}'.", "Correct the phase, or name it on the lines that it caps.")]
                : Array.Empty<Problem>(),
        ]),
        .. Duplicates((caps ?? []).Select((cap, i) => (cap.Name, $"caps[{i}].name")), ContractProblems.CapDuplicate, "Cap"),
    ];

    public static IEnumerable<Problem> CheckExpenses(BillingModel.Expenses model, string path, string currency)
    {
        if (model.Rules is not { } rules) return [];
        return
        [
            .. CheckCap(rules.Cap, $"{path}.cap", currency),
            .. rules.ReceiptAbove is { } limit && limit.Currency != currency ? [Mismatch(limit, $"{path}.receiptAbove", currency)] : Array.Empty<Problem>(),
            .. Each(rules.Categories ?? [], $"{path}.categories", (rule, at) => CheckCategory(rule, model, at)),
            .. Duplicates((rules.Categories ?? []).Select((rule, i) => (rule.Category, $"{path}.categories[{i}].category")), ContractProblems.CategoryDuplicate, "Category"),
            .. rules.OnlyListed == true && rules.Categories is not { IsEmpty: false }
                ? [new(ContractProblems.CategoryContradiction, $"{path}.onlyListed", "Only listed categories are billed, and none is listed.", "List the categories, or bill all.")]
                : Array.Empty<Problem>(),
            .. CheckConversion(rules.Conversion, $"{path}.conversion", currency),
        ];
    }

    public static IEnumerable<Problem> CheckProgress(BillingModel.FixedFee model, string path)
    {
        if (model.Quantity is { } quantity)
            foreach (var problem in Positive(quantity, $"{path}.quantity")) yield return problem;
        if (model.Progress is not { } progress) yield break;
        if (!model.Milestones.IsDefaultOrEmpty)
            yield return new(ContractProblems.ProgressAndMilestones, $"{path}.progress", "The line is billed by milestones and by progress.", "Choose one of the two.");
        var needs = progress.By is PercentBy.Hours or PercentBy.Cost;
        if (needs && progress.Budget is not > 0)
            yield return new(ContractProblems.BudgetMissing, $"{path}.progress.budget",
                $"Progress by {progress.By} needs the budget that is 100 percent; it is {progress.Budget?.ToString() ?? "missing"}.", "Give a budget above zero.");
        if (!needs && progress.Budget is not null)
            yield return new(ContractProblems.BudgetUnused, $"{path}.progress.budget", $"Progress by {progress.By} has no budget.", "Leave the budget out, or measure by hours or cost.");
    }

    /// <summary>The amounts of milestones that are percents of their line, by largest remainder.</summary>
    public static ImmutableArray<ContractLine> Shared(ImmutableArray<ContractLine> lines) => [.. lines.Select(line => line.Billing is BillingModel.FixedFee fee && ByPercent(fee)
        ? line with
        {
            Billing = fee with
            {
                Milestones =
                [
                    .. fee.Milestones.Zip(
                        Allocation.ByWeight(fee.Price, [.. fee.Milestones.Select(milestone => milestone.Percent!.Value)]),
                        (milestone, amount) => milestone with { Amount = amount }),
                ],
            },
        }
        : line)];

    public static bool ByPercent(BillingModel.FixedFee fee) =>
        fee.Milestones is { IsDefaultOrEmpty: false } milestones && milestones.All(milestone => milestone.Percent is not null);

    public static IEnumerable<Problem> CheckPercents(BillingModel.FixedFee fee, string path)
    {
        foreach (var problem in Each(fee.Milestones, path, (milestone, at) => milestone.Percent is { } percent
            ? Percent(percent, $"{at}.percent", Whole)
            : [new(ContractProblems.MilestonesMixed, at, "Some milestones are percents of the line, and this one is an amount.", "Give all as percents, or all as amounts.")]))
            yield return problem;
        if (fee.Milestones.Sum(milestone => milestone.Percent ?? 0) is var sum && sum != Whole && fee.Milestones.All(milestone => milestone.Percent is not null))
            yield return new(ContractProblems.MilestonesDoNotSum, path, $"The milestones sum to {sum} %.", "Change the percents so that they sum to 100.");
    }

    private static IEnumerable<Problem> CheckRule(RateRule rule, string path)
    {
        foreach (var problem in Rate(rule.Rate, $"{path}.rate")) yield return problem;
        if (rule.Cost < 0) yield return BelowZero($"{path}.cost", $"{rule.Cost}");
        if (rule.To < rule.From)
            yield return new(ContractProblems.DatesReversed, $"{path}.to", $"The rate ends on {rule.To:O}, before it begins on {rule.From:O}.", "Correct one of the two dates.");
    }

    /// <summary>Two rates that nothing tells apart on some day.</summary>
    private static IEnumerable<Problem> Overlaps(ContractLine line, RateCard card, string path) =>
        from i in Enumerable.Range(0, card.Rules.IsDefault ? 0 : card.Rules.Length)
        from j in Enumerable.Range(0, i)
        let one = card.Rules[j]
        let other = card.Rules[i]
        where Selector(one) == Selector(other) && FirstDay(one, line) <= LastDay(other, line) && FirstDay(other, line) <= LastDay(one, line)
        select new Problem(ContractProblems.RatesOverlap, $"{path}[{i}]",
            $"The rates {one.Rate} and {other.Rate} are for the same work and both hold on {Later(FirstDay(one, line), FirstDay(other, line)):O}.",
            "End the one before the other begins, or name on one what sets it apart.");

    /// <summary>A day of the line on which a rate that has dates does not hold, and no weaker rate of the line stands in.</summary>
    private static IEnumerable<Problem> Holes(ContractLine line, RateCard card, string path)
    {
        if (card.Rules.IsDefault) yield break;
        var groups = card.Rules.Select((rule, i) => (Rule: rule, At: i)).GroupBy(each => Selector(each.Rule)).Where(group => group.All(each => each.Rule.From is not null || each.Rule.To is not null));
        foreach (var group in groups)
        {
            if (card.Rules.Any(rule => rule is { From: null, To: null } && IsWeaker(rule, group.First().Rule)) || RoleHolds(line, group.First().Rule)) continue;
            DateOnly? day = line.Start;
            foreach (var (rule, _) in group.OrderBy(each => FirstDay(each.Rule, line)))
                if (FirstDay(rule, line) <= day && LastDay(rule, line) >= day) day = LastDay(rule, line) == DateOnly.MaxValue ? null : LastDay(rule, line).AddDays(1);
            if (day is { } hole && hole <= (line.End ?? DateOnly.MaxValue))
                yield return new(ContractProblems.RateHole, $"{path}[{group.First().At}]",
                    $"From {hole:O} on there is no rate for {Named(group.First().Rule)}, though the line runs to {line.End?.ToString("O") ?? "an open end"}.",
                    "Extend a rate, or add one without dates that stands in.");
        }
    }

    private static bool RoleHolds(ContractLine line, RateRule rule) =>
        rule.Role is not null && line.Billing is BillingModel.TimeAndMaterials { Rates: { IsDefault: false } rates } && rates.Any(rate => rate.Role == rule.Role);

    private static bool IsWeaker(RateRule weak, RateRule rule) =>
        (weak.Person is null || weak.Person == rule.Person) && (weak.Role is null || weak.Role == rule.Role)
        && (weak.Activity is null || weak.Activity == rule.Activity) && (weak.Project is null || weak.Project == rule.Project)
        && (weak.Customer is null || weak.Customer == rule.Customer);

    private static (string?, string?, string?, string?, string?) Selector(RateRule rule) =>
        (rule.Person, rule.Role, rule.Activity, rule.Project, rule.Customer);

    private static string Named(RateRule rule) =>
        string.Join(", ", new[] { rule.Person, rule.Role, rule.Activity, rule.Project, rule.Customer }.OfType<string>()) is { Length: > 0 } named ? named : "any work";

    private static DateOnly FirstDay(RateRule rule, ContractLine line) => rule.From ?? line.Start;

    private static DateOnly LastDay(RateRule rule, ContractLine line) => rule.To ?? line.End ?? DateOnly.MaxValue;

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;

    private static IEnumerable<Problem> CheckFactor(RateFactor factor, string path)
    {
        foreach (var problem in Text(factor.Name, $"{path}.name", MaxTextLength)) yield return problem;
        if (factor is { Percent: null, Amount: null })
            yield return new(ContractProblems.FactorEmpty, path, $"The surcharge '{factor.Name}' has neither a percentage nor an amount.", "Give one of them.");
        if (factor.Percent is { } percent && (percent <= -Whole || percent > MaxPercent)) yield return Outside(percent, $"{path}.percent", -Whole, MaxPercent);
        if (factor.Amount is { } amount && HasTooManyDecimals(amount)) yield return Decimals(amount, $"{path}.amount");
    }

    private static IEnumerable<Problem> CheckCategory(CategoryRule rule, BillingModel.Expenses model, string path)
    {
        foreach (var problem in Text(rule.Category, $"{path}.category", MaxIdLength)) yield return problem;
        if (rule is { Price: not null, MarkupPercent: not null } || (!model.ExcludedCategories.IsDefault && model.ExcludedCategories.Contains(rule.Category)))
            yield return new(ContractProblems.CategoryContradiction, path,
                $"The category '{rule.Category}' has a price and a markup, or is excluded and listed.", "Leave one of the two.");
        if (rule.MarkupPercent < 0)
            yield return new(ContractProblems.MarkupBelowZero, $"{path}.markupPercent", $"The markup is {rule.MarkupPercent} %.", "Use 0 to pass costs on as they are, or a percentage above it.");
        if (rule.Price is { } price)
            foreach (var problem in Rate(price, $"{path}.price")) yield return problem;
    }

    private static IEnumerable<Problem> CheckConversion(Conversion? conversion, string path, string currency) => conversion is null
        ? []
        :
        [
            .. Text(conversion.Source, $"{path}.source", MaxIdLength),
            .. conversion.Rates.IsDefaultOrEmpty
                ? [new(ContractProblems.RateSourceEmpty, $"{path}.rates", $"'{conversion.Source}' has no rate for any currency.", "Give the rates that hold from the start of the line on, or leave the conversion out.")]
                : Array.Empty<Problem>(),
            .. Each(conversion.Rates, $"{path}.rates", (rate, at) => [.. Currency(rate.Currency, $"{at}.currency"), .. Rate(rate.Rate, $"{at}.rate")]),
            .. Duplicates((conversion.Rates.IsDefault ? [] : conversion.Rates).Select((rate, i) => ($"{rate.Currency} from {rate.From:O}", $"{path}.rates[{i}]")), ContractProblems.RatesOverlap, "Rate"),
            .. (conversion.Rates.IsDefault ? [] : conversion.Rates).Any(rate => rate.Currency == currency)
                ? [new(ContractProblems.RateSourceEmpty, $"{path}.rates", $"There is a rate of {currency} to itself.", "Leave it out.")]
                : Array.Empty<Problem>(),
        ];

    private static IEnumerable<Problem> Step(TimeStep? step, string path)
    {
        if (step is { Minutes: <= 0 or > MinutesPerDay })
            yield return new(ContractProblems.StepInvalid, $"{path}.minutes", $"Time cannot be rounded to {step.Minutes} minutes.", $"Give 1 to {MinutesPerDay} minutes, or leave the rounding out.");
    }

    private static IEnumerable<Problem> Limit(HoursLimit? limit, string path)
    {
        if (limit is null) yield break;
        if (limit.Least < 0 || limit.Most < 0) yield return BelowZero(path, $"{limit.Least} to {limit.Most} h");
        if (limit.Least > limit.Most)
            yield return new(ContractProblems.LimitsReversed, path, $"The least, {limit.Least} h, is above the most, {limit.Most} h.", "Correct one of the two.");
    }

    private static IEnumerable<Problem> Percent(decimal percent, string path, decimal most) => percent is > 0 && percent <= most ? [] : [Outside(percent, path, 0, most)];

    private static IEnumerable<Problem> Positive(decimal value, string path) => value > 0
        ? []
        : [new(ContractProblems.AmountNotPositive, path, $"It is {value}.", "Give a number above zero.")];

    private static Problem Outside(decimal percent, string path, decimal least, decimal most) => new(
        ContractProblems.PercentOutsideRange, path, $"{percent} % is outside of {least} to {most} %.", $"Give a percentage above {least} and up to {most}.");

    private static Problem BelowZero(string path, string value) => new(
        ContractProblems.CapBelowZero, path, $"The limit is below zero ({value}).", "Give the most that may be billed, or leave it out.");
}
