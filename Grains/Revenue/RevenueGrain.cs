using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Revenues;

namespace Q2C.Grains.Revenues;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Revenue)]
public sealed class RevenueGrain(ShellServices services) : AggregateGrain<RevenueState>(Revenue.Decider, services), IRevenueGrain
{
    public async Task<RevenueView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Revenue.Render(state, version);
    }
}
