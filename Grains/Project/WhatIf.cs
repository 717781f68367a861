using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Policies;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

/// <summary>A change order, tried on a copy: what each item and each line would be billed with before and after.</summary>
internal static class WhatIf
{
    /// <summary>Null for a project that is not open.</summary>
    public static ChangeOrderPreview? Of(ProjectState state, ContractAmended amended)
    {
        if (state.Contract is not { } contract) return null;
        var turn = new ProjectTurn(state, new(contract.ProjectId, "", Actor.System, default, PolicySet.Empty("")));
        _ = Project.Amend(turn, amended);
        var (before, after, zero) = (Items(state), Items(turn.State), Money.Zero(state.Currency));
        var items = before.Keys.Union(after.Keys)
            .Select(id => (Old: before.GetValueOrDefault(id), New: after.GetValueOrDefault(id)))
            .Where(pair => pair.Old?.Amount != pair.New?.Amount || pair.Old?.LineId != pair.New?.LineId)
            .OrderBy(pair => (pair.New ?? pair.Old)!.Date).ThenBy(pair => (pair.New ?? pair.Old)!.Id, StringComparer.Ordinal)
            .Select(pair => Difference(pair.Old, pair.New)).ToImmutableArray();
        var (was, becomes) = (Lines(state), Lines(turn.State));
        var lines = was.Keys.Union(becomes.Keys).Order(StringComparer.Ordinal)
            .Select(id => new LineDifference(id, was.GetValueOrDefault(id, zero), becomes.GetValueOrDefault(id, zero)))
            .Where(line => line.Before != line.After).ToImmutableArray();
        return new(items, lines, lines.Aggregate(zero, (sum, line) => sum + line.After - line.Before));
    }

    private static ItemDifference Difference(BillableItem? old, BillableItem? now)
    {
        var item = (now ?? old)!;
        return new(item.Id, item.LineId, item.Date, item.Description, old?.Amount, now?.Amount, item.Explanation);
    }

    private static Dictionary<string, BillableItem> Items(ProjectState state) =>
        state.Unbilled.Values.Select(open => open.Item).ToDictionary(item => item.Id);

    private static Dictionary<string, Money> Lines(ProjectState state) => state.Unbilled.Values
        .Select(open => (open.Item.LineId, open.Item.Amount.Minor))
        .Concat(state.Invoiced.Select(line => (LineId: line.Key, Minor: line.Value)))
        .GroupBy(part => part.LineId)
        .ToDictionary(line => line.Key, line => new Money(line.Sum(part => part.Minor), state.Currency));
}
