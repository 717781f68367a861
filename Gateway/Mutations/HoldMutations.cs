using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.BillingRuns;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record HoldBillingInput(string IdempotencyKey, string SubjectId, string Reason);

public sealed record ReleaseBillingInput(string IdempotencyKey, string SubjectId, string HoldId, string Reason);

public sealed record HoldBillingPayload(IReadOnlyList<BillingHoldNode>? Holds, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ReleaseBillingPayload(IReadOnlyList<BillingHoldNode>? Holds, string? Freshness, IReadOnlyList<object> Errors);

/// <summary>Billing of a customer, contract or project, or a drafted invoice, is held and released.</summary>
public sealed class HoldMutations(Objects objects, CommandSender commands)
{
    private static readonly string[] Holders = [Roles.Finance, Roles.Operator, Roles.Administrator];

    public async Task<HoldBillingPayload> HoldBilling(HoldBillingInput input, ClaimsPrincipal user)
    {
        var (sent, holds) = await Send(user, input.SubjectId, input.IdempotencyKey, new HoldBilling(input.Reason));
        return new(holds, sent.Freshness, sent.Errors);
    }

    public async Task<ReleaseBillingPayload> ReleaseBilling(ReleaseBillingInput input, ClaimsPrincipal user)
    {
        var (sent, holds) = await Send(user, input.SubjectId, input.IdempotencyKey, new ReleaseBilling(input.HoldId, input.Reason));
        return new(holds, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, IReadOnlyList<BillingHoldNode>? Holds)> Send(ClaimsPrincipal user, string id, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, Holders, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Customer) && !Ids.Is(id, Ids.Contract) && !Ids.Is(id, Ids.Project) && !Ids.Is(id, Ids.Invoice))
            return (Sent.Refused(MutationErrors.NotFound("input.subjectId", id, "a customer, contract, project or invoice")), null);
        var sent = await commands.Send(user, id, key, command);
        return sent.IsRefused ? (sent, null) : (sent, [.. (await HoldsOf(id)).Select(hold => new BillingHoldNode(
            hold.Id, hold.On, hold.Reason, hold.By, hold.At, null, null, null))]);
    }

    private async Task<ImmutableArray<BillingHold>> HoldsOf(string id) => Ids.KindOf(id) switch
    {
        Ids.Customer => (await objects.Customer(id))?.Holds,
        Ids.Contract => (await objects.Contract(id))?.Holds,
        Ids.Project => (await objects.Project(id))?.Holds,
        _ => (await objects.Invoice(id))?.Holds,
    } ?? [];
}
