using Orleans.Concurrency;
using Q2C.Contracts;
using Q2C.Grains.Shell;
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

    public async Task<BillingPreview?> PreviewBilling(DateOnly cutOff, DateOnly invoiceDate)
    {
        var (state, version) = await Shell.Read();
        return Project.Render(state, this.GetPrimaryKeyString(), version) is { } view
            ? new(view, Project.Preview(state, cutOff), Project.PreviewInvoice(state, cutOff, invoiceDate))
            : null;
    }

    public async Task<ChangeOrderPreview?> PreviewChangeOrder(ContractAmended amended) =>
        Project.PreviewChangeOrder((await Shell.Read()).State, amended);

    public async Task<ProjectEconomics?> ReadEconomics(DateOnly on) =>
        Project.Economics((await Shell.Read()).State, on, Policies);
}
