using System.Globalization;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>
/// The project's own rate card with the contract's rates, so that Kantata shows the money we will bill. A new rate
/// overwrites the role's rate in the card's newest version.
/// </summary>
internal sealed class KantataRates(KantataApi api)
{
    public async Task<SendResult> Ensure(
        EnsurePsaRole role, KantataRecord workspace, string roleId, string correlation, CancellationToken cancel)
    {
        var (card, failure) = await Card(role, workspace, correlation, cancel);
        if (card is null) return failure!;
        var (version, versionFailure) = await Version(card, correlation, cancel);
        if (version is null) return versionFailure!;

        var rates = await api.Get(
            $"rate_card_roles?rate_card_version_id={version}&include=role&per_page={KantataApi.PageSize}", correlation, cancel);
        if (KantataApi.Records(rates) is not { } known) return KantataConnector.NotLookedUp(rates);
        var cents = decimal.Round(role.HourlyRate * 100m, 2);
        var fields = new JsonObject { ["rate_card_version_id"] = version, ["role_id"] = roleId, ["rate"] = cents };
        var there = known.FirstOrDefault(rate => rate["role_id"] == roleId);
        if (there is not null && there.Number("rate") == cents) return new SendResult.Accepted(there.Id);
        var body = new JsonObject { ["rate_card_role"] = fields };
        return Id(there is null
            ? await api.Post("rate_card_roles", body, correlation, cancel)
            : await api.Put($"rate_card_roles/{there.Id}", body, correlation, cancel));
    }

    private async Task<(string? Id, SendResult? Failure)> Card(
        EnsurePsaRole role, KantataRecord workspace, string correlation, CancellationToken cancel)
    {
        if (workspace["rate_card_id"] is { } there) return (there, null);
        var found = await api.Find(Models.RateCard.Collection, Models.RateCard.Name, role.ProjectId, correlation, cancel);
        if (!found.Certain) return (null, KantataConnector.NotLookedUp(found.Reply));
        if (found.Record is null)
        {
            var created = Id(await api.Post("rate_cards", new()
            {
                ["rate_card"] = new JsonObject
                {
                    ["title"] = $"{workspace["title"]} (contract rates)",
                    ["currency"] = role.Currency,
                    ["external_reference"] = KantataApi.Reference(Models.RateCard.Name, role.ProjectId),
                },
            }, correlation, cancel));
            if (created is not SendResult.Accepted accepted) return (null, created);
            return await Attach(workspace, accepted.ExternalId, correlation, cancel);
        }

        return await Attach(workspace, found.Record.Id, correlation, cancel);
    }

    private async Task<(string? Id, SendResult? Failure)> Attach(
        KantataRecord workspace, string card, string correlation, CancellationToken cancel)
    {
        var reply = await api.Put(
            $"workspaces/{workspace.Id}", new() { ["workspace"] = new JsonObject { ["rate_card_id"] = card } }, correlation, cancel);
        return Id(reply) is SendResult.Accepted ? (card, null) : (null, Id(reply));
    }

    private async Task<(string? Id, SendResult? Failure)> Version(string card, string correlation, CancellationToken cancel)
    {
        var versions = await api.Get($"rate_card_versions?rate_card_id={card}&per_page={KantataApi.PageSize}", correlation, cancel);
        if (KantataApi.Records(versions) is not { } known) return (null, KantataConnector.NotLookedUp(versions));
        if (known.OrderByDescending(version => long.Parse(version.Id, CultureInfo.InvariantCulture)).FirstOrDefault() is { } newest)
            return (newest.Id, null);
        var created = Id(await api.Post(
            "rate_card_versions",
            new() { ["rate_card_version"] = new JsonObject { ["rate_card_id"] = card, ["default_rate"] = 0 } }, correlation, cancel));
        return created is SendResult.Accepted accepted ? (accepted.ExternalId, null) : (null, created);
    }

    private static SendResult Id(VendorReply reply) => KantataApi.Records(reply) is [var record, ..]
        ? new SendResult.Accepted(record.Id)
        : KantataConnector.Classify(reply);
}
