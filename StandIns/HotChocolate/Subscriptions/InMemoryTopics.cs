using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HotChocolate.Execution;

namespace HotChocolate.Subscriptions;

/// <summary>Topics inside this process; each subscriber has a bounded buffer.</summary>
internal sealed class InMemoryTopics(SubscriptionOptions options) : ITopicEventSender, ITopicEventReceiver
{
    private readonly ConcurrentDictionary<(string Topic, Type Message), Topic> _topics = new();

    public ValueTask SendAsync<TMessage>(string topicName, TMessage message, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_topics.TryGetValue((topicName, typeof(TMessage)), out var topic))
        {
            topic.Write(message);
        }

        return default;
    }

    public ValueTask CompleteAsync(string topicName)
    {
        foreach (var key in _topics.Keys.Where(k => k.Topic == topicName).ToList())
        {
            if (_topics.TryRemove(key, out var topic))
            {
                topic.Complete();
            }
        }

        return default;
    }

    public ValueTask<ISourceStream<TMessage>> SubscribeAsync<TMessage>(
        string topicName, CancellationToken cancellationToken = default) =>
        SubscribeAsync<TMessage>(topicName, null, null, cancellationToken);

    public ValueTask<ISourceStream<TMessage>> SubscribeAsync<TMessage>(
        string topicName,
        int? bufferCapacity,
        TopicBufferFullMode? bufferFullMode,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var channel = Channel.CreateBounded<object?>(new BoundedChannelOptions(bufferCapacity ?? options.TopicBufferCapacity)
        {
            FullMode = (bufferFullMode ?? options.TopicBufferFullMode) switch
            {
                TopicBufferFullMode.DropNewest => BoundedChannelFullMode.DropNewest,
                TopicBufferFullMode.DropWrite => BoundedChannelFullMode.DropWrite,
                _ => BoundedChannelFullMode.DropOldest,
            },
        });
        var key = (topicName, typeof(TMessage));
        while (!_topics.GetOrAdd(key, _ => new Topic()).TryAdd(channel))
        {
            // The topic was completed or abandoned between the look-up and the addition.
            _topics.TryRemove(key, out _);
        }

        return new(new Stream<TMessage>(channel, () => Leave(key, channel)));
    }

    private ValueTask Leave((string, Type) key, Channel<object?> channel)
    {
        channel.Writer.TryComplete();
        if (_topics.TryGetValue(key, out var topic) && topic.RemoveAndTestEmpty(channel))
        {
            _topics.TryRemove(KeyValuePair.Create(key, topic));
        }

        return default;
    }

    private sealed class Topic
    {
        private readonly Lock _lock = new();
        private readonly List<Channel<object?>> _subscribers = [];
        private bool _isClosed;

        public bool TryAdd(Channel<object?> subscriber)
        {
            lock (_lock)
            {
                if (!_isClosed)
                {
                    _subscribers.Add(subscriber);
                }

                return !_isClosed;
            }
        }

        public bool RemoveAndTestEmpty(Channel<object?> subscriber)
        {
            lock (_lock)
            {
                _subscribers.Remove(subscriber);
                return _isClosed = _subscribers.Count == 0;
            }
        }

        public void Write(object? message)
        {
            lock (_lock)
            {
                _subscribers.ForEach(s => s.Writer.TryWrite(message));
            }
        }

        public void Complete()
        {
            lock (_lock)
            {
                _isClosed = true;
                _subscribers.ForEach(s => s.Writer.TryComplete());
            }
        }
    }

    private sealed class Stream<TMessage>(Channel<object?> channel, Func<ValueTask> leave) : ISourceStream<TMessage>
    {
        public async IAsyncEnumerable<TMessage> ReadEventsAsync()
        {
            await foreach (var message in channel.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                yield return (TMessage)message!;
            }
        }

        IAsyncEnumerable<object?> ISourceStream.ReadEventsAsync() => channel.Reader.ReadAllAsync();

        public ValueTask DisposeAsync() => leave();
    }
}

/// <summary>Any asynchronous sequence as a source of events.</summary>
internal sealed class EnumerableSourceStream<TMessage>(IAsyncEnumerable<TMessage> events) : ISourceStream<TMessage>
{
    private readonly CancellationTokenSource _closed = new();

    public IAsyncEnumerable<TMessage> ReadEventsAsync() => events;

    IAsyncEnumerable<object?> ISourceStream.ReadEventsAsync() => Boxed(_closed.Token);

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync().ConfigureAwait(false);
        _closed.Dispose();
    }

    private async IAsyncEnumerable<object?> Boxed([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }
    }
}
