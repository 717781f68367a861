using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Customers;
using Q2C.Gateway.Reading;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Gateway.Resolvers;

/// <summary>Any object by its id, as it is now.</summary>
public sealed class Nodes(IClusterClient cluster, ReadModels readModels)
{
    public async Task<object?> Find(string id, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Kind(id) switch
        {
            Ids.Customer => await cluster.GetGrain<ICustomerGrain>(id).Read() is { } view ? CustomerNode.Of(view) : null,
            Ids.Quote => await QuoteQueries.Find(cluster, readModels, id, cancel),
            Ids.Contract => await cluster.GetGrain<IContractGrain>(id).Read() is { } view ? ContractNode.Of(view) : null,
            Ids.Project => await cluster.GetGrain<IProjectGrain>(id).Read() is { } view ? ProjectNode.Of(view) : null,
            Ids.Invoice => await cluster.GetGrain<IInvoiceGrain>(id).Read() is { } view ? InvoiceNode.Of(view) : null,
            Ids.BillingRun => await cluster.GetGrain<IBillingRunGrain>(id).Read() is { } view ? BillingRunNode.Of(view) : null,
            _ => null,
        };
    }

    private static string? Kind(string id)
    {
        var parts = id.Split('_', 3);
        return parts is [_, var kind, _] ? kind : null;
    }
}

public sealed class NodeQueries(Nodes nodes)
{
    public Task<object?> GetNode(string id, CancellationToken cancel) => nodes.Find(id, cancel);
}
