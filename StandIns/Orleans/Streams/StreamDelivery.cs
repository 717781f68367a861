using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>What happened in a stream.</summary>
internal enum StreamSignal
{
    Items = 0,
    Completed = 1,
    Failed = 2,
}

/// <summary>Something that happened in a stream, as it goes to a subscriber.</summary>
[GenerateSerializer, Alias("Orleans.Streams.StreamDelivery")]
internal sealed record StreamDelivery(
    string Provider, StreamId Stream, StreamSignal Signal, object?[] Items, StreamSequenceToken? Token, string? Error);

/// <summary>How items reach a subscribed grain; every activation answers to it beside its own interfaces.</summary>
[Alias("Orleans.Streams.IStreamConsumerExtension")]
internal interface IStreamConsumerExtension : IGrain
{
    Task Deliver(StreamDelivery delivery);
}

/// <summary>What a client asks a silo to do, since only a silo knows who subscribes.</summary>
[Alias("Orleans.Streams.IStreamPublisherGrain")]
internal interface IStreamPublisherGrain : IGrainWithStringKey
{
    Task Publish(StreamDelivery delivery);
}

[Concurrency.StatelessWorker, Concurrency.Reentrant]
internal sealed class StreamPublisherGrain(StreamRouter router) : Grain, IStreamPublisherGrain
{
    public Task Publish(StreamDelivery delivery) => router.Publish(delivery);
}
