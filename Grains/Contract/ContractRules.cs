using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Revenues;

namespace Q2C.Grains.Contracts;

/// <summary>The codes with which a contract refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class ContractProblems
{
    public const string TextMissing = "TEXT_MISSING";
    public const string TextTooLong = "TEXT_TOO_LONG";
    public const string TooMany = "TOO_MANY";
    public const string CustomerIdInvalid = "CUSTOMER_ID_INVALID";
    public const string CustomerOwnParent = "CUSTOMER_OWN_PARENT";
    public const string CountryUnknown = "COUNTRY_UNKNOWN";
    public const string CurrencyUnknown = "CURRENCY_UNKNOWN";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string DatesReversed = "DATES_REVERSED";
    public const string LineOutsideContract = "LINE_OUTSIDE_CONTRACT";
    public const string LinesMissing = "LINES_MISSING";
    public const string LineDuplicate = "LINE_DUPLICATE";
    public const string PriceMissing = "PRICE_MISSING";
    public const string AmountNotPositive = "AMOUNT_NOT_POSITIVE";
    public const string AmountTooLarge = "AMOUNT_TOO_LARGE";
    public const string MilestonesDoNotSum = "MILESTONES_DO_NOT_SUM";
    public const string MilestoneDuplicate = "MILESTONE_DUPLICATE";
    public const string RoleDuplicate = "ROLE_DUPLICATE";
    public const string RateNotPositive = "RATE_NOT_POSITIVE";
    public const string TooManyDecimals = "TOO_MANY_DECIMALS";
    public const string CapBelowZero = "CAP_BELOW_ZERO";
    public const string MarkupBelowZero = "MARKUP_BELOW_ZERO";
    public const string QuoteOlder = "QUOTE_OLDER";
    public const string ContractAlreadyAccepted = "CONTRACT_ALREADY_ACCEPTED";
    public const string ContractNotActive = "CONTRACT_NOT_ACTIVE";
    public const string ContractActive = "CONTRACT_ACTIVE";
    public const string AmendmentOutdated = "AMENDMENT_OUTDATED";
    public const string EffectiveOutsideContract = "EFFECTIVE_OUTSIDE_CONTRACT";
    public const string TaxCategoryMissing = "TAX_CATEGORY_MISSING";
    public const string CapBelowBilled = "CAP_BELOW_BILLED";
    public const string LegalEntityFixed = "LEGAL_ENTITY_FIXED";
    public const string TermsFixed = "TERMS_FIXED";
    public const string NothingToCorrect = "NOTHING_TO_CORRECT";
    public const string DiscountInvalid = "DISCOUNT_INVALID";
    public const string DownPaymentInvalid = "DOWN_PAYMENT_INVALID";
    public const string RetentionInvalid = "RETENTION_INVALID";
    public const string PercentOutsideRange = "PERCENT_OUTSIDE_RANGE";
    public const string MilestonesMixed = "MILESTONES_MIXED";
    public const string ProgressAndMilestones = "PROGRESS_AND_MILESTONES";
    public const string BudgetMissing = "BUDGET_MISSING";
    public const string BudgetUnused = "BUDGET_UNUSED";
    public const string RatesOverlap = "RATES_OVERLAP";
    public const string RateHole = "RATE_HOLE";
    public const string PrecedenceAmbiguous = "PRECEDENCE_AMBIGUOUS";
    public const string FactorEmpty = "FACTOR_EMPTY";
    public const string StepInvalid = "STEP_INVALID";
    public const string LimitsReversed = "LIMITS_REVERSED";
    public const string CapEmpty = "CAP_EMPTY";
    public const string CapDuplicate = "CAP_DUPLICATE";
    public const string PhaseUnknown = "PHASE_UNKNOWN";
    public const string CategoryDuplicate = "CATEGORY_DUPLICATE";
    public const string CategoryContradiction = "CATEGORY_CONTRADICTION";
    public const string RateSourceEmpty = "RATE_SOURCE_EMPTY";
    public const string SharesDoNotSum = "SHARES_DO_NOT_SUM";
    public const string PayerDuplicate = "PAYER_DUPLICATE";
    public const string SplitOverlaps = "SPLIT_OVERLAPS";
    public const string InvoiceCurrencyInvalid = "INVOICE_CURRENCY_INVALID";
}

/// <summary>What is wrong with a quote or a change order in itself, whatever the policies say.</summary>
internal static class ContractRules
{
    public const int MaxLines = 500;
    public const int MaxPartsPerLine = 200;
    public const int MaxIdLength = 64;
    public const int MaxTextLength = 300;
    public const int RateDecimals = 9;

    /// <summary>In minor units: small enough that the amounts of a whole contract can be added up.</summary>
    public const long MaxAmount = 10_000_000_000_000;

    public const decimal MaxRate = 1_000_000_000;
    public const decimal MaxHours = 1_000_000_000;

    public static ImmutableArray<Problem> Check(AcceptQuote quote) =>
    [
        .. Text(quote.Name, "name", MaxTextLength),
        .. Text(quote.Connection, "connection", MaxIdLength),
        .. Text(quote.OpportunityId, "opportunityId", MaxIdLength),
        .. Text(quote.QuoteId, "quoteId", MaxIdLength),
        .. Text(quote.LegalEntity, "legalEntity", MaxIdLength),
        .. Text(quote.ProjectTemplate, "projectTemplate", MaxIdLength),
        .. CheckCustomer(quote.CustomerId, quote.Customer, ""),
        .. Currency(quote.Currency, "currency"),
        .. Dates(quote.Start, quote.End, "end"),
        .. CheckLines(quote.Lines, quote.Currency),
        .. PricingRules.CheckShared(quote.Caps, quote.Lines, quote.Currency),
        .. Each(quote.Lines, "lines", (line, path) => Inside(line, path, quote.Start, quote.End)),
        .. quote.Lines.IsDefaultOrEmpty ? [] : PeriodicRules.CheckScopes(quote.Lines, quote.Lines),
        .. quote.Lines.IsDefaultOrEmpty ? [] : ConditionRules.Check(quote.Conditions, quote.Lines, quote.Currency),
    ];

    public static IEnumerable<Problem> CheckLines(ImmutableArray<ContractLine> lines, string currency)
    {
        if (lines.IsDefaultOrEmpty)
            return [new(ContractProblems.LinesMissing, "lines", "There is no line: nothing would be sold.", "Add at least one line.")];
        if (lines.Length > MaxLines) return [TooMany("lines", lines.Length, MaxLines)];
        return
        [
            .. Each(lines, "lines", (line, path) => CheckLine(line, path, currency)),
            .. Duplicates(lines.Select((line, i) => (line.Id, $"lines[{i}].id")), ContractProblems.LineDuplicate, "Line"),
            .. Duplicates(MilestonePaths(lines), ContractProblems.MilestoneDuplicate, "Milestone"),
        ];
    }

    /// <summary>Milestones are known by their id alone, so a changed line must not repeat one of a line that stays.</summary>
    public static IEnumerable<Problem> CheckAgainst(ImmutableArray<ContractLine> lines, IEnumerable<ContractLine> staying)
    {
        var taken = MilestonePaths([.. staying]).Select(milestone => milestone.Id).ToHashSet();
        return MilestonePaths(lines).Where(milestone => taken.Contains(milestone.Id)).Select(milestone =>
            Duplicate(ContractProblems.MilestoneDuplicate, milestone.Path, "Milestone", milestone.Id));
    }

    /// <param name="path">Of what names the customer, with a dot at its end; empty for the contract itself.</param>
    public static IEnumerable<Problem> CheckCustomer(string id, CustomerProfile customer, string path)
    {
        if (!Ids.Is(id, Ids.Customer))
            yield return new(ContractProblems.CustomerIdInvalid, $"{path}customerId", $"'{id}' is not the id of a customer.",
                "Send the id under which the customer is registered here.");
        if (customer is null)
        {
            yield return Missing($"{path}customer");
            yield break;
        }

        foreach (var problem in Text(customer.Name, $"{path}customer.name", MaxTextLength)) yield return problem;
        foreach (var problem in Currency(customer.Currency, $"{path}customer.currency")) yield return problem;
        if (customer.ParentId == id)
            yield return new(ContractProblems.CustomerOwnParent, $"{path}customer.parentId", $"{customer.Name} is given as its own parent.",
                "Leave the parent empty, or name another customer.");
        if (!Countries.IsKnown(customer.BillTo?.Country))
            yield return new(ContractProblems.CountryUnknown, $"{path}customer.billTo.country",
                $"'{customer.BillTo?.Country}' is not a two-letter ISO 3166 country code.", "Use a code such as DE, FR or US.");
    }

    private static IEnumerable<Problem> CheckLine(ContractLine line, string path, string currency) =>
    [
        .. Text(line.Id, $"{path}.id", MaxIdLength),
        .. Text(line.Service, $"{path}.service", MaxIdLength),
        .. Text(line.Description, $"{path}.description", MaxTextLength),
        .. Dates(line.Start, line.End, $"{path}.end"),
        .. line.Billing switch
        {
            null => [NoPrice($"{path}.billing", line)],
            BillingModel.FixedFee model => CheckFixedFee(model, line, $"{path}.billing", currency),
            BillingModel.TimeAndMaterials model => CheckTime(model, line, $"{path}.billing", currency),
            BillingModel.Expenses model =>
                [.. CheckExpenses(model, $"{path}.billing"), .. PricingRules.CheckExpenses(model, $"{path}.billing.rules", currency)],
            var model => PeriodicRules.Check(model, $"{path}.billing", currency),
        },
        .. RevenueTermsRules.Check(line, $"{path}.revenue", currency),
    ];

    private static IEnumerable<Problem> CheckFixedFee(BillingModel.FixedFee model, ContractLine line, string path, string currency)
    {
        if (model.Price.IsZero) return [NoPrice($"{path}.price", line)];
        if (PricingRules.CheckProgress(model, path).ToArray() is { Length: > 0 } contradictory) return contradictory;
        if (model.Progress is not null) return Amount(model.Price, $"{path}.price", currency);
        if (model.Milestones is not { IsDefaultOrEmpty: false, Length: <= MaxPartsPerLine })
            return [model.Milestones.IsDefaultOrEmpty
                ? Missing($"{path}.milestones")
                : TooMany($"{path}.milestones", model.Milestones.Length, MaxPartsPerLine)];
        var byPercent = model.Milestones.Any(milestone => milestone.Percent is not null);
        Problem[] problems =
        [
            .. byPercent ? PricingRules.CheckPercents(model, $"{path}.milestones") : [],
            .. Amount(model.Price, $"{path}.price", currency),
            .. Each(model.Milestones, $"{path}.milestones", (milestone, at) =>
                [.. Text(milestone.Id, $"{at}.id", MaxIdLength), .. Text(milestone.Name, $"{at}.name", MaxTextLength),
                    .. byPercent ? [] : Amount(milestone.Amount, $"{at}.amount", currency)]),
        ];
        return problems is [] && !byPercent && Currencies.IsKnown(currency) ? CheckSum(model, path, currency) : problems;
    }

    private static IEnumerable<Problem> CheckSum(BillingModel.FixedFee model, string path, string currency)
    {
        var sum = model.Milestones.Aggregate(Money.Zero(currency), (total, milestone) => total + milestone.Amount);
        if (sum != model.Price)
            yield return new(ContractProblems.MilestonesDoNotSum, $"{path}.milestones",
                $"The milestones sum to {sum}, the price is {model.Price}.", "Change the milestones or the price so that they agree.");
    }

    private static IEnumerable<Problem> CheckTime(BillingModel.TimeAndMaterials model, ContractLine line, string path, string currency)
    {
        var hasCard = model.Card is { Rules.IsDefaultOrEmpty: false } or { Blend: { IsEmpty: false } };
        if (model.Rates.IsDefaultOrEmpty && !hasCard) return [NoPrice($"{path}.rates", line), .. PricingRules.CheckCap(model.Cap, $"{path}.cap", currency)];
        if (Math.Max(model.Rates.IsDefault ? 0 : model.Rates.Length, model.Card?.Rules is { IsDefault: false } rules ? rules.Length : 0) is > MaxPartsPerLine and var many)
            return [TooMany($"{path}.rates", many, MaxPartsPerLine)];
        return
        [
            .. Each(model.Rates, $"{path}.rates", (rate, at) =>
                [.. Text(rate.Role, $"{at}.role", MaxIdLength), .. Rate(rate.Hourly, $"{at}.hourly")]),
            .. Duplicates((model.Rates.IsDefault ? [] : model.Rates).Select((rate, i) => (rate.Role, $"{path}.rates[{i}].role")), ContractProblems.RoleDuplicate, "Role"),
            .. PricingRules.CheckCard(model.Card, line, $"{path}.card"),
            .. PricingRules.CheckTime(model.Time, $"{path}.time"),
            .. PricingRules.CheckCap(model.Cap, $"{path}.cap", currency),
        ];
    }

    private static IEnumerable<Problem> CheckExpenses(BillingModel.Expenses model, string path)
    {
        if (model.MarkupPercent < 0)
            yield return new(ContractProblems.MarkupBelowZero, $"{path}.markupPercent",
                $"The markup is {model.MarkupPercent} %.", "Use 0 to pass costs on as they are, or a percentage above it.");
        if (model.MarkupPercent > MaxRate) yield return TooLarge($"{path}.markupPercent");
        if (HasTooManyDecimals(model.MarkupPercent)) yield return Decimals(model.MarkupPercent, $"{path}.markupPercent");
        if (model.ExcludedCategories is { IsDefault: false, Length: > MaxPartsPerLine })
            yield return TooMany($"{path}.excludedCategories", model.ExcludedCategories.Length, MaxPartsPerLine);
    }

    internal static IEnumerable<Problem> Rate(decimal hourly, string path)
    {
        if (hourly <= 0)
            yield return new(ContractProblems.RateNotPositive, path, $"The rate is {hourly}.",
                "Give a rate above zero; work that costs nothing is marked as not billable instead.");
        if (hourly > MaxRate) yield return TooLarge(path);
        if (HasTooManyDecimals(hourly)) yield return Decimals(hourly, path);
    }

    private static IEnumerable<Problem> Amount(Money money, string path, string currency)
    {
        if (money.Currency != currency) yield return Mismatch(money, path, currency);
        if (money.Minor <= 0)
            yield return new(ContractProblems.AmountNotPositive, path, $"The amount is {Shown(money)}.", "Give an amount above zero.");
        if (money.Minor > MaxAmount) yield return TooLarge(path);
    }

    public static IEnumerable<Problem> Dates(DateOnly start, DateOnly? end, string path)
    {
        if (end < start)
            yield return new(ContractProblems.DatesReversed, path, $"The end, {end:O}, is before the start, {start:O}.",
                "Correct one of the two dates.");
    }

    private static IEnumerable<Problem> Inside(ContractLine line, string path, DateOnly start, DateOnly? end)
    {
        if (line.Start < start || line.Start > end || line.End > end)
            yield return new(ContractProblems.LineOutsideContract, path,
                $"The line runs from {line.Start:O} to {line.End?.ToString("O") ?? "its end"}, the contract from {start:O} to {end?.ToString("O") ?? "an open end"}.",
                "Correct the dates of the line or of the contract.");
    }

    internal static IEnumerable<Problem> Currency(string code, string path)
    {
        if (!Currencies.IsKnown(code))
            yield return new(ContractProblems.CurrencyUnknown, path, $"'{code}' is not an active ISO 4217 currency code.",
                "Use a code such as EUR or USD.");
    }

    internal static IEnumerable<Problem> Text(string? text, string path, int max)
    {
        if (string.IsNullOrWhiteSpace(text)) yield return Missing(path);
        else if (text.Length > max)
            yield return new(ContractProblems.TextTooLong, path, $"The text has {text.Length} characters; {max} are allowed.", "Shorten it.");
    }

    internal static IEnumerable<Problem> Duplicates(IEnumerable<(string Id, string Path)> ids, string code, string noun) => ids
        .Where(part => !string.IsNullOrWhiteSpace(part.Id))
        .GroupBy(part => part.Id)
        .SelectMany(group => group.Skip(1).Select(part => Duplicate(code, part.Path, noun, part.Id)));

    private static IEnumerable<(string Id, string Path)> MilestonePaths(ImmutableArray<ContractLine> lines) =>
        lines.SelectMany((line, i) => line.Billing is BillingModel.FixedFee { Milestones.IsDefault: false } model
            ? model.Milestones.Select((milestone, j) => (milestone.Id, $"lines[{i}].billing.milestones[{j}].id"))
            : []);

    internal static IEnumerable<Problem> Each<T>(
        ImmutableArray<T> parts, string path, Func<T, string, IEnumerable<Problem>> check) =>
        parts.IsDefault ? [] : parts.SelectMany((part, i) => check(part, $"{path}[{i}]"));

    internal static bool HasTooManyDecimals(decimal value) => decimal.Round(value, RateDecimals) != value;

    // An amount in a currency that does not exist cannot be formatted.
    internal static string Shown(Money money) =>
        Currencies.IsKnown(money.Currency) ? money.ToString() : $"{money.Minor} minor units of '{money.Currency}'";

    internal static Problem Missing(string path) =>
        new(ContractProblems.TextMissing, path, $"{path} is missing.", "Fill it in.");

    private static Problem NoPrice(string path, ContractLine line) => new(
        ContractProblems.PriceMissing, path, $"Line '{line.Id}' ({line.Description}) has no price.",
        "Give the line a fixed price, a rate card, or the expense model.");

    internal static Problem TooMany(string path, int count, int max) =>
        new(ContractProblems.TooMany, path, $"There are {count} entries; {max} are allowed.", "Split the contract.");

    internal static Problem TooLarge(string path) => new(
        ContractProblems.AmountTooLarge, path, "The amount is larger than any that can be calculated with here.",
        "Check the number of digits.");

    internal static Problem Decimals(decimal value, string path) => new(
        ContractProblems.TooManyDecimals, path, $"{value} has more than {RateDecimals} decimal places.", "Round it.");

    internal static Problem Mismatch(Money money, string path, string currency) => new(
        ContractProblems.CurrencyMismatch, path, $"The amount is in '{money.Currency}', the contract in '{currency}'.",
        $"Give the amount in '{currency}'.");

    private static Problem Duplicate(string code, string path, string noun, string id) =>
        new(code, path, $"{noun} '{id}' occurs more than once.", "Give each its own id.");
}
