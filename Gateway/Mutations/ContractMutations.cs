using System.Runtime.CompilerServices;
using System.Security.Claims;
using Q2C.Contracts;
using Q2C.Projects;
using Q2C.Gateway.Reading;
using Q2C.Gateway.Resolvers;

namespace Q2C.Gateway.Mutations;

public sealed record AmendContractInput(
    string IdempotencyKey, string ContractId, int BasedOnVersion, DateOnly EffectiveFrom, IReadOnlyList<ContractLineInput> Lines,
    string Reason, ConditionsInput? Conditions, IReadOnlyList<SharedCapInput>? Caps, bool? RepriceInvoiced, bool DryRun);

public sealed record CorrectContractInput(
    string IdempotencyKey, string ContractId, string ExceptionId, string? LegalEntity, string? ProjectTemplate,
    CustomerProfileInput? Customer, IReadOnlyList<ContractLineInput>? Lines, string Reason);

public sealed record CompensateActivationInput(string IdempotencyKey, string ContractId, string Reason);

public sealed record AmendContractPayload(
    ContractNode? Contract, ChangeOrderPreview? Preview, string? Freshness, IReadOnlyList<object> Errors);

public sealed record CorrectContractPayload(ContractNode? Contract, string? Freshness, IReadOnlyList<object> Errors);

public sealed record CompensateActivationPayload(ContractNode? Contract, string? Freshness, IReadOnlyList<object> Errors);

public sealed class ContractMutations(IClusterClient cluster, Objects objects, CommandSender commands)
{
    private static readonly string[] Amenders = [Roles.Sales, Roles.Finance, Roles.Machine];
    private static readonly string[] Correctors = [Roles.Operator];

    public async Task<AmendContractPayload> AmendContract(AmendContractInput input, ClaimsPrincipal user)
    {
        if (CommandSender.Refusal(user, Amenders, input.IdempotencyKey, subject: input.ContractId) is { } refusal)
            return new(null, null, null, refusal.Errors);
        var reader = new InputReader();
        var (lines, conditions, caps) = (reader.Lines(input.Lines), reader.Conditions(input.Conditions), reader.Caps(input.Caps));
        if (reader.Errors.Count > 0) return new(null, null, null, reader.Errors);
        var command = new AmendContract(
            input.BasedOnVersion, input.EffectiveFrom, lines, input.Reason, conditions, caps, RepriceInvoiced: input.RepriceInvoiced);
        if (input.DryRun) return await Preview(input, command);
        var (sent, contract) = await Send(user, Amenders, input.ContractId, input.IdempotencyKey, command);
        return new(contract, null, sent.Freshness, sent.Errors);
    }

    /// <summary>The contract checks the change order, its project tries it; neither keeps anything of it.</summary>
    private async Task<AmendContractPayload> Preview(AmendContractInput input, AmendContract command)
    {
        if (!Ids.Is(input.ContractId, Ids.Contract) || await objects.Contract(input.ContractId) is not { } view)
            return new(null, null, null, [MutationErrors.NotFound("input.contractId", input.ContractId, "a contract")]);
        var checkedOrder = await cluster.GetGrain<IContractGrain>(input.ContractId).PreviewAmendment(command);
        if (checkedOrder.Amended is not { } amended)
            return new(null, null, null, [.. checkedOrder.Problems.Select(MutationErrors.Of)]);
        return new(ContractNode.Of(view), await cluster.GetGrain<IProjectGrain>(amended.ProjectId).PreviewChangeOrder(amended), null, []);
    }

    public async Task<CorrectContractPayload> CorrectContract(CorrectContractInput input, ClaimsPrincipal user)
    {
        if (CommandSender.Refusal(user, Correctors, input.IdempotencyKey, subject: input.ContractId) is { } refusal)
            return new(null, null, refusal.Errors);
        var reader = new InputReader();
        var lines = input.Lines is null ? null : (System.Collections.Immutable.ImmutableArray<ContractLine>?)reader.Lines(input.Lines);
        if (reader.Errors.Count > 0) return new(null, null, reader.Errors);
        var command = new CorrectContract(
            ExceptionMutations.ItemOf(input.ExceptionId), input.LegalEntity, input.ProjectTemplate, input.Customer?.ToProfile(),
            lines, input.Reason);
        var (sent, contract) = await Send(user, Correctors, input.ContractId, input.IdempotencyKey, command);
        return new(contract, sent.Freshness, sent.Errors);
    }

    public async Task<CompensateActivationPayload> CompensateActivation(CompensateActivationInput input, ClaimsPrincipal user)
    {
        var (sent, contract) = await Send(
            user, [Roles.Operator], input.ContractId, input.IdempotencyKey, new CompensateActivation(input.Reason));
        return new(contract, sent.Freshness, sent.Errors);
    }

    private async Task<(Sent Sent, ContractNode? Contract)> Send(
        ClaimsPrincipal user, string[] roles, string id, string key, Command command, [CallerMemberName] string mutation = "")
    {
        if (CommandSender.Refusal(user, roles, key, mutation, id) is { } refusal) return (refusal, null);
        if (!Ids.Is(id, Ids.Contract)) return (Sent.Refused(MutationErrors.NotFound("input.contractId", id, "a contract")), null);
        var sent = await commands.Send(user, id, key, command);
        if (sent.IsRefused) return (sent, null);
        return (sent, await objects.Contract(id) is { } view ? ContractNode.Of(view) : null);
    }
}
