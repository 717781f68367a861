using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Numbering;

namespace Q2C.Grains.Numbering;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.NumberSeries)]
public sealed class NumberSeriesGrain(ShellServices services)
    : AggregateGrain<NumberSeriesState>(NumberSeries.Decider, services), INumberSeriesGrain
{
    public async Task<NumberSeriesView?> Read()
    {
        var (state, version) = await Shell.Read();
        return NumberSeries.Render(state, this.GetPrimaryKeyString(), version);
    }
}
