using System.Text.Json;
using System.Text.Json.Nodes;
using Q2C.Silo.Connectors.Mapping;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// Customers and projects under numbers that follow from our ids, so that the same request again meets the same record; and
/// the value of a project in the project dimension.
/// </summary>
internal sealed class Masters(BusinessCentralClient client, BusinessCentralMaps maps, ProjectDimension? dimension)
{
    private const string Customers = "customers";
    private const string Projects = "projects";

    public Task<SendResult> Send(UpsertErpCustomer o, string correlation, CancellationToken cancel) =>
        Upsert(Customers, o.CustomerId, maps.Of(o), correlation, cancel);

    /// <summary>The API has no contracts: what belongs to one is gathered under a project.</summary>
    public Task<SendResult> Send(UpsertErpContract o, string correlation, CancellationToken cancel) =>
        Upsert(Projects, o.ContractId, maps.Of(o), correlation, cancel);

    /// <summary>A value of the project dimension; without one, the contract's project stands for the job as well.</summary>
    public async Task<SendResult> Send(UpsertErpJob o, string correlation, CancellationToken cancel)
    {
        var mapped = maps.Of(o);
        if (mapped.Value is not { } body) return MappingProblems.ToRefusal(mapped.Problems);
        if (dimension is not null) return await dimension.Ensure(client, o.ProjectId, body, correlation, cancel);
        return await One(Projects, o.ContractId, correlation, cancel) switch
        {
            ({ } project, _) => new SendResult.Accepted(project.Id()),
            (null, { Items: not null }) => new SendResult.Refused(
                "ERP_REFERENCE_UNKNOWN", $"Business Central has no project {Codes.Number(o.ContractId)} of the contract.",
                "Retry the contract's step first.", ErrorClass.Business),
            (_, var rows) => rows.ToUnavailable(),
        };
    }

    /// <summary>A job is withdrawn with its contract; a dimension value that was used can only stay.</summary>
    public async Task<SendResult> Send(WithdrawErpRecord o, string correlation, CancellationToken cancel)
    {
        if (o.Kind == ErpRecordKind.Job) return new SendResult.Accepted(Codes.Number(o.ObjectId));
        var set = SetOf(o.Kind);
        return await One(set, o.ObjectId, correlation, cancel) switch
        {
            ({ } there, _) => await Write(set, there, maps.Of(o), correlation, cancel),
            (null, { Items: not null }) => new SendResult.Accepted(Codes.Number(o.ObjectId)),
            (_, var rows) => rows.ToUnavailable(),
        };
    }

    public Task<LookUpResult> LookUp(UpsertErpCustomer o, string correlation, CancellationToken cancel) =>
        LookUp(Customers, o.CustomerId, maps.Of(o), correlation, cancel);

    public Task<LookUpResult> LookUp(UpsertErpContract o, string correlation, CancellationToken cancel) =>
        LookUp(Projects, o.ContractId, maps.Of(o), correlation, cancel);

    public async Task<LookUpResult> LookUp(UpsertErpJob o, string correlation, CancellationToken cancel)
    {
        if (dimension is not null) return await dimension.LookUp(client, o.ProjectId, correlation, cancel);
        return Found(await One(Projects, o.ContractId, correlation, cancel), null);
    }

    public async Task<LookUpResult> LookUp(WithdrawErpRecord o, string correlation, CancellationToken cancel)
    {
        if (o.Kind == ErpRecordKind.Job) return new LookUpResult.Found(Codes.Number(o.ObjectId));
        var found = await One(SetOf(o.Kind), o.ObjectId, correlation, cancel);
        return found is (null, { Items: not null })
            ? new LookUpResult.Found(Codes.Number(o.ObjectId))
            : Found(found, maps.Of(o).Value);
    }

    private async Task<SendResult> Upsert(
        string set, string id, MapResult<JsonObject> mapped, string correlation, CancellationToken cancel)
    {
        switch (await One(set, id, correlation, cancel))
        {
            case ({ } there, _):
                return await Write(set, there, mapped, correlation, cancel);
            case (null, { Items: null } rows):
                return rows.ToUnavailable();
        }

        if (mapped.Value is not { } body) return MappingProblems.ToRefusal(mapped.Problems);
        body["number"] = Codes.Number(id);
        return await client.Create(set, body, correlation, cancel) switch
        {
            VendorReply.Answered { Status: 201 } made when made.Text("id") is { } madeId => new SendResult.Accepted(madeId),
            var reply => BusinessCentralErrors.Read(reply),
        };
    }

    private async Task<SendResult> Write(
        string set, JsonElement there, MapResult<JsonObject> mapped, string correlation, CancellationToken cancel)
    {
        if (mapped.Value is not { } body) return MappingProblems.ToRefusal(mapped.Problems);
        if (RecordComparison.Shows(JsonObject.Create(there), body)) return new SendResult.Accepted(there.Id());
        return await client.Change($"{set}({there.Id()})", there, body, correlation, cancel) switch
        {
            VendorReply.Answered { Status: 200 or 204 } => new SendResult.Accepted(there.Id()),
            var reply => BusinessCentralErrors.Read(reply),
        };
    }

    private async Task<LookUpResult> LookUp(
        string set, string id, MapResult<JsonObject> mapped, string correlation, CancellationToken cancel) =>
        Found(await One(set, id, correlation, cancel), mapped.Value);

    private static LookUpResult Found((JsonElement? Record, Rows Rows) found, JsonObject? wanted) => found switch
    {
        ({ } there, _) when wanted is null || RecordComparison.Shows(JsonObject.Create(there), wanted) => new LookUpResult.Found(there.Id()),
        (_, { Items: null } rows) => rows.Reply.ToLookUpUnavailable(),
        _ => new LookUpResult.Absent(),
    };

    private async Task<(JsonElement? Record, Rows Rows)> One(string set, string id, string correlation, CancellationToken cancel)
    {
        var rows = await client.Find(set, $"number eq {BusinessCentralClient.Quote(Codes.Number(id))}", correlation, cancel);
        return (rows.Items is [var first, ..] ? first : null, rows);
    }

    private static string SetOf(ErpRecordKind kind) => kind == ErpRecordKind.Customer ? Customers : Projects;
}
