using System.Globalization;
using Q2C.Silo.Connectors.Reconciliation;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>Projects that refer to ours, archived ones included.</summary>
internal sealed class HeldProjects(KantataApi api) : IRecordLister
{
    private const int FirstPage = 1;

    /// <param name="page">Its number.</param>
    public async Task<ListResult> List(DateTimeOffset since, string? page, CancellationToken cancel)
    {
        var number = page is null ? FirstPage : int.Parse(page, CultureInfo.InvariantCulture);
        var reply = await api.Get(
            $"workspaces?external_reference_service_name={KantataApi.Service}&external_reference_service_model={Models.Project.Name}"
            + $"&updated_after={since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}"
            + $"&include_archived=true&include=external_references&order=created_at:asc&per_page={KantataApi.PageSize}&page={number}",
            "kantata/reconciliation", cancel);
        if (KantataApi.Records(reply) is not { } found)
        {
            var why = reply.ToLookUpUnavailable();
            return new ListResult.Unavailable(why.Code, why.Message);
        }

        return new ListResult.Records(
            [.. found.Select(record => new HeldRecord(Models.Project.Name, record.OurId(Models.Project.Name) ?? "", record.Id)).Where(record => Ids.Is(record.Subject, Ids.Project))],
            found.Count == KantataApi.PageSize ? $"{number + 1}" : null);
    }
}
