using System.Security.Cryptography;
using System.Text;
using Orleans.Runtime;
using Orleans.Streams.Core;

namespace Orleans.Streams;

/// <summary>The implicit subscriptions of one activation and the observers it attached to them.</summary>
internal sealed class StreamSubscriptions(Activation activation) : IStreamConsumerExtension
{
    private readonly Dictionary<(string Provider, StreamId Stream), IStreamObserver?> observers = [];

    public async Task Deliver(StreamDelivery delivery)
    {
        var key = (delivery.Provider, delivery.Stream);
        if (!observers.ContainsKey(key)) await Announce(delivery);
        if (observers.TryGetValue(key, out var observer) && observer is not null)
        {
            await observer.Deliver(delivery);
            return;
        }

        throw new InvalidOperationException(
            $"{activation.GrainClass.Type} has an implicit subscription to stream {delivery.Stream} but attached no " +
            "observer: resume the handle in OnSubscribed, or subscribe in OnActivateAsync.");
    }

    public void Attach(string provider, StreamId stream, IStreamObserver? observer) =>
        observers[(provider, stream)] = observer;

    /// <summary>The same for the same grain and stream, over restarts.</summary>
    public Guid IdOf(string provider, StreamId stream) => new(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{activation.GrainId}\n{provider}\n{stream}")).AsSpan(0, 16));

    private async Task Announce(StreamDelivery delivery)
    {
        observers[(delivery.Provider, delivery.Stream)] = null;
        if (activation.GrainInstance is IStreamSubscriptionObserver subscriber)
            await subscriber.OnSubscribed(new HandleFactory(this, delivery.Provider, delivery.Stream));
    }

    private sealed class HandleFactory(StreamSubscriptions owner, string provider, StreamId stream)
        : IStreamSubscriptionHandleFactory
    {
        public StreamId StreamId => stream;

        public string ProviderName => provider;

        public GuidId SubscriptionId => GuidId.GetGuidId(owner.IdOf(provider, stream));

        public StreamSubscriptionHandle<T> Create<T>() => new ImplicitHandle<T>(owner, provider, stream);
    }
}

/// <summary>A subscription that follows from the class of a grain.</summary>
internal sealed class ImplicitHandle<T>(StreamSubscriptions owner, string provider, StreamId stream)
    : StreamSubscriptionHandle<T>
{
    public override Guid HandleId => owner.IdOf(provider, stream);

    public override string ProviderName => provider;

    public override StreamId StreamId => stream;

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other?.HandleId == HandleId;

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncObserver<T> observer, StreamSequenceToken? token = null) => Attach(new StreamObserver<T>(observer));

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) => Attach(new StreamBatchObserver<T>(observer));

    public override Task UnsubscribeAsync()
    {
        owner.Attach(provider, stream, null);
        return Task.CompletedTask;
    }

    private Task<StreamSubscriptionHandle<T>> Attach(IStreamObserver observer)
    {
        owner.Attach(provider, stream, observer);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}

/// <summary>A subscription that somebody in this process made.</summary>
internal sealed class ExplicitHandle<T>(ProcessSubscriptions subscriptions, string provider, StreamId stream, Guid id)
    : StreamSubscriptionHandle<T>
{
    public override Guid HandleId => id;

    public override string ProviderName => provider;

    public override StreamId StreamId => stream;

    public override bool Equals(StreamSubscriptionHandle<T>? other) => other?.HandleId == id;

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncObserver<T> observer, StreamSequenceToken? token = null) => Attach(new StreamObserver<T>(observer));

    public override Task<StreamSubscriptionHandle<T>> ResumeAsync(
        IAsyncBatchObserver<T> observer, StreamSequenceToken? token = null) => Attach(new StreamBatchObserver<T>(observer));

    public override Task UnsubscribeAsync()
    {
        subscriptions.Remove(id);
        return Task.CompletedTask;
    }

    private Task<StreamSubscriptionHandle<T>> Attach(IStreamObserver observer)
    {
        subscriptions.Set(id, observer, RuntimeContext.Current);
        return Task.FromResult<StreamSubscriptionHandle<T>>(this);
    }
}
