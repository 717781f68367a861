using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Brings what is sent to a stream to its subscribers: grains by namespace, and observers of this process.</summary>
internal sealed class StreamRouter(GrainClasses classes, GrainFactory grains, StreamRouting routing)
{
    private readonly ConcurrentDictionary<(string Provider, StreamId Stream), ProcessSubscriptions> observers = new();
    private readonly ILookup<string, GrainType> subscribers = classes.All
        .SelectMany(found => found.ImplicitSubscriptions.Select(one => (one.Namespace, found.GrainType)))
        .ToLookup(pair => pair.Namespace, pair => pair.GrainType, StringComparer.Ordinal);

    /// <summary>Completes when every subscriber has handled it; fails with the first failure of one.</summary>
    public async Task Publish(StreamDelivery delivery)
    {
        var stream = delivery.Stream;
        if (observers.TryGetValue((delivery.Provider, stream), out var here)) await here.Deliver(delivery);
        if (routing.ThroughSilo)
        {
            await grains.GetGrain<IStreamPublisherGrain>(stream.GetKeyAsString()).Publish(delivery);
            return;
        }

        await Task.WhenAll(subscribers[stream.GetNamespace() ?? ""].Select(type =>
            grains.GetGrain<IStreamConsumerExtension>(GrainId.Create(type, stream.GetKeyAsString())).Deliver(delivery)));
    }

    public bool IsImplicit(GrainClass grainClass, GrainId grain, StreamId stream) =>
        grain.Key.ToString() == stream.GetKeyAsString() &&
        subscribers[stream.GetNamespace() ?? ""].Contains(grainClass.GrainType);

    public ProcessSubscriptions Observers(string provider, StreamId stream) =>
        observers.GetOrAdd((provider, stream), static _ => new());
}

/// <param name="ThroughSilo">Whether another process must find the subscribing grains, as this one has no grains.</param>
internal sealed record StreamRouting(bool ThroughSilo);
