using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Gateway.Resolvers;
using Q2C.Revenues;

namespace Q2C.Gateway.Mutations;

public sealed record NotToExceedInput(
    MoneyInput? Amount, decimal? Hours, CapPeriod? Per, AtCap? AtCap, IReadOnlyList<int>? WarnAtPercent)
{
    internal NotToExceed ToLimit(InputReader reader, string path) => new(
        Amount is null ? null : reader.Money(Amount, $"{path}.amount"), Hours, Per, AtCap, Optional.Array(WarnAtPercent));
}

public sealed record RateCardInput(
    IReadOnlyList<RateRuleInput> Rules, IReadOnlyList<RateDimension>? Precedence, IReadOnlyList<RoleShareInput>? Blend,
    IReadOnlyList<RateFactorInput>? Factors, FactorCombination? Combine, decimal? HoursPerDay, CostFallback? CostFallback)
{
    internal RateCard ToCard() => new(
        [.. Rules.Select(rule => rule.ToRule())], Optional.Array(Precedence), Optional.Array(Blend?.Select(role => role.ToShare())),
        Optional.Array(Factors?.Select(factor => factor.ToFactor())), Combine, HoursPerDay, CostFallback);
}

public sealed record RateRuleInput(
    decimal Rate, string? Person, string? Role, string? Activity, string? Project, string? Customer, DateOnly? From, DateOnly? To,
    RateUnit? Per, decimal? Cost)
{
    internal RateRule ToRule() => new(Rate, Person, Role, Activity, Project, Customer, From, To, Per, Cost);
}

public sealed record RoleShareInput(string Role, decimal Hourly, decimal Share)
{
    internal RoleShare ToShare() => new(Role, Hourly, Share);
}

public sealed record RateFactorInput(string Name, decimal? Percent, decimal? Amount, IReadOnlyList<DayOfWeek>? Days, string? Mark)
{
    internal RateFactor ToFactor() => new(Name, Percent, Amount, Optional.Array(Days), Mark);
}

public sealed record TimeRulesInput(
    TimeStepInput? Begin, TimeStepInput? End, TimeStepInput? Duration, decimal? HoursPercent, AmountRule? Amounts,
    HoursLimitInput? PerEntry, HoursLimitInput? PerDay, HoursLimitInput? PerMonth)
{
    internal TimeRules ToRules() => new(
        Begin?.ToStep(), End?.ToStep(), Duration?.ToStep(), HoursPercent, Amounts, PerEntry?.ToLimit(), PerDay?.ToLimit(), PerMonth?.ToLimit());
}

public sealed record TimeStepInput(int Minutes, StepRounding Rounding)
{
    internal TimeStep ToStep() => new(Minutes, Rounding);
}

public sealed record HoursLimitInput(decimal? Least, decimal? Most)
{
    internal HoursLimit ToLimit() => new(Least, Most);
}

public sealed record SharedCapInput(string Name, string? Phase, NotToExceedInput Limit);

public sealed record ProgressBillingInput(PercentBy By, decimal? Budget)
{
    internal ProgressBilling ToProgress() => new(By, Budget);
}

public sealed record ExpenseRulesInput(
    IReadOnlyList<CategoryRuleInput>? Categories, bool? OnlyListed, NotToExceedInput? Cap, MoneyInput? ReceiptAbove, ConversionInput? Conversion)
{
    internal ExpenseRules ToRules(InputReader reader, string path) => new(
        Optional.Array(Categories?.Select(rule => new CategoryRule(rule.Category, rule.MarkupPercent, rule.Price, rule.Unit))), OnlyListed,
        Cap?.ToLimit(reader, $"{path}.cap"), reader.Optional(ReceiptAbove, $"{path}.receiptAbove"), Conversion?.ToConversion());
}

public sealed record CategoryRuleInput(string Category, decimal? MarkupPercent, decimal? Price, string? Unit);

public sealed record ConversionInput(string Source, RateDate On, IReadOnlyList<ConversionRateInput> Rates)
{
    internal Conversion ToConversion() => new(Source, On, [.. Rates.Select(rate => new ExchangeRate(rate.Currency, rate.From, rate.Rate))]);
}

public sealed record ConversionRateInput(string Currency, DateOnly From, decimal Rate);

public sealed record InvoiceCurrencyInput(string Currency, string Source, IReadOnlyList<InvoiceRateInput> Rates)
{
    internal InvoiceCurrency ToCurrency() => new(Currency, Source, [.. Rates.Select(rate => new InvoiceRate(rate.From, rate.Rate))]);
}

public sealed record InvoiceRateInput(DateOnly From, decimal Rate);

public sealed record BillSplitInput(IReadOnlyList<PayerInput> Payers, IReadOnlyList<string>? Lines)
{
    internal BillSplit ToSplit() => new([.. Payers.Select(payer => payer.ToPayer())], Optional.Array(Lines));
}

public sealed record PayerInput(string CustomerId, CustomerProfileInput Customer, decimal Percent, string? PurchaseOrder)
{
    internal Payer ToPayer() => new(CustomerId, Customer.ToProfile(), Percent, PurchaseOrder);
}

public sealed record RevenueTermsInput(
    RevenueMethod Method, Spread? Spread, RecogniseOn? RecogniseOn, Remainder? Remainder, ProgressMeasure? Measure, decimal? Estimate,
    MoneyInput? SellingPrice, PriceChange? OnChange)
{
    internal RevenueTerms ToTerms(InputReader reader, string path)
    {
        if (Method == RevenueMethod.PercentComplete && Measure is null)
            reader.Refuse("MEASURE_MISSING", $"{path}.measure", "It is not said what the percentage is of.", "Name the measure: cost, effort or output.");
        return new(
            Method switch
            {
                RevenueMethod.PointInTime => new RevenueTreatment.PointInTime(),
                RevenueMethod.StraightLine => new RevenueTreatment.StraightLine(Spread ?? default, RecogniseOn ?? default, Remainder ?? default),
                RevenueMethod.PercentComplete => new RevenueTreatment.PercentComplete(Measure ?? default, Estimate),
                RevenueMethod.AsInvoiced => new RevenueTreatment.AsInvoiced(),
                RevenueMethod.AsUsed => new RevenueTreatment.AsUsed(),
                _ => throw new ArgumentOutOfRangeException(nameof(path), Method, "Unknown method."),
            },
            reader.Optional(SellingPrice, $"{path}.sellingPrice"), OnChange ?? default);
    }
}

/// <summary>Lists that may be left out.</summary>
internal static class Optional
{
    public static ImmutableArray<T>? Array<T>(IEnumerable<T>? values) => values is null ? null : [.. values];
}
