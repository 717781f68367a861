using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Invoices;

namespace Q2C.Grains.Invoices;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Invoice)]
public sealed class InvoiceGrain(ShellServices services) : AggregateGrain<InvoiceState>(Invoice.Decider, services), IInvoiceGrain
{
    public async Task<InvoiceView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Invoice.Render(state, version);
    }
}
