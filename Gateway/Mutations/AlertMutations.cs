using System.Security.Claims;
using Q2C.Alerts;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record AcknowledgeAlertInput(string IdempotencyKey, string AlertId, string Note);

public sealed record AcknowledgeAlertPayload(AlertNode? Alert, string? Freshness, IReadOnlyList<object> Errors);

public sealed class AlertMutations(CommandSender commands, ReadModels readModels)
{
    private static readonly string[] Staff = [Roles.Operator, Roles.Finance, Roles.Sales, Roles.Delivery, Roles.Administrator];

    public async Task<AcknowledgeAlertPayload> AcknowledgeAlert(
        AcknowledgeAlertInput input, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (CommandSender.Refusal(user, Staff, input.IdempotencyKey) is { } refusal) return new(null, null, refusal.Errors);
        if (!await readModels.Has("alert", input.AlertId))
            return new(null, null, [MutationErrors.NotFound("input.alertId", input.AlertId, "an alert")]);
        var sent = await commands.SendFound(user, input.AlertId, input.IdempotencyKey, new AcknowledgeAlert(input.Note));
        if (sent.IsRefused) return new(null, null, sent.Errors);
        await readModels.Reach(sent.Freshness, cancel);
        return new(await readModels.Find<AlertNode>("alert", input.AlertId, cancel), sent.Freshness, []);
    }
}
