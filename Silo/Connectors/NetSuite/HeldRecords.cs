using System.Globalization;
using System.Text.Json;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors.NetSuite;

/// <summary>Invoices and credit memos under ids of ours. NetSuite keeps one record per external id, so none is there twice.</summary>
internal sealed class HeldRecords(NetSuiteClient client) : IRecordLister
{
    private const int PageSize = 1_000;

    /// <param name="page">How many rows were read.</param>
    public async Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel)
    {
        var offset = page is null ? 0 : int.Parse(page, CultureInfo.InvariantCulture);
        var reply = await client.Query(
            "SELECT id, type, externalid, tranid FROM transaction WHERE type IN ('CustInvc', 'CustCred') AND externalid IS NOT NULL AND lastmodifieddate >= "
            + $"{NetSuiteClient.Instant(since)} ORDER BY id", PageSize, offset, "netsuite/reconciliation", cancel);
        if (NetSuiteClient.Rows(reply) is not { } rows)
        {
            var why = reply.ToLookUpUnavailable();
            return new ListResult.Unavailable(why.Code, why.Message);
        }

        return new ListResult.Records(
            [.. rows.Select(Record).Where(record => Ids.Is(record.Subject, record.Kind == "invoice" ? Ids.Invoice : Ids.CreditMemo))],
            rows.Length == PageSize ? $"{offset + PageSize}" : null);
    }

    private static HeldRecord Record(JsonElement row) => new(
        Text(row, "type") == "CustInvc" ? "invoice" : "credit memo", Text(row, "externalid"), Text(row, "tranid"));

    private static string Text(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.ToString() : "";
}
