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
                new(e.InvoiceId, e.Number, e.NetOf(known.ContractId), e.Total, e.Total),
            SettlementApplied e when known.Invoices.TryGetValue(e.InvoiceId, out var issued) && issued.Outstanding != e.Outstanding =>
                issued with { Outstanding = e.Outstanding },
            CreditMemoIssued e when known.Invoices.TryGetValue(e.Memo.InvoiceId, out var issued) => Credited(issued, e, known.ContractId),
            PaymentApplied e when known.Invoices.TryGetValue(e.InvoiceId, out var issued) && issued.Outstanding != e.Outstanding =>
                issued with { Outstanding = e.Outstanding },
            _ => (ContractInvoice?)null,
        };
        if (invoice is null) return null;
        var (zero, all) = (Money.Zero(known.Billed.Currency), known.Invoices.SetItem(invoice.Id, invoice).Values);
        return new(
            all.Aggregate(zero, (sum, each) => sum + each.Net), all.Aggregate(zero, (sum, each) => sum + NetPaid(each)), invoice, now);
    }

    /// <summary>Null if this credit is known already.</summary>
    private static ContractInvoice? Credited(ContractInvoice invoice, CreditMemoIssued e, string contractId)
    {
        var memos = invoice.CreditMemos ?? [];
        if (memos.Contains(e.Memo.CreditMemoId)) return null;
        var net = e.Memo.Lines.Where(line => line.ContractId == contractId)
            .Aggregate(Money.Zero(invoice.Net.Currency), (sum, line) => sum + line.Net);
        return invoice with { Net = invoice.Net - net, Total = invoice.Total - e.Total, CreditMemos = memos.Add(e.Memo.CreditMemoId) };
    }

    private static Money NetPaid(ContractInvoice invoice) => invoice switch
    {
        { Outstanding.IsZero: true } => invoice.Net,

        // The credit is known, and not yet what is left to pay: nothing more is paid by it.
        _ when invoice.Outstanding >= invoice.Total => Money.Zero(invoice.Net.Currency),
        _ => Money.Round(
            invoice.Net.Amount * (invoice.Total - invoice.Outstanding).Amount / invoice.Total.Amount, invoice.Net.Currency, Rounding.HalfUp),
    };
}
