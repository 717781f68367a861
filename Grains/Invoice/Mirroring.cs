using System.Collections.Immutable;
using Q2C.CreditMemos;
using Q2C.Intercompany;
using Q2C.Invoices;
using static Q2C.Grains.Invoices.InvoiceState;

namespace Q2C.Grains.Invoices;

/// <summary>
/// What an issued invoice, and each credit of it, gives rise to between the companies of the firm: the share of the company
/// that delivered the work of its lines.
/// </summary>
internal static class Mirroring
{
    private const decimal Whole = 100;

    /// <summary>One document for each delivering company; an exception for one that has no transfer price.</summary>
    public static ImmutableArray<Event> Of(InvoiceDraft draft, string number, DateTimeOffset now) =>
    [
        .. Delivered(draft).Select<IGrouping<string, InvoiceLine>, Event>(lines => PriceOf(draft, lines.Key) is not { } price
            ? new ExceptionRaised(Unpriced(draft, lines), now)
            : lines.Any(line => !HasPrice(line, price))
            ? new ExceptionRaised(CostUnknown(draft, lines), now)
            : new IntercompanyDue(Document(
                draft, lines.Key, price, draft.InvoiceId, number, draft.IsCredit, draft.Date,
                [.. lines.Select(line => Line(line, line.Net, Share(line, line.Net, price)))]), now)),
    ];

    /// <summary>By cumulative shares, so that credits in parts take back exactly what the invoice gave.</summary>
    public static ImmutableArray<Event> Of(Issued state, CreditMemoDraft memo, string number, DateTimeOffset now)
    {
        var draft = state.Head.Draft;
        var documents = ImmutableArray.CreateBuilder<Event>();
        foreach (var lines in Delivered(draft))
        {
            if (PriceOf(draft, lines.Key) is not { } price || lines.Any(line => !HasPrice(line, price))) continue;
            ImmutableArray<IntercompanyLine> credited =
            [
                .. lines.Select(line => (Line: line, Net: NetOf(memo.Lines, line))).Where(one => !one.Net.IsZero)
                    .Select(one => Line(one.Line, -one.Net, Taken(state, one.Line, one.Net, price))),
            ];
            if (!credited.IsEmpty)
                documents.Add(new IntercompanyDue(Document(
                    draft, lines.Key, price, memo.CreditMemoId, number, true, memo.Date, credited), now));
        }

        return documents.ToImmutable();
    }

    private static IEnumerable<IGrouping<string, InvoiceLine>> Delivered(InvoiceDraft draft) => draft.Lines
        .Where(line => line.DeliveredBy is { } deliverer && deliverer != draft.Routing.LegalEntity).GroupBy(line => line.DeliveredBy!);

    private static TransferPrice? PriceOf(InvoiceDraft draft, string deliverer) => draft.Routing.Transfers?.GetValueOrDefault(deliverer);

    private static IntercompanyDocument Document(
        InvoiceDraft draft, string deliverer, TransferPrice price, string document, string number, bool isCredit, DateOnly date,
        ImmutableArray<IntercompanyLine> lines) => new(
        IntercompanyDocument.IdOf(document, deliverer), document, number, isCredit, draft.InvoiceId, draft.ContractId, draft.Routing.LegalEntity,
        deliverer, draft.Routing.Erp, price.Erp, price.Percent, date, lines,
        lines.Aggregate(Money.Zero(draft.Currency), (sum, line) => sum + line.Amount));

    private static IntercompanyLine Line(InvoiceLine line, Money net, Money amount) =>
        new(line.Id, line.ContractLineId, line.Description, net, amount);

    private static bool HasPrice(InvoiceLine line, TransferPrice price) => price.Basis != TransferBasis.CostPlus || line.Cost is not null;

    /// <summary>Of the line's cost, plus what is agreed on top, the part that is the net amount's of the line.</summary>
    private static Money Share(InvoiceLine line, Money net, TransferPrice price) => Money.Round(
        price.Basis != TransferBasis.CostPlus ? net.Amount * price.Percent / Whole
        : line.Net.IsZero || net == line.Net ? line.Cost!.Value.Amount * (Whole + price.Percent) / Whole
        : line.Cost!.Value.Amount * (Whole + price.Percent) / Whole * net.Amount / line.Net.Amount,
        line.Net.Currency, Rounding.HalfUp);

    private static Money Taken(Issued state, InvoiceLine line, Money net, TransferPrice price)
    {
        // The memo counts as issued by now.
        var until = NetOf(state.Ledger.Credits.Values.Where(credit => credit.Issued).SelectMany(credit => credit.Lines), line);
        return Share(line, until - net, price) - Share(line, until, price);
    }

    private static Money NetOf(IEnumerable<CreditMemoLine> credits, InvoiceLine line) => credits.Where(credit => credit.LineId == line.Id)
        .Aggregate(Money.Zero(line.Net.Currency), (sum, credit) => sum + credit.Net);

    private static WorkItem CostUnknown(InvoiceDraft draft, IGrouping<string, InvoiceLine> lines) => new(
        $"{draft.InvoiceId}/intercompany/{lines.Key}", ExceptionCategory.Policy, InvoiceExceptions.TransferCostMissing, "Intercompany document",
        $"{lines.Key} gets the cost of its work plus a percentage, and not all of it has a cost in {draft.Currency}: nothing is mirrored.",
        "Post what is between the two companies by hand and close this with the reason; add the missing 'cost-rates' for work to come.",
        Roles.Finance, null, lines.Aggregate(Money.Zero(draft.Currency), (sum, line) => sum + line.Net));

    private static WorkItem Unpriced(InvoiceDraft draft, IGrouping<string, InvoiceLine> lines) => new(
        $"{draft.InvoiceId}/intercompany/{lines.Key}", ExceptionCategory.Policy, InvoiceExceptions.TransferPriceMissing, "Intercompany document",
        $"{lines.Key} delivered what {draft.Routing.LegalEntity} invoiced, and the contract has no transfer price between them: nothing is mirrored.",
        "Post what is between the two companies by hand and close this with the reason; add the price to 'transfer-prices' for new contracts.",
        Roles.Finance, null, lines.Aggregate(Money.Zero(draft.Currency), (sum, line) => sum + line.Net));
}
