using System.Collections.Immutable;
using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Intercompany;

namespace Q2C.Gateway.Resolvers;

/// <summary>A document between two companies of the firm.</summary>
public sealed record IntercompanyNode(
    string Id, string DocumentId, string DocumentNumber, bool Credit, string InvoiceId, string Seller, string Deliverer, decimal Percent, DateOnly Date,
    Money Amount, ImmutableArray<IntercompanyLine> Lines, bool SellerPosted, bool DelivererPosted);

internal sealed record IntercompanyRow(
    string Id, string DocumentId, string DocumentNumber, bool IsCredit, string InvoiceId, string Seller, string Deliverer, decimal Percent,
    DateOnly Date, string Currency, long AmountMinor, ImmutableArray<IntercompanyLine> Lines, bool SellerPosted, bool DelivererPosted)
{
    public IntercompanyNode Node => new(
        Id, DocumentId, DocumentNumber, IsCredit, InvoiceId, Seller, Deliverer, Percent, Date, new(AmountMinor, Currency), Lines, SellerPosted, DelivererPosted);
}

public sealed record IntercompanyFilter(string? Seller, string? Deliverer, string? ContractId, bool? Posted, DateRange? Date);

public sealed class IntercompanyQueries(ReadModels readModels)
{
    private static readonly Listing Newest = new("intercompany_document", "mirrored_at", "timestamptz", Descending: true);

    public async Task<Page<IntercompanyNode>> GetIntercompanyDocuments(
        IntercompanyFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("seller", filter?.Seller).Equal("deliverer", filter?.Deliverer).Equal("contract_id", filter?.ContractId)
            .Equal("(seller_posted and deliverer_posted)", filter?.Posted).Within("date", filter?.Date);
        return (await readModels.Page<IntercompanyRow>(Newest, PageRequest.Of(first, after, last, before), criteria, cancel)).Select(row => row.Node);
    }
}

/// <summary>What each invoice of a request gave rise to between the companies, read together.</summary>
public sealed class IntercompanyOfInvoice(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, IntercompanyNode>(scheduler, options)
{
    private const string Documents =
        "select to_jsonb(d)::text from q2c_read.intercompany_document d where invoice_id = any($1) order by mirrored_at, id";

    protected override async Task<ILookup<string, IntercompanyNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<IntercompanyRow>(Documents, cancellationToken, (object)keys.ToArray())).ToLookup(row => row.InvoiceId, row => row.Node);
}
