using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>Any object by its id, as it is now.</summary>
public sealed class Nodes(Objects objects, ReadModels readModels)
{
    public async Task<object?> Find(string id, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return Kind(id) switch
        {
            Ids.Customer => await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null,
            Ids.Quote => await QuoteQueries.Find(objects, readModels, id, cancel),
            Ids.Contract => await objects.Contract(id) is { } view ? ContractNode.Of(view) : null,
            Ids.Project => await objects.Project(id) is { } view ? ProjectNode.Of(view) : null,
            Ids.Invoice => await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null,
            Ids.CreditMemo => await objects.CreditMemo(id) is { } view ? CreditMemoNode.Of(view) : null,
            Ids.BillingRun => await objects.BillingRun(id) is { } view ? BillingRunNode.Of(view) : null,
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
