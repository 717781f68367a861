using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>
/// Prices expenses: the cost without the tax that is recovered, in the contract's currency, with the markup of its category;
/// or the contract's price for its units.
/// </summary>
internal static class ExpensePricing
{
    private const decimal Percent = 100;

    public static Price Price(TermsIndex terms, WorkRecord.ExpenseIncurred expense, Rounding rounding, ref List<Problem>? problems)
    {
        if (expense.Cost.Minor < 0) Pricing.Note(ref problems, WorkProblems.CostBelowZero(expense.Cost));
        if (expense.Detail is { Quantity: <= 0 } or { TaxPercent: < 0 or > Percent }) Pricing.Note(ref problems, WorkProblems.DetailWrong(expense));

        List<Problem>? lineProblems = null;
        var line = LineOf(terms, expense, ref lineProblems);
        if (expense.Billable && lineProblems is not null) (problems ??= []).AddRange(lineProblems);
        var model = line?.Billing as BillingModel.Expenses;
        var exchange = Exchange(terms, model?.Rules?.Conversion, expense, ref problems);
        return problems is null ? Priced(terms, line, model, expense, exchange, rounding, ref problems) : default;
    }

    /// <summary>What the category says, for what is said of it; null for a category without a rule of its own.</summary>
    public static CategoryRule? RuleOf(BillingModel.Expenses model, string category) =>
        model.Rules?.Categories?.FirstOrDefault(rule => rule.Category == category);

    public static decimal MarkupOf(BillingModel.Expenses model, string category) =>
        RuleOf(model, category)?.MarkupPercent ?? model.MarkupPercent;

    private static Price Priced(
        TermsIndex terms, ContractLine? line, BillingModel.Expenses? model, WorkRecord.ExpenseIncurred expense, Exchanged? exchange,
        Rounding rounding, ref List<Problem>? problems)
    {
        var currency = terms.Terms.Currency;
        var paid = Paid(expense, exchange, currency, rounding);
        var rule = model is null ? null : RuleOf(model, expense.Category);
        var ruling = !expense.Billable ? Ruling.NotBillable
            : IsExcluded(model!, rule, expense.Category) ? Ruling.CategoryExcluded
            : NeedsReceipt(model!, expense, paid) ? Ruling.AwaitsReceipt
            : rule?.Price is not null ? Ruling.PerUnit
            : Ruling.CostPlus;
        var quantity = rule?.Price is null ? 1 : expense.Detail?.Quantity ?? 1;
        var cost = WithoutTax(paid, expense.Detail?.TaxPercent, rounding);
        var rate = rule?.Price ?? (cost.Amount * (1 + ((model is null ? 0 : MarkupOf(model, expense.Category)) / Percent)));
        if (rate * quantity <= Pricing.MaxValue)
            return new(terms, line, ruling, quantity, rate, Money.Round(rate * quantity, currency, rounding))
            {
                Unit = rule?.Price is null ? null : rule.Unit ?? "unit",
                Cost = cost,
                Exchange = exchange,
            };
        Pricing.Note(ref problems, WorkProblems.TooLarge("cost", $"{expense.Cost}"));
        return default;
    }

    private static Money Paid(WorkRecord.ExpenseIncurred expense, Exchanged? exchange, string currency, Rounding rounding) =>
        exchange is null ? expense.Cost : Money.Round(expense.Cost.Amount * exchange.Rate, currency, rounding);

    private static Money WithoutTax(Money paid, decimal? taxPercent, Rounding rounding) => taxPercent is { } tax
        ? Money.Round(paid.Amount / (1 + (tax / Percent)), paid.Currency, rounding)
        : paid;

    private static bool IsExcluded(BillingModel.Expenses model, CategoryRule? rule, string category) =>
        model.ExcludedCategories.Contains(category) || (rule is null && model.Rules?.OnlyListed == true);

    private static bool NeedsReceipt(BillingModel.Expenses model, WorkRecord.ExpenseIncurred expense, Money paid) =>
        model.Rules?.ReceiptAbove is { } limit && paid > limit && expense.Detail?.Receipt != true;

    /// <summary>Null for a receipt in the contract's own currency.</summary>
    private static Exchanged? Exchange(
        TermsIndex terms, Conversion? conversion, WorkRecord.ExpenseIncurred expense, ref List<Problem>? problems)
    {
        var (currency, from) = (terms.Terms.Currency, expense.Cost.Currency);
        if (from == currency) return null;
        if (conversion is null)
        {
            Pricing.Note(ref problems, WorkProblems.WrongCurrency(expense.Cost, currency));
            return null;
        }

        var day = RateDay(conversion.On, expense.Date);
        ExchangeRate? found = null;
        foreach (var rate in conversion.Rates)
            if (rate.Currency == from && rate.From <= day && (found is null || rate.From > found.From)) found = rate;
        if (found is not null) return new(expense.Cost, found.Rate, day, conversion.Source);
        Pricing.Note(ref problems, WorkProblems.NoExchangeRate(conversion, from, day));
        return null;
    }

    private static DateOnly RateDay(RateDate on, DateOnly day) => on switch
    {
        RateDate.MonthStart => new(day.Year, day.Month, 1),
        RateDate.MonthEnd => new(day.Year, day.Month, DateTime.DaysInMonth(day.Year, day.Month)),
        _ => day,
    };

    private static ContractLine? LineOf(TermsIndex terms, WorkRecord.ExpenseIncurred expense, ref List<Problem>? problems)
    {
        var line = expense.LineId is { } named ? terms.Line(named) : OnlyExpenseLine(terms, expense.Date, ref problems);
        if (line is null)
        {
            if (problems is null)
                Pricing.Note(ref problems, expense.LineId is { } missing ? WorkProblems.NoSuchLine(terms, missing) : WorkProblems.NoExpenseLine(terms));
            return null;
        }

        if (line.Billing is not BillingModel.Expenses) Pricing.Note(ref problems, WorkProblems.WrongLine(line, "expenses"));
        if (Pricing.IsOutside(terms, line, expense.Date)) Pricing.Note(ref problems, WorkProblems.OutsideDates(expense.Date, line));
        return line;
    }

    private static ContractLine? OnlyExpenseLine(TermsIndex terms, DateOnly day, ref List<Problem>? problems)
    {
        ContractLine? found = null;
        foreach (var line in terms.ExpenseLines)
        {
            if (!Pricing.Covers(line, day)) continue;
            if (found is not null)
            {
                Pricing.Note(ref problems, WorkProblems.SeveralLines("The expense", terms.ExpenseLines));
                return null;
            }

            found = line;
        }

        return found ?? (terms.ExpenseLines.IsEmpty ? null : terms.ExpenseLines[0]);
    }
}
