using GreenDonut;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>A hold of billing, as the object that it was placed on, or one below it, has it.</summary>
public sealed record BillingHoldNode(
    string Id, string PlacedOn, string Reason, string PlacedBy, DateTimeOffset PlacedAt, string? ReleasedBy, string? ReleaseReason,
    DateTimeOffset? ReleasedAt);

internal sealed record BillingHoldRow(
    string Id, string Subject, string HoldId, string PlacedOn, string Reason, string PlacedBy, DateTimeOffset PlacedAt, string? ReleasedBy,
    string? ReleaseReason, DateTimeOffset? ReleasedAt)
{
    public BillingHoldNode Node => new(HoldId, PlacedOn, Reason, PlacedBy, PlacedAt, ReleasedBy, ReleaseReason, ReleasedAt);
}

public sealed record BillingHoldFilter(bool? Open, string? PlacedOn);

public sealed class BillingHoldQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("billing_hold", "placed_at", "timestamptz", Descending: true);

    public async Task<Page<BillingHoldNode>> GetBillingHolds(
        BillingHoldFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Where(true, "subject = placed_on").Equal("(released_at is null)", filter is null ? true : filter.Open)
            .Equal("placed_on", filter?.PlacedOn);
        return (await readModels.Page<BillingHoldRow>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel)).Select(row => row.Node);
    }
}

/// <summary>The holds that hold each object of a request, read together, in the order in which they were placed.</summary>
public sealed class HoldsOfObject(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, BillingHoldNode>(scheduler, options)
{
    private const string Standing =
        "select to_jsonb(h)::text from q2c_read.billing_hold h where subject = any($1) and released_at is null order by placed_at, id";

    internal async Task<IEnumerable<BillingHoldNode>> Of(string subject, CancellationToken cancel) => await LoadAsync(subject, cancel) ?? [];

    protected override async Task<ILookup<string, BillingHoldNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<BillingHoldRow>(Standing, cancellationToken, (object)keys.ToArray())).ToLookup(row => row.Subject, row => row.Node);
}
