using GreenDonut;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Security;

namespace Q2C.Gateway.Resolvers;

/// <summary>
/// Any object by its id, as it is now. The field has no policy, as its answer may be anything: what the caller may not read
/// is null here.
/// </summary>
public sealed class Nodes(
    Objects objects, ReadModels readModels, ExceptionGroups groups, CurrentCaller caller, GatewayOptions options)
{
    public async Task<object?> Find(string id, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (id.Contains('/', StringComparison.Ordinal) || id.Contains('@', StringComparison.Ordinal)) return await Below(id, cancel);
        return Kind(id) switch
        {
            Ids.Customer => await objects.Customer(id) is { } view ? CustomerNode.Of(view) : null,
            Ids.Quote => await QuoteQueries.Find(objects, readModels, id, cancel),
            Ids.Contract => await objects.Contract(id) is { } view ? ContractNode.Of(view) : null,
            Ids.Project => await objects.Project(id) is { } view ? ProjectNode.Of(view) : null,
            Ids.Invoice => await objects.Invoice(id) is { } view ? InvoiceNode.Of(view) : null,
            Ids.CreditMemo => await objects.CreditMemo(id) is { } view ? CreditMemoNode.Of(view) : null,
            Ids.BillingRun => await objects.BillingRun(id) is { } view ? BillingRunNode.Of(view) : null,
            Ids.NumberSeries when caller.Has(ReadPolicies.Billing) => await readModels.Find<NumberSeriesNode>("number_series", id, cancel),
            Ids.Intercompany when caller.Has(ReadPolicies.Billing) =>
                (await readModels.Find<IntercompanyRow>("intercompany_document", id, cancel))?.Node,
            Ids.BulkAction when caller.Has(ReadPolicies.Operations) =>
                (await readModels.Find<BulkActionRow>("bulk_action", id, cancel))?.Node,
            Ids.Alert when caller.Has(ReadPolicies.Staff) => await readModels.Find<AlertNode>("alert", id, cancel),
            Ids.ExceptionCase when caller.Has(ReadPolicies.Staff) => (await groups.Find([id], cancel)).SingleOrDefault(),
            ConnectionLists.Kind when caller.Has(ReadPolicies.Operations) && ConnectionLists.NameOf(options.Region, id) is { } name =>
                await ConnectionLists.Find(readModels, name, cancel),
            null when caller.Has(ReadPolicies.Operations) => await DeliveryLists.Find(readModels, id, cancel),
            _ => null,
        };
    }

    internal static string? Kind(string id)
    {
        var parts = id.Split('_', 3);
        return parts is [_, var kind, _] ? kind : null;
    }

    /// <summary>What belongs to an object has the object's id in front of its own.</summary>
    private async Task<object?> Below(string id, CancellationToken cancel)
    {
        if (caller.Has(ReadPolicies.Operations) && await CorrectionLists.Find(readModels, id, cancel) is { } correction) return correction;
        if (caller.Has(ReadPolicies.Staff))
        {
            if (await readModels.Find<ExceptionRow>("exception", id, cancel) is { } exception) return exception.Node;
            if (await readModels.Find<EffectRow>("effect", id, cancel) is { } effect) return effect.Node;
            if (await readModels.Find<BulkItemRow>("bulk_item", id, cancel) is { } item) return item.Node;
        }

        if (await readModels.Find<CustomerPaymentRow>("customer_payment", id, cancel) is { } payment) return payment.Node;
        if (caller.Has(ReadPolicies.Billing)
            && await readModels.Find<DocumentNumberNode>("document_number", id, cancel) is { } number) return number;
        return caller.Has(ReadPolicies.Audit) && await readModels.Find<ActivityRow>("audit", id, cancel) is { } activity ? activity.Node : null;
    }
}

public sealed class NodeQueries(Nodes nodes)
{
    public Task<object?> GetNode(string id, CancellationToken cancel) => nodes.Find(id, cancel);
}

/// <summary>
/// Objects of any kind as lists show them, those of one kind read together; what the read models do not have yet, from its
/// grain.
/// </summary>
public sealed class NodeById(ReadModels readModels, Nodes nodes, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, object>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, object>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var kind in keys.GroupBy(Nodes.Kind))
        {
            foreach (var (id, node) in await Listed(kind.Key, [.. kind], cancellationToken)) found.Add(id, node);
        }

        foreach (var id in keys.Where(id => !found.ContainsKey(id)))
        {
            if (await nodes.Find(id, cancellationToken) is { } node) found.Add(id, node);
        }

        return found;
    }

    private async Task<IEnumerable<(string, object)>> Listed(string? kind, IReadOnlyList<string> ids, CancellationToken cancel) =>
        kind switch
        {
            Ids.Customer => (await readModels.FindMany<CustomerNode>("customer", ids, cancel)).Select(node => (node.Id, (object)node)),
            Ids.Contract => (await readModels.FindMany<ContractRow>("contract", ids, cancel)).Select(row => (row.Id, (object)row.Node)),
            Ids.Project => (await readModels.FindMany<ProjectRow>("project", ids, cancel)).Select(row => (row.Id, (object)row.Node)),
            Ids.Invoice => (await readModels.FindMany<InvoiceRow>("invoice", ids, cancel)).Select(row => (row.Id, (object)row.Node)),
            Ids.BillingRun => (await readModels.FindMany<BillingRunRow>("billing_run", ids, cancel)).Select(row => (row.Id, (object)row.Node)),
            _ => [],
        };
}
