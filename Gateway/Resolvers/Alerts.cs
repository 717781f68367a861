using Q2C.Alerts;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum AlertStatus { Open, Acknowledged, Cleared }

/// <summary>Something that crossed a threshold.</summary>
public sealed record AlertNode(
    string Id, AlertRule Rule, string Subject, string Title, string Text, string? ContractId, Severity Severity,
    IReadOnlyList<string> Channels, AlertStatus Status, int Raised, DateTimeOffset RaisedAt, string? AcknowledgedBy,
    DateTimeOffset? AcknowledgedAt, string? Note, DateTimeOffset? ClearedAt, int Told);

public sealed record AlertFilter(IReadOnlyList<AlertStatus>? Status, IReadOnlyList<AlertRule>? Rule, string? ContractId, string? Subject);

public sealed class AlertQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("alert", "raised_at", "timestamptz", Descending: true);

    private static readonly AlertStatus[] Standing = [AlertStatus.Open, AlertStatus.Acknowledged];

    public async Task<Page<AlertNode>> GetAlerts(
        AlertFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().OneOf("status", filter?.Status ?? Standing).OneOf("rule", filter?.Rule)
            .Equal("contract_id", filter?.ContractId).Equal("subject", filter?.Subject);
        return await readModels.Page<AlertNode>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel);
    }
}

public sealed class AlertFields
{
    public async Task<ContractNode?> GetContract([Parent] AlertNode alert, ContractById contracts, CancellationToken cancel) =>
        alert.ContractId is { } id ? await contracts.LoadAsync(id, cancel) : null;
}
