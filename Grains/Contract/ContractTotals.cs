using System.Collections.Immutable;
using Q2C.Contracts;
using Q2C.CreditMemos;
using Q2C.Invoices;

namespace Q2C.Grains.Contracts;

/// <summary>What is billed and paid of a contract, net of tax.</summary>
internal static class ContractTotals
{
    /// <summary>Null if the event is known already.</summary>
    public static TotalsChanged? After(Engagement known, Event heard, DateTimeOffset now)
    {
        var invoice = heard switch
        {
            InvoiceIssued e when !known.Invoices.ContainsKey(e.InvoiceId) =>
                new(e.InvoiceId, e.Number, e.NetOf(known.ContractId), e.Total, e.Total, Lines: ByLine(
                    (e.Lines ?? []).Where(line => (line.ProjectId ?? e.ProjectId) == known.ProjectId).Select(line => new BilledLine(line.ContractLineId, line.Net)))),
            SettlementApplied e when known.Invoices.TryGetValue(e.InvoiceId, out var issued) && issued.Outstanding != e.Outstanding =>
                issued with { Outstanding = e.Outstanding, Prepaid = Prepaid(issued, e, known.ProjectId) },
            CreditMemoIssued e when known.Invoices.TryGetValue(e.Memo.InvoiceId, out var issued) => Credited(issued, e, known.ContractId),
            PaymentApplied e when known.Invoices.TryGetValue(e.InvoiceId, out var issued) && issued.Outstanding != e.Outstanding =>
                issued with { Outstanding = e.Outstanding },
            _ => (ContractInvoice?)null,
        };
        if (invoice is null) return null;
        var (zero, all) = (Money.Zero(known.Billed.Currency), known.Invoices.SetItem(invoice.Id, invoice).Values);
        return new(
            all.Aggregate(zero, (sum, each) => sum + each.Net - NetPrepaid(each)),
            all.Aggregate(zero, (sum, each) => sum + NetPaid(each) - NetPrepaid(each)), invoice, now);
    }

    private static Money? Prepaid(ContractInvoice invoice, SettlementApplied e, string projectId) =>
        e.Settlement.Kind == SettlementKind.Prepaid && e.Settlement.ProjectId == projectId
            ? (invoice.Prepaid ?? Money.Zero(e.Applied.Currency)) + e.Applied
            : invoice.Prepaid;

    private static Money NetPrepaid(ContractInvoice invoice) => invoice switch
    {
        { Prepaid: { } prepaid } when prepaid >= invoice.Total => invoice.Net,
        { Prepaid: { IsZero: false } prepaid } => NetOf(invoice, prepaid),
        _ => Money.Zero(invoice.Net.Currency),
    };

    private static Money NetOf(ContractInvoice invoice, Money gross) =>
        Money.Round(invoice.Net.Amount * gross.Amount / invoice.Total.Amount, invoice.Net.Currency, Rounding.HalfUp);

    /// <summary>Null if this credit is known already.</summary>
    private static ContractInvoice? Credited(ContractInvoice invoice, CreditMemoIssued e, string contractId)
    {
        var memos = invoice.CreditMemos ?? [];
        if (memos.Contains(e.Memo.CreditMemoId)) return null;
        var own = e.Memo.Lines.Where(line => line.ContractId == contractId).ToArray();
        var net = own.Aggregate(Money.Zero(invoice.Net.Currency), (sum, line) => sum + line.OfContract);
        return invoice with
        {
            Net = invoice.Net - net, Total = invoice.Total - e.Total, CreditMemos = memos.Add(e.Memo.CreditMemoId),
            Lines = invoice.Lines is { } lines ? ByLine(lines.Concat(own.Select(line => new BilledLine(line.ContractLineId, -line.OfContract)))) : null,
        };
    }

    private static ImmutableArray<BilledLine>? ByLine(IEnumerable<BilledLine> lines) => lines.GroupBy(line => line.LineId)
        .Select(line => line.Aggregate((one, other) => one with { Net = one.Net + other.Net })).ToImmutableArray() is { IsEmpty: false } billed ? billed : null;

    private static Money NetPaid(ContractInvoice invoice) => invoice switch
    {
        { Outstanding.IsZero: true } => invoice.Net,

        // The credit is known, and not yet what is left to pay: nothing more is paid by it.
        _ when invoice.Outstanding >= invoice.Total => Money.Zero(invoice.Net.Currency),
        _ => NetOf(invoice, invoice.Total - invoice.Outstanding),
    };
}
