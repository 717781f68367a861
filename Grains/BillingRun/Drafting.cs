using System.Collections.Immutable;
using System.Globalization;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.BillingRuns;

/// <summary>
/// From the items that projects set aside to the lines of invoices. Every item is on exactly one line of one invoice, and a
/// line's net amount is the sum of its items' amounts, however they are shown.
/// </summary>
internal static class Drafting
{
    private const int RateDigits = 9;
    private const decimal Whole = 100;

    /// <summary>The draft over the items of one project.</summary>
    public static InvoiceDraft Draft(
        string invoiceId, DateOnly date, string preparedBy, ItemsReserved reserved, LineGrouping lines = LineGrouping.RoleAndRate) =>
        InvoiceExchange.Convert(
            Draft(invoiceId, date, preparedBy, reserved, [.. Priced(reserved)], [.. Groups([.. Priced(reserved)], lines)], lines, null, []),
            reserved.Terms.Conditions?.InvoicedIn);

    /// <summary>The bills of a run over these projects, in the order in which the projects answered.</summary>
    public static IEnumerable<Bill> Bills(
        string region, string runId, DateOnly date, string preparedBy, IEnumerable<ItemsReserved> reserved,
        Func<string, Grouping> groupingOf)
    {
        var adjusted = new HashSet<string>();
        foreach (var invoice in reserved.SelectMany(Priced).GroupBy(item => Key(item, groupingOf(item.From.CustomerId))))
        {
            var (first, grouping) = (invoice.First().From, groupingOf(invoice.First().From.CustomerId));
            var isOneProject = grouping.Invoices is [InvoiceKey.Project];
            var id = isOneProject
                ? Ids.Derive(region, Ids.Invoice, runId, first.ProjectId)
                : Ids.Derive(region, Ids.Invoice, runId, invoice.Key);
            var groups = Groups([.. invoice], grouping.Lines).ToImmutableArray();
            var whole = Draft(
                id, date, preparedBy, first, [.. invoice], groups, grouping.Lines,
                grouping.Invoices.Contains(InvoiceKey.Parent) ? first.Parent : null, adjusted);
            var payers = whole.Lines.Zip(groups).ToDictionary(line => line.First.Id, line => PayersOf(line.Second[0], whole));
            var bill = BillSplitting.Of(whole, line => payers[line.Id]);
            yield return bill with { Drafts = [.. bill.Drafts.Select(draft => InvoiceExchange.Convert(draft, first.Terms.Conditions?.InvoicedIn))] };
        }
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

    /// <param name="adjusted">Projects whose balances an invoice of this run has had already: what is left of them waits for the next run.</param>
    private static InvoiceDraft Draft(
        string invoiceId, DateOnly date, string preparedBy, ItemsReserved first, ImmutableArray<PricedItem> items,
        ImmutableArray<ImmutableArray<PricedItem>> groups, LineGrouping grouping, CustomerProfile? parent, HashSet<string> adjusted)
    {
        var (customerId, customer) = parent is null || first.Customer.ParentId is null
            ? (first.CustomerId, first.Customer)
            : (first.Customer.ParentId, parent);
        return new(
            invoiceId, first.RunId, first.ProjectId, first.ContractId, customerId, customer, first.Routing, first.Terms.Currency, date, preparedBy,
            Adjusted([.. groups.Select((group, i) => Line($"{i + 1}", first, group, grouping))], first, items, date, adjusted),
            items.Select(item => item.Line.PurchaseOrder).Distinct().ToArray() is [var only] ? only : null,
            first.Terms.Conditions?.Retention);
    }

    private static ImmutableArray<InvoiceLine> Adjusted(
        ImmutableArray<InvoiceLine> lines, ItemsReserved first, ImmutableArray<PricedItem> items, DateOnly date, HashSet<string> adjusted)
    {
        var byId = lines.ToDictionary(line => line.Id);
        foreach (var reserved in items.Select(item => item.From).DistinctBy(from => from.ProjectId))
        {
            var own = lines.Where(line => (line.ProjectId ?? first.ProjectId) == reserved.ProjectId).ToImmutableArray();
            var known = adjusted.Add(reserved.ProjectId) ? reserved : reserved with { Adjustments = null };
            foreach (var line in Adjusting.Adjust(own, known, date)) byId[line.Id] = line;
        }

        return [.. lines.Select(line => byId[line.Id])];
    }

    private static IEnumerable<PricedItem> Priced(ItemsReserved reserved)
    {
        var lines = reserved.Terms.Lines.Select((line, place) => (line, place)).ToDictionary(one => one.line.Id);
        return reserved.Items.Select(item => new PricedItem(reserved, item, lines[item.LineId].line, lines[item.LineId].place));
    }

    private static string Key(PricedItem item, Grouping grouping)
    {
        var (from, customer) = (item.From, item.From.Customer);
        var payer = grouping.Invoices.Contains(InvoiceKey.Parent) && customer.ParentId is { } parent && from.Parent is not null
            ? parent
            : from.CustomerId;
        return string.Join('\u001f',
        [
            payer, from.Terms.Currency, from.Routing.LegalEntity, from.Routing.Erp, from.Routing.Tax,
            from.Terms.Conditions?.InvoicedIn is null ? "" : from.ContractId,
            .. grouping.Invoices.Order().Select(key => key switch
            {
                InvoiceKey.Project => from.ProjectId,
                InvoiceKey.Contract => from.ContractId,
                InvoiceKey.BillTo => customer.BillTo.ToString(),
                InvoiceKey.PurchaseOrder => item.Line.PurchaseOrder ?? "",
                InvoiceKey.ContractLine => $"{from.ContractId}/{item.Line.Id}",
                InvoiceKey.Parent => "",
                _ => throw new ArgumentOutOfRangeException(nameof(grouping)),
            }),
        ]);
    }

    private static IEnumerable<ImmutableArray<PricedItem>> Groups(ImmutableArray<PricedItem> items, LineGrouping grouping)
    {
        var projects = items.Select(item => item.From.ProjectId).Distinct().Select((id, i) => (id, i)).ToDictionary(one => one.id, one => one.i);
        var ordered = items.OrderBy(item => projects[item.From.ProjectId]).ThenBy(item => item.Place).ThenBy(item => item.Item.Kind);
        return (grouping == LineGrouping.RoleAndRate
                ? ordered.ThenBy(item => item.Item.Role, StringComparer.Ordinal)
                    .ThenByDescending(item => item.Item.Kind == ItemKind.Time ? item.Item.Rate : 0).ThenBy(item => item.Item.Date)
                : ordered.ThenBy(item => item.Item.Date))
            .ThenBy(item => item.Item.Id, StringComparer.Ordinal)
            .GroupBy(item => (item.From.ProjectId, item.Line.Id, item.Item.Kind, IsReduced(item.Item), item.Item.Payer, LineKey(item.Item, grouping)))
            .Select(group => group.ToImmutableArray());
    }

    /// <summary>The same for items of one contract line that share an invoice line.</summary>
    private static string LineKey(BillableItem item, LineGrouping grouping) => (grouping, item.Kind) switch
    {
        (LineGrouping.ContractLine, _) => "",
        (_, not ItemKind.Time) or (LineGrouping.Item, _) => item.Id,
        (LineGrouping.RoleAndRate, _) => $"{item.Role}\u001f{item.Rate.ToString(CultureInfo.InvariantCulture)}",
        (LineGrouping.Person, _) => item.Person ?? "",
        (LineGrouping.Task, _) => item.Task ?? "",
        (LineGrouping.TaskAndPerson, _) => item.Task is null ? "" : $"{item.Task}\u001f{item.Person}",
        (LineGrouping.Day, _) => $"{item.Date:O}",
        (LineGrouping.Week, _) => Week(item.Date),
        (LineGrouping.Month, _) => $"{item.Date:yyyy-MM}",
        _ => throw new ArgumentOutOfRangeException(nameof(grouping)),
    };

    /// <summary>
    /// Who pays for the item, the contract's own customer as the draft has it; nobody named is that customer alone. A share that
    /// is billed anew goes to those who pay for its line now if its payer is none of them; a reversal to whom it was billed.
    /// </summary>
    private static ImmutableArray<Payer> PayersOf(PricedItem priced, InvoiceDraft whole)
    {
        var (from, item) = (priced.From, priced.Item);
        var splits = from.Terms.Conditions?.Splits ?? [];
        var now = (splits.FirstOrDefault(split => split.Lines?.Contains(item.LineId) == true) ?? splits.FirstOrDefault(split => split.Lines is null))?.Payers
            ?? [];
        var isPinned = item.Payer is { } only && !(ItemIds.IsShare(item.Id) && now.All(payer => payer.CustomerId != only));
        var payers = isPinned
            ? (from.Payers ?? []).Where(payer => payer.CustomerId == item.Payer).Select(payer => payer with { Percent = Whole }).ToImmutableArray()
            : now;
        return
        [
            .. payers.Select(payer => payer.CustomerId == from.CustomerId
                ? payer with { CustomerId = whole.CustomerId, Customer = whole.Customer }
                : payer),
        ];
    }

    private static InvoiceLine Line(string id, ItemsReserved draft, ImmutableArray<PricedItem> priced, LineGrouping grouping)
    {
        var (from, line) = (priced[0].From, priced[0].Line);
        var items = priced.Select(one => one.Item).ToImmutableArray();
        var net = items.Aggregate(Money.Zero(draft.Terms.Currency), (sum, item) => sum + item.Amount);
        var (quantity, rate) = Price(items, net, grouping);
        return new(
            id, line.Id, line.Service, from.Routing.TaxCategories[line.Service], Describe(line, items, grouping), quantity, rate, net,
            [.. items.Select(item => new InvoicedItem(item.Id, item.SourceId, item.Amount))],
            items.Min(item => item.ServiceFrom), items.Max(item => item.ServiceTo),
            ProjectId: from.ProjectId == draft.ProjectId ? null : from.ProjectId,
            ContractId: from.ContractId == draft.ContractId ? null : from.ContractId, DeliveredBy: line.DeliveredBy,
            Cost: line.DeliveredBy is null ? null : Cost(items, draft.Terms.Currency));
    }

    /// <summary>What a cap left of an item has its cost with the item; null if one is unknown, or in another currency.</summary>
    private static Money? Cost(ImmutableArray<BillableItem> items, string currency)
    {
        var sum = Money.Zero(currency);
        foreach (var item in items.Where(item => !ItemIds.IsRest(item.Id)))
        {
            if (item.Cost is not { } cost || cost.Currency != currency) return null;
            sum += cost;
        }

        return sum;
    }

    /// <summary>
    /// Hours and rate where they make the amount, but for roundings of each entry; otherwise once the amount, or over
    /// several rates their average, to nine digits. The amount is the sum of the items in any case.
    /// </summary>
    private static (decimal Quantity, decimal Rate) Price(ImmutableArray<BillableItem> items, Money net, LineGrouping grouping)
    {
        var (quantity, rate) = (items.Sum(item => item.Quantity), items[0].Rate);
        var cent = 1m / (decimal)Math.Pow(10, Currencies.Digits(net.Currency));
        if (!items.Any(IsReduced) && Math.Abs((quantity * rate) - net.Amount) <= items.Length * cent) return (quantity, rate);
        var isAverage = grouping != LineGrouping.RoleAndRate && quantity > 0 && !items.Any(IsReduced)
            && items.All(item => item.Kind == ItemKind.Time && item.Unit == items[0].Unit);
        return isAverage ? (quantity, decimal.Round(net.Amount / quantity, RateDigits)) : (1, net.Amount);
    }

    private static string Describe(ContractLine line, ImmutableArray<BillableItem> items, LineGrouping grouping)
    {
        var first = items[0];
        if (first.Kind != ItemKind.Time && items.Length == 1) return first.Description;
        var what = grouping switch
        {
            LineGrouping.RoleAndRate => $"{first.Role}, {Period(items)}",
            LineGrouping.Person => $"{first.Person}, {Period(items)}",
            LineGrouping.Task => $"{first.Task ?? "other"}, {Period(items)}",
            LineGrouping.TaskAndPerson => first.Task is null ? $"other, {Period(items)}" : $"{first.Task}, {first.Person}, {Period(items)}",
            LineGrouping.Week => $"week {Week(first.Date)}",
            LineGrouping.Month => $"{first.Date:yyyy-MM}",
            LineGrouping.Item => first.Description,
            _ => Period(items),
        };
        return $"{line.Description}: {what}"
            + (IsReduced(first) ? $", {items.Sum(item => item.Quantity):0.##} h reduced to the agreed maximum" : "");
    }

    private static string Week(DateOnly date)
    {
        var day = date.ToDateTime(TimeOnly.MinValue);
        return $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):00}";
    }

    private static string Period(ImmutableArray<BillableItem> items)
    {
        var (first, last) = (items.Min(item => item.Date), items.Max(item => item.Date));
        return first == last ? $"{first:O}" : $"{first:O} to {last:O}";
    }

    private static bool IsReduced(BillableItem item) => item.Amount != item.Value;

    private readonly record struct PricedItem(ItemsReserved From, BillableItem Item, ContractLine Line, int Place);
}
