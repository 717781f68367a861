using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Quotes;

namespace Q2C.Grains.Quotes;

[Reentrant]
public sealed class QuoteGrain(ShellServices services) : AggregateGrain<QuoteState>(Quote.Decider, services), IQuoteGrain
{
    public async Task<QuoteView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Quote.Render(state, this.GetPrimaryKeyString(), version);
    }
}
