using System.Collections.Immutable;
using GreenDonut;
using Q2C.Contracts;
using Q2C.Gateway.Reading;
using Q2C.Revenues;

namespace Q2C.Gateway.Resolvers;

/// <summary>A contract as lists show it; what only its grain knows is read when it is asked for.</summary>
public sealed record ContractNode(
    string Id, string Name, ContractStatus Status, string CustomerId, string CustomerName, string LegalEntity, string ProjectId,
    string OpportunityId, string QuoteId, string Currency, Money Billed, Money Paid, ContractView? View)
{
    public static ContractNode Of(ContractView view) => new(
        view.Id, view.Name, view.Status, view.CustomerId, view.Customer.Name, view.LegalEntity, view.ProjectId,
        view.OpportunityId, view.QuoteId, view.Terms.Currency, view.Billed, view.Paid, view);
}

internal sealed record ContractRow(
    string Id, string Name, ContractStatus Status, string CustomerId, string CustomerName, string LegalEntity, string ProjectId,
    string OpportunityId, string QuoteId, string Currency, long BilledMinor, long PaidMinor)
{
    public ContractNode Node => new(
        Id, Name, Status, CustomerId, CustomerName, LegalEntity, ProjectId, OpportunityId, QuoteId, Currency,
        new(BilledMinor, Currency), new(PaidMinor, Currency), View: null);
}

/// <summary>One version of the terms and what it changed of the version before.</summary>
public sealed record ContractVersion(Terms Terms, IReadOnlyList<LineChange> Changes);

public enum LineChangeKind { Added, Changed, Removed }

public sealed record LineChange(string LineId, LineChangeKind Kind, ContractLine? Before, ContractLine? After)
{
    public static IReadOnlyList<LineChange> Between(Terms? earlier, Terms later)
    {
        var before = earlier?.Lines.ToDictionary(line => line.Id) ?? [];
        return
        [
            .. later.Lines.Select(line => new LineChange(
                line.Id, before.ContainsKey(line.Id) ? LineChangeKind.Changed : LineChangeKind.Added, before.GetValueOrDefault(line.Id), line))
                .Where(change => change.Before is null || !Same(change.Before, change.After!)),
            .. before.Values.Where(line => later.Line(line.Id) is null)
                .Select(line => new LineChange(line.Id, LineChangeKind.Removed, line, null)),
        ];
    }

    // Lines hold arrays, which records compare by reference.
    private static bool Same(ContractLine one, ContractLine other) => Rows.Write(one) == Rows.Write(other);
}

public sealed record ContractFilter(
    IReadOnlyList<ContractStatus>? Status, string? CustomerId, string? LegalEntity, string? Currency, string? OpportunityId,
    InstantRange? Accepted, DateRange? Start, DateRange? End, string? Search);

public enum ContractOrderField { AcceptedAt, Name, StartDate }

internal static class ContractLists
{
    private static readonly Listing Newest = new("contract", "accepted_at", "timestamptz", Descending: true);

    public static async Task<Page<ContractNode>> Page(
        ReadModels readModels, PageRequest request, Criteria filter, OrderBy<ContractOrderField>? orderBy, CancellationToken cancel) =>
        (await readModels.Page<ContractRow>(Newest.By(orderBy, Column), request, filter, cancel)).Select(row => row.Node);

    public static async Task<Page<ContractNode>> Below(
        NestedPages pages, string column, string parent, PageRequest request, ContractFilter? filter,
        OrderBy<ContractOrderField>? orderBy, CancellationToken cancel) => (await pages.Load<ContractRow>(
        Newest.By(orderBy, Column), request, Of(filter), column, parent, cancel)).Select(row => row.Node);

    public static Criteria Of(ContractFilter? filter) => new Criteria()
        .OneOf("status", filter?.Status).Equal("customer_id", filter?.CustomerId).Equal("legal_entity", filter?.LegalEntity)
        .Equal("currency", filter?.Currency).Equal("opportunity_id", filter?.OpportunityId)
        .Within("accepted_at", filter?.Accepted).Within("start_date", filter?.Start).Within("end_date", filter?.End)
        .Search(filter?.Search, "name", "customer_name");

    private static (string, string) Column(ContractOrderField field) => field switch
    {
        ContractOrderField.Name => ("name", "text"),
        ContractOrderField.StartDate => ("start_date", "date"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class ContractQueries(Objects objects, ReadModels readModels)
{
    public async Task<ContractNode?> GetContract(string id) =>
        await objects.Contract(id) is { } view ? ContractNode.Of(view) : null;

    public async Task<Page<ContractNode>> GetContracts(
        ContractFilter? filter, OrderBy<ContractOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await ContractLists.Page(
            readModels, PageRequest.Of(first, after, last, before), ContractLists.Of(filter), orderBy, cancel);
    }
}

public sealed class ContractFields
{
    public Task<IEnumerable<BillingHoldNode>> GetHolds([Parent] ContractNode contract, HoldsOfObject holds, CancellationToken cancel) =>
        holds.Of(contract.Id, cancel);

    public Task<CustomerNode?> GetCustomer([Parent] ContractNode contract, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, contract.CustomerId, cancel);

    public async Task<ProjectNode?> GetProject([Parent] ContractNode contract, ProjectById projects, CancellationToken cancel) =>
        await projects.LoadAsync(contract.ProjectId, cancel);

    public async Task<PostalAddress> GetBillTo([Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).Customer.BillTo;

    /// <summary>The newest version that was in force on the day; the first one before its own beginning.</summary>
    public async Task<Terms> GetTerms([Parent] ContractNode contract, DateOnly? asOf, ContractViews views, CancellationToken cancel)
    {
        var view = await View(contract, views, cancel);
        return asOf is { } day ? view.History.LastOrDefault(terms => terms.EffectiveFrom <= day) ?? view.History[0] : view.Terms;
    }

    public async Task<IEnumerable<ContractVersion>> GetVersions(
        [Parent] ContractNode contract, ContractViews views, CancellationToken cancel)
    {
        var history = (await View(contract, views, cancel)).History;
        return history.Select((terms, i) => new ContractVersion(terms, LineChange.Between(i == 0 ? null : history[i - 1], terms)));
    }

    public async Task<ImmutableArray<Terms>> GetHistory(
        [Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).History;

    public async Task<ImmutableArray<StepView>> GetActivation(
        [Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).Steps;

    public async Task<ImmutableArray<ScheduledBilling>> GetSchedule(
        [Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).Schedule;

    public async Task<ImmutableArray<ExternalReference>> GetReferences(
        [Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).References;

    public async Task<Money> GetContracted([Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).Contracted;

    public async Task<Money> GetRemaining([Parent] ContractNode contract, ContractViews views, CancellationToken cancel) =>
        (await View(contract, views, cancel)).Remaining;

    public async Task<IEnumerable<ExceptionNode>> GetExceptions(
        [Parent] ContractNode contract, OpenExceptions exceptions, CancellationToken cancel) =>
        contract.View?.Exceptions.Select(item => ExceptionNode.Of(contract.Id, contract.Id, item))
        ?? await exceptions.LoadAsync(contract.Id, cancel) ?? [];

    public Task<Page<InvoiceNode>> GetInvoices(
        [Parent] ContractNode contract, InvoiceFilter? filter, OrderBy<InvoiceOrderField>? orderBy, int? first, string? after,
        int? last, string? before, NestedPages pages, CancellationToken cancel) => InvoiceLists.Below(
        pages, "contract_id", contract.Id, PageRequest.Of(first, after, last, before), filter, orderBy, cancel);

    public EngagementNode GetEngagement([Parent] ContractNode contract) => new(contract.Id);

    private static async Task<ContractView> View(ContractNode contract, ContractViews views, CancellationToken cancel) =>
        contract.View ?? await views.LoadRequiredAsync(contract.Id, cancel);
}

/// <summary>What is billed for hours at the most, without its wrapping.</summary>
public enum RevenueMethod { PointInTime, StraightLine, PercentComplete, AsInvoiced, AsUsed }

/// <summary>The terms of revenue of a line in one row: what is not of its method is null.</summary>
public sealed record RevenueTermsNode(
    RevenueMethod Method, Spread? Spread, RecogniseOn? RecogniseOn, Remainder? Remainder, ProgressMeasure? Measure, decimal? Estimate,
    Money? SellingPrice, PriceChange OnChange)
{
    public static RevenueTermsNode Of(RevenueTerms terms) => terms.Treatment switch
    {
        RevenueTreatment.PointInTime => Of(terms, RevenueMethod.PointInTime),
        RevenueTreatment.StraightLine how => Of(terms, RevenueMethod.StraightLine) with
        {
            Spread = how.Spread, RecogniseOn = how.On, Remainder = how.Remainder,
        },
        RevenueTreatment.PercentComplete how => Of(terms, RevenueMethod.PercentComplete) with { Measure = how.Measure, Estimate = how.Estimate },
        RevenueTreatment.AsInvoiced => Of(terms, RevenueMethod.AsInvoiced),
        RevenueTreatment.AsUsed => Of(terms, RevenueMethod.AsUsed),
        var other => throw new ArgumentOutOfRangeException(nameof(terms), other, "Unknown treatment."),
    };

    private static RevenueTermsNode Of(RevenueTerms terms, RevenueMethod method) =>
        new(method, null, null, null, null, null, terms.SellingPrice, terms.OnChange);
}

public sealed class ContractLineFields
{
    public RevenueTermsNode? GetRevenue([Parent] ContractLine line) => line.Revenue is { } terms ? RevenueTermsNode.Of(terms) : null;
}

public sealed class TimeAndMaterialsFields
{
    public Money? GetCap([Parent] BillingModel.TimeAndMaterials billing) => billing.Cap?.Amount;

    public NotToExceed? GetLimit([Parent] BillingModel.TimeAndMaterials billing) => billing.Cap;
}

/// <summary>Contracts of a request, read together; one that the read models do not have yet, from its grain.</summary>
public sealed class ContractById(
    ReadModels readModels, Objects objects, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ContractNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ContractNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var found = (await readModels.FindMany<ContractRow>("contract", keys, cancellationToken))
            .ToDictionary(row => row.Id, row => row.Node);
        foreach (var view in await Task.WhenAll(keys.Where(id => !found.ContainsKey(id) && Ids.Is(id, Ids.Contract))
                     .Select(objects.Contract)))
        {
            if (view is not null) found.Add(view.Id, ContractNode.Of(view));
        }

        return found;
    }
}

/// <summary>What only the contracts' grains know, each read once in a request.</summary>
public sealed class ContractViews(Objects objects, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ContractView>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ContractView>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var views = await Task.WhenAll(keys.Select(objects.Contract));
        return views.OfType<ContractView>().ToDictionary(view => view.Id);
    }
}
