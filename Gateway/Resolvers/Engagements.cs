using System.Runtime.CompilerServices;
using System.Security.Claims;
using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

public enum Stage { Quote, Activation, Delivery, Billing, Cash }

/// <summary>The story of one contract.</summary>
public sealed record EngagementNode(string ContractId);

public sealed record StageDuration(Stage Stage, DateTimeOffset From, DateTimeOffset To, long Seconds, int Events);

/// <summary>One thing that happened. <paramref name="Cursor"/> is its place in the story.</summary>
public sealed record TimelineEntry(
    string Cursor, DateTimeOffset At, Stage Stage, string Title, string? Detail, string? System, Money? Amount, string Actor,
    string SubjectId, string Event, string Correlation);

public sealed record TimelineFilter(IReadOnlyList<Stage>? Stage, string? System, string? SubjectId, InstantRange? At);

internal sealed record TimelineRow(
    string ContractId, long Position, string Grain, string Event, DateTimeOffset At, Stage Stage, string Title, string? Detail,
    string? System, long? AmountMinor, string? Currency, string Actor, string Correlation)
{
    private static readonly string StoryName = EngagementFields.Story.Name;

    public TimelineEntry Entry => new(
        new Cursor(StoryName, $"{Position}", $"{Position}").ToString(), At, Stage, Title, Detail, System,
        AmountMinor is { } minor && Currency is { } currency ? new Money(minor, currency) : null, Actor, Grain, Event, Correlation);
}

public sealed class EngagementQueries(ReadModels readModels)
{
    public async Task<EngagementNode?> GetEngagement(string contractId, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await readModels.Has("contract", contractId) ? new(contractId) : null;
    }
}

public sealed class EngagementFields(ReadModels readModels)
{
    internal static readonly Listing Story = new("timeline", "position", "bigint", Descending: false, "position", "bigint");

    private const string Durations =
        """
        select jsonb_build_object(
            'stage', stage, 'from', min(at), 'to', max(at), 'seconds', extract(epoch from max(at) - min(at))::bigint,
            'events', count(*))::text
        from q2c_read.timeline where contract_id = $1 and date_trunc('milliseconds', at) <= $2 group by stage
        """;

    public Task<ContractNode> GetContract([Parent] EngagementNode engagement, ContractById contracts, CancellationToken cancel) =>
        contracts.LoadRequiredAsync(engagement.ContractId, cancel);

    public async Task<IEnumerable<StageDuration>> GetStages(
        [Parent] EngagementNode engagement, DateTimeOffset? asOf, CancellationToken cancel) =>
        (await readModels.Query<StageDuration>(Durations, cancel, engagement.ContractId, (asOf ?? DateTimeOffset.MaxValue).ToUniversalTime()))
        .OrderBy(stage => stage.Stage);

    public async Task<Page<TimelineEntry>> GetTimeline(
        [Parent] EngagementNode engagement, TimelineFilter? filter, DateTimeOffset? asOf, int? first, string? after, int? last,
        string? before, NestedPages pages, CancellationToken cancel)
    {
        var criteria = new Criteria().OneOf("stage", filter?.Stage)
            .Equal("system", filter?.System).Equal("grain", filter?.SubjectId).Within("at", filter?.At);

        // Instants are told in milliseconds and kept in microseconds.
        if (asOf is { } end) criteria.Add($"date_trunc('milliseconds', at) <= {criteria.Parameter(end.ToUniversalTime())}");
        return (await pages.Load<TimelineRow>(
            Story, PageRequest.Of(first, after, last, before), criteria, "contract_id", engagement.ContractId, cancel)).Select(row => row.Entry);
    }
}

public sealed class EngagementSubscriptions
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    [Subscribe(With = nameof(Follow))]
    public TimelineEntry EngagementTimeline([EventMessage] TimelineEntry entry) => entry;

    /// <summary>The story from a place on, without end. Positions have no gaps, so nothing is passed over.</summary>
    public static async Task<IAsyncEnumerable<TimelineEntry>> Follow(
        string contractId, string? after, Objects objects, ReadModels readModels, Throttle throttle, TimeProvider clock,
        ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await objects.Contract(contractId) is null) throw Failures.NotFound(contractId, "a contract");
        var from = after is null ? null : Cursor.Parse(after);
        return throttle.Subscription(user, ReadPolicies.Staff, Entries(readModels, clock, contractId, from, cancel));
    }

    private static async IAsyncEnumerable<TimelineEntry> Entries(
        ReadModels readModels, TimeProvider clock, string contractId, Cursor? from,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var page = await readModels.Page<TimelineRow>(
                EngagementFields.Story, new(PageRequest.DefaultSize, Backwards: false, from), new Criteria().Equal("contract_id", contractId), cancel);
            foreach (var edge in page.Edges)
            {
                yield return edge.Node.Entry;
                from = edge.Place;
            }

            if (page.Edges.Count == 0) await Task.Delay(Poll, clock, cancel);
        }
    }
}
