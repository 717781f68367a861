using System.Collections.Immutable;
using GreenDonut;
using Q2C.Contracts;
using Q2C.Gateway.Reading;
using Q2C.Projects;

namespace Q2C.Gateway.Resolvers;

/// <summary>A project as lists show it; what only its grain knows is read when it is asked for.</summary>
public sealed record ProjectNode(
    string Id, string Name, bool Open, string ContractId, string CustomerId, string LegalEntity, string Currency, ProjectView? View)
{
    public static ProjectNode Of(ProjectView view) => new(
        view.Id, view.Name, view.Open, view.ContractId, view.CustomerId, view.Routing.LegalEntity, view.Terms.Currency, view);
}

internal sealed record ProjectRow(
    string Id, string Name, bool Open, string ContractId, string CustomerId, string LegalEntity, string Currency)
{
    public ProjectNode Node => new(Id, Name, Open, ContractId, CustomerId, LegalEntity, Currency, View: null);
}

/// <summary>A person in a role and the work of the two on one project.</summary>
public sealed record ResourceNode(
    string ProjectId, string? Person, string? Role, decimal Hours, decimal BillableHours, string Currency, long AmountMinor,
    DateOnly FirstDay, DateOnly LastDay)
{
    public Money Amount => new(AmountMinor, Currency);
}

public enum MilestoneStatus { Open, Reached, Billed }

/// <param name="Item">What it is billed by; null while it is not reached, or not read yet.</param>
public sealed record MilestoneProgress(string LineId, Milestone Milestone, BillableItemNode? Item)
{
    public MilestoneStatus Status => Item switch
    {
        null => MilestoneStatus.Open,
        { Status: BillableItemStatus.Invoiced } => MilestoneStatus.Billed,
        _ => MilestoneStatus.Reached,
    };
}

public sealed record ProjectFilter(
    bool? Open, string? CustomerId, string? ContractId, string? LegalEntity, InstantRange? Opened, string? Search);

public enum ProjectOrderField { OpenedAt, Name }

public enum BillableItemStatus { Open, Reserved, Invoiced, Replaced, Withdrawn, Credited }

public sealed record BillableItemFilter(
    IReadOnlyList<BillableItemStatus>? Status, IReadOnlyList<Disposition>? Disposition, IReadOnlyList<ItemKind>? Kind,
    string? LineId, string? ProjectId, string? InvoiceId, string? SourceId, string? Person, string? Role, DateRange? Date,
    string? Search);

public enum BillableItemOrderField { Date }

/// <summary>An item with its place in the process.</summary>
public sealed record BillableItemNode(BillableItem Item, BillableItemStatus Status, string ProjectId, string? InvoiceId)
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
    Disposition Disposition, string Explanation, string Rule, BillableItemStatus Status, string ProjectId, string? InvoiceId)
{
    public BillableItemNode Node => new(
        new(
            ItemId, SourceId, SourceVersion, Kind, LineId, Date, Description, Person, Role, Quantity, Rate,
            new(ValueMinor, Currency), new(AmountMinor, Currency), Disposition, Explanation, Rule),
        Status, ProjectId, InvoiceId);
}

internal static class BillableItemLists
{
    public static readonly Listing ByDate = new("billable_item", "date", "date", Descending: false);

    public static Listing By(OrderBy<BillableItemOrderField>? orderBy) => ByDate.By(orderBy, _ => (ByDate.Sort, ByDate.SortType));

    public static Criteria Of(BillableItemFilter? filter) => new Criteria()
        .OneOf("status", filter?.Status).OneOf("disposition", filter?.Disposition).OneOf("kind", filter?.Kind)
        .Equal("line_id", filter?.LineId).Equal("project_id", filter?.ProjectId).Equal("invoice_id", filter?.InvoiceId)
        .Equal("source_id", filter?.SourceId).Equal("person", filter?.Person).Equal("role", filter?.Role)
        .Within("date", filter?.Date).Search(filter?.Search, "description", "explanation");
}

public sealed class ProjectQueries(Objects objects, ReadModels readModels)
{
    private static readonly Listing Newest = new("project", "opened_at", "timestamptz", Descending: true);

    public async Task<ProjectNode?> GetProject(string id) =>
        await objects.Project(id) is { } view ? ProjectNode.Of(view) : null;

    public async Task<Page<ProjectNode>> GetProjects(
        ProjectFilter? filter, OrderBy<ProjectOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("open", filter?.Open).Equal("customer_id", filter?.CustomerId)
            .Equal("contract_id", filter?.ContractId).Equal("legal_entity", filter?.LegalEntity)
            .Within("opened_at", filter?.Opened).Search(filter?.Search, "name");
        var page = await readModels.Page<ProjectRow>(
            Newest.By(orderBy, Column), PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }

    public async Task<Page<BillableItemNode>> GetBillableItems(
        BillableItemFilter? filter, OrderBy<BillableItemOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var page = await readModels.Page<BillableItemRow>(
            BillableItemLists.By(orderBy), PageRequest.Of(first, after, last, before), BillableItemLists.Of(filter), cancel);
        return page.Select(row => row.Node);
    }

    private static (string, string) Column(ProjectOrderField field) => field switch
    {
        ProjectOrderField.Name => ("name", "text"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class ProjectFields(ReadModels readModels)
{
    public Task<IEnumerable<BillingHoldNode>> GetHolds([Parent] ProjectNode project, HoldsOfObject holds, CancellationToken cancel) =>
        holds.Of(project.Id, cancel);

    public Task<ContractNode> GetContract([Parent] ProjectNode project, ContractById contracts, CancellationToken cancel) =>
        contracts.LoadRequiredAsync(project.ContractId, cancel);

    public Task<CustomerNode?> GetCustomer([Parent] ProjectNode project, CustomerById customers, CancellationToken cancel) =>
        CustomerFields.Lookup(customers, project.CustomerId, cancel);

    public async Task<Terms> GetTerms([Parent] ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        (await View(project, views, cancel)).Terms;

    public async Task<ImmutableArray<BucketTotal>> GetWorkInProgress(
        [Parent] ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        (await View(project, views, cancel)).WorkInProgress;

    public async Task<ImmutableArray<LineProgress>> GetLines(
        [Parent] ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        (await View(project, views, cancel)).Lines;

    public async Task<ImmutableArray<RetainerBalance>> GetRetainers(
        [Parent] ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        (await View(project, views, cancel)).Retainers ?? [];

    public async Task<ImmutableArray<WorkWriteOff>> GetWriteOffs(
        [Parent] ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        (await View(project, views, cancel)).WriteOffs ?? [];

    public async Task<ProjectEconomics> GetEconomics([Parent] ProjectNode project, DateOnly on, Objects objects) =>
        await objects.Economics(project.Id, on) ?? throw Failures.NotFound(project.Id, "a project");

    public async Task<IEnumerable<ResourceNode>> GetResources(
        [Parent] ProjectNode project, ProjectResources resources, CancellationToken cancel) =>
        await resources.LoadAsync(project.Id, cancel) ?? [];

    public async Task<IEnumerable<MilestoneProgress>> GetMilestones(
        [Parent] ProjectNode project, ProjectViews views, ProjectMilestones reached, CancellationToken cancel)
    {
        var view = await View(project, views, cancel);
        var items = (await reached.LoadAsync(project.Id, cancel) ?? []).ToLookup(item => item.SourceId);
        return view.Terms.Lines.SelectMany(line => line.Billing is BillingModel.FixedFee fee
            ? fee.Milestones.Select(milestone => new MilestoneProgress(
                line.Id, milestone, view.Reached?.GetValueOrDefault(milestone.Id) is { } record ? items[record].LastOrDefault() : null))
            : []);
    }

    public async Task<Page<BillableItemNode>> GetItems(
        [Parent] ProjectNode project, BillableItemFilter? filter, OrderBy<BillableItemOrderField>? orderBy, int? first,
        string? after, int? last, string? before, string? atLeast, NestedPages pages, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        return (await pages.Load<BillableItemRow>(
            BillableItemLists.By(orderBy), PageRequest.Of(first, after, last, before), BillableItemLists.Of(filter), "project_id",
            project.Id, cancel)).Select(row => row.Node);
    }

    public async Task<IEnumerable<ExceptionNode>> GetExceptions(
        [Parent] ProjectNode project, OpenExceptions exceptions, CancellationToken cancel) =>
        project.View?.Exceptions.Select(item => ExceptionNode.Of(project.Id, project.ContractId, item))
        ?? await exceptions.LoadAsync(project.Id, cancel) ?? [];

    private static async Task<ProjectView> View(ProjectNode project, ProjectViews views, CancellationToken cancel) =>
        project.View ?? await views.LoadRequiredAsync(project.Id, cancel);
}

public sealed class BillableItemFields
{
    public Task<string?> GetWhyNotBilled([Parent] BillableItemNode item, WhyNotBilled why, CancellationToken cancel) =>
        why.LoadAsync($"{item.ProjectId}/{item.Id}", cancel);

    public async Task<InvoiceNode?> GetInvoice([Parent] BillableItemNode item, InvoiceById invoices, CancellationToken cancel) =>
        item.InvoiceId is null ? null : await invoices.LoadAsync(item.InvoiceId, cancel);

    public async Task<ProjectNode> GetProject([Parent] BillableItemNode item, ProjectById projects, CancellationToken cancel) =>
        await projects.LoadRequiredAsync(item.ProjectId, cancel);
}

/// <summary>Projects of a request, read together; one that the read models do not have yet, from its grain.</summary>
public sealed class ProjectById(
    ReadModels readModels, Objects objects, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ProjectNode>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ProjectNode>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var found = (await readModels.FindMany<ProjectRow>("project", keys, cancellationToken))
            .ToDictionary(row => row.Id, row => row.Node);
        foreach (var view in await Task.WhenAll(keys.Where(id => !found.ContainsKey(id) && Ids.Is(id, Ids.Project))
                     .Select(objects.Project)))
        {
            if (view is not null) found.Add(view.Id, ProjectNode.Of(view));
        }

        return found;
    }
}

/// <summary>Who worked on the projects of a request, read together.</summary>
public sealed class ProjectResources(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, ResourceNode>(scheduler, options)
{
    private const string ByPersonAndRole =
        """
        select jsonb_build_object(
            'project_id', project_id, 'person', person, 'role', role, 'hours', sum(hours),
            'billable_hours', coalesce(sum(hours) filter (where disposition in ('billable', 'capped')), 0),
            'currency', currency, 'amount_minor', sum(amount_minor), 'first_day', min(date), 'last_day', max(date))::text
        from q2c_read.billable_item i
        where project_id = any($1) and kind = 'time' and status in ('open', 'reserved', 'invoiced')
            and not exists (select from q2c_read.billable_item r where r.id = i.id || '/reversal')
        group by project_id, person, role, currency order by project_id, person, role
        """;

    protected override async Task<ILookup<string, ResourceNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<ResourceNode>(ByPersonAndRole, cancellationToken, (object)keys.ToArray()))
            .ToLookup(resource => resource.ProjectId);
}

/// <summary>The items of milestones of the projects of a request, read together.</summary>
public sealed class ProjectMilestones(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, BillableItemNode>(scheduler, options)
{
    private const string Live =
        """
        select row_to_json(t)::text from q2c_read.billable_item t
        where project_id = any($1) and kind = 'milestone' and status in ('open', 'reserved', 'invoiced') order by date, id
        """;

    protected override async Task<ILookup<string, BillableItemNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<BillableItemRow>(Live, cancellationToken, (object)keys.ToArray()))
            .ToLookup(row => row.ProjectId, row => row.Node);
}

/// <summary>What only the projects' grains know, each read once in a request.</summary>
public sealed class ProjectViews(Objects objects, IBatchScheduler scheduler, DataLoaderOptions options)
    : BatchDataLoader<string, ProjectView>(scheduler, options)
{
    protected override async Task<IReadOnlyDictionary<string, ProjectView>> LoadBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var views = await Task.WhenAll(keys.Select(objects.Project));
        return views.OfType<ProjectView>().ToDictionary(view => view.Id);
    }
}
