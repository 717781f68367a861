using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

public enum ExceptionStatus { Open, Resolved }

/// <summary>Work for a person: of a grain, or a delivery at the door. Its id is <c>{object}/{item}</c>.</summary>
/// <param name="Desk">Null for what was read from its grain.</param>
public sealed record ExceptionNode(
    string Id, string? Grain, string? ItemId, long? DeliveryId, string? ContractId, ExceptionCategory Category, string Code,
    string Step, string Message, string Remedy, Role? OwnerRole, string? Connection, Money? Held, ExceptionStatus Status,
    int? Occurrences, DateTimeOffset? RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution, string? ResolvedBy, string? Reason,
    ExceptionDesk? Desk)
{
    public static ExceptionNode Of(string grain, string? contractId, WorkItem item) => new(
        $"{grain}/{item.Id}", grain, item.Id, DeliveryId: null, contractId, item.Category, item.Code, item.Step, item.Message,
        item.Remedy, RoleNames.Parse(item.OwnerRole), item.Connection, item.Held, ExceptionStatus.Open, Occurrences: null,
        RaisedAt: null, ResolvedAt: null, Resolution: null, ResolvedBy: null, Reason: null, Desk: null);
}

internal sealed record ExceptionRow(
    string Id, string? Grain, string? ItemId, long? DeliveryId, string? ContractId, ExceptionCategory Category, string Code,
    string Step, string Message, string Remedy, string OwnerRole, string? Connection, long? HeldMinor, string? HeldCurrency,
    ExceptionStatus Status, int Occurrences, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, string? Resolution,
    string? ResolvedBy, string? Reason, string? VendorError, DateTimeOffset FirstRaisedAt, bool Reopened, string? ResolvedRow,
    string Thread, string CauseKey, string GroupId, string CaseId, Severity Severity, DateTimeOffset? DueAt, SlaState Sla,
    string? Assignee, IReadOnlyList<string> Tags, DateTimeOffset? SnoozedUntil)
{
    public ExceptionNode Node => new(
        Id, Grain, ItemId, DeliveryId, ContractId, Category, Code, Step, Message, Remedy, RoleNames.Parse(OwnerRole), Connection,
        HeldMinor is { } held && HeldCurrency is { } currency ? new Money(held, currency) : null, Status, Occurrences, RaisedAt,
        ResolvedAt, Resolution, ResolvedBy, Reason, Desk);

    public ExceptionDesk Desk => new(this);
}

public sealed record ExceptionFilter(
    ExceptionStatus? Status, string? SubjectId, string? ContractId, Role? OwnerRole, string? Connection,
    IReadOnlyList<ExceptionCategory>? Category, IReadOnlyList<string>? Code, InstantRange? Raised, string? Search,
    string? GroupId = null, IReadOnlyList<Severity>? Severity = null, IReadOnlyList<SlaState>? Sla = null, string? Assignee = null,
    bool? Assigned = null, string? Tag = null, bool? Snoozed = null)
{
    internal static Criteria Criteria(ExceptionFilter? filter)
    {
        var criteria = new Criteria()
            .Equal("status", Rows.Name(filter?.Status ?? ExceptionStatus.Open)).Equal("grain", filter?.SubjectId)
            .Equal("contract_id", filter?.ContractId).Equal("connection", filter?.Connection)
            .Equal("owner_role", filter?.OwnerRole is { } role ? RoleNames.Of(role) : null).OneOf("category", filter?.Category)
            .OneOf("code", filter?.Code).Within("raised_at", filter?.Raised).Search(filter?.Search, "message", "step")
            .Equal("cause_key", filter?.GroupId is { } group ? ExceptionGroups.KeyOf(group) : null)
            .OneOf("severity", filter?.Severity).OneOf("sla", filter?.Sla).Equal("assignee", filter?.Assignee)
            .Where(filter?.Assigned == true, "assignee is not null").Where(filter?.Assigned == false, "assignee is null")
            .Where(filter?.Snoozed == true, "snoozed_until is not null").Where(filter?.Snoozed == false, "snoozed_until is null");
        if (filter?.Tag is { } tag) criteria.Add($"{criteria.Parameter(tag)} = any(tags)");
        return criteria;
    }
}

public enum ExceptionOrderField { RaisedAt, Code, DueAt, Held }

public sealed class ExceptionQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("exception", "raised_at", "timestamptz", Descending: true);

    public async Task<ExceptionNode?> GetException(string id, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return (await readModels.Find<ExceptionRow>("exception", id, cancel))?.Node;
    }

    public async Task<Page<ExceptionNode>> GetExceptions(
        ExceptionFilter? filter, OrderBy<ExceptionOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var page = await readModels.Page<ExceptionRow>(
            By(orderBy), PageRequest.Of(first, after, last, before), ExceptionFilter.Criteria(filter), cancel);
        return page.Select(row => row.Node);
    }

    internal static Listing By(OrderBy<ExceptionOrderField>? orderBy) => Newest.By(orderBy, Column);

    private static (string, string) Column(ExceptionOrderField field) => field switch
    {
        ExceptionOrderField.Code => ("code", "text"),
        ExceptionOrderField.DueAt => ("coalesce(due_at, 'infinity'::timestamptz)", "timestamptz"),
        ExceptionOrderField.Held => ("coalesce(held_minor, 0)", "bigint"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class ExceptionFields
{
    public async Task<ExceptionDesk?> GetDesk([Parent] ExceptionNode exception, ExceptionById exceptions, CancellationToken cancel) =>
        exception.Desk ?? (await exceptions.LoadAsync(exception.Id, cancel))?.Desk;

    public async Task<object?> GetSubject([Parent] ExceptionNode exception, NodeById nodes, CancellationToken cancel) =>
        exception.Grain is null ? null : await nodes.LoadAsync(exception.Grain, cancel);

    public async Task<DeliveryNode?> GetDelivery([Parent] ExceptionNode exception, DeliveryById deliveries, CancellationToken cancel) =>
        exception.DeliveryId is { } id ? await deliveries.LoadAsync(id, cancel) : null;

    public async Task<ContractNode?> GetContract([Parent] ExceptionNode exception, ContractById contracts, CancellationToken cancel) =>
        exception.ContractId is null ? null : await contracts.LoadAsync(exception.ContractId, cancel);
}

/// <summary>What waits for a person, of each object of a request, read together.</summary>
public sealed class OpenExceptions(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, ExceptionNode>(scheduler, options)
{
    private const string Open =
        """
        select row_to_json(e)::text from q2c_read.exception e where grain = any($1) and status = 'open' order by raised_at, id
        """;

    protected override async Task<ILookup<string, ExceptionNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<ExceptionRow>(Open, cancellationToken, (object)keys.ToArray())).ToLookup(row => row.Grain!, row => row.Node);
}

/// <summary>Exceptions of a request, read together.</summary>
public sealed class ExceptionById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ExceptionNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ExceptionNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<ExceptionRow>("exception", keys, cancellationToken)).ToDictionary(row => row.Id, row => row.Node);
}
