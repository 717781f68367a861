using System.Collections.Immutable;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>What people see of a project.</summary>
internal static class ProjectViews
{
    /// <summary>Null for a project that was never opened.</summary>
    public static ProjectView? Render(ProjectState state, string id, long version) => state.Contract is { } contract
        ? new(
            id, version, contract.Name, !state.Closed, contract.ContractId, contract.CustomerId, contract.Customer,
            contract.Routing, state.Book.Newest.Terms, Buckets(state), Lines(state),
            [.. state.Refused.Values.Select(refused => refused.Item).OfType<WorkItem>().OrderBy(item => item.Id, StringComparer.Ordinal)],
            state.Milestones, RetainerPayments.Balances(state), state.Holds ?? [], WriteOffs(state))
        : null;

    private static ImmutableArray<BucketTotal> Buckets(ProjectState state)
    {
        var zero = Money.Zero(state.Currency);
        return
        [
            .. state.Unbilled.Values
                .GroupBy(unbilled => unbilled.Item.Disposition)
                .OrderBy(bucket => bucket.Key)
                .Select(bucket => new BucketTotal(
                    bucket.Key, bucket.Count(),
                    bucket.Aggregate(zero, (sum, unbilled) => sum + unbilled.Item.Value),
                    bucket.Aggregate(zero, (sum, unbilled) => sum + unbilled.Item.Amount))),
        ];
    }

    private static ImmutableArray<WorkWriteOff> WriteOffs(ProjectState state) =>
    [
        .. state.WriteOffs.Values.OrderBy(writeOff => writeOff.At).ThenBy(writeOff => writeOff.Id, StringComparer.Ordinal).Select(writeOff => new WorkWriteOff(
            writeOff.Id, writeOff.Amount, writeOff.Reason, writeOff.By, writeOff.Approved, writeOff.At,
            [.. writeOff.Parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => new GivenUp(part.Key, new(part.Value, state.Currency)))])),
    ];

    private static ImmutableArray<LineProgress> Lines(ProjectState state)
    {
        var currency = state.Currency;
        var open = state.Unbilled.Values
            .GroupBy(unbilled => unbilled.Item.LineId)
            .ToDictionary(line => line.Key, line => line.Sum(unbilled => unbilled.Item.Amount.Minor));
        return
        [
            .. state.Book.Newest.Terms.Lines.Select(line => new LineProgress(
                line.Id, new(state.Invoiced.GetValueOrDefault(line.Id), currency), new(open.GetValueOrDefault(line.Id), currency),
                CapPlan.CapOf(line)?.Amount)),
        ];
    }
}
