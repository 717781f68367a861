using Q2C.Contracts;
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
            InvoiceIssued e when !known.Invoices.ContainsKey(e.InvoiceId) => new(e.InvoiceId, e.Number, e.Net, e.Total, e.Total),
            PaymentApplied e when known.Invoices.TryGetValue(e.InvoiceId, out var issued) && issued.Outstanding != e.Outstanding =>
                issued with { Outstanding = e.Outstanding },
            _ => (ContractInvoice?)null,
        };
        if (invoice is null) return null;
        var (zero, all) = (Money.Zero(known.Billed.Currency), known.Invoices.SetItem(invoice.Id, invoice).Values);
        return new(
            all.Aggregate(zero, (sum, each) => sum + each.Net), all.Aggregate(zero, (sum, each) => sum + NetPaid(each)), invoice, now);
    }

    private static Money NetPaid(ContractInvoice invoice) => invoice switch
    {
        { Outstanding.IsZero: true } => invoice.Net,
        _ => Money.Round(
            invoice.Net.Amount * (invoice.Total - invoice.Outstanding).Amount / invoice.Total.Amount, invoice.Net.Currency, Rounding.HalfUp),
    };
}
