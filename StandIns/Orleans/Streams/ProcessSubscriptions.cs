using System.Collections.Immutable;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>The observers that subscribed to one stream in this process.</summary>
internal sealed class ProcessSubscriptions
{
    private ImmutableDictionary<Guid, Subscription> subscriptions = ImmutableDictionary<Guid, Subscription>.Empty;

    public ICollection<Guid> Ids => [.. subscriptions.Keys];

    /// <summary>A grain's observer runs on the scheduler of the activation that subscribed.</summary>
    public void Set(Guid id, IStreamObserver observer, Activation? owner) =>
        ImmutableInterlocked.AddOrUpdate(
            ref subscriptions, id, new Subscription(observer, owner), (_, _) => new(observer, owner));

    public void Remove(Guid id) => ImmutableInterlocked.TryRemove(ref subscriptions, id, out _);

    public Task Deliver(StreamDelivery delivery) => Task.WhenAll(subscriptions.Select(pair => Deliver(pair, delivery)));

    private Task Deliver(KeyValuePair<Guid, Subscription> pair, StreamDelivery delivery)
    {
        if (pair.Value.Owner is not { } owner) return pair.Value.Observer.Deliver(delivery);
        var turn = new DeliveryTurn(pair.Value.Observer, delivery);
        if (owner.TryAdd(turn)) return turn.Done;
        Remove(pair.Key);
        return Task.CompletedTask;
    }

    private sealed record Subscription(IStreamObserver Observer, Activation? Owner);

    private sealed class DeliveryTurn(IStreamObserver observer, StreamDelivery delivery) : Turn
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => done.Task;

        public override async Task Run(Activation activation)
        {
            try
            {
                RequestContext.Snapshot = null;
                await observer.Deliver(delivery);
                done.TrySetResult();
            }
            // What an observer throws belongs to the producer.
            catch (Exception exception)
            {
                done.TrySetException(exception);
            }
        }
    }
}
