using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;

namespace Q2C.Grains.Contracts;

/// <summary>The change orders that a change of one line amounts to.</summary>
internal static class LineChanges
{
    public static ImmutableArray<Problem> Check(Terms terms, Command change)
    {
        var (lineId, isAlso) = change switch
        {
            TerminateLine c => (c.LineId, terms.Line(c.LineId)?.Billing is BillingModel.Usage or BillingModel.Commitment or BillingModel.Retainer),
            _ => (LineId(change), false),
        };
        ImmutableArray<Problem> line = terms.Line(lineId) switch
        {
            null => [new(WorkProblems.LineUnknown, "lineId", $"Version {terms.Version} of the terms has no line '{lineId}'.",
                "Use the id of a line of the contract.")],
            { Billing: BillingModel.Recurring } => [],
            _ when isAlso => [],
            var known => [new(PeriodicProblems.LineNotPeriodic, "lineId", $"The line {known.Description} has no periods to change.",
                "Name a recurring line, or amend the contract.")],
        };
        return change is SuspendLine { Until: { } until } suspended && until <= suspended.From
            ? line.Add(new(ContractProblems.DatesReversed, "until", $"The line is resumed on {until:O}, and suspended on {suspended.From:O}.",
                "Resume it after the day on which it is suspended."))
            : line;
    }

    /// <summary>One after another; each is based on the version that the one before it makes.</summary>
    public static ImmutableArray<AmendContract> Orders(Terms terms, Command change)
    {
        var line = terms.Line(LineId(change))!;
        return change switch
        {
            SuspendLine c => c.Until is { } until
                ? [Order(c.BasedOnVersion, c.From, Suspended(line, true), c.Reason), Order(c.BasedOnVersion + 1, until, Suspended(line, null), c.Reason)]
                : [Order(c.BasedOnVersion, c.From, Suspended(line, true), c.Reason)],
            ResumeLine c => [Order(c.BasedOnVersion, c.From, Suspended(line, null), c.Reason)],
            ChangeQuantity c => [Order(c.BasedOnVersion, c.From, line with { Billing = Recurring(line) with { Quantity = c.Quantity } }, c.Reason)],
            TerminateLine c => [Terminated(c, line)],
            _ => throw new ArgumentOutOfRangeException(nameof(change), change, "No change of a line."),
        };
    }

    private static AmendContract Terminated(TerminateLine c, ContractLine line)
    {
        var last = c.DayCounts ? c.Day : c.Day.AddDays(-1);
        var billing = line.Billing is BillingModel.Recurring model ? model with { OnEnd = c.Settlement ?? model.OnEnd } : line.Billing;

        // A line that ends before it begins never was.
        return last < line.Start && billing is BillingModel.Recurring never
            ? Order(c.BasedOnVersion, line.Start, line with { Billing = never with { Suspended = true } }, c.Reason)
            : Order(c.BasedOnVersion, last < line.Start ? line.Start : last, line with { End = last, Billing = billing }, c.Reason);
    }

    private static AmendContract Order(int basedOn, DateOnly from, ContractLine line, string reason) => new(basedOn, from, [line], reason);

    private static ContractLine Suspended(ContractLine line, bool? suspended) =>
        line with { Billing = Recurring(line) with { Suspended = suspended } };

    private static BillingModel.Recurring Recurring(ContractLine line) => (BillingModel.Recurring)line.Billing;

    private static string LineId(Command change) => change switch
    {
        SuspendLine c => c.LineId,
        ResumeLine c => c.LineId,
        TerminateLine c => c.LineId,
        ChangeQuantity c => c.LineId,
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "No change of a line."),
    };
}
