using Orleans.Concurrency;
using Q2C.CreditMemos;
using Q2C.Grains.Shell;

namespace Q2C.Grains.CreditMemos;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.CreditMemo)]
public sealed class CreditMemoGrain(ShellServices services) : AggregateGrain<CreditMemoState>(CreditMemo.Decider, services), ICreditMemoGrain
{
    public async Task<CreditMemoView?> Read()
    {
        var (state, version) = await Shell.Read();
        return CreditMemo.Render(state, version);
    }
}
