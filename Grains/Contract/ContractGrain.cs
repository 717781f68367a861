using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Contracts;

namespace Q2C.Grains.Contracts;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Contract)]
public sealed class ContractGrain(ShellServices services) : AggregateGrain<ContractState>(Contract.Decider, services), IContractGrain
{
    public async Task<ContractView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Contract.Render(state, version);
    }

    public async Task<AmendmentPreview> PreviewAmendment(AmendContract amendment) => Contract.Preview((await Shell.Read()).State, amendment);
}
