using Orleans.Providers.Streams.Common;
using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>A stream provider that holds nothing: it hands on and waits until what it handed on is handled.</summary>
internal sealed class StreamProvider(string name, StreamRouter router, TimeProvider time) : IStreamProvider
{
    // Grows over restarts, as long as fewer items than ticks pass.
    private long sequence = time.GetUtcNow().Ticks;

    public string Name => name;

    public bool IsRewindable => false;

    public StreamRouter Router => router;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new AsyncStream<T>(this, streamId);

    public EventSequenceTokenV2 NextToken() => new(Interlocked.Increment(ref sequence));
}

internal sealed class AsyncStream<T>(StreamProvider provider, StreamId id) : IAsyncStream<T>
{
    public bool IsRewindable => provider.IsRewindable;

    public string ProviderName => provider.Name;

    public StreamId StreamId => id;

    private ProcessSubscriptions Observers => provider.Router.Observers(provider.Name, id);

    public Task OnNextAsync(T item, StreamSequenceToken? token = null) => Publish(StreamSignal.Items, [item], token, null);

    public Task OnNextBatchAsync(IEnumerable<T> batch, StreamSequenceToken? token = null) =>
        Publish(StreamSignal.Items, [.. batch.Cast<object?>()], token, null);

    public Task OnCompletedAsync() => Publish(StreamSignal.Completed, [], null, null);

    public Task OnErrorAsync(Exception ex) => Publish(StreamSignal.Failed, [], null, ex.Message);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncObserver<T> observer) =>
        Handle().ResumeAsync(observer);

    public Task<StreamSubscriptionHandle<T>> SubscribeAsync(IAsyncBatchObserver<T> observer) =>
        Handle().ResumeAsync(observer);

    public Task<IList<StreamSubscriptionHandle<T>>> GetAllSubscriptionHandles() =>
        Task.FromResult<IList<StreamSubscriptionHandle<T>>>(RuntimeContext.Current is { } grain && IsImplicit(grain)
            ? [new ImplicitHandle<T>(grain.Streams, provider.Name, id)]
            : [.. Observers.Ids.Select(handle => new ExplicitHandle<T>(Observers, provider.Name, id, handle))]);

    public override string ToString() => $"{provider.Name}/{id}";

    private StreamSubscriptionHandle<T> Handle() => RuntimeContext.Current is { } grain && IsImplicit(grain)
        ? new ImplicitHandle<T>(grain.Streams, provider.Name, id)
        : new ExplicitHandle<T>(Observers, provider.Name, id, Guid.NewGuid());

    private bool IsImplicit(Activation grain) => provider.Router.IsImplicit(grain.GrainClass, grain.GrainId, id);

    private Task Publish(StreamSignal signal, object?[] items, StreamSequenceToken? token, string? error) =>
        provider.Router.Publish(new(provider.Name, id, signal, items, token ?? provider.NextToken(), error));
}
