using System.Collections.Immutable;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>One command and what became of it.</summary>
public sealed record ActivityNode(
    string Id, DateTimeOffset At, string Actor, string SubjectId, Outcome Outcome, ImmutableArray<string> Events,
    ImmutableArray<Problem> Problems, string? Reason, string Key, string Correlation);

internal sealed record ActivityRow(
    string Id, DateTimeOffset At, string Actor, string Subject, Outcome Outcome, ImmutableArray<string> Events,
    ImmutableArray<Problem> Problems, string? Reason, string Key, string Correlation)
{
    public ActivityNode Node => new(Id, At, Actor, Subject, Outcome, Events, Problems, Reason, Key, Correlation);
}

public sealed record ActivityFilter(
    string? SubjectId, string? ContractId, string? Actor, Outcome? Outcome, string? Correlation, string? Event, string? Key,
    InstantRange? At, string? Search);

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
            .Search(filter?.Search, "reason", "problems::text");
        if (filter?.Event is { } happened) criteria.Add($"{criteria.Parameter(happened)} = any(events)");
        var page = await readModels.Page<ActivityRow>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }
}
