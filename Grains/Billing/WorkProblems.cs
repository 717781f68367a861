using Q2C.Contracts;

namespace Q2C.Grains.Billing;

/// <summary>Every reason why a record of work cannot become a billable item. Paths are members of the record.</summary>
public static class WorkProblems
{
    public const string UnknownRole = "UNKNOWN_ROLE";
    public const string NegativeHours = "NEGATIVE_HOURS";
    public const string NegativeCost = "NEGATIVE_COST";
    public const string AmountTooLarge = "AMOUNT_TOO_LARGE";
    public const string CurrencyMismatch = "CURRENCY_MISMATCH";
    public const string OutsideContractDates = "OUTSIDE_CONTRACT_DATES";
    public const string LineUnknown = "LINE_UNKNOWN";
    public const string LineMismatch = "LINE_MISMATCH";
    public const string LineAmbiguous = "LINE_AMBIGUOUS";
    public const string MilestoneUnknown = "MILESTONE_UNKNOWN";
    public const string MilestoneAlreadyReached = "MILESTONE_ALREADY_REACHED";
    public const string ProjectClosed = "PROJECT_CLOSED";

    internal static Problem RoleNotSold(TermsIndex terms, string role) => new(
        UnknownRole, "role", $"No rate for the role '{role}' in contract version {terms.Terms.Version}.",
        "Correct the role of the entry, or add the role to the rate card with a change order, and retry.");

    internal static Problem RoleNotOnLine(ContractLine line, string role) => new(
        UnknownRole, "role", $"No rate for the role '{role}' on the line {line.Description}.",
        "Correct the role or the line of the entry, or add the role to the line with a change order, and retry.");

    internal static Problem HoursBelowZero(decimal hours) => new(
        NegativeHours, "hours", $"{hours} hours: time worked is never negative.",
        "Correct the entry in the source system, or delete it there to take it back.");

    internal static Problem CostBelowZero(Money cost) => new(
        NegativeCost, "cost", $"{cost}: a cost is never negative.",
        "Correct the expense in the source system, or delete it there to take it back.");

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
