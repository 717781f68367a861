using System.Collections.Immutable;
using GreenDonut;
using Q2C.CreditMemos;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>A credit memo, from its grain or from the read models.</summary>
public sealed record CreditMemoNode(
    string Id, string? Number, CreditMemoStatus Status, string InvoiceId, string CustomerId, string CustomerName, string LegalEntity,
    DateOnly Date, string Reason, bool ReleasesItems, Money Net, Money Tax, Money Total, string PreparedBy,
    ImmutableArray<CreditMemoLineNode> Lines)
{
    public static CreditMemoNode Of(CreditMemoView view) => new(
        view.Id, view.Number, view.Status, view.Memo.InvoiceId, view.Memo.CustomerId, view.Memo.Customer.Name, view.Memo.Routing.LegalEntity,
        view.Memo.Date, view.Memo.Reason, view.Memo.ReleaseItems, view.Memo.Net, view.Memo.Tax, view.Memo.Total, view.Memo.PreparedBy,
        CreditMemoLineNode.Of(view.Memo.Lines));
}

public sealed record CreditMemoLineNode(string InvoiceLineId, string Description, Money Net, Money Tax, IEnumerable<string> ItemIds)
{
    public static ImmutableArray<CreditMemoLineNode> Of(ImmutableArray<CreditMemoLine> lines) =>
        [.. lines.Select(line => new CreditMemoLineNode(
            line.LineId, line.Description, line.Net, line.Tax, line.Items.Select(item => item.ItemId)))];
}

internal sealed record CreditMemoRow(
    string Id, CreditMemoStatus Status, string? Number, string InvoiceId, string CustomerId, string CustomerName, string LegalEntity,
    string Currency, DateOnly Date, string Reason, bool ReleaseItems, long NetMinor, long TaxMinor, long TotalMinor, string PreparedBy,
    ImmutableArray<CreditMemoLine> Lines)
{
    public CreditMemoNode Node => new(
        Id, Number, Status, InvoiceId, CustomerId, CustomerName, LegalEntity, Date, Reason, ReleaseItems, new(NetMinor, Currency),
        new(TaxMinor, Currency), new(TotalMinor, Currency), PreparedBy, CreditMemoLineNode.Of(Lines));
}

public sealed record CreditMemoFilter(
    IReadOnlyList<CreditMemoStatus>? Status, string? CustomerId, string? InvoiceId, string? LegalEntity, string? Number, string? Currency,
    DateRange? Date, string? Search);

public enum CreditMemoOrderField { DraftedAt, Date }

internal static class CreditMemoLists
{
    private static readonly Listing Newest = new("credit_memo", "drafted_at", "timestamptz", Descending: true);

    public static async Task<Page<CreditMemoNode>> Page(
        ReadModels readModels, PageRequest request, Criteria filter, OrderBy<CreditMemoOrderField>? orderBy, CancellationToken cancel) =>
        (await readModels.Page<CreditMemoRow>(Newest.By(orderBy, Column), request, filter, cancel)).Select(row => row.Node);

    public static async Task<Page<CreditMemoNode>> Below(
        NestedPages pages, string customer, PageRequest request, CreditMemoFilter? filter, OrderBy<CreditMemoOrderField>? orderBy,
        CancellationToken cancel) => (await pages.Load<CreditMemoRow>(
        Newest.By(orderBy, Column), request, Of(filter), "customer_id", customer, cancel)).Select(row => row.Node);

    public static Criteria Of(CreditMemoFilter? filter) => new Criteria()
        .OneOf("status", filter?.Status).Equal("customer_id", filter?.CustomerId).Equal("invoice_id", filter?.InvoiceId)
        .Equal("legal_entity", filter?.LegalEntity).Equal("number", filter?.Number).Equal("currency", filter?.Currency)
        .Within("date", filter?.Date).Search(filter?.Search, "number", "customer_name", "reason");

    private static (string, string) Column(CreditMemoOrderField field) => field switch
    {
        CreditMemoOrderField.Date => ("date", "date"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class CreditMemoQueries(Objects objects, ReadModels readModels)
{
    public async Task<CreditMemoNode?> GetCreditMemo(string id) =>
        await objects.CreditMemo(id) is { } view ? CreditMemoNode.Of(view) : null;

    public async Task<Page<CreditMemoNode>> GetCreditMemos(
        CreditMemoFilter? filter, OrderBy<CreditMemoOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await CreditMemoLists.Page(
            readModels, PageRequest.Of(first, after, last, before), CreditMemoLists.Of(filter), orderBy, cancel);
    }
}

public sealed class CreditMemoFields
{
    public Task<CustomerNode?> GetCustomer([Parent] CreditMemoNode memo, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, memo.CustomerId, cancel);

    public Task<InvoiceNode> GetInvoice([Parent] CreditMemoNode memo, InvoiceById invoices, CancellationToken cancel) =>
        invoices.LoadRequiredAsync(memo.InvoiceId, cancel);

    public async Task<IEnumerable<ExceptionNode>> GetExceptions(
        [Parent] CreditMemoNode memo, OpenExceptions exceptions, CancellationToken cancel) =>
        await exceptions.LoadAsync(memo.Id, cancel) ?? [];
}

/// <summary>The credit memos of each invoice of a request, read together.</summary>
public sealed class CreditMemosOfInvoice(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, CreditMemoNode>(scheduler, options)
{
    private const string Memos =
        "select row_to_json(m)::text from q2c_read.credit_memo m where invoice_id = any($1) order by drafted_at, id";

    protected override async Task<ILookup<string, CreditMemoNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<CreditMemoRow>(Memos, cancellationToken, (object)keys.ToArray())).ToLookup(row => row.InvoiceId, row => row.Node);
}
