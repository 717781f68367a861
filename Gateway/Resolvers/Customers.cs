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

public sealed record CustomerFilter(string? ParentId, string? Currency, ExternalReferenceInput? Reference, string? Search);

public sealed record ExternalReferenceInput(string System, string? Type, string Id);

public enum CustomerOrderField { Name, UpdatedAt }

internal static class CustomerLists
{
    public static readonly Listing ByName = new("customer", "name", "text", Descending: false);

    public static Task<Page<CustomerNode>> Page(
        ReadModels readModels, PageRequest request, Criteria filter, OrderBy<CustomerOrderField>? orderBy, CancellationToken cancel) =>
        readModels.Page<CustomerNode>(ByName.By(orderBy, Column), request, filter, cancel);

    public static Criteria Of(CustomerFilter? filter)
    {
        var criteria = new Criteria().Equal("parent_id", filter?.ParentId).Equal("currency", filter?.Currency)
            .Search(filter?.Search, "name");
        if (filter?.Reference is { } reference)
            criteria.Add($"\"references\" @> {criteria.Parameter(ReferenceJson(reference))}::text::jsonb");
        return criteria;
    }

    private static string ReferenceJson(ExternalReferenceInput reference) => Rows.Write(new[]
    {
        reference.Type is null
            ? new Dictionary<string, string> { ["system"] = reference.System, ["id"] = reference.Id }
            : new Dictionary<string, string> { ["system"] = reference.System, ["type"] = reference.Type, ["id"] = reference.Id },
    });

    public static (string, string) Column(CustomerOrderField field) => field switch
    {
        CustomerOrderField.UpdatedAt => ("updated_at", "timestamptz"),
        _ => (ByName.Sort, ByName.SortType),
    };
}

public sealed class CustomerQueries(Objects objects, ReadModels readModels)
{
    public async Task<CustomerNode?> GetCustomer(string id) =>
        await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null;

    public async Task<Page<CustomerNode>> GetCustomers(
        CustomerFilter? filter, OrderBy<CustomerOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return await CustomerLists.Page(
            readModels, PageRequest.Of(first, after, last, before), CustomerLists.Of(filter), orderBy, cancel);
    }
}

public sealed class CustomerFields
{
    /// <summary>Also ends a circle that two sources made between them.</summary>
    private const int MaxDepth = 20;

    /// <summary>As the customer's own object has them now: allocation and reminders go by these.</summary>
    public async Task<IEnumerable<OpenReceivable>> GetReceivables([Parent] CustomerNode customer, Objects objects) =>
        await objects.Customer(customer.Id) is { } view ? view.Receivables : [];

    public Task<IEnumerable<BillingHoldNode>> GetHolds([Parent] CustomerNode customer, HoldsOfObject holds, CancellationToken cancel) =>
        holds.Of(customer.Id, cancel);

    public async Task<IEnumerable<ApprovalNode>> GetApprovals(
        [Parent] CustomerNode customer, OpenApprovals approvals, CancellationToken cancel) =>
        await approvals.LoadAsync(customer.Id, cancel) ?? [];

    public Task<CustomerNode?> GetParent([Parent] CustomerNode customer, CustomerById customers, CancellationToken cancel) =>
        Lookup(customers, customer.ParentId, cancel);

    public async Task<IEnumerable<Money>> GetOutstanding(
        [Parent] CustomerNode customer, DateOnly? asOf, OutstandingAsOf history, CancellationToken cancel) =>
        asOf is { } day ? (await history.LoadAsync((customer.Id, day), cancel))?.AsEnumerable() ?? [] : customer.Outstanding;

    public async Task<IEnumerable<CustomerNode>> GetAncestors(
        [Parent] CustomerNode customer, CustomerById customers, CancellationToken cancel)
    {
        var ancestors = new List<CustomerNode>();
        for (var id = customer.ParentId; id is not null && ancestors.Count < MaxDepth; id = ancestors[^1].ParentId)
        {
            if (id == customer.Id || ancestors.Any(known => known.Id == id)) break;
            if (await customers.LoadAsync(id, cancel) is not { } parent) break;
            ancestors.Add(parent);
        }

        return ancestors;
    }

    public Task<Page<CustomerNode>> GetSubsidiaries(
        [Parent] CustomerNode customer, OrderBy<CustomerOrderField>? orderBy, int? first, string? after, int? last, string? before,
        NestedPages pages, CancellationToken cancel) => pages.Load<CustomerNode>(
        CustomerLists.ByName.By(orderBy, CustomerLists.Column), PageRequest.Of(first, after, last, before), new(), "parent_id", customer.Id,
        cancel);

    public Task<Page<ContractNode>> GetContracts(
        [Parent] CustomerNode customer, ContractFilter? filter, OrderBy<ContractOrderField>? orderBy, int? first, string? after,
        int? last, string? before, NestedPages pages, CancellationToken cancel) => ContractLists.Below(
        pages, "customer_id", customer.Id, PageRequest.Of(first, after, last, before), filter, orderBy, cancel);

    public Task<Page<InvoiceNode>> GetInvoices(
        [Parent] CustomerNode customer, InvoiceFilter? filter, OrderBy<InvoiceOrderField>? orderBy, int? first, string? after,
        int? last, string? before, NestedPages pages, CancellationToken cancel) => InvoiceLists.Below(
        pages, "customer_id", customer.Id, PageRequest.Of(first, after, last, before), filter, orderBy, cancel);

    public Task<Page<CreditMemoNode>> GetCreditMemos(
        [Parent] CustomerNode customer, CreditMemoFilter? filter, OrderBy<CreditMemoOrderField>? orderBy, int? first, string? after,
        int? last, string? before, NestedPages pages, CancellationToken cancel) => CreditMemoLists.Below(
        pages, customer.Id, PageRequest.Of(first, after, last, before), filter, orderBy, cancel);

    public Task<Page<CustomerPaymentNode>> GetPayments(
        [Parent] CustomerNode customer, CustomerPaymentFilter? filter, OrderBy<CustomerPaymentOrderField>? orderBy, int? first,
        string? after, int? last, string? before, NestedPages pages, CancellationToken cancel) => CustomerPaymentLists.Below(
        pages, customer.Id, PageRequest.Of(first, after, last, before), filter, orderBy, cancel);

    internal static async Task<CustomerNode?> Lookup(CustomerById customers, string? id, CancellationToken cancel) =>
        id is null ? null : await customers.LoadAsync(id, cancel);
}

/// <summary>What customers owed at the end of a day, per currency, as it was known then.</summary>
public sealed class OutstandingAsOf(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<(string Customer, DateOnly Day), Money>(scheduler, options)
{
    private const string Sums =
        """
        select jsonb_build_object('customer_id', asked.customer_id, 'day', asked.day, 'currency', known.currency,
            'outstanding_minor', sum(known.outstanding_minor))::text
        from unnest($1::text[], $2::date[]) asked(customer_id, day)
        cross join lateral (
            select distinct on (r.invoice_id) r.currency, r.outstanding_minor from q2c_read.receivable r
            where r.customer_id = asked.customer_id and r.at < (asked.day + 1)::timestamp at time zone 'utc'
            order by r.invoice_id, r.version desc) known
        group by asked.customer_id, asked.day, known.currency having sum(known.outstanding_minor) <> 0 order by known.currency
        """;

    protected override async Task<ILookup<(string Customer, DateOnly Day), Money>> LoadGroupedBatchAsync(
        IReadOnlyList<(string Customer, DateOnly Day)> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<OutstandingRow>(
            Sums, cancellationToken, keys.Select(key => key.Customer).ToArray(), keys.Select(key => key.Day).ToArray()))
        .ToLookup(row => (row.CustomerId, row.Day), row => new Money(row.OutstandingMinor, row.Currency));

    private sealed record OutstandingRow(string CustomerId, DateOnly Day, string Currency, long OutstandingMinor);
}

/// <summary>Customers of a request, read together.</summary>
public sealed class CustomerById(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, CustomerNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, CustomerNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.FindMany<CustomerNode>("customer", keys, cancellationToken)).ToDictionary(customer => customer.Id);
}
