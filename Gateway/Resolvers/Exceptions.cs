using System.Globalization;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

public enum ExceptionStatus { Open, Resolved }

/// <summary>Work for a person: of a grain, or a delivery at the door. Its id is <c>{object}/{item}</c>.</summary>
public sealed record ExceptionNode(
    string Id, string? Grain, string? ItemId, long? DeliveryId, string? ContractId, ExceptionCategory Category, string Code,
    string Step, string Message, string Remedy, Role? OwnerRole, string? Connection, Money? Held, ExceptionStatus Status,
    int? Occurrences, DateTimeOffset? RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution, string? ResolvedBy, string? Reason)
{
    public static ExceptionNode Of(string grain, string? contractId, WorkItem item) => new(
        $"{grain}/{item.Id}", grain, item.Id, DeliveryId: null, contractId, item.Category, item.Code, item.Step, item.Message,
        item.Remedy, RoleNames.Parse(item.OwnerRole), item.Connection, item.Held, ExceptionStatus.Open, Occurrences: null,
        RaisedAt: null, ResolvedAt: null, Resolution: null, ResolvedBy: null, Reason: null);
}

internal sealed record ExceptionRow(
    string Id, string? Grain, string? ItemId, long? DeliveryId, string? ContractId, ExceptionCategory Category, string Code,
    string Step, string Message, string Remedy, string OwnerRole, string? Connection, long? HeldMinor, string? HeldCurrency,
    ExceptionStatus Status, int Occurrences, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    string? ResolvedBy, string? Reason)
{
    public ExceptionNode Node => new(
        Id, Grain, ItemId, DeliveryId, ContractId, Category, Code, Step, Message, Remedy, RoleNames.Parse(OwnerRole), Connection,
        HeldMinor is { } held && HeldCurrency is { } currency ? new Money(held, currency) : null, Status, Occurrences, RaisedAt,
        ResolvedAt, Resolution, ResolvedBy, Reason);
}

public sealed record ExceptionFilter(ExceptionStatus? Status, string? ContractId, Role? OwnerRole, string? Connection);

internal static class ExceptionLists
{
    public static async Task<IReadOnlyList<ExceptionNode>> OpenOf(ReadModels readModels, string grain, CancellationToken cancel) =>
        [.. (await readModels.Query<ExceptionRow>(
            "select to_jsonb(e)::text from q2c_read.exception e where grain = $1 and status = 'open' order by raised_at", cancel, grain))
            .Select(row => row.Node)];
}

public sealed class ExceptionQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("exception", "raised_at", "timestamptz", Descending: true);

    public async Task<Page<ExceptionNode>> GetExceptions(
        ExceptionFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var conditions = new Conditions().Equal("status", Rows.Name(filter?.Status ?? ExceptionStatus.Open))
            .Equal("contract_id", filter?.ContractId).Equal("connection", filter?.Connection)
            .Equal("owner_role", filter?.OwnerRole is { } role ? RoleNames.Of(role) : null);
        var page = await readModels.Page<ExceptionRow>(Newest, PageRequest.Of(first, after, last, before), conditions, cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class ExceptionFields(Nodes nodes, ReadModels readModels)
{
    public async Task<object?> GetSubject([Parent] ExceptionNode exception, CancellationToken cancel) =>
        exception.Grain is null ? null : await nodes.Find(exception.Grain, cancel);

    public async Task<DeliveryNode?> GetDelivery([Parent] ExceptionNode exception, CancellationToken cancel) =>
        exception.DeliveryId is { } id
            ? await DeliveryLists.Find(readModels, id.ToString(CultureInfo.InvariantCulture), cancel)
            : null;

    public async Task<ContractNode?> GetContract([Parent] ExceptionNode exception, ContractById contracts, CancellationToken cancel) =>
        exception.ContractId is null ? null : await contracts.LoadAsync(exception.ContractId, cancel);
}
