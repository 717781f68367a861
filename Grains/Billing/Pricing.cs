using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Which rule decided over a record.</summary>
internal enum Ruling
{
    Hourly,
    CostPlus,
    Milestone,
    NotBillable,
    InFixedFee,
    CategoryExcluded,
}

/// <summary>What a record is worth at the contract's terms, and by which rule; before any cap.</summary>
/// <param name="Line">Null only for work marked as not billable of which the contract knows no line.</param>
/// <param name="Rate">Per unit of quantity, unrounded.</param>
/// <param name="Value">Quantity × rate, rounded once; 0 where no rate applies.</param>
internal readonly record struct Price(
    TermsIndex Terms, ContractLine? Line, Ruling Ruling, decimal Quantity, decimal Rate, Money Value)
{
    public bool IsExcluded => Ruling is Ruling.NotBillable or Ruling.InFixedFee or Ruling.CategoryExcluded;

    public string LineId => Line?.Id ?? "";
}

/// <summary>A price, or all the reasons why there is none.</summary>
internal readonly struct Priced
{
    private readonly List<Problem>? _problems;

    public Priced(Price price) => Price = price;

    public Priced(List<Problem> problems) => _problems = problems;

    public Price Price { get; }

    public bool IsRefused => _problems is not null;

    public ImmutableArray<Problem> Problems => _problems is null ? [] : [.. _problems];
}

/// <summary>Prices records of work by the terms in force on their day. Pure; allocates only to refuse.</summary>
internal static class Pricing
{
    /// <summary>More hours than this in one record are a mistake of its source.</summary>
    public const decimal MaxHours = 100_000;

    /// <summary>A value above this, in major units, is a mistake of its source.</summary>
    public const decimal MaxValue = 1_000_000_000_000;

    private const decimal Percent = 100;

    public static Priced Price(PriceBook book, WorkRecord record)
    {
        var terms = book.InForce(record.Date);
        List<Problem>? problems = null;
        if (terms is null) Note(ref problems, WorkProblems.BeforeContract(record.Date, book.First.Terms));
        terms ??= book.First;
        var price = record switch
        {
            WorkRecord.TimeWorked work => Time(terms, work, book.Rounding, ref problems),
            WorkRecord.ExpenseIncurred expense => Expense(terms, expense, book.Rounding, ref problems),
            WorkRecord.MilestoneReached reached => Milestone(terms, reached, ref problems),
            _ => throw new ArgumentException($"{record.GetType().Name} has no price.", nameof(record)),
        };
        return problems is null ? new(price) : new(problems);
    }

    private static Price Time(TermsIndex terms, WorkRecord.TimeWorked work, Rounding rounding, ref List<Problem>? problems)
    {
        if (work.Hours < 0) Note(ref problems, WorkProblems.HoursBelowZero(work.Hours));
        if (work.Hours > MaxHours) Note(ref problems, WorkProblems.TooLarge("hours", $"{work.Hours} hours"));

        List<Problem>? lineProblems = null;
        var (line, hourly) = LineOf(terms, work, ref lineProblems);
        if (work.Billable && lineProblems is not null) (problems ??= []).AddRange(lineProblems);

        var ruling = !work.Billable ? Ruling.NotBillable
            : line?.Billing is BillingModel.FixedFee ? Ruling.InFixedFee
            : Ruling.Hourly;
        if (problems is not null) return default;
        var value = work.Hours * hourly;
        if (value <= MaxValue)
            return new(terms, line, ruling, work.Hours, hourly, Money.Round(value, terms.Terms.Currency, rounding));
        Note(ref problems, WorkProblems.TooLarge("hours", $"{work.Hours} hours at {hourly}"));
        return default;
    }

    private static (ContractLine? Line, decimal Hourly) LineOf(
        TermsIndex terms, WorkRecord.TimeWorked work, ref List<Problem>? problems)
    {
        var (line, hourly) = work.LineId is { } named
            ? NamedLine(terms, work, named, ref problems)
            : LineWithRole(terms, work, ref problems);
        if (line is not null && IsOutside(terms, line, work.Date)) Note(ref problems, WorkProblems.OutsideDates(work.Date, line));
        return (line, hourly);
    }

    private static (ContractLine? Line, decimal Hourly) NamedLine(
        TermsIndex terms, WorkRecord.TimeWorked work, string lineId, ref List<Problem>? problems)
    {
        var line = terms.Line(lineId);
        switch (line?.Billing)
        {
            case null:
                Note(ref problems, WorkProblems.NoSuchLine(terms, lineId));
                return default;
            case BillingModel.TimeAndMaterials:
                if (!terms.TryRate(lineId, work.Role, out var hourly)) Note(ref problems, WorkProblems.RoleNotOnLine(line, work.Role));
                return (line, hourly);
            case BillingModel.FixedFee:
                return (line, 0);
            default:
                Note(ref problems, WorkProblems.WrongLine(line, "hours"));
                return (line, 0);
        }
    }

    private static (ContractLine? Line, decimal Hourly) LineWithRole(
        TermsIndex terms, WorkRecord.TimeWorked work, ref List<Problem>? problems)
    {
        var offers = terms.Offers(work.Role);
        if (offers.IsEmpty)
        {
            Note(ref problems, WorkProblems.RoleNotSold(terms, work.Role));
            return default;
        }

        // Of several lines with the role, the one that runs on the day; if none does, the first says when it does.
        var found = offers[0];
        var running = 0;
        foreach (var offer in offers)
        {
            if (!Covers(offer.Line, work.Date)) continue;
            if (running++ == 0) found = offer;
        }

        if (running > 1) Note(ref problems, WorkProblems.SeveralLines($"The role '{work.Role}'", [.. Lines(offers)]));
        return (found.Line, found.Hourly);
    }

    private static Price Expense(
        TermsIndex terms, WorkRecord.ExpenseIncurred expense, Rounding rounding, ref List<Problem>? problems)
    {
        var currency = terms.Terms.Currency;
        var cost = expense.Cost;
        if (cost.Currency != currency) Note(ref problems, WorkProblems.WrongCurrency(cost, currency));
        if (cost.Minor < 0) Note(ref problems, WorkProblems.CostBelowZero(cost));

        List<Problem>? lineProblems = null;
        var line = LineOf(terms, expense, ref lineProblems);
        if (expense.Billable && lineProblems is not null) (problems ??= []).AddRange(lineProblems);
        if (problems is not null) return default;

        var model = line?.Billing as BillingModel.Expenses;
        var ruling = !expense.Billable ? Ruling.NotBillable
            : model!.ExcludedCategories.Contains(expense.Category) ? Ruling.CategoryExcluded
            : Ruling.CostPlus;
        var rate = cost.Amount * (1 + (model?.MarkupPercent ?? 0) / Percent);
        if (rate <= MaxValue) return new(terms, line, ruling, 1, rate, Money.Round(rate, currency, rounding));
        Note(ref problems, WorkProblems.TooLarge("cost", $"{cost}"));
        return default;
    }

    private static ContractLine? LineOf(TermsIndex terms, WorkRecord.ExpenseIncurred expense, ref List<Problem>? problems)
    {
        var line = expense.LineId is { } named ? terms.Line(named) : OnlyExpenseLine(terms, expense.Date, ref problems);
        if (line is null)
        {
            if (problems is null)
                Note(ref problems, expense.LineId is { } missing ? WorkProblems.NoSuchLine(terms, missing) : WorkProblems.NoExpenseLine(terms));
            return null;
        }

        if (line.Billing is not BillingModel.Expenses) Note(ref problems, WorkProblems.WrongLine(line, "expenses"));
        if (IsOutside(terms, line, expense.Date)) Note(ref problems, WorkProblems.OutsideDates(expense.Date, line));
        return line;
    }

    private static ContractLine? OnlyExpenseLine(TermsIndex terms, DateOnly day, ref List<Problem>? problems)
    {
        ContractLine? found = null;
        foreach (var line in terms.ExpenseLines)
        {
            if (!Covers(line, day)) continue;
            if (found is not null)
            {
                Note(ref problems, WorkProblems.SeveralLines("The expense", terms.ExpenseLines));
                return null;
            }

            found = line;
        }

        return found ?? (terms.ExpenseLines.IsEmpty ? null : terms.ExpenseLines[0]);
    }

    private static Price Milestone(TermsIndex terms, WorkRecord.MilestoneReached reached, ref List<Problem>? problems)
    {
        if (terms.TryMilestone(reached.MilestoneId, out var line, out var milestone))
            return new(terms, line, Ruling.Milestone, 1, milestone.Amount.Amount, milestone.Amount);
        Note(ref problems, WorkProblems.NoSuchMilestone(terms, reached.MilestoneId));
        return default;
    }

    private static bool Covers(ContractLine line, DateOnly day) => day >= line.Start && (line.End is not { } end || day <= end);

    /// <summary>What is before the contract altogether is said once and not for the line as well.</summary>
    private static bool IsOutside(TermsIndex terms, ContractLine line, DateOnly day) =>
        day >= terms.Terms.EffectiveFrom && !Covers(line, day);

    private static List<ContractLine> Lines(ReadOnlySpan<RoleOffer> offers)
    {
        var lines = new List<ContractLine>(offers.Length);
        foreach (var offer in offers) lines.Add(offer.Line);
        return lines;
    }

    private static void Note(ref List<Problem>? problems, Problem problem) => (problems ??= []).Add(problem);
}
