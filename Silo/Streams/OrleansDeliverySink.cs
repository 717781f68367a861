
namespace Q2C.Silo.Streams;

/// <summary>
/// Publishes deliveries on the stream of their target; its grain is activated by its implicit subscription.
/// </summary>
public sealed class OrleansDeliverySink(IClusterClient cluster) : IDeliverySink
{
    private const int MaxBatch = 100;

    public async Task Deliver(IReadOnlyList<Delivery> deliveries)
    {
        var target = deliveries[0].Target;
        var stream = cluster.GetStreamProvider(DeliveryStreams.Provider)
            .GetStream<Delivery>(StreamId.Create(DeliveryStreams.NamespaceFor(target), target));
        foreach (var batch in deliveries.Chunk(MaxBatch)) await stream.OnNextBatchAsync(batch);
    }
}
