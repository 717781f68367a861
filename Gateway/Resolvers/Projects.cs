using System.Collections.Immutable;
using GreenDonut;
using Q2C.Contracts;
using Q2C.Gateway.Reading;
using Q2C.Projects;

namespace Q2C.Gateway.Resolvers;

/// <summary>A project, from its grain.</summary>
public sealed record ProjectNode(
    string Id, string Name, bool Open, string ContractId, string LegalEntity, Terms Terms,
    ImmutableArray<BucketTotal> WorkInProgress, ImmutableArray<LineProgress> Lines, ImmutableArray<WorkItem> WorkItems)
{
    public static ProjectNode Of(ProjectView view) => new(
        view.Id, view.Name, view.Open, view.ContractId, view.Routing.LegalEntity, view.Terms, view.WorkInProgress, view.Lines,
        view.Exceptions);
}

public enum BillableItemStatus { Open, Reserved, Invoiced, Replaced, Withdrawn }

public sealed record BillableItemFilter(
    IReadOnlyList<BillableItemStatus>? Status, IReadOnlyList<Disposition>? Disposition, string? LineId);

/// <summary>An item with its place in the process.</summary>
public sealed record BillableItemNode(BillableItem Item, BillableItemStatus Status, string? InvoiceId)
{
    public string Id => Item.Id;

    public string SourceId => Item.SourceId;

    public long SourceVersion => Item.SourceVersion;

    public ItemKind Kind => Item.Kind;

    public string LineId => Item.LineId;

    public DateOnly Date => Item.Date;

    public string Description => Item.Description;

    public string? Person => Item.Person;

    public string? Role => Item.Role;

    public decimal Quantity => Item.Quantity;

    public decimal Rate => Item.Rate;

    public Money Value => Item.Value;

    public Money Amount => Item.Amount;

    public Disposition Disposition => Item.Disposition;

    public string Explanation => Item.Explanation;

    public string Rule => Item.Rule;
}

internal sealed record BillableItemRow(
    string ItemId, string SourceId, long SourceVersion, ItemKind Kind, string LineId, DateOnly Date, string Description,
    string? Person, string? Role, decimal Quantity, decimal Rate, string Currency, long ValueMinor, long AmountMinor,
    Disposition Disposition, string Explanation, string Rule, BillableItemStatus Status, string? InvoiceId)
{
    public BillableItemNode Node => new(
        new(
            ItemId, SourceId, SourceVersion, Kind, LineId, Date, Description, Person, Role, Quantity, Rate,
            new(ValueMinor, Currency), new(AmountMinor, Currency), Disposition, Explanation, Rule),
        Status, InvoiceId);
}

public sealed class ProjectQueries(IClusterClient cluster)
{
    public async Task<ProjectNode?> GetProject(string id) =>
        Ids.Is(id, Ids.Project) && await cluster.GetGrain<IProjectGrain>(id).Read() is { } view ? ProjectNode.Of(view) : null;
}

public sealed class ProjectFields(ReadModels readModels)
{
    private static readonly Listing Items = new("billable_item", "date", "date", Descending: false);

    public Task<ContractNode> GetContract([Parent] ProjectNode project, ContractById contracts, CancellationToken cancel) =>
        contracts.LoadRequiredAsync(project.ContractId, cancel);

    public async Task<Page<BillableItemNode>> GetItems(
        [Parent] ProjectNode project, BillableItemFilter? filter, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var conditions = new Conditions().Equal("project_id", project.Id).OneOf("status", filter?.Status)
            .OneOf("disposition", filter?.Disposition).Equal("line_id", filter?.LineId);
        var page = await readModels.Page<BillableItemRow>(Items, PageRequest.Of(first, after, last, before), conditions, cancel);
        return page.Select(row => row.Node);
    }

    public IEnumerable<ExceptionNode> GetExceptions([Parent] ProjectNode project) =>
        project.WorkItems.Select(item => ExceptionNode.Of(project.Id, project.ContractId, item));
}

public sealed class BillableItemFields
{
    public async Task<InvoiceNode?> GetInvoice([Parent] BillableItemNode item, InvoiceById invoices, CancellationToken cancel) =>
        item.InvoiceId is null ? null : await invoices.LoadAsync(item.InvoiceId, cancel);
}

/// <summary>Projects of a request, each read once from its grain.</summary>
public sealed class ProjectById(IClusterClient cluster, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ProjectNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ProjectNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var views = await Task.WhenAll(keys.Select(id => cluster.GetGrain<IProjectGrain>(id).Read()));
        return views.OfType<ProjectView>().Select(ProjectNode.Of).ToDictionary(project => project.Id);
    }
}
