using System.Collections.Immutable;
using Orleans.Streams;
using Orleans.Streams.Core;
using Q2C.Grains.Journal;
using Q2C.Policies;

namespace Q2C.Grains.Shell;

/// <summary>What every aggregate grain is made of; one registration for all of them.</summary>
public sealed record ShellServices(IJournal Journal, IPolicySource Policies, TimeProvider Clock);

/// <summary>
/// Hosts an <see cref="AggregateShell{TState}"/>: calls and deliveries in, receipts out. Concrete grains are
/// <c>[Reentrant]</c>, so that commands queue in the shell while an append is under way.
/// </summary>
public abstract class AggregateGrain<TState>(Decider<TState> decider, ShellServices services)
    : Grain, IAggregateGrain, IStreamSubscriptionObserver, IAsyncBatchObserver<Delivery>
{
    private AggregateShell<TState>? _shell;

    protected AggregateShell<TState> Shell => _shell ??=
        new(this.GetPrimaryKeyString(), decider, services.Journal, services.Policies, services.Clock);

    /// <summary>In force now, for what is only read.</summary>
    protected PolicySet Policies => services.Policies.Current;

    public Task<Receipt> Execute(CommandEnvelope envelope) => Shell.Execute(envelope);

    public Task<ImmutableArray<Receipt>> ExecuteMany(ImmutableArray<CommandEnvelope> envelopes) => Shell.ExecuteMany(envelopes);

    public Task<Preview> Preview(CommandEnvelope envelope) => Shell.Preview(envelope);

    public Task<StateChange?> Change(long version) => Shell.Change(version);

    public Task CatchUp(string source) => Shell.CatchUp(source);

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        await handleFactory.Create<Delivery>().ResumeAsync((IAsyncBatchObserver<Delivery>)this);

    public Task OnNextAsync(IList<SequentialItem<Delivery>> items) => Shell.Observe([.. items.Select(item => item.Item)]);

    // A stream only hints at what the journal holds: the sweep brings whatever an error or an end left out.
    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task OnCompletedAsync() => Task.CompletedTask;
}
