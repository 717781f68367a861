using Orleans.Concurrency;
using Q2C.Connections;
using Q2C.Grains.Shell;

namespace Q2C.Grains.Connections;

[Reentrant]
public sealed class WorkFeedGrain(ShellServices services) : AggregateGrain<WorkFeedState>(WorkFeed.Decider, services), IWorkFeedGrain;
