using System.Collections.Immutable;
using Q2C.BillingRuns;
using Q2C.Contracts;
using Q2C.Grains.Billing;
using Q2C.Invoices;

namespace Q2C.Grains.BillingRuns;

/// <summary>What is invoiced together: one draft, or one for each of several payers.</summary>
internal sealed record Bill(InvoiceDraft Whole, ImmutableArray<InvoiceDraft> Drafts)
{
    /// <summary>
    /// The drafts that are made, and those whose items wait for another run: what comes to nothing or less, where that is
    /// carried forward, and with it all that it shares items with.
    /// </summary>
    public (ImmutableArray<InvoiceDraft> Made, ImmutableArray<InvoiceDraft> Waiting) Sorted(NegativeBills negative)
    {
        if (negative == NegativeBills.CreditMemo) return (Drafts, []);
        var waiting = Drafts.Where(draft => draft.Net.Minor <= 0).ToImmutableArray();
        return waiting.Any(draft => draft.Lines.SelectMany(line => line.Items).Any(item => item.Shares is { Length: > 1 }))
            ? ([], [Whole])
            : (Drafts.RemoveRange(waiting), waiting);
    }
}

/// <summary>
/// A draft by the shares of its payers. Each amount of a line is divided cumulatively, so that a payer's lines are exactly its
/// share of each line, and all payers' lines together are the line to the cent.
/// </summary>
internal static class BillSplitting
{
    private const decimal Whole = 100;
    private const int QuantityDigits = 9;

    /// <param name="payersOf">Of a line, in their order; none for the customer of the draft.</param>
    public static Bill Of(InvoiceDraft whole, Func<InvoiceLine, ImmutableArray<Payer>> payersOf)
    {
        var customer = new Payer(whole.CustomerId, whole.Customer, Whole);
        var shares = whole.Lines
            .SelectMany(line => Shares(whole, line, payersOf(line) is { IsEmpty: false } payers ? payers : [customer]))
            .GroupBy(share => share.Payer.CustomerId).Select(payer => payer.ToArray()).ToArray();
        if (shares is [var only] && only[0].Payer.CustomerId == whole.CustomerId) return new(whole, [whole]);
        var drafts = shares.Select(payer => Draft(whole, payer[0].Payer, [.. payer.Select(share => share.Line)])).ToImmutableArray();
        return new(whole, WithRetention(whole, drafts));
    }

    private static IEnumerable<(Payer Payer, InvoiceLine Line)> Shares(InvoiceDraft whole, InvoiceLine line, ImmutableArray<Payer> payers)
    {
        var isCustomers = payers is [var alone] && alone.CustomerId == whole.CustomerId;
        if (isCustomers) return [(payers[0], line)];
        var adjustments = line.Adjustments ?? [];
        var shares = Divide([.. line.Items.Select(item => item.Amount), .. adjustments.Select(adjustment => adjustment.Amount)], payers, whole.Routing.Rounding);
        var items = line.Items.Select((item, i) => item with { Shares = SharesOf(whole, payers, shares[i]) }).ToArray();
        return payers
            .Select((payer, p) => (Payer: payer, Line: line with
            {
                Description = payers.Length == 1 ? line.Description : $"{line.Description} ({payer.Percent:0.#########} %)",
                Net = Sum(shares.Select(amounts => amounts[p]), whole.Currency),
                Items = [.. items.Select(item => Own(item, InvoiceId(whole, payer))).OfType<InvoicedItem>()],
                Adjustments = line.Adjustments is null ? null
                    : [.. adjustments.Select((one, i) => one with { Amount = shares[line.Items.Length + i][p] }).Where(one => !one.Amount.IsZero)],
            }))
            .Where(share => !share.Line.Items.IsEmpty)
            .Select(share => (share.Payer, Priced(line, share.Line, share.Payer)));
    }

    /// <summary>For each amount what each payer has of it.</summary>
    private static ImmutableArray<ImmutableArray<Money>> Divide(ImmutableArray<Money> amounts, ImmutableArray<Payer> payers, Rounding rounding)
    {
        var divided = ImmutableArray.CreateBuilder<ImmutableArray<Money>>(amounts.Length);
        decimal[] percents = [.. payers.Select(payer => payer.Percent)];
        var total = Money.Zero(amounts[0].Currency);
        var before = Allocation.ByPercent(total, rounding, percents);
        foreach (var amount in amounts)
        {
            total += amount;
            var now = Allocation.ByPercent(total, rounding, percents);
            divided.Add([.. now.Zip(before, (after, earlier) => after - earlier)]);
            before = now;
        }

        return divided.MoveToImmutable();
    }

    /// <summary>An item that comes to nothing is the first payer's.</summary>
    private static ImmutableArray<ItemShare> SharesOf(InvoiceDraft whole, ImmutableArray<Payer> payers, ImmutableArray<Money> amounts)
    {
        var shares = payers.Zip(amounts, (payer, amount) => new ItemShare(InvoiceId(whole, payer), payer.CustomerId, amount)).ToImmutableArray();
        return shares.RemoveAll(share => share.Amount.IsZero) is { IsEmpty: false } real ? real : [shares[0]];
    }

    private static InvoicedItem? Own(InvoicedItem item, string invoiceId) =>
        item.Shares!.Value.FirstOrDefault(share => share.InvoiceId == invoiceId) is { } own ? item with { Amount = own.Amount } : null;

    /// <summary>The payer's part of the quantity at the same rate where that makes its amount, otherwise once the amount.</summary>
    private static InvoiceLine Priced(InvoiceLine whole, InvoiceLine share, Payer payer)
    {
        if (whole.Cost is { } cost && !whole.Net.IsZero)
            share = share with { Cost = Money.Round(cost.Amount * share.Net.Amount / whole.Net.Amount, cost.Currency, Rounding.HalfUp) };
        var gross = Sum(share.Items.Select(item => item.Amount), share.Net.Currency);
        var quantity = decimal.Round(whole.Quantity * payer.Percent / Whole, QuantityDigits);
        var cent = 1m / Currencies.MinorUnitsPerMajor(gross.Currency);
        return Math.Abs((quantity * whole.Rate) - gross.Amount) <= share.Items.Length * cent
            ? share with { Quantity = quantity }
            : share with { Quantity = 1, Rate = gross.Amount };
    }

    private static InvoiceDraft Draft(InvoiceDraft whole, Payer payer, ImmutableArray<InvoiceLine> lines)
    {
        var (project, contract) = (lines[0].ProjectId ?? whole.ProjectId, lines[0].ContractId ?? whole.ContractId);
        return whole with
        {
            InvoiceId = InvoiceId(whole, payer),
            ProjectId = project,
            ContractId = contract,
            CustomerId = payer.CustomerId,
            Customer = payer.Customer,
            PurchaseOrder = payer.PurchaseOrder ?? whole.PurchaseOrder,
            Bill = lines.Any(line => line.Items.Any(item => item.Shares is { Length: > 1 })) ? whole.Net : null,
            Lines = [.. lines.Select(line => line with
            {
                ProjectId = Other(line.ProjectId ?? whole.ProjectId, project), ContractId = Other(line.ContractId ?? whole.ContractId, contract),
            })],
        };
    }

    /// <summary>An amount that is held back of the bill is held back by its payers in proportion.</summary>
    private static ImmutableArray<InvoiceDraft> WithRetention(InvoiceDraft whole, ImmutableArray<InvoiceDraft> drafts)
    {
        if (whole.Retention is not { Amount: { } amount } retention) return drafts;
        var parts = Allocation.ByWeight(amount, [.. drafts.Select(draft => Math.Max(0, draft.Net.Amount))]);
        return [.. drafts.Select((draft, i) => draft with { Retention = parts[i].IsZero ? null : retention with { Amount = parts[i] } })];
    }

    private static string InvoiceId(InvoiceDraft whole, Payer payer) => payer.CustomerId == whole.CustomerId
        ? whole.InvoiceId
        : Ids.Derive(Ids.RegionOf(whole.InvoiceId), Ids.Invoice, whole.InvoiceId, payer.CustomerId);

    private static string? Other(string id, string of) => id == of ? null : id;

    private static Money Sum(IEnumerable<Money> amounts, string currency) =>
        amounts.Aggregate(Money.Zero(currency), (sum, amount) => sum + amount);
}
