using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Customers;

namespace Q2C.Grains.Customers;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Customer)]
public sealed class CustomerGrain(ShellServices services) : AggregateGrain<CustomerState>(Customer.Decider, services), ICustomerGrain
{
    public async Task<CustomerView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Customer.Render(state, this.GetPrimaryKeyString(), version);
    }
}
