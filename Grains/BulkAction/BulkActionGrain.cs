using Orleans.Concurrency;
using Q2C.BulkActions;
using Q2C.Grains.Shell;

namespace Q2C.Grains.BulkActions;

[Reentrant]
public sealed class BulkActionGrain(ShellServices services) : AggregateGrain<BulkActionState>(BulkAction.Decider, services), IBulkActionGrain
{
    public async Task<BulkActionView?> Read()
    {
        var (state, version) = await Shell.Read();
        return BulkAction.Render(this.GetPrimaryKeyString(), state, version);
    }

    public async Task<BulkBatch?> NextBatch() => BulkAction.NextBatch((await Shell.Read()).State);
}
