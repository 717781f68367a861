namespace Orleans.Streams;

/// <summary>An observer without its item type.</summary>
internal interface IStreamObserver
{
    Task Deliver(StreamDelivery delivery);
}

internal sealed class StreamObserver<T>(IAsyncObserver<T> observer) : IStreamObserver
{
    public async Task Deliver(StreamDelivery delivery)
    {
        switch (delivery.Signal)
        {
            case StreamSignal.Completed:
                await observer.OnCompletedAsync();
                break;
            case StreamSignal.Failed:
                await observer.OnErrorAsync(new Orleans.Runtime.OrleansException(delivery.Error ?? ""));
                break;
            default:
                for (var index = 0; index < delivery.Items.Length; index++)
                    await observer.OnNextAsync(
                        StreamItems.Item<T>(delivery, index), StreamItems.TokenAt(delivery.Token, index));
                break;
        }
    }
}

internal sealed class StreamBatchObserver<T>(IAsyncBatchObserver<T> observer) : IStreamObserver
{
    public Task Deliver(StreamDelivery delivery) => delivery.Signal switch
    {
        StreamSignal.Completed => observer.OnCompletedAsync(),
        StreamSignal.Failed => observer.OnErrorAsync(new Orleans.Runtime.OrleansException(delivery.Error ?? "")),
        _ => observer.OnNextAsync([.. delivery.Items.Select((_, index) => new SequentialItem<T>(
            StreamItems.Item<T>(delivery, index), StreamItems.TokenAt(delivery.Token, index)))]),
    };
}

internal static class StreamItems
{
    public static T Item<T>(StreamDelivery delivery, int index) => delivery.Items[index] is T or null
        ? (T)delivery.Items[index]!
        : throw new InvalidCastException(
            $"Stream {delivery.Stream} carries {delivery.Items[index]!.GetType()}, its subscriber expects {typeof(T)}.");

    public static StreamSequenceToken TokenAt(StreamSequenceToken? token, int index) => token switch
    {
        Providers.Streams.Common.EventSequenceTokenV2 numbered when index > 0 => numbered.CreateSequenceTokenForEvent(index),
        null => new Providers.Streams.Common.EventSequenceTokenV2(0, index),
        _ => token,
    };
}
