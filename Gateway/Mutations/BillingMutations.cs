using System.Collections.Immutable;
using System.Security.Claims;
using Q2C.BillingRuns;
using Q2C.Connections;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Projects;

namespace Q2C.Gateway.Mutations;

public sealed record RunBillingInput(
    string IdempotencyKey, string LegalEntity, DateOnly CutOff, DateOnly? InvoiceDate, IReadOnlyList<string>? ProjectIds, NegativeBills? NegativeBills,
    bool DryRun);

public sealed record RunBillingPayload(
    BillingRunNode? BillingRun, IReadOnlyList<ProjectBillingPreview>? Preview, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ProjectBillingPreview(
    ProjectNode Project, Money Net, Money? Tax, string? TaxNote, IReadOnlyList<BillableItemNode> Items);

public sealed class BillingMutations(
    IClusterClient cluster, CommandSender commands, Objects objects, ReadModels readModels, GatewayOptions options)
{
    private const int MaxProjects = 10_000;
    private const int MaxPreviewed = 200;

    private const string Candidates =
        """
        select to_jsonb(p.id)::text from q2c_read.project p
        where p.legal_entity = $1 and (p.periodic or exists (
            select from q2c_read.billable_item i
            where i.project_id = p.id and i.status = 'open' and i.date <= $2 and i.amount_minor <> 0))
        order by p.id limit $3
        """;

    public async Task<RunBillingPayload> RunBilling(RunBillingInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (CommandSender.Refusal(user, [Roles.Finance], input.IdempotencyKey) is { } refusal)
            return new(null, null, null, refusal.Errors);
        if (input.ProjectIds?.FirstOrDefault(id => !Ids.Is(id, Ids.Project)) is { } wrong)
            return new(null, null, null, [MutationErrors.NotFound("input.projectIds", wrong, "a project")]);
        if (input.DryRun) return new(null, await Preview(input, cancel), null, []);

        var id = Ids.Derive(options.Region, Ids.BillingRun, user.ToActor().Id, input.IdempotencyKey);
        var grain = cluster.GetGrain<IBillingRunGrain>(id);
        var sent = await commands.Send(user, id, input.IdempotencyKey, await Command(input, grain, cancel));
        if (sent.IsRefused) return new(null, null, null, sent.Errors);
        return new(await objects.BillingRun(id) is { } view ? BillingRunNode.Of(view) : null, null, sent.Freshness, []);
    }

    /// <summary>Other projects have open items by now when a request is repeated: the recorded ones make it the same request.</summary>
    private async Task<StartBillingRun> Command(RunBillingInput input, IBillingRunGrain grain, CancellationToken cancel)
    {
        var recorded = input.ProjectIds is null ? await grain.Read() : null;
        return new(
            input.LegalEntity, input.CutOff, input.InvoiceDate ?? input.CutOff,
            recorded?.Run.Projects ?? [.. await Projects(input, MaxProjects, cancel)], Negative: input.NegativeBills);
    }

    private async Task<IReadOnlyList<ProjectBillingPreview>> Preview(RunBillingInput input, CancellationToken cancel)
    {
        var previews = await Task.WhenAll((await Projects(input, MaxPreviewed, cancel)).Select(id => Preview(id, input)));
        return [.. previews.OfType<ProjectBillingPreview>()];
    }

    private async Task<ProjectBillingPreview?> Preview(string id, RunBillingInput input)
    {
        if (await cluster.GetGrain<IProjectGrain>(id).PreviewBilling(input.CutOff, input.InvoiceDate ?? input.CutOff)
                is not { Project: var view } preview || !objects.Sees(view)) return null;
        var net = preview.Items.Aggregate(Money.Zero(view.Terms.Currency), (sum, item) => sum + item.Amount);
        var quote = preview.Draft is { } draft
            ? await cluster.GetGrain<ITaxQuoteGrain>(view.Routing.Tax).Quote(draft.ForTax())
            : new(null, "There is nothing to tax.");
        return new(
            ProjectNode.Of(view), net, quote.Tax, quote.Why,
            [.. preview.Items.Select(item => new BillableItemNode(item, BillableItemStatus.Open, id, InvoiceId: null))]);
    }

    private async Task<IReadOnlyList<string>> Projects(RunBillingInput input, int limit, CancellationToken cancel) =>
        input.ProjectIds?.Distinct().Take(limit).ToImmutableArray()
        ?? await readModels.Query<string>(Candidates, cancel, input.LegalEntity, input.CutOff, limit);
}
