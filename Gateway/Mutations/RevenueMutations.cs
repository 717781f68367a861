using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Revenues;

namespace Q2C.Gateway.Mutations;

public sealed record RecognizeRevenueInput(string IdempotencyKey, string ContractId, DateOnly PeriodEnd);

public sealed record RecognizeRevenuePayload(DateOnly? Through, string? Freshness, IReadOnlyList<object> Errors);

public sealed record ReviseEstimateInput(string IdempotencyKey, string ContractId, string LineId, decimal Estimate, string Reason);

public sealed record ReviseEstimatePayload(string? Freshness, IReadOnlyList<object> Errors);

public sealed class RevenueMutations(IClusterClient cluster, CommandSender commands)
{
    public async Task<RecognizeRevenuePayload> RecognizeRevenue(RecognizeRevenueInput input, ClaimsPrincipal user)
    {
        var sent = await Send(user, [Roles.Finance], input.ContractId, input.IdempotencyKey, new RecognizeRevenue(input.PeriodEnd));
        if (sent.IsRefused) return new(null, null, sent.Errors);
        var view = await cluster.GetGrain<IRevenueGrain>(RevenueIds.Of(input.ContractId)).Read();
        return new(view?.Through, sent.Freshness, []);
    }

    public async Task<ReviseEstimatePayload> ReviseEstimate(ReviseEstimateInput input, ClaimsPrincipal user)
    {
        var command = new ReviseEstimate(input.LineId, input.Estimate, input.Reason);
        var sent = await Send(user, [Roles.Finance, Roles.Delivery], input.ContractId, input.IdempotencyKey, command);
        return new(sent.Freshness, sent.Errors);
    }

    private async Task<Sent> Send(ClaimsPrincipal user, string[] roles, string contract, string key, Command command,
        [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, contract) is { } refusal) return refusal;
        if (!Ids.Is(contract, Ids.Contract)) return Sent.Refused(MutationErrors.NotFound("input.contractId", contract, "a contract"));
        return await commands.Send(user, RevenueIds.Of(contract), key, command);
    }
}
