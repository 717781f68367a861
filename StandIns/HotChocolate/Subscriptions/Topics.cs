using HotChocolate.Execution;

namespace HotChocolate.Execution
{
    /// <summary>The events of a subscription.</summary>
    public interface ISourceStream : IAsyncDisposable
    {
        IAsyncEnumerable<object?> ReadEventsAsync();
    }

    /// <summary>The events of a subscription, typed.</summary>
    public interface ISourceStream<out TMessage> : ISourceStream
    {
        new IAsyncEnumerable<TMessage> ReadEventsAsync();
    }
}

namespace HotChocolate.Subscriptions
{
    /// <summary>Publishes events.</summary>
    public interface ITopicEventSender
    {
        ValueTask SendAsync<TMessage>(string topicName, TMessage message, CancellationToken cancellationToken = default);

        /// <summary>Ends all streams of the topic.</summary>
        ValueTask CompleteAsync(string topicName);
    }

    /// <summary>Opens streams of events.</summary>
    public interface ITopicEventReceiver
    {
        ValueTask<ISourceStream<TMessage>> SubscribeAsync<TMessage>(
            string topicName, CancellationToken cancellationToken = default);

        ValueTask<ISourceStream<TMessage>> SubscribeAsync<TMessage>(
            string topicName,
            int? bufferCapacity,
            TopicBufferFullMode? bufferFullMode,
            CancellationToken cancellationToken = default);
    }

    /// <summary>What happens to events of a subscriber whose buffer is full.</summary>
    public enum TopicBufferFullMode
    {
        DropNewest,
        DropOldest,
        DropWrite,
    }

    /// <summary>Settings of topics.</summary>
    public sealed class SubscriptionOptions
    {
        /// <summary>The events that wait for one subscriber at most.</summary>
        public int TopicBufferCapacity { get; set; } = 64;

        public TopicBufferFullMode TopicBufferFullMode { get; set; } = TopicBufferFullMode.DropOldest;
    }
}
