using System.Collections.Immutable;
using GreenDonut;
using Q2C.Contracts;
using Q2C.Gateway.Reading;

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

public sealed record ContractFilter(IReadOnlyList<ContractStatus>? Status, string? CustomerId, string? LegalEntity);

internal static class ContractLists
{
    private static readonly Listing Newest = new("contract", "accepted_at", "timestamptz", Descending: true);

    public static async Task<Page<ContractNode>> Page(
        ReadModels readModels, PageRequest request, Conditions filter, CancellationToken cancel) =>
        (await readModels.Page<ContractRow>(Newest, request, filter, cancel)).Select(row => row.Node);
}

public sealed class ContractQueries(IClusterClient cluster, ReadModels readModels)
{
    public async Task<ContractNode?> GetContract(string id) =>
        Ids.Is(id, Ids.Contract) && await cluster.GetGrain<IContractGrain>(id).Read() is { } view ? ContractNode.Of(view) : null;

    public async Task<Page<ContractNode>> GetContracts(
        ContractFilter? filter, int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var conditions = new Conditions().OneOf("status", filter?.Status).Equal("customer_id", filter?.CustomerId)
            .Equal("legal_entity", filter?.LegalEntity);
        return await ContractLists.Page(readModels, PageRequest.Of(first, after, last, before), conditions, cancel);
    }
}

public sealed class ContractFields(ReadModels readModels)
{
    public Task<CustomerNode?> GetCustomer([Parent] ContractNode contract, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, contract.CustomerId, cancel);

    public async Task<ProjectNode?> GetProject([Parent] ContractNode contract, ProjectById projects, CancellationToken cancel) =>
        await projects.LoadAsync(contract.ProjectId, cancel);

    public async Task<PostalAddress> GetBillTo([Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Customer.BillTo;

    public async Task<Terms> GetTerms([Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Terms;

    public async Task<ImmutableArray<Terms>> GetHistory(
        [Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).History;

    public async Task<ImmutableArray<StepView>> GetActivation(
        [Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Steps;

    public async Task<ImmutableArray<ScheduledBilling>> GetSchedule(
        [Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Schedule;

    public async Task<ImmutableArray<ExternalReference>> GetReferences(
        [Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).References;

    public async Task<Money> GetContracted([Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Contracted;

    public async Task<Money> GetRemaining([Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Remaining;

    public async Task<IEnumerable<ExceptionNode>> GetExceptions(
        [Parent] ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        (await View(contract, contracts, cancel)).Exceptions.Select(item => ExceptionNode.Of(contract.Id, contract.Id, item));

    public Task<Page<InvoiceNode>> GetInvoices([Parent] ContractNode contract, int? first, string? after, CancellationToken cancel) =>
        InvoiceLists.Page(readModels, PageRequest.Of(first, after), new Conditions().Equal("contract_id", contract.Id), cancel);

    public EngagementNode GetEngagement([Parent] ContractNode contract) => new(contract.Id);

    private static async Task<ContractView> View(ContractNode contract, ContractById contracts, CancellationToken cancel) =>
        contract.View ?? (await contracts.LoadRequiredAsync(contract.Id, cancel)).View!;
}

/// <summary>What is billed for hours at the most, without its wrapping.</summary>
public sealed class TimeAndMaterialsFields
{
    public Money? GetCap([Parent] BillingModel.TimeAndMaterials billing) => billing.Cap?.Amount;
}

/// <summary>Contracts of a request, each read once from its grain.</summary>
public sealed class ContractById(IClusterClient cluster, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ContractNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ContractNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var views = await Task.WhenAll(keys.Select(id => cluster.GetGrain<IContractGrain>(id).Read()));
        return views.OfType<ContractView>().Select(ContractNode.Of).ToDictionary(contract => contract.Id);
    }
}
