using System.Text.Json;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.BusinessCentral;

/// <summary>
/// The dimension under which a firm evaluates its projects. The standard API reads dimension values and makes none: that
/// takes a page of an extension, or a person.
/// </summary>
/// <param name="Code">Of the dimension: <c>PROJECT</c>.</param>
/// <param name="Page">The extension's page, such as <c>q2c/finance/v1.0/dimensionValues</c>; null without one.</param>
internal sealed record ProjectDimension(string Code, string? Page)
{
    /// <summary>Null for a company without one. Throws <see cref="ConfigurationException"/>.</summary>
    public static ProjectDimension? Of(ConnectionSettings settings)
    {
        var page = settings.Option("dimensionValues");
        if (page is not null && page.Split('/').Length != 4)
            throw new ConfigurationException(
                $"{ConnectionSettings.Section}:{settings.Name}:Options:dimensionValues must be publisher/group/version/set, found '{page}'.");
        return settings.Option("projectDimension") is { Length: > 0 } code ? new(code, page) : null;
    }

    /// <summary>What a document or entry of the project carries.</summary>
    public JsonArray SetLines(string projectId) => [new JsonObject { ["code"] = Code, ["valueCode"] = Codes.Number(projectId) }];

    public async Task<SendResult> Ensure(
        BusinessCentralClient client, string projectId, JsonObject body, string correlation, CancellationToken cancel)
    {
        var number = Codes.Number(projectId);
        switch (await Find(client, number, correlation, cancel))
        {
            case ({ } value, _, _):
                return new SendResult.Accepted(value.Id());
            case (_, _, { Items: null } failed):
                return failed.ToUnavailable();
            case (_, false, _):
                return Missing($"Business Central has no dimension {Code}.",
                    "Create the dimension, or correct projectDimension of this connection, then retry.");
        }

        if (Page is null)
            return Missing($"Dimension {Code} of Business Central has no value {number} for the project {(string?)body["displayName"]}.",
                $"Create the value {number} in the dimension {Code}, then retry; with the extension's page (option dimensionValues) Q2C does it.");
        body["dimensionCode"] = Code;
        body["code"] = number;
        return await client.CreateByExtension(Page, body, correlation, cancel) switch
        {
            VendorReply.Answered { Status: 201 } made when made.Text("id") is { } id => new SendResult.Accepted(id),
            var reply => BusinessCentralErrors.Read(reply),
        };
    }

    public async Task<LookUpResult> LookUp(BusinessCentralClient client, string projectId, string correlation, CancellationToken cancel) =>
        await Find(client, Codes.Number(projectId), correlation, cancel) switch
        {
            ({ } value, _, _) => new LookUpResult.Found(value.Id()),
            (_, _, { Items: null } failed) => failed.Reply.ToLookUpUnavailable(),
            _ => new LookUpResult.Absent(),
        };

    private async Task<(JsonElement? Value, bool HasDimension, Rows Rows)> Find(
        BusinessCentralClient client, string number, string correlation, CancellationToken cancel)
    {
        var dimensions = await client.Find("dimensions", $"code eq {BusinessCentralClient.Quote(Code)}", correlation, cancel);
        if (dimensions.Items is not [var dimension, ..]) return (null, false, dimensions);
        var values = await client.Find(
            $"dimensions({dimension.Id()})/dimensionValues", $"code eq {BusinessCentralClient.Quote(number)}", correlation, cancel);
        return (values.Items is [var value, ..] ? value : null, true, values);
    }

    private static SendResult.Refused Missing(string message, string remedy) =>
        new("ERP_DIMENSION_MISSING", message, remedy, ErrorClass.Business);
}
