using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>Says when the work of a line comes near its cap; again only after it has fallen below in between.</summary>
internal static class CapWarnings
{
    /// <summary>Percent of the cap at which people are warned.</summary>
    public static readonly ImmutableArray<int> Thresholds = [80, 100];

    private const long Percent = 100;

    public static IEnumerable<CapWarned> Between(ProjectState before, ProjectState now, DateTimeOffset at)
    {
        if (now.Contract is null || ReferenceEquals(before.Ledgers, now.Ledgers) && ReferenceEquals(before.Book, now.Book)) yield break;
        foreach (var line in now.Book.Newest.Terms.Lines)
        {
            if (Cap(now, line.Id) is not { } cap) continue;
            foreach (var threshold in Thresholds)
                if (Reached(now, line.Id, threshold) && !Reached(before, line.Id, threshold))
                    yield return new(line.Id, threshold, cap, new(Used(now, line.Id), cap.Currency), at);
        }
    }

    private static bool Reached(ProjectState state, string lineId, int threshold) =>
        Cap(state, lineId) is { } cap && Used(state, lineId) is var used && used > 0 && used * Percent >= cap.Minor * threshold;

    /// <summary>What the cap would have to be for all of the line's work to be billed.</summary>
    private static long Used(ProjectState state, string lineId)
    {
        var ledger = state.Ledger(lineId);
        return state.Invoiced.GetValueOrDefault(lineId) + ledger.Held + SumTree.SumOf(ledger.Open);
    }

    private static Money? Cap(ProjectState state, string lineId) =>
        !state.Book.IsEmpty && state.Book.Newest.Line(lineId)?.Billing is BillingModel.TimeAndMaterials { Cap: { } cap }
            ? cap.Amount
            : null;
}
