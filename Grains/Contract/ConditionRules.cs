using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;

namespace Q2C.Grains.Contracts;

/// <summary>What is wrong with the conditions of a contract, in themselves or against its lines.</summary>
internal static class ConditionRules
{
    private const decimal All = 100;
    private const int MaxPayers = 50;

    public static IEnumerable<Problem> Check(Conditions? conditions, ImmutableArray<ContractLine> lines, string currency) =>
        conditions is null || !Currencies.IsKnown(currency) ? [] :
        [
            .. (conditions.Discounts ?? []).SelectMany((discount, i) => Discount(discount, lines, $"conditions.discounts[{i}]", currency)),
            .. Repeated(conditions.Discounts ?? []),
            .. conditions.DownPayment is { } down ? DownPayment(down, lines, "conditions.downPayment", currency) : [],
            .. conditions.Retention is { } held
                ? Share(held.Percent, held.Amount, "conditions.retention", ContractProblems.RetentionInvalid, "retention", currency) : [],
            .. (conditions.Splits ?? []).SelectMany((split, i) => Split(split, lines, $"conditions.splits[{i}]")),
            .. Overlaps(conditions.Splits ?? []),
            .. conditions.InvoicedIn is { } other ? InvoicedIn(other, lines, "conditions.invoicedIn", currency) : [],
        ];

    private static IEnumerable<Problem> InvoicedIn(InvoiceCurrency other, ImmutableArray<ContractLine> lines, string path, string currency)
    {
        var rates = other.Rates.IsDefault ? [] : other.Rates;
        return
        [
            .. ContractRules.Currency(other.Currency, $"{path}.currency"),
            .. ContractRules.Text(other.Source, $"{path}.source", ContractRules.MaxTextLength),
            .. other.Currency == currency ? [Invalid($"{path}.currency", $"The contract is in {currency} itself.", "Leave the invoice currency out.")] : (Problem[])[],
            .. rates.IsEmpty || lines.Any(line => rates.All(rate => rate.From > line.Start))
                ? [Invalid($"{path}.rates", "A line begins before the first rate is in force.", "Give a rate from the first day of the lines on.")]
                : (Problem[])[],
            .. rates.Length > ContractRules.MaxPartsPerLine ? [ContractRules.TooMany($"{path}.rates", rates.Length, ContractRules.MaxPartsPerLine)] : (Problem[])[],
            .. ContractRules.Each(rates, $"{path}.rates", (rate, at) => ContractRules.Rate(rate.Rate, $"{at}.rate")),
            .. rates.GroupBy(rate => rate.From).Where(same => same.Count() > 1)
                .Select(same => Invalid($"{path}.rates", $"Two rates are in force from {same.Key:O}.", "Give one rate for a day.")),
            .. lines.Where(line => line.Billing is BillingModel.Retainer { Unit: RetainerUnit.Money })
                .Select(line => Invalid(path, $"Line '{line.Id}' is money paid in advance, which pays invoices in its own currency only.", $"Invoice in {currency}.")),
        ];

        static Problem Invalid(string path, string message, string remedy) => new(ContractProblems.InvoiceCurrencyInvalid, path, message, remedy);
    }

    private static IEnumerable<Problem> Split(BillSplit split, ImmutableArray<ContractLine> lines, string path)
    {
        var payers = split.Payers.IsDefault ? [] : split.Payers;
        if (payers.Length > MaxPayers) return [ContractRules.TooMany($"{path}.payers", payers.Length, MaxPayers)];
        return
        [
            .. payers.SelectMany((payer, i) => Payer(payer, $"{path}.payers[{i}]")),
            .. ContractRules.Duplicates(payers.Select((payer, i) => (payer.CustomerId, $"{path}.payers[{i}].customerId")), ContractProblems.PayerDuplicate, "Payer"),
            .. payers.Sum(payer => payer.Percent) is var sum and not All
                ? [new(ContractProblems.SharesDoNotSum, $"{path}.payers", $"The shares of the payers sum to {sum:0.#########} %.",
                    "Change the percents so that they sum to 100.")]
                : (Problem[])[],
            .. Scope(split.Lines, lines, $"{path}.lines", ContractProblems.SplitOverlaps),
        ];
    }

    private static IEnumerable<Problem> Payer(Payer payer, string path) =>
    [
        .. ContractRules.CheckCustomer(payer.CustomerId, payer.Customer, $"{path}."),
        .. payer.Percent is <= 0 or > All
            ? [new(ContractProblems.PercentOutsideRange, $"{path}.percent", $"The share is {payer.Percent} %.", "Give a percent above 0 and up to 100.")]
            : (Problem[])[],
        .. ContractRules.HasTooManyDecimals(payer.Percent) ? [ContractRules.Decimals(payer.Percent, $"{path}.percent")] : (Problem[])[],
    ];

    /// <summary>A line is in one split, and one split at most is for all others.</summary>
    private static IEnumerable<Problem> Overlaps(ImmutableArray<BillSplit> splits) => splits
        .SelectMany((split, i) => (split.Lines?.AsEnumerable() ?? [""]).Select(line => (Line: line, Path: $"conditions.splits[{i}].lines")))
        .GroupBy(one => one.Line)
        .SelectMany(group => group.Skip(1).Select(one => new Problem(
            ContractProblems.SplitOverlaps, one.Path,
            one.Line is "" ? "Two splits are for all lines." : $"The line '{one.Line}' is in two splits.", "Name each line in one split.")));

    private static IEnumerable<Problem> Discount(Discount discount, ImmutableArray<ContractLine> lines, string path, string currency) =>
    [
        .. Share(discount.Percent, discount.Amount, path, ContractProblems.DiscountInvalid, "discount", currency),
        .. Scope(discount.Lines, lines, $"{path}.lines", ContractProblems.DiscountInvalid),
        .. discount is { From: { } from, Until: not null } ? ContractRules.Dates(from, discount.Until, $"{path}.until") : [],
    ];

    private static IEnumerable<Problem> Repeated(ImmutableArray<Discount> discounts) => discounts
        .Select((discount, i) => (discount.Id, Path: $"conditions.discounts[{i}].id"))
        .GroupBy(one => one.Id)
        .SelectMany(group => group.Skip(1).Select(one => new Problem(
            ContractProblems.DiscountInvalid, one.Path, $"The discount '{one.Id}' occurs more than once.", "Give each its own id.")));

    private static Problem[] DownPayment(DownPayment down, ImmutableArray<ContractLine> lines, string path, string currency)
    {
        Problem[] problems =
        [
            .. Share(down.Percent, down.Amount, path, ContractProblems.DownPaymentInvalid, "down payment", currency),
            .. Scope(down.Lines, lines, $"{path}.lines", ContractProblems.DownPaymentInvalid),
        ];
        if (problems is not []) return problems;
        var price = DownPayments.Priced(down, lines).Where(line => line.Price.Currency == currency)
            .Aggregate(Money.Zero(currency), (sum, line) => sum + line.Price);
        if (price.IsZero)
            return [new(ContractProblems.DownPaymentInvalid, $"{path}.lines", "None of its lines has a price or a cap to deduct it from.",
                "Name a line with a fixed price or a cap.")];
        return down.Amount > price
            ? [new(ContractProblems.DownPaymentInvalid, $"{path}.amount", $"The down payment of {down.Amount} is above the {price} that its lines cost.",
                $"Ask for at most {price}.")]
            : [];
    }

    /// <summary>Either a percent or an amount, and one that makes sense.</summary>
    private static IEnumerable<Problem> Share(decimal? percent, Money? amount, string path, string code, string noun, string currency) =>
        (percent, amount) switch
        {
            (null, null) => [new(code, path, $"The {noun} has neither a percent nor an amount.", "Give one of them.")],
            (not null, not null) => [new(code, path, $"The {noun} has both a percent and an amount.", "Give one of them.")],
            ( <= 0 or > All, null) => [new(code, $"{path}.percent", $"The {noun} is {percent} %.", "Give a percent above 0 and up to 100.")],
            (null, { } money) when money.Currency != currency => [new(ContractProblems.CurrencyMismatch, $"{path}.amount",
                $"The amount is in '{money.Currency}', the contract in '{currency}'.", $"Give the amount in '{currency}'.")],
            (null, { Minor: <= 0 } money) => [new(code, $"{path}.amount", $"The {noun} is {money}.", "Give an amount above zero.")],
            _ => [],
        };

    private static IEnumerable<Problem> Scope(ImmutableArray<string>? scope, ImmutableArray<ContractLine> lines, string path, string code) =>
        from part in (scope ?? []).Select((id, i) => (Id: id, Path: $"{path}[{i}]"))
        where lines.All(line => line.Id != part.Id)
        select new Problem(code, part.Path, $"The contract has no line '{part.Id}'.",
            $"Use the id of one of its lines: {string.Join(", ", lines.Select(line => line.Id))}.");
}
