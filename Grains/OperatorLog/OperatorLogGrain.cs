using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.OperatorLogs;

namespace Q2C.Grains.OperatorLogs;

[Reentrant]
public sealed class OperatorLogGrain(ShellServices services)
    : AggregateGrain<OperatorLogState>(OperatorLog.Decider, services), IOperatorLogGrain;
