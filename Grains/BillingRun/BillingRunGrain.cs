using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.BillingRuns;

namespace Q2C.Grains.BillingRuns;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.BillingRun)]
public sealed class BillingRunGrain(ShellServices services) : AggregateGrain<BillingRunState>(BillingRun.Decider, services), IBillingRunGrain
{
    public async Task<BillingRunView?> Read()
    {
        var (state, version) = await Shell.Read();
        return BillingRun.Render(state, version);
    }
}
