using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;
using Q2C.Gateway.Security;
using Q2C.Gateway.Webhooks;

namespace Q2C.Gateway.Mutations;

public sealed record CorrectDeliveryInput(string IdempotencyKey, string DeliveryId, string Body, string Reason);

public sealed record CorrectDeliveryPayload(DeliveryNode? Delivery, IReadOnlyList<object> Errors);

public sealed class DeliveryMutations(DeliveryActions actions, ReadModels readModels)
{
    private const int MaxBodyLength = 4 * 1024 * 1024;

    public async Task<CorrectDeliveryPayload> CorrectDelivery(
        CorrectDeliveryInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (CommandSender.Refusal(user, [Roles.Operator], input.IdempotencyKey) is { } refusal) return new(null, refusal.Errors);
        if (!long.TryParse(input.DeliveryId, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return new(null, [MutationErrors.NotFound("input.deliveryId", input.DeliveryId, "a delivery")]);
        if (input.Body.Length > MaxBodyLength)
            return new(null, [new RefusedError(
                "BODY_TOO_LARGE", "input.body", $"A body may have {MaxBodyLength} characters.", "Send less.")]);

        var (sent, child) = await actions.Act(
            user, number, "correct", Encoding.UTF8.GetBytes(input.Body), input.IdempotencyKey, input.Reason, cancel);
        return sent.IsRefused || child is not { } corrected
            ? new(null, sent.Errors)
            : new(await DeliveryLists.Find(readModels, corrected.ToString(CultureInfo.InvariantCulture), cancel), []);
    }
}

/// <summary>What operators may do about a parked delivery; recorded with actor and reason.</summary>
public sealed class DeliveryActions(GatewayDatabase database, Inbox inbox, ReadModels readModels, TimeProvider clock)
{
    internal async Task<(Sent Sent, long? Child)> Act(
        ClaimsPrincipal user, long delivery, string action, byte[]? body, string key, string reason, CancellationToken cancel)
    {
        if (!await readModels.Has("delivery", delivery)) return (Outcome("not_found", delivery, key), null);
        await using var command = database.Source.CreateCommand(
            "select outcome, child from q2c.act_on_delivery($1, $2, $3, $4, $5, $6, $7, $8)");
        command.Parameters.Add(new() { Value = delivery });
        command.Parameters.Add(new() { Value = action });
        command.Parameters.Add(new() { Value = (object?)body ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = user.ToActor().Id });
        command.Parameters.Add(new() { Value = $"{user.ToActor().Id}:{key}" });
        command.Parameters.Add(new() { Value = SHA256.HashData([.. Encoding.UTF8.GetBytes($"{action}\n{reason}\n"), .. body ?? []]) });
        command.Parameters.Add(new() { Value = reason });
        command.Parameters.Add(new() { Value = clock.GetUtcNow() });
        var (outcome, child) = await Read(command, cancel);
        if (outcome == "done" && await DeliveryLists.Find(readModels, $"{delivery}", cancel) is { } acted)
            await inbox.Announce(acted.Connection, cancel);
        return (Outcome(outcome, delivery, key), child);
    }

    private static async Task<(string Outcome, long? Child)> Read(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetInt64(1));
    }

    private static Sent Outcome(string outcome, long delivery, string key) => outcome switch
    {
        "done" or "repeated" => new(null, []),
        "reused" => Sent.Refused(MutationErrors.ReusedKey(key)),
        "not_found" => Sent.Refused(MutationErrors.NotFound("input.deliveryId", $"{delivery}", "a delivery")),
        _ => Sent.Refused(new RefusedError(
            "DELIVERY_NOT_PARKED", "input.deliveryId", $"The delivery {delivery} does not wait for a person.",
            "Read it again: somebody else may have settled it.")),
    };
}
