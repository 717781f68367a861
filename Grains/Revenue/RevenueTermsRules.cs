using Q2C.Contracts;
using Q2C.Grains.Contracts;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

/// <summary>The codes with which the terms of revenue on a contract line are refused. Listed in <c>docs/errors.md</c>.</summary>
public static class RevenueTermsProblems
{
    public const string PriceMissing = "REVENUE_PRICE_MISSING";
    public const string EndMissing = "REVENUE_END_MISSING";
    public const string EstimateMissing = "REVENUE_ESTIMATE_MISSING";
    public const string SellingPriceNotPositive = "SELLING_PRICE_NOT_POSITIVE";
}

/// <summary>Treatments that could never be carried out are refused when the contract is drafted.</summary>
internal static class RevenueTermsRules
{
    public static IEnumerable<Problem> Check(ContractLine line, string path, string currency)
    {
        if (line is not { Revenue: { } terms, Billing: { } billing }) yield break;
        var isPriced = billing is BillingModel.FixedFee;
        if (terms.Treatment is RevenueTreatment.PercentComplete && !isPriced)
            yield return new(RevenueTermsProblems.PriceMissing, $"{path}.treatment",
                $"Line '{line.Id}' has no price of its own that could be recognised by progress.",
                "Use this treatment for a fixed fee, and for work by the hour the one that follows what may be invoiced.");
        if (terms.Treatment is RevenueTreatment.StraightLine && isPriced && line.End is null)
            yield return new(RevenueTermsProblems.EndMissing, $"{path}.treatment",
                $"The price of line '{line.Id}' is to be spread over time, and the line has no end.", "Give the line an end.");
        if (terms.Treatment is RevenueTreatment.PercentComplete { Measure: not ProgressMeasure.Output, Estimate: not > 0 } progress)
            yield return new(RevenueTermsProblems.EstimateMissing, $"{path}.treatment.estimate",
                $"The estimate of line '{line.Id}' is {progress.Estimate?.ToString() ?? "not given"}.",
                "Give the whole cost or the whole hours that are expected.");
        if (terms.SellingPrice is { } price)
            foreach (var problem in CheckSellingPrice(line, price, isPriced, $"{path}.sellingPrice", currency)) yield return problem;
    }

    private static IEnumerable<Problem> CheckSellingPrice(ContractLine line, Money price, bool isPriced, string path, string currency)
    {
        if (price.Currency != currency)
            yield return new(ContractProblems.CurrencyMismatch, path, $"The amount is in '{price.Currency}', the contract in '{currency}'.",
                $"Give the amount in {currency}.");
        if (price.Minor <= 0)
            yield return new(RevenueTermsProblems.SellingPriceNotPositive, path, $"The standalone selling price of line '{line.Id}' is {price}.",
                "Give what the line would cost sold on its own.");
        if (!isPriced)
            yield return new(RevenueTermsProblems.PriceMissing, path, $"Line '{line.Id}' has no price of its own that could be shared out.",
                "Give standalone selling prices to fixed fees only; other lines keep their price.");
    }
}
