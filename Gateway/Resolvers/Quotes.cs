using System.Collections.Immutable;
using GreenDonut;
using Q2C.Contracts;
using Q2C.Gateway.Reading;
using Q2C.Quotes;

namespace Q2C.Gateway.Resolvers;

/// <summary>A quote that was submitted here, or that a contract tells of.</summary>
public sealed record QuoteNode(
    string Id, string ContractId, QuoteStatus Status, string Name, string? Source, string QuoteId, string OpportunityId,
    string CustomerId, string CustomerName, string LegalEntity, string Currency, DateOnly StartDate, DateOnly? EndDate,
    DateOnly? ValidUntil, string? SubmittedBy, DateTimeOffset SubmittedAt, string? DecidedBy, DateTimeOffset? DecidedAt,
    string? Reason)
{
    public static QuoteNode Of(QuoteView view) => new(
        view.Id, view.ContractId, view.Status, view.Offer.Name, view.Offer.Connection, view.Offer.QuoteId, view.Offer.OpportunityId,
        view.Offer.CustomerId, view.Offer.Customer.Name, view.Offer.LegalEntity, view.Offer.Currency, view.Offer.Start,
        view.Offer.End, view.ValidUntil, view.SubmittedBy, view.SubmittedAt, view.DecidedBy, view.DecidedAt, view.Reason);
}

public sealed record QuoteFilter(
    IReadOnlyList<QuoteStatus>? Status, string? CustomerId, string? OpportunityId, string? LegalEntity, InstantRange? Submitted,
    string? Search);

public enum QuoteOrderField { SubmittedAt }

public sealed class QuoteQueries(Objects objects, ReadModels readModels)
{
    private static readonly Listing Newest = new("quote", "submitted_at", "timestamptz", Descending: true);

    public Task<QuoteNode?> GetQuote(string id, CancellationToken cancel) => Find(objects, readModels, id, cancel);

    public async Task<Page<QuoteNode>> GetQuotes(
        QuoteFilter? filter, OrderBy<QuoteOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().OneOf("status", filter?.Status).Equal("customer_id", filter?.CustomerId)
            .Equal("opportunity_id", filter?.OpportunityId).Equal("legal_entity", filter?.LegalEntity)
            .Within("submitted_at", filter?.Submitted).Search(filter?.Search, "name", "customer_name");
        return await readModels.Page<QuoteNode>(
            Newest.By(orderBy, _ => (Newest.Sort, Newest.SortType)), PageRequest.Of(first, after, last, before), criteria, cancel);
    }

    /// <summary>From its grain; where only its contract knows of it, from the read models.</summary>
    internal static async Task<QuoteNode?> Find(
        Objects objects, ReadModels readModels, string id, CancellationToken cancel)
    {
        if (!Ids.Is(id, Ids.Quote)) return null;
        return await objects.Quote(id) is { } view
            ? QuoteNode.Of(view)
            : await readModels.Find<QuoteNode>("quote", id, cancel);
    }
}

public sealed class QuoteFields
{
    public Task<CustomerNode?> GetCustomer([Parent] QuoteNode quote, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, quote.CustomerId, cancel);

    public async Task<ContractNode?> GetContract([Parent] QuoteNode quote, ContractById contracts, CancellationToken cancel) =>
        quote.Status == QuoteStatus.Approved ? await contracts.LoadAsync(quote.ContractId, cancel) : null;

    public async Task<ImmutableArray<ContractLine>> GetLines(
        [Parent] QuoteNode quote, QuoteViews quotes, ContractViews contracts, CancellationToken cancel) =>
        await quotes.LoadAsync(quote.Id, cancel) is { } view
            ? view.Offer.Lines
            : (await contracts.LoadRequiredAsync(quote.ContractId, cancel)).History[0].Lines;
}

/// <summary>What only the quotes' grains know, each read once in a request.</summary>
public sealed class QuoteViews(Objects objects, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, QuoteView>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, QuoteView>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var views = await Task.WhenAll(keys.Select(objects.Quote));
        return views.OfType<QuoteView>().ToDictionary(view => view.Id);
    }
}
