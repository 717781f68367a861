using System.Collections.Immutable;
using GreenDonut;
using Q2C.Customers;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>A customer, from its grain or from the read models.</summary>
public sealed record CustomerNode(
    string Id, string Name, string? ParentId, string? Email, string Currency, ImmutableArray<ExternalReference> References,
    ImmutableArray<Money> Outstanding, ImmutableArray<Money> Credit)
{
    public static CustomerNode Of(CustomerView view) => new(
        view.Id, view.Profile.Name, view.Profile.ParentId, view.Profile.Email, view.Profile.Currency,
        view.Profile.References.IsDefault ? [] : view.Profile.References, view.Outstanding, view.Credit);
}

public sealed class CustomerQueries(IClusterClient cluster, ReadModels readModels)
{
    private static readonly Listing Customers = new("customer", "name", "text", Descending: false);

    public async Task<CustomerNode?> GetCustomer(string id) =>
        Ids.Is(id, Ids.Customer) && await cluster.GetGrain<ICustomerGrain>(id).Read() is { } view ? CustomerNode.Of(view) : null;

    public async Task<Page<CustomerNode>> GetCustomers(
        int? first, string? after, int? last, string? before, string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await readModels.Page<CustomerNode>(Customers, PageRequest.Of(first, after, last, before), null, cancel);
    }
}

public sealed class CustomerFields(ReadModels readModels)
{
    public Task<CustomerNode?> GetParent([Parent] CustomerNode customer, CustomerById customers, CancellationToken cancel) =>
        Lookup(customers, customer.ParentId, cancel);

    public Task<Page<ContractNode>> GetContracts([Parent] CustomerNode customer, int? first, string? after, CancellationToken cancel) =>
        ContractLists.Page(readModels, PageRequest.Of(first, after), new Conditions().Equal("customer_id", customer.Id), cancel);

    internal static async Task<CustomerNode?> Lookup(CustomerById customers, string? id, CancellationToken cancel) =>
        id is null ? null : await customers.LoadAsync(id, cancel);
}

/// <summary>Customers of a request, read together.</summary>
public sealed class CustomerById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, CustomerNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, CustomerNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<CustomerNode>("customer", keys, cancellationToken)).ToDictionary(customer => customer.Id);
}
