using System.Text.Json;
using GreenDonut;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum EffectStatus { Pending, Sending, Waiting, Accepted, Refused, Parked, Held }

/// <summary>A step in another system.</summary>
public sealed record EffectNode(
    string Id, string Connection, string Operation, string Subject, EffectStatus Status, int Attempts, string? ExternalId,
    string? Message, DateTimeOffset? NextAttemptAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? PolicySet);

internal sealed record EffectRow(
    string Id, string Connection, string Operation, string Subject, EffectStatus Status, int Attempt, string? ExternalId,
    JsonElement? Outcome, DateTimeOffset NextAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string? Policies)
{
    public EffectNode Node => new(
        Id, Connection, Operation, Subject, Status, Attempt, ExternalId, Message,
        Status is EffectStatus.Pending or EffectStatus.Sending or EffectStatus.Waiting ? NextAt : null, CreatedAt, UpdatedAt, Policies);

    private string? Message =>
        Outcome is { ValueKind: JsonValueKind.Object } outcome && outcome.TryGetProperty("message", out var message)
            ? message.GetString()
            : null;
}

public sealed record EffectFilter(
    IReadOnlyList<EffectStatus>? Status, string? Connection, string? ContractId, string? Operation, string? Subject,
    InstantRange? Created);

public enum EffectOrderField { CreatedAt }

public sealed class EffectQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("effect", "created_at", "timestamptz", Descending: true);

    public async Task<Page<EffectNode>> GetEffects(
        EffectFilter? filter, OrderBy<EffectOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel, withEffects: true);
        var criteria = new Criteria().OneOf("status", filter?.Status).Equal("connection", filter?.Connection)
            .Equal("contract_id", filter?.ContractId).Equal("operation", filter?.Operation).Equal("subject", filter?.Subject)
            .Within("created_at", filter?.Created);
        var page = await readModels.Page<EffectRow>(
            Newest.By(orderBy, _ => (Newest.Sort, Newest.SortType)), PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class EffectFields
{
    public Task<IEnumerable<PolicyVersionNode>> GetPolicies([Parent] EffectNode effect, PolicySets sets, CancellationToken cancel) =>
        sets.Of(effect.PolicySet, effect.Connection, cancel);
}

/// <summary>Effects of a request, read together.</summary>
public sealed class EffectById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, EffectNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, EffectNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<EffectRow>("effect", keys, cancellationToken)).ToDictionary(row => row.Id, row => row.Node);
}
