using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Q2C.Connections;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway.Mutations;

public sealed record CorrectDeliveryInput(string IdempotencyKey, string DeliveryId, string Body, string Reason);

/// <param name="Body">Null for the body that came.</param>
public sealed record RerouteDeliveryInput(string IdempotencyKey, string DeliveryId, string Connection, string? Body, string Reason);

public sealed record CorrectCommandsInput(string IdempotencyKey, string DeliveryId, string Commands, string Reason);

public sealed record ApproveCorrectionInput(string IdempotencyKey, string CorrectionId, string? Note);

public sealed record RejectCorrectionInput(string IdempotencyKey, string CorrectionId, string Reason);

public sealed record CorrectDeliveryPayload(DeliveryNode? Delivery, CorrectionNode? Correction, IReadOnlyList<object> Errors);

public sealed record RerouteDeliveryPayload(DeliveryNode? Delivery, CorrectionNode? Correction, IReadOnlyList<object> Errors);

public sealed record CorrectCommandsPayload(DeliveryNode? Delivery, CorrectionNode? Correction, IReadOnlyList<object> Errors);

public sealed record DecideCorrectionPayload(CorrectionNode? Correction, IReadOnlyList<object> Errors);

/// <summary>
/// A parked delivery is corrected, or given to another connection, by a new one that refers to it. What would come of that
/// one is tried first: one that cannot be mapped is refused, and one by which money moves waits for a second person.
/// </summary>
public sealed class DeliveryMutations(DeliveryActions actions, CorrectionTrials trials, ReadModels readModels)
{
    private const int MaxBodyLength = 4 * 1024 * 1024;

    private static readonly string[] Approvers = [Roles.Operator, Roles.FinanceApprover, Roles.Administrator];

    public async Task<CorrectDeliveryPayload> CorrectDelivery(CorrectDeliveryInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (errors, correction) = await Correct(
            user, input.DeliveryId, new(null, input.Body, null), input.IdempotencyKey, input.Reason, cancel);
        return new(await Corrected(correction, cancel), correction, errors);
    }

    public async Task<RerouteDeliveryPayload> RerouteDelivery(RerouteDeliveryInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (errors, correction) = await Correct(
            user, input.DeliveryId, new(input.Connection, input.Body, null), input.IdempotencyKey, input.Reason, cancel);
        return new(await Corrected(correction, cancel), correction, errors);
    }

    public async Task<CorrectCommandsPayload> CorrectCommands(CorrectCommandsInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        var (errors, correction) = await Correct(
            user, input.DeliveryId, new(null, null, input.Commands), input.IdempotencyKey, input.Reason, cancel);
        return new(await Corrected(correction, cancel), correction, errors);
    }

    public Task<DecideCorrectionPayload> ApproveCorrection(ApproveCorrectionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        Decide(user, input.CorrectionId, approve: true, input.IdempotencyKey, input.Note, cancel);

    public async Task<DecideCorrectionPayload> RejectCorrection(RejectCorrectionInput input, ClaimsPrincipal user, CancellationToken cancel) =>
        MutationErrors.WithoutReason(input.Reason) is { } error
            ? new(null, [error])
            : await Decide(user, input.CorrectionId, approve: false, input.IdempotencyKey, input.Reason, cancel);

    private async Task<(IReadOnlyList<object> Errors, CorrectionNode? Correction)> Correct(
        ClaimsPrincipal user, string deliveryId, Replacement corrected, string key, string reason, CancellationToken cancel,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, [Roles.Operator], key, mutation, deliveryId) is { } refusal) return (refusal.Errors, null);
        if (MutationErrors.WithoutReason(reason) is { } error) return ([error], null);
        if (corrected.Content?.Length > MaxBodyLength)
            return ([new RefusedError("BODY_TOO_LARGE", "input.body", $"A body may have {MaxBodyLength} characters.", "Send less.")], null);
        if (await DeliveryLists.Find(readModels, deliveryId, cancel) is not { } delivery)
            return ([MutationErrors.NotFound("input.deliveryId", deliveryId, "a delivery")], null);

        var trial = await actions.Planned(user, key) ? null : await trials.Try(delivery, corrected, cancel);
        if (trial is { Problems.IsEmpty: false }) return ([.. trial.Problems.Select(found => Unmappable(corrected, found))], null);
        var (sent, correction) = await actions.Correct(user, delivery, corrected, trial, key, reason, cancel);
        return (sent.Errors, correction is { } id ? await CorrectionLists.Find(readModels, id, cancel) : null);
    }

    private async Task<DecideCorrectionPayload> Decide(
        ClaimsPrincipal user, string correctionId, bool approve, string key, string? note, CancellationToken cancel,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, Approvers, key, mutation, correctionId) is { } refusal) return new(null, refusal.Errors);
        if (await CorrectionLists.Find(readModels, correctionId, cancel) is not { } correction)
            return new(null, [MutationErrors.NotFound("input.correctionId", correctionId, "a correction")]);
        var sent = await actions.Decide(user, correction, approve, key, note, cancel);
        return new(sent.IsRefused ? null : await CorrectionLists.Find(readModels, correctionId, cancel), sent.Errors);
    }

    private async Task<DeliveryNode?> Corrected(CorrectionNode? correction, CancellationToken cancel) =>
        correction is null ? null : await DeliveryLists.Find(readModels, correction.CorrectedId, cancel);

    private static RefusedError Unmappable(Replacement corrected, DeliveryProblem found) => new(
        found.Problem.Code,
        $"input.{(corrected.Commands is null ? "body" : "commands")}{(found.Problem.Path is "" or ['[', ..] ? "" : ".")}{found.Problem.Path}",
        found.Line is null ? found.Problem.Message : $"Line {found.Line}, column {found.Column}: {found.Problem.Message}",
        found.Problem.Remedy);
}

/// <summary>What operators may do about a parked delivery; recorded with actor and reason.</summary>
public sealed class DeliveryActions(GatewayDatabase database, Inbox inbox, ReadModels readModels, TimeProvider clock)
{
    internal async Task<Sent> Act(
        ClaimsPrincipal user, long delivery, string action, string key, string reason, CancellationToken cancel)
    {
        if (!await readModels.Has("delivery", delivery)) return Outcome("not_found", $"{delivery}", key);
        var (outcome, _) = await Call(
            "select q2c.act_on_delivery($1, $2, $3, $4, $5, $6, $7), null::bigint", cancel, delivery, action, user.ToActor().Id,
            CommandSender.KeyOf(user, key), Fingerprint(action, reason), reason, clock.GetUtcNow());
        if (outcome == "done" && await DeliveryLists.Find(readModels, $"{delivery}", cancel) is { } acted)
            await inbox.Announce(acted.Connection, cancel);
        return Outcome(outcome, $"{delivery}", key);
    }

    /// <summary>Whether this request came before: what it came to is recorded, whatever the body would come to now.</summary>
    internal async Task<bool> Planned(ClaimsPrincipal user, string key) => (await readModels.Query<Known>(
        "select jsonb_build_object('id', c.id)::text from q2c_read.correction c where c.proposed_by = $1 and c.key = $2",
        CancellationToken.None, user.ToActor().Id, CommandSender.KeyOf(user, key))).Count > 0;

    /// <param name="trial">What would come of it; null for a request that came before.</param>
    internal async Task<(Sent Sent, string? Correction)> Correct(
        ClaimsPrincipal user, DeliveryNode delivery, Replacement corrected, DeliveryTrial? trial, string key, string reason,
        CancellationToken cancel)
    {
        var (outcome, correction) = await Call(
            "select outcome, correction from q2c.correct_delivery($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, $11, $12)", cancel,
            long.Parse(delivery.Id, CultureInfo.InvariantCulture), Text(corrected.Connection),
            new NpgsqlParameter
            {
                Value = corrected.Content is { } content ? Encoding.UTF8.GetBytes(content) : (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea,
            },
            Rows.Write(PlannedCommandNode.Of(trial)), Text(trial?.ApprovalNeeded), user.ToActor().Id, CommandSender.KeyOf(user, key),
            Fingerprint("correct", corrected.Connection ?? "", reason, corrected.Commands is null ? "body" : "commands", corrected.Content ?? ""), reason,
            clock.GetUtcNow(), Text(corrected.Commands is null ? null : DeliveryFeeds.CorrectedCommands),
            Text(corrected.Commands is null ? null : trial?.Document));
        if (outcome == "done") await inbox.Announce(corrected.Connection ?? delivery.Connection, cancel);
        return (Outcome(outcome, delivery.Id, key), correction is { } number ? CorrectionLists.IdOf(number) : null);
    }

    internal async Task<Sent> Decide(
        ClaimsPrincipal user, CorrectionNode correction, bool approve, string key, string? note, CancellationToken cancel)
    {
        var (outcome, _) = await Call(
            "select q2c.decide_correction($1, $2, $3, $4, $5, $6, $7), null::bigint", cancel,
            CorrectionLists.NumberOf(correction.Id)!.Value, approve, user.ToActor().Id, CommandSender.KeyOf(user, key),
            Fingerprint(approve ? "approve" : "reject", note ?? ""), Text(note), clock.GetUtcNow());
        if (outcome == "done") await inbox.Announce(correction.Connection, cancel);
        return Outcome(outcome, correction.DeliveryId, key);
    }

    private async Task<(string Outcome, long? Correction)> Call(string sql, CancellationToken cancel, params object[] values)
    {
        await using var command = database.Source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetInt64(1));
    }

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)text?.Replace('\0', '\uFFFD') ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static byte[] Fingerprint(params IEnumerable<string> content) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', content)));

    private static Sent Outcome(string outcome, string delivery, string key) => outcome switch
    {
        "done" or "repeated" => new(null, []),
        "reused" => Sent.Refused(MutationErrors.ReusedKey(key)),
        "not_found" => Sent.Refused(MutationErrors.NotFound("input.deliveryId", delivery, "a delivery")),
        "proposed" => Sent.Refused(new RefusedError(
            "CORRECTION_WAITS", "input.deliveryId", $"A correction of the delivery {delivery} waits for a second person.",
            "Have it approved or rejected first.")),
        "decided" => Sent.Refused(new RefusedError(
            "CORRECTION_DECIDED", "input.correctionId", "It was decided already.", "Read it again: somebody else was faster.")),
        "second_person" => Sent.Refused(new RefusedError(
            "SECOND_PERSON_NEEDED", "input.correctionId", "You proposed it.", "Have somebody else decide.")),
        _ => Sent.Refused(new RefusedError(
            "DELIVERY_NOT_PARKED", "input.deliveryId", $"The delivery {delivery} does not wait for a person.",
            "Read it again: somebody else may have settled it.")),
    };

    private sealed record Known(long Id);
}
