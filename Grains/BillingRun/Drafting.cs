using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.BillingRuns;

/// <summary>
/// From the items that a project set aside to the lines of its invoice: time is summed by contract line, role and rate;
/// milestones, expenses and adjustments have a line each. Every item is on exactly one line, and a line's net amount is
/// the sum of its items' amounts.
/// </summary>
internal static class Drafting
{
    public static InvoiceDraft Draft(string invoiceId, DateOnly date, string preparedBy, ItemsReserved reserved)
    {
        var currency = reserved.Terms.Currency;
        return new(
            invoiceId, reserved.RunId, reserved.ProjectId, reserved.ContractId, reserved.CustomerId, reserved.Customer,
            reserved.Routing, currency, date, preparedBy,
            [
                .. Groups(reserved).Select((group, i) => Line(
                    $"{i + 1}", reserved.Terms.Line(group[0].LineId)!, reserved.Routing, group, currency)),
            ],
            PurchaseOrder(reserved));
    }

    /// <summary>A service on the way to the invoice that has no tax category, or no line in the terms; null if all have.</summary>
    public static string? UntaxedService(ItemsReserved reserved) => reserved.Items
        .Select(item => reserved.Terms.Line(item.LineId)?.Service ?? item.LineId)
        .FirstOrDefault(service => !reserved.Routing.TaxCategories.ContainsKey(service));

    public static WorkItem Untaxed(string runId, ItemsReserved reserved, string service) => new(
        $"{runId}/draft/{reserved.ProjectId}", ExceptionCategory.Policy, "TAX_CATEGORY_MISSING", "Invoice draft",
        $"{reserved.Routing.LegalEntity} has no tax category for '{service}', so project {reserved.ProjectId} was not invoiced.",
        "Amend the contract line to a service that has a tax category, start another run, and close this exception with a reason.",
        Roles.Finance, null, reserved.Items.Aggregate(Money.Zero(reserved.Terms.Currency), (sum, item) => sum + item.Amount));

    private static IEnumerable<ImmutableArray<BillableItem>> Groups(ItemsReserved reserved)
    {
        var places = reserved.Terms.Lines.Select((line, i) => (line.Id, i)).ToDictionary(place => place.Id, place => place.i);
        return reserved.Items
            .OrderBy(item => places[item.LineId]).ThenBy(item => item.Kind).ThenBy(item => item.Role, StringComparer.Ordinal)
            .ThenByDescending(item => item.Kind == ItemKind.Time ? item.Rate : 0).ThenBy(item => item.Date).ThenBy(item => item.Id, StringComparer.Ordinal)
            .GroupBy(item => (item.LineId, item.Kind, item.Role, item.Rate, IsReduced(item), item.Kind == ItemKind.Time ? "" : item.Id))
            .Select(group => group.ToImmutableArray());
    }

    private static InvoiceLine Line(
        string id, ContractLine line, Routing routing, ImmutableArray<BillableItem> items, string currency)
    {
        var net = items.Aggregate(Money.Zero(currency), (sum, item) => sum + item.Amount);
        var (quantity, rate) = Price(items, net);
        return new(
            id, line.Id, line.Service, routing.TaxCategories[line.Service], Describe(line, items), quantity, rate, net,
            [.. items.Select(item => new InvoicedItem(item.Id, item.SourceId, item.Amount))],
            items.Min(item => item.ServiceFrom), items.Max(item => item.ServiceTo));
    }

    /// <summary>Hours and rate where they make the amount, but for roundings of each entry; otherwise once the amount.</summary>
    private static (decimal Quantity, decimal Rate) Price(ImmutableArray<BillableItem> items, Money net)
    {
        var (quantity, rate) = (items.Sum(item => item.Quantity), items[0].Rate);
        var cent = 1m / (decimal)Math.Pow(10, Currencies.Digits(net.Currency));
        return !items.Any(IsReduced) && Math.Abs(quantity * rate - net.Amount) <= items.Length * cent
            ? (quantity, rate)
            : (1, net.Amount);
    }

    private static string Describe(ContractLine line, ImmutableArray<BillableItem> items) => items[0] switch
    {
        { Kind: ItemKind.Time } first => $"{line.Description}: {first.Role}, {Period(items)}"
            + (IsReduced(first) ? $", {items.Sum(item => item.Quantity):0.##} h reduced to the agreed maximum" : ""),
        var only => only.Description,
    };

    private static string Period(ImmutableArray<BillableItem> items)
    {
        var (first, last) = (items.Min(item => item.Date), items.Max(item => item.Date));
        return first == last ? $"{first:O}" : $"{first:O} to {last:O}";
    }

    private static bool IsReduced(BillableItem item) => item.Amount != item.Value;

    private static string? PurchaseOrder(ItemsReserved reserved) => reserved.Items
        .Select(item => reserved.Terms.Line(item.LineId)!.PurchaseOrder).Distinct().ToArray() is [var only] ? only : null;
}
