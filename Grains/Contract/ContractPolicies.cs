using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Grains.Invoices;
using Q2C.Intercompany;
using Q2C.Policies;

namespace Q2C.Grains.Contracts;

/// <summary>Whether the policies have all that a contract needs: its routing, or the work items for what is missing.</summary>
internal static class ContractPolicies
{
    private const string Prefix = "validation";

    public static bool IsAbout(WorkItem item, string contractId) =>
        item.Id.StartsWith($"{contractId}/{Prefix}/", StringComparison.Ordinal);

    public static (Routing? Routing, ImmutableArray<WorkItem> Missing) Route(Engagement engagement, PolicySet policies)
    {
        var quote = engagement.Quote;
        if (!policies.LegalEntities.TryGetValue(quote.LegalEntity, out var entity))
            return (null, [.. Template(engagement, policies), Item(engagement, "LEGAL_ENTITY_UNKNOWN", quote.LegalEntity,
                $"There is no policy for the legal entity '{quote.LegalEntity}'.",
                "Add the legal entity to the policies and retry, or correct the contract's legal entity.")]);

        ImmutableArray<WorkItem> missing =
            [.. Template(engagement, policies), .. Currency(engagement, entity), .. Services(engagement, entity), .. Systems(engagement, entity),
             .. Deliverers(engagement, entity, policies)];
        return missing.IsEmpty ? (Routing(engagement, entity, policies), []) : (null, missing);
    }

    // Other systems know a task by its id alone, so it names the project too.
    private static Routing Routing(Engagement engagement, LegalEntity entity, PolicySet policies) => new(
        entity.Code, entity.Connection(SystemKind.Crm)!, entity.Connection(SystemKind.Erp)!, entity.Connection(SystemKind.Psa)!,
        entity.Connection(SystemKind.Tax)!, entity.Connection(SystemKind.Payments)!, entity.Rounding, entity.ApprovalThreshold,
        entity.PaymentDays, entity.TimeZone, entity.Address, entity.TaxCategories,
        [.. policies.ProjectTemplates[engagement.Quote.ProjectTemplate].Tasks.Select(task => new ProjectTask($"{engagement.ProjectId}/{task.Key}", task.Name, task.Billable))],
        entity.Billing?.Terms, Transfers(entity, policies));

    /// <summary>Of every company that may deliver for this one: a change order can name another.</summary>
    private static ImmutableDictionary<string, TransferPrice>? Transfers(LegalEntity entity, PolicySet policies) =>
        entity.Billing is { } billing && (billing.TransferPrices ?? billing.TransferCostPlus) is not null
            ? Prices(billing.TransferPrices, null).Concat(Prices(billing.TransferCostPlus, TransferBasis.CostPlus))
                .Select(price => (price.Deliverer, price.Percent, price.Basis, Erp: policies.LegalEntities.GetValueOrDefault(price.Deliverer)?.Connection(SystemKind.Erp)))
                .Where(price => price.Erp is not null)
                .ToImmutableDictionary(price => price.Deliverer, price => new TransferPrice(price.Percent, price.Erp!, price.Basis))
            : null;

    private static IEnumerable<(string Deliverer, decimal Percent, TransferBasis? Basis)> Prices(
        ImmutableDictionary<string, decimal>? percents, TransferBasis? basis) =>
        (percents ?? ImmutableDictionary<string, decimal>.Empty).Select(price => (price.Key, price.Value, basis));

    private static IEnumerable<WorkItem> Deliverers(Engagement engagement, LegalEntity entity, PolicySet policies) => engagement.Terms.Lines
        .Select(line => line.DeliveredBy).OfType<string>().Distinct()
        .Where(deliverer => deliverer != entity.Code && Transfers(entity, policies)?.ContainsKey(deliverer) != true)
        .Select(deliverer => Item(engagement, InvoiceExceptions.TransferPriceMissing, deliverer,
            $"{entity.Name} has no transfer price for what '{deliverer}' delivers, or '{deliverer}' has no ERP connection.",
            "Add the price to 'transfer-prices' of the legal entity and retry, or correct the company that delivers the line."));

    private static IEnumerable<WorkItem> Template(Engagement engagement, PolicySet policies)
    {
        var name = engagement.Quote.ProjectTemplate;
        if (!policies.ProjectTemplates.ContainsKey(name))
            yield return Item(engagement, "PROJECT_TEMPLATE_UNKNOWN", name, $"There is no project template '{name}'.",
                "Add the template to the policies and retry, or correct the contract's template.");
    }

    private static IEnumerable<WorkItem> Currency(Engagement engagement, LegalEntity entity)
    {
        var currency = engagement.Quote.Currency;
        if (entity.Currency != currency || entity.ApprovalThreshold.Currency != currency)
            yield return Item(engagement, "CURRENCY_NOT_INVOICED", currency,
                $"{entity.Name} invoices in {entity.Currency} and has its approval threshold in {entity.ApprovalThreshold.Currency}; the contract is in {currency}.",
                $"Correct the contract's legal entity to one that invoices in {currency}, or withdraw the contract and quote in {entity.Currency}.",
                ExceptionCategory.Business);
    }

    private static IEnumerable<WorkItem> Services(Engagement engagement, LegalEntity entity) => engagement.Terms.Lines
        .Select(line => line.Service).Distinct()
        .Where(service => !entity.TaxCategories.ContainsKey(service))
        .Select(service => Item(engagement, "TAX_CATEGORY_MISSING", service,
            $"{entity.Name} has no tax category for the service '{service}', so it could not be invoiced.",
            "Add the tax category to the policies and retry, or correct the service of the line."));

    private static IEnumerable<WorkItem> Systems(Engagement engagement, LegalEntity entity) => Enum.GetValues<SystemKind>()
        .Where(kind => string.IsNullOrEmpty(entity.Connection(kind)))
        .Select(kind => Item(engagement, "CONNECTION_MISSING", kind.ToString().ToLowerInvariant(),
            $"{entity.Name} has no {kind.ToString().ToUpperInvariant()} connection.",
            "Name the connection in the policy of the legal entity and retry."));

    private static WorkItem Item(
        Engagement engagement, string code, string what, string message, string remedy,
        ExceptionCategory category = ExceptionCategory.Policy) => new(
        $"{engagement.ContractId}/{Prefix}/{code}/{what}", category, code, ContractErrands.NameOf(ActivationStep.Validation),
        message, remedy, Roles.Operator, null, engagement.Contracted);
}
