using System.Globalization;
using System.Text.Json.Nodes;

namespace Q2C.Silo.Connectors.Kantata;

/// <summary>
/// The project's own rate card with the contract's rates, so that Kantata shows the money we will bill. A new rate
/// overwrites the role's rate in the card's newest version.
/// </summary>
internal sealed class KantataRates(KantataApi api) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<SendResult> Ensure(
        EnsurePsaRole role, KantataRecord workspace, string roleId, string correlation, CancellationToken cancel)
    {
        // The roles of a project come at the same time, and each would make a card of its own.
        await _one.WaitAsync(cancel);
        try
        {
            return await EnsureOne(role, workspace, roleId, correlation, cancel);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<SendResult> EnsureOne(
        EnsurePsaRole role, KantataRecord workspace, string roleId, string correlation, CancellationToken cancel)
    {
        var (card, failure) = await Card(role, workspace, correlation, cancel);
        if (card is null) return failure!;
        var (version, versionFailure) = await Version(card, correlation, cancel);
        if (version is null) return versionFailure!;

        var rates = await api.Get(
            $"rate_card_roles?rate_card_version_id={version}&include=role&per_page={KantataApi.PageSize}", correlation, cancel);
        if (KantataApi.Records(rates) is not { } known) return KantataConnector.NotLookedUp(rates);
        var cents = decimal.Round(role.HourlyRate * Money.Of(1m, role.Currency).Minor, 2);
        var fields = new JsonObject { ["rate_card_version_id"] = version, ["role_id"] = roleId, ["rate"] = cents };
        var there = known.FirstOrDefault(rate => rate["role_id"] == roleId);
        if (there is not null && there.Number("rate") == cents) return new SendResult.Accepted(there.Id);
        var body = new JsonObject { ["rate_card_role"] = fields };
        return Id(there is null
            ? await api.Post("rate_card_roles", body, correlation, cancel)
            : await api.Put($"rate_card_roles/{there.Id}", body, correlation, cancel));
    }

    /// <summary>Never a card that is not ours: the account's default card prices other projects too.</summary>
    private async Task<(string? Id, SendResult? Failure)> Card(
        EnsurePsaRole role, KantataRecord workspace, string correlation, CancellationToken cancel)
    {
        var found = await api.Find(Models.RateCard.Collection, Models.RateCard.Name, role.ProjectId, correlation, cancel);
        if (!found.Certain) return (null, KantataConnector.NotLookedUp(found.Reply));
        if (found.Record is { } ours)
            return workspace["rate_card_id"] == ours.Id ? (ours.Id, null) : await Attach(workspace, ours.Id, correlation, cancel);

        var created = Id(await api.Post("rate_cards", new()
        {
            ["rate_card"] = new JsonObject
            {
                ["title"] = $"{workspace["title"]} (contract rates)",
                ["currency"] = role.Currency,
                ["external_reference"] = KantataApi.Reference(Models.RateCard.Name, role.ProjectId),
            },
        }, correlation, cancel));
        return created is SendResult.Accepted accepted
            ? await Attach(workspace, accepted.ExternalId, correlation, cancel)
            : (null, created);
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
