using Orleans.Concurrency;
using Q2C.Alerts;
using Q2C.Grains.Shell;

namespace Q2C.Grains.Alerts;

[Reentrant]
public sealed class AlertGrain(ShellServices services) : AggregateGrain<AlertState>(Alert.Decider, services), IAlertGrain;
