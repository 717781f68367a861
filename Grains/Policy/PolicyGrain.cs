using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Policies;

namespace Q2C.Grains.PolicyDocuments;

[Reentrant]
public sealed class PolicyGrain(ShellServices services) : AggregateGrain<PolicyState>(Policy.Decider, services), IPolicyGrain;
