using System.Globalization;
using GreenDonut;
using Q2C.Connections;
using Q2C.Gateway.Reading;

namespace Q2C.Gateway.Resolvers;

public enum CorrectionStatus { Proposed, Sent, Rejected }

/// <summary>A new delivery in place of a parked one.</summary>
/// <param name="CorrectedId">The new delivery.</param>
/// <param name="Connection">The one that the new delivery goes to.</param>
/// <param name="Replaced">The commands that the parked delivery brings, if they are corrected and not its body.</param>
public sealed record CorrectionNode(
    string Id, string DeliveryId, string CorrectedId, string Connection, CorrectionStatus Status, string? ApprovalNeeded,
    IReadOnlyList<PlannedCommandNode> Commands, string Reason, string ProposedBy, DateTimeOffset ProposedAt, string? DecidedBy,
    DateTimeOffset? DecidedAt, string? Note, string? Replaced);

internal sealed record CorrectionRow(
    long Id, long DeliveryId, long ChildId, string Connection, CorrectionStatus Status, string? ApprovalNeeded,
    IReadOnlyList<PlannedCommandNode> Plan, string Reason, string ProposedBy, DateTimeOffset ProposedAt, string? DecidedBy,
    DateTimeOffset? DecidedAt, string? Note, string? Replaced)
{
    public CorrectionNode Node => new(
        CorrectionLists.IdOf(Id), Number(DeliveryId), Number(ChildId), Connection, Status, ApprovalNeeded, Plan, Reason, ProposedBy, ProposedAt,
        DecidedBy, DecidedAt, Note, Replaced);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A command that would be sent, or was to be when a correction was proposed.</summary>
public sealed record PlannedCommandNode(
    string ObjectId, string Command, string Content, bool MovesMoney, Outcome Outcome, IReadOnlyList<Problem> Problems,
    IReadOnlyList<PlannedEffects> Effects)
{
    internal static IReadOnlyList<PlannedCommandNode> Of(DeliveryTrial? trial) =>
        [.. trial is null ? [] : trial.Commands.Select(command => new PlannedCommandNode(
            command.Grain, command.Command, command.Content, command.MovesMoney, command.Preview.Outcome, command.Preview.Problems,
            [
                .. command.Preview.Effects.CountBy(effect => (effect.Connection, effect.Operation))
                    .Select(counted => new PlannedEffects(counted.Key.Connection, counted.Key.Operation, counted.Value)),
            ]))];
}

/// <summary>What a corrected body changes, and what would come of it.</summary>
public sealed record CorrectionPreview(
    IReadOnlyList<JsonChange> Changes, IReadOnlyList<PlannedCommandNode> Commands, IReadOnlyList<DeliveryErrorNode> Problems,
    string? Waits, string? ApprovalNeeded, string? Document);

public sealed record CorrectionFilter(IReadOnlyList<CorrectionStatus>? Status, string? DeliveryId, string? ProposedBy);

internal static class CorrectionLists
{
    public static readonly Listing Newest = new("correction", "id", "bigint", Descending: true, IdType: "bigint");

    private const string Prefix = "correction/";

    public static string IdOf(long number) => $"{Prefix}{number.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Null for what is no such id.</summary>
    public static long? NumberOf(string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public static async Task<CorrectionNode?> Find(ReadModels readModels, string id, CancellationToken cancel) =>
        NumberOf(id) is { } number ? (await readModels.Find<CorrectionRow>("correction", number, cancel))?.Node : null;
}

public sealed class CorrectionQueries(ReadModels readModels, CorrectionTrials trials)
{
    /// <summary>Null for a delivery that the caller does not see.</summary>
    public async Task<CorrectionPreview?> GetCorrectionPreview(
        string deliveryId, string? body, string? commands, string? connection, DeliveryBodies bodies, CancellationToken cancel)
    {
        if (await DeliveryLists.Find(readModels, deliveryId, cancel) is not { } delivery) return null;
        var original = await bodies.LoadAsync(long.Parse(deliveryId, CultureInfo.InvariantCulture), cancel) ?? "";
        var trial = await trials.Try(delivery, new(connection, body, commands), cancel);
        return new(
            commands is null ? JsonDifference.Between(original, body ?? original) : JsonDifference.Between(trial.Document ?? original, commands),
            PlannedCommandNode.Of(trial),
            [
                .. trial.Problems.Select(found => new DeliveryErrorNode(
                    found.Problem.Code, found.Problem.Message, found.Problem.Remedy, found.Problem.Path, (int?)found.Line, (int?)found.Column)),
            ], trial.Waits, trial.ApprovalNeeded, trial.Document);
    }

    public Task<CorrectionNode?> GetCorrection(string id, CancellationToken cancel) => CorrectionLists.Find(readModels, id, cancel);

    public async Task<Page<CorrectionNode>> GetCorrections(
        CorrectionFilter? filter, int? first, string? after, int? last, string? before, CancellationToken cancel)
    {
        var criteria = new Criteria().OneOf("status", filter?.Status).Equal("proposed_by", filter?.ProposedBy)
            .Equal("delivery_id::text", filter?.DeliveryId);
        var page = await readModels.Page<CorrectionRow>(CorrectionLists.Newest, PageRequest.Of(first, after, last, before), criteria, cancel);
        return page.Select(row => row.Node);
    }
}

public sealed class CorrectionFields
{
    public Task<DeliveryNode?> GetDelivery([Parent] CorrectionNode correction, DeliveryById deliveries, CancellationToken cancel) =>
        deliveries.LoadAsync(Number(correction.DeliveryId), cancel);

    public Task<DeliveryNode?> GetCorrected([Parent] CorrectionNode correction, DeliveryById deliveries, CancellationToken cancel) =>
        deliveries.LoadAsync(Number(correction.CorrectedId), cancel);

    public async Task<IReadOnlyList<JsonChange>> GetChanges(
        [Parent] CorrectionNode correction, DeliveryBodies bodies, CancellationToken cancel)
    {
        var texts = await Task.WhenAll(
            bodies.LoadAsync(Number(correction.DeliveryId), cancel), bodies.LoadAsync(Number(correction.CorrectedId), cancel));
        return JsonDifference.Between(correction.Replaced ?? texts[0] ?? "", texts[1] ?? "");
    }

    private static long Number(string id) => long.Parse(id, CultureInfo.InvariantCulture);
}

/// <summary>The corrections of the deliveries of a request, read together; the newest first.</summary>
public sealed class CorrectionsOfDelivery(ReadModels readModels, IBatchScheduler scheduler, DataLoaderOptions options)
    : GroupedDataLoader<string, CorrectionNode>(scheduler, options)
{
    protected override async Task<ILookup<string, CorrectionNode>> LoadGroupedBatchAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        (await readModels.Query<CorrectionRow>(
            "select row_to_json(t)::text from q2c_read.correction t where delivery_id = any($1) order by id desc", cancellationToken,
            keys.Select(key => long.Parse(key, CultureInfo.InvariantCulture)).ToArray()))
        .ToLookup(row => row.Node.DeliveryId, row => row.Node);
}
