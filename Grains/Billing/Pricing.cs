using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Which rule decided over a record.</summary>
internal enum Ruling
{
    Hourly,
    CostPlus,

    /// <summary>An expense at the contract's price for its units.</summary>
    PerUnit,
    Milestone,
    NotBillable,
    InFixedFee,
    CategoryExcluded,

    /// <summary>An expense that is billed when its receipt is there.</summary>
    AwaitsReceipt,

    /// <summary>Counted, and billed with its period.</summary>
    Counted,

    /// <summary>Waits for hours that are paid in advance.</summary>
    Prepaid,
}

/// <summary>What a record is worth at the contract's terms, and by which rule; before any cap.</summary>
/// <param name="Line">Null only for work marked as not billable of which the contract knows no line.</param>
/// <param name="Rate">Per unit of quantity, unrounded.</param>
/// <param name="Value">Quantity × rate, rounded once; 0 where no rate applies.</param>
internal readonly record struct Price(
    TermsIndex Terms, ContractLine? Line, Ruling Ruling, decimal Quantity, decimal Rate, Money Value)
{
    /// <summary>Billable hours, whatever the unit of the quantity; 0 for what is no time.</summary>
    public decimal Hours { get; init; }

    public decimal Worked { get; init; }

    /// <summary>The rate that was found for hours.</summary>
    public RatePick Pick { get; init; }

    /// <summary>Of the quantity, where it is not hours or pieces.</summary>
    public string? Unit { get; init; }

    public Money? Cost { get; init; }

    public Exchanged? Exchange { get; init; }

    public bool IsExcluded => Ruling is Ruling.NotBillable or Ruling.InFixedFee or Ruling.CategoryExcluded;

    public bool IsDeferred => Ruling is Ruling.AwaitsReceipt or Ruling.Counted or Ruling.Prepaid;

    /// <summary>Uses up caps and is billed as far as they allow.</summary>
    public bool IsCharged => !IsExcluded && !IsDeferred;

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

    private const int QuantityDecimals = 9;
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
            WorkRecord.ExpenseIncurred expense => ExpensePricing.Price(terms, expense, book.Rounding, ref problems),
            WorkRecord.MilestoneReached reached => Milestone(terms, reached, ref problems),
            WorkRecord.UsageRecorded usage => Usage(terms, usage, ref problems),
            _ => throw new ArgumentException($"{record.GetType().Name} has no price.", nameof(record)),
        };
        return problems is null ? new(price) : new(problems);
    }

    private static Price Time(TermsIndex terms, WorkRecord.TimeWorked work, Rounding rounding, ref List<Problem>? problems)
    {
        if (work.Hours < 0) Note(ref problems, WorkProblems.HoursBelowZero(work.Hours));
        if (work.Hours > MaxHours) Note(ref problems, WorkProblems.TooLarge("hours", $"{work.Hours} hours"));
        if (work.Detail is { } detail) Check(detail, ref problems);

        List<Problem>? lineProblems = null;
        var (line, hourly, pick) = LineOf(terms, work, ref lineProblems);
        if (work.Billable && lineProblems is not null) (problems ??= []).AddRange(lineProblems);

        var ruling = !work.Billable ? Ruling.NotBillable
            : line?.Billing is BillingModel.FixedFee ? Ruling.InFixedFee
            : line?.Billing is BillingModel.Usage ? Ruling.Counted
            : line?.Billing is BillingModel.Retainer { OverageRate: null } ? Ruling.Prepaid
            : Ruling.Hourly;
        if (problems is not null) return default;
        var hours = BillableTime.Billable(work, hourly?.Time);
        var (quantity, value) = pick.Per switch
        {
            RateUnit.Hour => (hours, hours * pick.Rate),
            RateUnit.Day => (decimal.Round(hours / hourly!.Rates.HoursPerDay, QuantityDecimals), hours * pick.Rate / hourly.Rates.HoursPerDay),
            _ => (1, pick.Rate),
        };
        if (value > MaxValue)
        {
            Note(ref problems, WorkProblems.TooLarge("hours", $"{work.Hours} hours at {pick.Rate}"));
            return default;
        }

        var worked = BillableTime.Worked(work);
        var currency = terms.Terms.Currency;
        return new(terms, line, ruling, quantity, pick.Rate, Money.Round(value, currency, rounding))
        {
            Hours = hours,
            Worked = worked,
            Pick = pick,
            Unit = pick.Per switch { RateUnit.Day => "day", RateUnit.Entry => "entry", _ => null },
            Cost = hourly?.Rates.CostOf(work, worked, value) is { } cost ? Money.Round(cost, currency, rounding) : null,
        };
    }

    private static void Check(TimeDetail detail, ref List<Problem>? problems)
    {
        if (detail.BillableHours is < 0 and var byHand) Note(ref problems, WorkProblems.HoursBelowZero(byHand));
        if (detail.BillableHours > MaxHours) Note(ref problems, WorkProblems.TooLarge("detail.billableHours", $"{detail.BillableHours} hours"));
        if (detail.Begin > detail.End) Note(ref problems, WorkProblems.EndsBeforeItBegins(detail));
        if (detail.Rate < 0 || detail.Price < 0) Note(ref problems, WorkProblems.RateBelowZero(detail.Price ?? detail.Rate ?? 0));
    }

    private static (ContractLine? Line, HourlyLine? Hourly, RatePick Pick) LineOf(
        TermsIndex terms, WorkRecord.TimeWorked work, ref List<Problem>? problems)
    {
        var found = work.LineId is { } named
            ? NamedLine(terms, work, named, ref problems)
            : LineWithRate(terms, work, ref problems);
        if (found.Line is { } line && IsOutside(terms, line, work.Date)) Note(ref problems, WorkProblems.OutsideDates(work.Date, line));
        return found;
    }

    private static (ContractLine? Line, HourlyLine? Hourly, RatePick Pick) NamedLine(
        TermsIndex terms, WorkRecord.TimeWorked work, string lineId, ref List<Problem>? problems)
    {
        if (terms.Hourly(lineId) is { } hourly)
        {
            if (!hourly.Rates.TryFind(work, out var pick)) Note(ref problems, WorkProblems.NoRateOnLine(hourly, work));
            return (hourly.Line, hourly, pick);
        }

        var line = terms.Line(lineId);
        if (line?.Billing is BillingModel.Retainer { Unit: RetainerUnit.Hours } retainer) return (line, null, new() { Rate = retainer.OverageRate ?? 0 });
        if (line is null) Note(ref problems, WorkProblems.NoSuchLine(terms, lineId));
        else if (line.Billing is not (BillingModel.FixedFee or BillingModel.Usage { CountsHours: true })) Note(ref problems, WorkProblems.WrongLine(line, "hours"));
        return (line, null, default);
    }

    private static (ContractLine? Line, HourlyLine? Hourly, RatePick Pick) LineWithRate(
        TermsIndex terms, WorkRecord.TimeWorked work, ref List<Problem>? problems)
    {
        // Of several lines with a rate, the one that runs on the day; if none does, the first says when it does.
        HourlyLine? found = null;
        RatePick pick = default;
        var running = 0;
        var offers = terms.Offers(work.Role);
        foreach (var offer in offers)
        {
            var covers = offer.Covers(work.Date);
            if ((!covers && found is not null) || !offer.Rates.TryFind(work, out var rate)) continue;
            if (!covers || running++ == 0) (found, pick) = (offer, rate);
        }

        if (found is null) Note(ref problems, WorkProblems.RoleNotSold(terms, work));
        if (running > 1) Note(ref problems, WorkProblems.SeveralLines($"The role '{work.Role}'", [.. Lines(offers)]));
        return (found?.Line, found, pick);
    }

    private static Price Milestone(TermsIndex terms, WorkRecord.MilestoneReached reached, ref List<Problem>? problems)
    {
        if (terms.TryMilestone(reached.MilestoneId, out var line, out var milestone))
        {
            // A line sold by quantity delivers the milestone's share of it.
            var fee = (BillingModel.FixedFee)line.Billing;
            var share = milestone.Percent is { } percent ? percent / Percent : (decimal)milestone.Amount.Minor / fee.Price.Minor;
            return fee.Quantity is { } units
                ? new(terms, line, Ruling.Milestone, decimal.Round(units * share, QuantityDecimals), fee.Price.Amount / units, milestone.Amount)
                : new(terms, line, Ruling.Milestone, 1, milestone.Amount.Amount, milestone.Amount);
        }

        Note(ref problems, WorkProblems.NoSuchMilestone(terms, reached.MilestoneId));
        return default;
    }

    private static Price Usage(TermsIndex terms, WorkRecord.UsageRecorded usage, ref List<Problem>? problems)
    {
        if (usage.Quantity < 0) Note(ref problems, WorkProblems.QuantityBelowZero(usage.Quantity));
        if (usage.Quantity > MaxValue) Note(ref problems, WorkProblems.TooLarge("quantity", $"{usage.Quantity}"));
        var line = terms.Line(usage.LineId);
        if (line is null) Note(ref problems, WorkProblems.NoSuchLine(terms, usage.LineId));
        else if (line.Billing is not BillingModel.Usage) Note(ref problems, WorkProblems.WrongLine(line, "usage"));
        else if (IsOutside(terms, line, usage.Date)) Note(ref problems, WorkProblems.OutsideDates(usage.Date, line));
        return problems is null ? new(terms, line, Ruling.Counted, usage.Quantity, 0, Money.Zero(terms.Terms.Currency)) : default;
    }

    public static bool Covers(ContractLine line, DateOnly day) => day >= line.Start && (line.End is not { } end || day <= end);

    /// <summary>What is before the contract altogether is said once and not for the line as well.</summary>
    public static bool IsOutside(TermsIndex terms, ContractLine line, DateOnly day) =>
        day >= terms.Terms.EffectiveFrom && !Covers(line, day);

    public static void Note(ref List<Problem>? problems, Problem problem) => (problems ??= []).Add(problem);

    private static List<ContractLine> Lines(ReadOnlySpan<HourlyLine> offers)
    {
        var lines = new List<ContractLine>(offers.Length);
        foreach (var offer in offers) lines.Add(offer.Line);
        return lines;
    }
}
