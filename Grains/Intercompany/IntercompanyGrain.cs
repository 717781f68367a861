using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Intercompany;

namespace Q2C.Grains.Intercompanies;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Intercompany)]
public sealed class IntercompanyGrain(ShellServices services) : AggregateGrain<IntercompanyState>(IntercompanyMirror.Decider, services), IIntercompanyGrain
{
    public async Task<IntercompanyView?> Read()
    {
        var (state, version) = await Shell.Read();
        return IntercompanyMirror.Render(state, version);
    }
}
