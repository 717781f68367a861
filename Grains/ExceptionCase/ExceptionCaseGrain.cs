using Orleans.Concurrency;
using Q2C.ExceptionCases;
using Q2C.Grains.Shell;

namespace Q2C.Grains.ExceptionCases;

[Reentrant]
public sealed class ExceptionCaseGrain(ShellServices services)
    : AggregateGrain<ExceptionCaseState>(ExceptionCase.Decider, services), IExceptionCaseGrain;
