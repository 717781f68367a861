using System.Collections.Immutable;
using Orleans.Concurrency;
using Q2C.Grains.Shell;
using Q2C.Invoices;
using Q2C.Projects;

namespace Q2C.Grains.Projects;

[Reentrant, ImplicitStreamSubscription(DeliveryStreams.Project)]
public sealed class ProjectGrain(ShellServices services) : AggregateGrain<ProjectState>(Project.Decider, services), IProjectGrain
{
    public async Task<ProjectView?> Read()
    {
        var (state, version) = await Shell.Read();
        return Project.Render(state, this.GetPrimaryKeyString(), version);
    }

    public async Task<ImmutableArray<BillableItem>> Preview(DateOnly cutOff) => Project.Preview((await Shell.Read()).State, cutOff);

    public async Task<InvoiceDraft?> PreviewInvoice(DateOnly cutOff, DateOnly invoiceDate) =>
        Project.PreviewInvoice((await Shell.Read()).State, cutOff, invoiceDate);
}
