using System.Collections.Immutable;
using Q2C.Revenues;
using static Q2C.Grains.Revenues.RevenueState;

namespace Q2C.Grains.Revenues;

/// <summary>The codes with which revenue refuses a command. Listed in <c>docs/errors.md</c>.</summary>
public static class RevenueProblems
{
    public const string PeriodEndInvalid = "PERIOD_END_INVALID";
    public const string PeriodNotOver = "PERIOD_NOT_OVER";
    public const string PeriodPassed = "PERIOD_PASSED";
    public const string PeriodClosed = "PERIOD_CLOSED";
    public const string LineWithoutEstimate = "LINE_WITHOUT_ESTIMATE";
    public const string EstimateNotPositive = "ESTIMATE_NOT_POSITIVE";
    public const string EntryUnknown = "ENTRY_UNKNOWN";
    public const string EntryReversed = "ENTRY_REVERSED";
    public const string EntryUnbalanced = "ENTRY_UNBALANCED";
    public const string EntryChangesRevenue = "ENTRY_CHANGES_REVENUE";
}

internal static class RevenueRules
{
    private static readonly ImmutableArray<string> Accountants = [Roles.Finance, Roles.FinanceApprover];
    private static readonly ImmutableArray<string> Estimators = [Roles.Finance, Roles.Delivery];

    public static Problem NotFound(string id) => new(
        ProblemCodes.NotFound, "", $"There is no revenue of '{id}'.", "Check the id; revenue begins when its contract is active.");

    public static ImmutableArray<Problem> ProblemsOfPeriod(Open state, RecognizeRevenue c, DecisionContext context)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        if (context.Actor.Id != Actor.System.Id) problems.AddRange(OperatorRules.NeedsRole(context.Actor, Accountants));
        if (c.PeriodEnd != RecognitionSchedule.EndOfMonth(c.PeriodEnd))
            problems.Add(new(RevenueProblems.PeriodEndInvalid, "periodEnd", $"{c.PeriodEnd:O} is not the last day of a month.",
                $"Use {RecognitionSchedule.EndOfMonth(c.PeriodEnd):O}."));
        if (context.Today(state.TimeZone) is var today && c.PeriodEnd >= today)
            problems.Add(new(RevenueProblems.PeriodNotOver, "periodEnd", $"The period until {c.PeriodEnd:O} is not over on {today:O}.",
                "Recognise it when it is over."));
        if (c.PeriodEnd < state.Through)
            problems.Add(new(RevenueProblems.PeriodPassed, "periodEnd", $"Revenue is recognised until {state.Through:O} already.",
                "What came in later is booked with the next period; recognise that one."));
        return problems.ToImmutable();
    }

    public static Problem Closed(DateOnly period, DateOnly through) => new(
        RevenueProblems.PeriodClosed, "periodEnd", $"The books are closed through {through:O}, so {period:O} cannot be booked.",
        "Open the period in the policy of the legal entity, or have entries of closed periods booked in the first open one, then retry.");

    public static WorkItem Parked(string id, Problem closed) => new(
        id, ExceptionCategory.Policy, closed.Code, "Revenue recognition", closed.Message, closed.Remedy, Roles.Finance, null, null);

    public static ImmutableArray<Problem> ProblemsOfEstimate(Open state, ReviseEstimate c, Actor actor)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.NeedsRole(actor, Estimators));
        problems.AddRange(OperatorRules.NeedsReason(c.Reason));
        if (state.Lines.GetValueOrDefault(c.LineId ?? "")?.Terms.Treatment
            is not RevenueTreatment.PercentComplete { Measure: ProgressMeasure.CostToCost or ProgressMeasure.Effort })
            problems.Add(new(RevenueProblems.LineWithoutEstimate, "lineId", $"Line '{c.LineId}' is not recognised by an estimate of cost or effort.",
                "Name a line whose treatment is percent complete by cost or by effort."));
        if (c.Estimate <= 0)
            problems.Add(new(RevenueProblems.EstimateNotPositive, "estimate", $"The estimate is {c.Estimate}.", "Give the whole, what is done included."));
        return problems.ToImmutable();
    }

    public static ImmutableArray<Problem> ProblemsOfReclassification(Open state, ReclassifyEntry c, Actor actor)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        problems.AddRange(OperatorRules.NeedsRole(actor, Accountants));
        problems.AddRange(OperatorRules.NeedsReason(c.Reason));
        if (!state.Entries.TryGetValue(c.EntryId ?? "", out var entry))
            problems.Add(new(RevenueProblems.EntryUnknown, "entryId", $"There is no entry '{c.EntryId}' here.", "Read the entries again."));
        else if (state.Reversed.Contains(entry.Id) || entry.Cause == EntryCause.Reversal)
            problems.Add(new(RevenueProblems.EntryReversed, "entryId", $"Entry {entry.Id} is taken back already, or takes one back.",
                "Reclassify the entry that took its place."));
        else
            problems.AddRange(ProblemsOfLines(entry, c.Lines.IsDefault ? [] : c.Lines));
        return problems.ToImmutable();
    }

    private static IEnumerable<Problem> ProblemsOfLines(LedgerEntry entry, ImmutableArray<LedgerLine> lines)
    {
        if (lines.IsEmpty || lines.Any(line => line.Amount.Currency != entry.Currency) || lines.Sum(line => line.Amount.Minor) != 0)
            yield return new(RevenueProblems.EntryUnbalanced, "lines", $"The lines do not balance in {entry.Currency}.",
                "Give the whole entry: debits positive, credits negative, their sum zero.");
        else if (!Standing(entry.Lines).SequenceEqual(Standing(lines)))
            yield return new(RevenueProblems.EntryChangesRevenue, "lines",
                "The lines change what was recognised, deferred or captured as cost.",
                "Move amounts between cost centres, or between unbilled receivable and contract asset, of the same contract line.");
    }

    /// <summary>What a reclassification must leave as it is: each account of each line, the accounts of what is not billed as one.</summary>
    private static IEnumerable<(string Account, string? Line, long Minor)> Standing(ImmutableArray<LedgerLine> lines) => lines
        .GroupBy(line => (Account: line.Account == RevenueAccounts.UnbilledReceivable ? RevenueAccounts.ContractAsset : line.Account, line.ContractLineId))
        .Select(group => (group.Key.Account, group.Key.ContractLineId, group.Sum(line => line.Amount.Minor)))
        .Where(standing => standing.Item3 != 0)
        .Order();
}
