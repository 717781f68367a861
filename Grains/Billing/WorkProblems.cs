using Q2C.Contracts;
using Q2C.Projects;

namespace Q2C.Grains.Billing;

/// <summary>Every reason why a record of work cannot become a billable item. Paths are members of the record.</summary>
public static class WorkProblems
{
    public const string UnknownRole = "UNKNOWN_ROLE";
    public const string NegativeHours = "NEGATIVE_HOURS";
    public const string NegativeCost = "NEGATIVE_COST";
    public const string NegativeQuantity = "NEGATIVE_QUANTITY";
    public const string AmountTooLarge = "AMOUNT_TOO_LARGE";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string OutsideContractDates = "OUTSIDE_CONTRACT_DATES";
    public const string LineUnknown = "LINE_UNKNOWN";
    public const string LineMismatch = "LINE_MISMATCH";
    public const string LineAmbiguous = "LINE_AMBIGUOUS";
    public const string MilestoneUnknown = "MILESTONE_UNKNOWN";
    public const string MilestoneAlreadyReached = "MILESTONE_ALREADY_REACHED";
    public const string RateMissing = "RATE_MISSING";
    public const string RateNotPositive = "RATE_NOT_POSITIVE";
    public const string DatesReversed = "DATES_REVERSED";
    public const string DetailInvalid = "DETAIL_INVALID";
    public const string ExchangeRateMissing = "EXCHANGE_RATE_MISSING";
    public const string CapExceeded = "CAP_EXCEEDED";
    public const string PercentOutsideRange = "PERCENT_OUTSIDE_RANGE";
    public const string ProjectClosed = "PROJECT_CLOSED";

    internal static Problem RoleNotSold(TermsIndex terms, WorkRecord.TimeWorked work) => new(
        UnknownRole, "role", $"No rate for the role '{work.Role}' in contract version {terms.Terms.Version}.",
        "Correct the role of the entry, or add the role to the rate card with a change order, and retry.");

    internal static Problem NoRateOnLine(HourlyLine line, WorkRecord.TimeWorked work) => line.Rates.Roles.Contains(work.Role)
        ? new(
            RateMissing, "date", $"The line {line.Line.Description} has no rate for {work.Role} that holds for this entry on {work.Date:yyyy-MM-dd}.",
            "Correct the person, task or date of the entry, or extend the rate card with a change order, and retry.")
        : new(
            UnknownRole, "role", $"No rate for the role '{work.Role}' on the line {line.Line.Description}.",
            "Correct the role or the line of the entry, or add the role to the line with a change order, and retry.");

    internal static Problem EndsBeforeItBegins(TimeDetail detail) => new(
        DatesReversed, "detail.end", $"The entry ends at {detail.End:u}, before it begins at {detail.Begin:u}.",
        "Correct the entry in the source system.");

    internal static Problem RateBelowZero(decimal rate) => new(
        RateNotPositive, "detail.rate", $"The rate on the entry is {rate}.", "Correct the rate of the entry in the source system.");

    internal static Problem DetailWrong(WorkRecord.ExpenseIncurred expense) => new(
        DetailInvalid, "detail",
        $"A quantity is above zero, and tax between 0 and 100 %; the expense has {expense.Detail!.Quantity} and {expense.Detail.TaxPercent} %.",
        "Correct the expense in the source system.");

    internal static Problem NoExchangeRate(Conversion conversion, string currency, DateOnly day) => new(
        ExchangeRateMissing, "cost.currency", $"{conversion.Source} has no rate for {currency} on {day:yyyy-MM-dd} in the contract.",
        "Add the rate with a change order and retry.");

    /// <param name="used">With the record's own older version.</param>
    internal static Problem BeyondCap(CapLayer layer, string used, string free, string cap) => new(
        CapExceeded, layer.InHours ? "hours" : "",
        $"It does not fit under the cap of {cap} for {layer.Subject}: {used} are used, {free} are free.",
        "Correct the record, or raise the cap with a change order and retry.");

    internal static Problem PercentOutside(decimal percent) => new(
        PercentOutsideRange, "percent", $"{percent} %: progress is between 0 and 100 percent.", "Correct the report in the source system.");

    internal static Problem NoProgressLine(TermsIndex terms, string lineId) => new(
        LineMismatch, "lineId", $"The line '{lineId}' of contract version {terms.Terms.Version} is not billed by progress.",
        "Correct the line of the report, or agree on progress billing with a change order, and retry.");

    internal static Problem NothingReported(PercentBy by) => new(
        DetailInvalid, "", $"The line is billed by {by}, of which the report says nothing.", "Report what the line is billed by.");

    internal static Problem HoursBelowZero(decimal hours) => new(
        NegativeHours, "hours", $"{hours} hours: time worked is never negative.",
        "Correct the entry in the source system, or delete it there to take it back.");

    internal static Problem CostBelowZero(Money cost) => new(
        NegativeCost, "cost", $"{cost}: a cost is never negative.",
        "Correct the expense in the source system, or delete it there to take it back.");

    internal static Problem QuantityBelowZero(decimal quantity) => new(
        NegativeQuantity, "quantity", $"{quantity}: what was used is never negative.",
        "Correct the record in the source system, or delete it there to take it back.");

    internal static Problem TooLarge(string path, string what) => new(
        AmountTooLarge, path, $"{what} is more than one record can hold.", "Correct the record in the source system.");

    internal static Problem WrongCurrency(Money cost, string expected) => new(
        CurrencyMismatch, "cost.currency", $"The expense is in {cost.Currency}, the contract in {expected}.",
        $"Enter the expense in {expected} in the source system, with the exchange rate applied.");

    internal static Problem OutsideDates(DateOnly day, ContractLine line) => new(
        OutsideContractDates, "date",
        $"{day:yyyy-MM-dd} is outside the line {line.Description}, which runs from {line.Start:yyyy-MM-dd} "
            + (line.End is { } end ? $"to {end:yyyy-MM-dd}." : "on."),
        "Correct the date of the entry, or extend the line with a change order, and retry.");

    internal static Problem BeforeContract(DateOnly day, Terms first) => new(
        OutsideContractDates, "date",
        $"{day:yyyy-MM-dd} is before the contract, which starts on {first.EffectiveFrom:yyyy-MM-dd}.",
        "Correct the date of the record in the source system.");

    internal static Problem NoSuchLine(TermsIndex terms, string lineId) => new(
        LineUnknown, "lineId", $"Contract version {terms.Terms.Version} has no line '{lineId}'.",
        "Correct the line of the record, or add the line with a change order, and retry.");

    internal static Problem NoExpenseLine(TermsIndex terms) => new(
        LineUnknown, "lineId", $"Contract version {terms.Terms.Version} has no line for expenses.",
        "Mark the expense as not billable, or add a line for expenses with a change order, and retry.");

    internal static Problem WrongLine(ContractLine line, string what) => new(
        LineMismatch, "lineId", $"The line {line.Description} does not bill {what}.",
        $"Correct the line of the record to one that bills {what}.");

    internal static Problem SeveralLines(string what, IEnumerable<ContractLine> lines) => new(
        LineAmbiguous, "lineId", $"{what} could belong to several lines: {string.Join(", ", lines.Select(line => line.Description))}.",
        "Name the line on the record in the source system.");

    internal static Problem NoSuchMilestone(TermsIndex terms, string milestoneId) => new(
        MilestoneUnknown, "milestoneId", $"Contract version {terms.Terms.Version} has no milestone '{milestoneId}'.",
        "Correct the milestone's reference in the source system, or add it with a change order, and retry.");

    internal static Problem MilestoneTaken(string milestoneId, string by) => new(
        MilestoneAlreadyReached, "milestoneId", $"The milestone '{milestoneId}' was reached by {by} already.",
        "Delete one of the two in the source system: a milestone is billed once.");

    internal static Problem Closed() => new(
        ProjectClosed, "", "The project is closed for new work.",
        "Reopen the project and retry, or skip the record with a reason.");
}
