using GreenDonut;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum ApprovalKind { Refund, WriteOff }

public enum ApprovalDecision { Approved, Declined }

/// <summary>A refund or write-off that waits, or waited, for a second person.</summary>
public sealed record ApprovalNode(
    string Id, ApprovalKind Kind, string CustomerId, string? InvoiceId, string? RefundId, string LegalEntity, Money Amount, string Reason,
    string AskedBy, DateTimeOffset AskedAt, ApprovalDecision? Decision, string? DecidedBy, DateTimeOffset? DecidedAt);

internal sealed record ApprovalRow(
    string Id, ApprovalKind Kind, string Subject, string CustomerId, string? InvoiceId, string? RefundId, string LegalEntity, string Currency,
    long AmountMinor, string Reason, string AskedBy, DateTimeOffset AskedAt, ApprovalDecision? Decision, string? DecidedBy,
    DateTimeOffset? DecidedAt)
{
    public ApprovalNode Node => new(
        Id, Kind, CustomerId, InvoiceId, RefundId, LegalEntity, new(AmountMinor, Currency), Reason, AskedBy, AskedAt, Decision, DecidedBy, DecidedAt);
}

public sealed record ApprovalFilter(bool? Open, ApprovalKind? Kind, string? LegalEntity, string? CustomerId);

public sealed class ApprovalQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("approval", "asked_at", "timestamptz", Descending: true);

    public async Task<Page<ApprovalNode>> GetApprovals(
        ApprovalFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("(decided_at is null)", filter is null ? true : filter.Open).Equal("kind", filter?.Kind)
            .Equal("legal_entity", filter?.LegalEntity).Equal("customer_id", filter?.CustomerId);
        return (await readModels.Page<ApprovalRow>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel)).Select(row => row.Node);
    }
}

public sealed class ApprovalFields
{
    public Task<CustomerNode?> GetCustomer([Parent] ApprovalNode approval, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, approval.CustomerId, cancel);

    public async Task<InvoiceNode?> GetInvoice([Parent] ApprovalNode approval, InvoiceById invoices, CancellationToken cancel) =>
        approval.InvoiceId is { } id ? await invoices.LoadAsync(id, cancel) : null;
}

/// <summary>What waits for a second person, of each invoice or customer of a request, read together.</summary>
public sealed class OpenApprovals(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, ApprovalNode>(scheduler, options)
{
    private const string Waiting =
        "select to_jsonb(a)::text from q2c_read.approval a where subject = any($1) and decided_at is null order by asked_at, id";

    protected override async Task<ILookup<string, ApprovalNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<ApprovalRow>(Waiting, cancellationToken, (object)keys.ToArray())).ToLookup(row => row.Subject, row => row.Node);
}
