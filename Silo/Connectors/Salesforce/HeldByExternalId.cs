using System.Globalization;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors.Salesforce;

/// <summary>Records of one object of an org that carry an id of ours, which no two of them should share.</summary>
/// <param name="type">The object.</param>
/// <param name="field">Its external id.</param>
/// <param name="name">For people.</param>
/// <param name="kind">Of our id, as in <see cref="Ids"/>; the field may hold others.</param>
internal sealed class HeldByExternalId(SalesforceApi api, string type, string field, string name, string kind) : IRecordLister
{
    public async Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel)
    {
        var from = since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var (rows, failure) = await api.Query(
            $"SELECT Id, {field} FROM {type} WHERE {field} != null AND SystemModstamp >= {from} ORDER BY Id", "salesforce/reconciliation", cancel);
        if (failure is not null)
        {
            var (code, message) = SalesforceApi.Error(failure);
            var why = failure.ToLookUpUnavailable();
            return new ListResult.Unavailable(code ?? why.Code, message ?? why.Message);
        }

        return new ListResult.Records(
            [.. rows.Select(row => new HeldRecord(name, $"{row.GetProperty(field)}", $"{row.GetProperty("Id")}")).Where(record => Ids.Is(record.Subject, kind))]);
    }
}
