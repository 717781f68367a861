using System.Globalization;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>Posted invoices and credit memos under ids of ours.</summary>
internal sealed class HeldDocuments(BusinessCentralClient client) : IRecordLister
{
    /// <param name="page">The set that is next.</param>
    public async Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel)
    {
        var set = page ?? Documents.Invoices;
        var rows = await client.Find(
            set, $"lastModifiedDateTime ge {since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}",
            "businesscentral/reconciliation", cancel);
        if (rows.Items is not { } documents)
        {
            var why = rows.ToUnavailable();
            return new ListResult.Unavailable(why.Code, why.Message);
        }

        var isInvoices = set == Documents.Invoices;
        var (name, kind) = isInvoices ? ("invoice", Ids.Invoice) : ("credit memo", Ids.CreditMemo);
        return new ListResult.Records(
            [
                .. documents.Where(Documents.IsPosted)
                    .Select(document => new HeldRecord(
                        name, Codes.IdOf(document.Text("externalDocumentNumber") ?? ""), document.Text("number") ?? document.Id()))
                    .Where(record => Ids.Is(record.Subject, kind)),
            ],
            isInvoices ? Documents.CreditMemos : null);
    }
}
