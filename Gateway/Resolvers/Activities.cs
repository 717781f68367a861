using System.Collections.Immutable;
using System.Globalization;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>One command and what became of it, or an act of an operator.</summary>
/// <param name="Attempted">The mutation, if it was denied before any object was asked.</param>
/// <param name="Before">Of what is no object, its state before as JSON; so is <paramref name="After"/>.</param>
/// <param name="Proven">Whether the journal's hash chain has it.</param>
public sealed record ActivityNode(
    string Id, DateTimeOffset At, string Actor, string SubjectId, Outcome Outcome, ImmutableArray<string> Events,
    ImmutableArray<Problem> Problems, string? Reason, string Key, string Correlation, string? Attempted, string? Before, string? After,
    bool Proven);

internal sealed record ActivityRow(
    string Id, DateTimeOffset At, string Actor, string Subject, Outcome Outcome, ImmutableArray<string> Events,
    ImmutableArray<Problem> Problems, string? Reason, string Key, string Correlation, string? Attempted, string? Before, string? After,
    bool Proven)
{
    public ActivityNode Node => new(
        Id, At, Actor, Subject, Outcome, Events, Problems, Reason, Key, Correlation, Attempted, Before, After, Proven);
}

public sealed record ActivityFilter(
    string? SubjectId, string? ContractId, string? Actor, Outcome? Outcome, string? Correlation, string? Event, string? Key,
    InstantRange? At, string? Search, string? Action, bool? Denied);

public sealed class ActivityQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("audit", "at", "timestamptz", Descending: true);

    public async Task<Page<ActivityNode>> GetActivity(
        ActivityFilter? filter, int? first, string? after, int? last, string? before, string? atLeast,
        CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("subject", filter?.SubjectId).Equal("contract_id", filter?.ContractId)
            .Equal("actor", filter?.Actor).Equal("outcome", filter?.Outcome is { } outcome ? Rows.Name(outcome) : null)
            .Equal("correlation", filter?.Correlation).Equal("key", filter?.Key).Within("at", filter?.At)
            .Search(filter?.Search, "reason", "problems::text", "subject")
            .Where(filter?.Denied == true, "attempted is not null").Where(filter?.Denied == false, "attempted is null");
        if (filter?.Event is { } happened) criteria.Add($"{criteria.Parameter(happened)} = any(events)");
        if (filter?.Action is { } action)
            criteria.Add($"(attempted = {criteria.Parameter(action)} or {criteria.Parameter(action)} = any(events))");
        var page = await readModels.Page<ActivityRow>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class ActivityFields(Objects objects)
{
    private const string Nothing = "{}";

    /// <summary>Of an object read by replaying it up to this entry; empty for what changed nothing.</summary>
    public async Task<IReadOnlyList<JsonChange>> GetChanges([Parent] ActivityNode activity, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (activity.Outcome != Outcome.Changed) return [];
        if (activity is { Before: null, After: null })
            return long.TryParse(activity.Id.AsSpan(activity.Id.LastIndexOf('@') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                && await objects.Change(activity.SubjectId, version) is { } change
                    ? JsonDifference.Between(change.Before, change.After)
                    : [];
        return JsonDifference.Between(activity.Before ?? Nothing, activity.After ?? Nothing);
    }
}
