using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

/// <summary>A billing run, from its grain or from the read models; only these know who started it and when.</summary>
public sealed record BillingRunNode(
    string Id, string LegalEntity, DateOnly CutOff, DateOnly InvoiceDate, string? StartedBy, DateTimeOffset? StartedAt,
    bool Completed, int ProjectsAsked, int ProjectsAnswered, ImmutableArray<string> InvoiceIds, int Issued, int Rejected,
    ImmutableArray<HeldProjectNode> OnHold)
{
    public static BillingRunNode Of(BillingRunView view) => new(
        view.Id, view.Run.LegalEntity, view.Run.CutOff, view.Run.InvoiceDate, StartedBy: null, StartedAt: null, view.Completed,
        view.ProjectsAsked, view.ProjectsAnswered, view.Invoices, view.Issued, view.Rejected, HeldProjectNode.Of(view.OnHold));
}

internal sealed record BillingRunRow(
    string Id, string LegalEntity, DateOnly CutOff, DateOnly InvoiceDate, string StartedBy, DateTimeOffset StartedAt,
    DateTimeOffset? CompletedAt, int ProjectsAsked, int ProjectsAnswered, ImmutableArray<string> Invoices, int Issued, int Rejected,
    ImmutableArray<HeldProject> OnHold)
{
    public BillingRunNode Node => new(
        Id, LegalEntity, CutOff, InvoiceDate, StartedBy, StartedAt, CompletedAt is not null, ProjectsAsked, ProjectsAnswered,
        Invoices, Issued, Rejected, HeldProjectNode.Of(OnHold));
}

/// <summary>A project that a run left out, and why.</summary>
public sealed record HeldProjectNode(string ProjectId, string Reason, string PlacedOn)
{
    internal static ImmutableArray<HeldProjectNode> Of(ImmutableArray<HeldProject>? held) =>
        [.. (held ?? []).Select(one => new HeldProjectNode(one.ProjectId, one.Hold.Reason, one.Hold.On))];
}

public sealed record BillingRunFilter(string? LegalEntity, bool? Completed, DateRange? CutOff);

public enum BillingRunOrderField { StartedAt, CutOff }

public sealed class BillingRunQueries(Objects objects, ReadModels readModels)
{
    private static readonly Listing Newest = new("billing_run", "started_at", "timestamptz", Descending: true);

    public async Task<BillingRunNode?> GetBillingRun(string id, CancellationToken cancel)
    {
        if (await objects.BillingRun(id) is not { } view) return null;
        var row = await readModels.Find<BillingRunRow>("billing_run", id, cancel);
        return BillingRunNode.Of(view) with { StartedBy = row?.StartedBy, StartedAt = row?.StartedAt };
    }

    public async Task<Page<BillingRunNode>> GetBillingRuns(
        BillingRunFilter? filter, OrderBy<BillingRunOrderField>? orderBy, int? first, string? after, int? last, string? before,
        string? atLeast, CancellationToken cancel)
    {
        await readModels.Reach(atLeast, cancel);
        var criteria = new Criteria().Equal("legal_entity", filter?.LegalEntity).Within("cut_off", filter?.CutOff)
            .Equal("(completed_at is not null)", filter?.Completed);
        var page = await readModels.Page<BillingRunRow>(
            Newest.By(orderBy, Column), PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }

    private static (string, string) Column(BillingRunOrderField field) => field switch
    {
        BillingRunOrderField.CutOff => ("cut_off", "date"),
        _ => (Newest.Sort, Newest.SortType),
    };
}

public sealed class BillingRunFields
{
    public async Task<IEnumerable<InvoiceNode>> GetInvoices(
        [Parent] BillingRunNode run, InvoiceById invoices, CancellationToken cancel) =>
        (await invoices.LoadAsync([.. run.InvoiceIds], cancel)).OfType<InvoiceNode>();
}
